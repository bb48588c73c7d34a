"""The demo's second scene: somebody on one messenger asks for somebody on another, is accepted, talks, is blocked."""

from __future__ import annotations

import re

from bridge.sandbox.screen import BOLD, CYAN, DIM, GREEN, Screen
from bridge.sandbox.visitor import Visitor
from bridge.sandbox.world import World

CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")

GREETING, ANSWER, MORE, TOO_LATE = (
    "سلام رضا، سارا هستم از بله 🌱",
    "سلام سارا! اینجا در روبیکا می‌خوانمت",
    "چه خوب! پس لازم نیست برنامهٔ تازه‌ای بریزم",
    "هنوز آنجایی؟",
)


async def address_of(visitor: Visitor) -> str:
    """The person's own code, as the bot tells it to them."""
    await visitor.says("/نشانی")
    line = await visitor.sees_one(lambda seen: CODE.search(seen.text) is not None, "an address")
    found = CODE.search(line.text)
    assert found is not None
    return found[0]


async def meet(world: World, screen: Screen, asker: Visitor, asked: Visitor) -> None:
    """Raises TimeoutError with what did not happen."""
    await asked.starts()
    await asked.sees("هم‌پیام")
    code = await address_of(asked)
    _shows(screen, asked, f"my address is {code}")
    await asker.starts()
    await asker.sees("هم‌پیام")
    await asker.says(f"/به {code}")
    await asker.sees("پرسیده می‌شود")
    await asker.says(GREETING)
    _says(screen, asker, GREETING, "kept until there is an answer")
    request = await asked.sees("می‌خواهد با شما گفتگو کند")
    _shows(screen, asked, request.text.split("\n")[0])
    if any(GREETING in line.text for line in await asked.lines()):
        raise TimeoutError("words arrived before they were accepted")
    await asked.taps("✅")
    await asked.sees(GREETING)
    _shows(screen, asked, "accepted, and the words are here")
    await asker.sees("پذیرفت")
    await asked.says(ANSWER)
    await asker.sees(ANSWER)
    _says(screen, asked, ANSWER, "arrived")
    await asker.says(MORE)
    await asked.sees(MORE)
    _says(screen, asker, MORE, "arrived")
    await asked.says("/مسدود")
    await asked.sees("پایان یافت")
    await asker.sees("پایان یافت")
    _shows(screen, asked, "blocked: nothing more arrives")
    await asker.says(TOO_LATE)
    await asker.sees("به کسی نرسید")
    _says(screen, asker, TOO_LATE, "not delivered, and told so")
    await world.settled()
    if any(TOO_LATE in line.text for line in await asked.lines()):
        raise TimeoutError("words arrived after a block")


def _says(screen: Screen, visitor: Visitor, text: str, what: str) -> None:
    where = screen.painted(visitor.messenger.titles["en"].ljust(12), CYAN)
    screen.line(
        f"  {where}  {screen.painted(visitor.name, BOLD)}: {text} {screen.painted('→', DIM)} "
        + screen.painted(what, GREEN)
    )


def _shows(screen: Screen, visitor: Visitor, what: str) -> None:
    where = screen.painted(visitor.messenger.titles["en"].ljust(12), CYAN)
    screen.line(f"  {where}  {screen.painted(visitor.name, BOLD)}: {screen.painted(what, DIM)}")
