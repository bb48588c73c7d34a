"""Where a private chat's dialogue stands, and the buttons that lead on.

A desk's `stage` is JSON of a few words: `step` is what the next words may answer; `page` the step of the welcome that
is next; `greeted` when somebody was greeted (Unix ms) and `link` a digest of the address whose link they had opened;
`card` a phone number that they may want to ask, sealed; `where` is below.

Pages of the welcome are pages of the settings, too: `where` is "w" on the way through the welcome, else "".
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bridge.core.commands import Asker
from bridge.errors import Refused
from bridge.outgoing import Button, Rows
from bridge.store.desks import Desk, Desks
from bridge.texts import say

STEPS = ("hello", "platforms", "found", "address")
"""The messages of the welcome, in order."""

Page = Callable[[Desk, str], Awaitable[None]]
"""Says a page: to whom, and `where` it is read."""


def standing(desk: Desk) -> dict[str, Any]:
    found = json.loads(desk.stage) if desk.stage else {}
    return found if isinstance(found, dict) else {}


async def moved(desks: Desks, desk: Desk, **changes: object) -> Desk:
    """Inside a transaction: some words of the stage are others now, "" and 0 are taken out. Returns the desk as it is
    then."""
    now = await desks.get(desk.login, desk.chat) or desk
    merged = {key: value for key, value in {**standing(now), **changes}.items() if value}
    stage = json.dumps(merged) if merged else ""
    await desks.set_stage(desk.login, desk.chat, stage)
    return replace(now, stage=stage)


def onward(page: str, where: str, language: str) -> Rows:
    """How a page is left: to the next one, for another time, or back to the settings."""
    if where:
        following = STEPS[STEPS.index(page) + 1]
        return ((Button(say("go_on", (language,)), f"w:{following}"), Button(say("later", (language,)), "w:later")),)
    return ((Button(say("to_settings", (language,)), "settings:"),),)


def parts(argument: str, count: int) -> list[str]:
    """What a button's data says, part by part; "" for parts that are not there."""
    return [*argument.split(":"), *("" for _ in range(count))][:count]


def way(part: str) -> str:
    """`where`, from a button's data."""
    return "w" if part == "w" else ""


def desk_of(asker: Asker) -> Desk:
    if asker.desk is None:
        raise Refused("private_only")
    return asker.desk
