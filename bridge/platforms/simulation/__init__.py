"""What the simulators of all platforms share: records, control interface, faults, journal, listeners.

A platform's simulator subclasses `Simulator` and imports nothing of the project but this package, so that it
cannot repeat a connector's mistakes.
"""

from __future__ import annotations

from .base import Coded, Simulator, Tongue, Verb
from .buttons import Button, Press, Rows
from .command import run
from .faults import Fault, Faults, Journal
from .form import Form, FormError, TooLarge, Upload, read_form
from .queue import UpdateQueue, Webhook, chats_turned_round
from .records import Bell, Bot, Chat, ChatKind, ControlError, Look, Message, Person, Role, Thing, World
from .things import PLAIN, Author, Extra, whole

__all__ = [
    "PLAIN",
    "Author",
    "Bell",
    "Bot",
    "Button",
    "Chat",
    "ChatKind",
    "Coded",
    "ControlError",
    "Extra",
    "Fault",
    "Faults",
    "Form",
    "FormError",
    "Journal",
    "Look",
    "Message",
    "Person",
    "Press",
    "Role",
    "Rows",
    "Simulator",
    "Thing",
    "Tongue",
    "TooLarge",
    "UpdateQueue",
    "Upload",
    "Verb",
    "Webhook",
    "World",
    "chats_turned_round",
    "read_form",
    "run",
    "whole",
]
