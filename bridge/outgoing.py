"""What goes to a platform: messages with their buttons, files. Standard library only; every value is immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from bridge.model import Mark, MediaKind


@dataclass(frozen=True, slots=True)
class Button:
    """What a person can tap. `data` (at most 64 ASCII characters) comes back as `Pressed.data`; instead of that, `url`
    is opened, or (`asks_number`) the app offers to send the person's own phone number."""

    text: str = field(repr=False)
    data: str = ""
    url: str = ""
    asks_number: bool = False


Rows = tuple[tuple[Button, ...], ...]
"""Buttons as they stand, row by row."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One part of a copy, ready to be sent: label and text are already joined and within the limit.

    `reply_to` is an id of the same chat. `client_id` is our stable key for this part, for platforms that
    take one (`Capabilities.client_ids`). `marks` are of kinds that the platform can show (`Capabilities.marks`).
    `caption`: the text stands below a file. `buttons` are given only where the platform has them
    (`Capabilities.buttons`); `bar`: they stay below the text field until others come there.
    """

    text: str
    reply_to: str | None = None
    client_id: str = ""
    marks: tuple[Mark, ...] = ()
    caption: bool = False
    buttons: Rows = ()
    bar: bool = False


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file for a platform. `known` is what an earlier send of the same file told (`SentFile.file`): nothing need be
    uploaded then, and `body` is None. Otherwise `body` holds `size` bytes and stands at its beginning. `name` is fit to
    be a file's name, `mime` was told by the bytes."""

    kind: MediaKind
    name: str
    mime: str
    size: int
    body: BinaryIO | None = field(repr=False)
    known: str = ""
    width: int = 0
    height: int = 0
    duration: int = 0


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that was sent: the message's id, and what the platform calls the file, "" if it cannot be sent again by
    that."""

    id: str
    file: str = ""
