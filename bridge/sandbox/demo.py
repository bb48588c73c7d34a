"""`make demo`: five people on five apps talk through a real Synapse.

    start everything ─▶ link the groups, by the commands that people have for it ─▶ talk (`SCRIPT`)
        ─▶ each message with the milliseconds after which it stood where ─▶ a verdict from all transcripts
        ─▶ two people alone (`meeting.py`): a request, its acceptance, a conversation, a block

The verdict is not made from what was shown: at the end every place's whole transcript is read anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.platforms import PLATFORMS
from bridge.sandbox.conversation import Arrival, Conversation
from bridge.sandbox.meeting import meet
from bridge.sandbox.messenger import WAIT_S
from bridge.sandbox.processes import ChildFailed
from bridge.sandbox.screen import BOLD, CYAN, DIM, GREEN, RED, Screen
from bridge.sandbox.sharing import NotLinked
from bridge.sandbox.verdict import MATRIX, Finding
from bridge.sandbox.visitor import Visitor
from bridge.sandbox.world import World

NAMES = {"rubika": "رضا", "bale": "سارا", "soroush": "سهراب", "eitaa": "الهام", MATRIX: "مینا"}
SHOWN = {"rubika": "Rubika", "bale": "Bale", "soroush": "Soroush Plus", "eitaa": "Eitaa", MATRIX: "Matrix"}
PAUSE_S = 0.7
"""Between what is said, so that one can read along."""

ACCOUNTS = tuple(
    name for name, platform in PLATFORMS.items() if not platform.capabilities.receives and platform.account
)
"""Where nobody would be heard without an account of ours."""


@dataclass(frozen=True)
class Words:
    """What the person on `place` says; `answers` is the text that they reply to."""

    place: str
    text: str
    answers: str | None = None


FRIDAY, WHICH, DARAKEH = "بچه‌ها سلام! جمعه برویم کوه؟", "سلام، من هستم. کدام مسیر؟", "درکه، تا پلنگ‌چال."
TOCHAL, TEA, SUGAR = "سلام از روبیکا! درکه یا توچال؟", "چای با من ☕", "پس قند یادت نرود!"
WHERE = "قرارمان کجا و چه ساعتی؟"

SCRIPT: Sequence[Sequence[Words]] = (
    (Words("bale", FRIDAY),),
    (Words("soroush", WHICH, FRIDAY),),
    (Words("rubika", TOCHAL),),
    (Words(MATRIX, "من هم از المنت می‌خوانم. رأی من درکه است.", TOCHAL),),
    (Words("bale", DARAKEH, WHICH),),
    (
        Words("rubika", "صبحانه با من 🍳"),
        Words("soroush", TEA),
        Words("bale", "نان و پنیر با من"),
        Words(MATRIX, "عکس‌ها هم با من 📷"),
    ),
    (Words("eitaa", "من هم می‌آیم، از ایتا!", DARAKEH),),
    (Words("rubika", SUGAR, TEA),),
    (Words("soroush", "چشم، قند هم می‌آورم.", SUGAR),),
    (Words(MATRIX, WHERE),),
    (Words("bale", "میدان درکه، ساعت ۶ صبح", WHERE),),
    (
        Words("rubika", "می‌بینمتان!"),
        Words("soroush", "به امید دیدار"),
        Words("eitaa", "خدانگهدار"),
        Words(MATRIX, "تا جمعه!"),
    ),
)
"""What stands together is said at the same moment."""


async def demo(folder: Path | None) -> int:
    """0 if every message arrived everywhere exactly once and in order, else 1. `folder` (new or empty) is kept; without
    one everything is in a temporary folder, which is kept only if something went wrong."""
    screen = Screen()
    here = _place(folder)
    if here is None:
        screen.line(f"{folder} is not an empty folder: name another one")
        return 1
    result = 0
    try:
        with ended_by(signal.SIGTERM) as told_to_end:
            result = await _demo(here, screen)
    except asyncio.CancelledError:
        if not told_to_end.is_set():
            raise  # Ctrl-C
        return 128 + signal.SIGTERM
    except (ChildFailed, NotLinked, TimeoutError) as error:
        screen.line(screen.painted(str(error), RED))
        result = 1
    finally:
        if folder is None and result == 0:
            shutil.rmtree(here, ignore_errors=True)
    if result != 0:
        screen.line(f"What happened is in {here}: bridge.log, homeserver/homeserver.log")
    return result


def _place(folder: Path | None) -> Path | None:
    """Where to build everything; None if what is there would be in the way."""
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="hampayam-demo-"))
    taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    return None if taken else folder.absolute()


async def _demo(here: Path, screen: Screen) -> int:
    screen.line(screen.painted("Hampayam · هم‌پیام", BOLD) + ": everybody keeps the one app they like")
    screen.line()
    async with World(here, accounts=ACCOUNTS, on_progress=screen.step) as world:
        conversation = await link(world, screen)
        delays = await talk(conversation, screen, pause=PAUSE_S if screen.live else 0)
        await world.settled()
        result = report(await conversation.findings(), delays, screen)
        screen.line()
        screen.line(screen.painted("And two people alone, each in their own app:", BOLD))
        await meet(world, screen, Visitor(world["bale"], NAMES["bale"]), Visitor(world["rubika"], NAMES["rubika"]))
        screen.line(screen.painted("Asked, accepted, talked, blocked: nothing crossed without consent.", GREEN, BOLD))
        screen.line()
        screen.step("stopping everything")
    return result


@contextlib.contextmanager
def ended_by(number: signal.Signals) -> Iterator[asyncio.Event]:
    """The signal cancels the running task, so that what it started is cleaned up; the event says that it came."""
    task, came = asyncio.current_task(), asyncio.Event()
    assert task is not None
    running = task

    def end() -> None:
        came.set()
        running.cancel()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(number, end)
    try:
        yield came
    finally:
        loop.remove_signal_handler(number)


async def link(world: World, screen: Screen) -> Conversation:
    """The groups, and a room that Mina on Matrix asks for, become one conversation."""
    screen.step("linking: Mina on Matrix asks for a room, the groups join it with their codes")
    mina = await world.matrix_manager("mina")
    people = {name: (NAMES[name],) for name in world.messengers}
    conversation = Conversation(world, await world.share("کوه", *world.messengers, host=mina, people=people), mina)
    for place in world.messengers:
        able = PLATFORMS[place].capabilities
        if able.receives and not able.names_in_groups:
            await conversation.introduce(place, NAMES[place])
    await conversation.rename(NAMES[MATRIX])
    screen.step("linked: " + " · ".join(SHOWN[place] for place in conversation.places))
    screen.line()
    return conversation


async def talk(
    conversation: Conversation,
    screen: Screen,
    script: Sequence[Sequence[Words]] = SCRIPT,
    *,
    pause: float = 0,
    patience: float = WAIT_S,
) -> list[float]:
    """Hold the conversation and show it. Returns every delay in milliseconds. `pause` is how many seconds people think
    before they speak, `patience` how many a message may take to arrive somewhere."""
    delays: list[float] = []
    for together in script:
        await asyncio.sleep(pause)
        async with asyncio.TaskGroup() as group:
            for words in together:
                group.create_task(_speak(conversation, words, patience, screen, delays))
    return delays


async def _speak(
    conversation: Conversation, words: Words, patience: float, screen: Screen, delays: list[float]
) -> None:
    name = NAMES[words.place]
    said = await conversation.says(words.place, name, words.text, words.answers)
    others = [place for place in conversation.places if place != words.place]
    waiting = [conversation.arrival(place, words.text, patience) for place in others]
    arrived: dict[str, float] = {}
    for place, arrival in zip(others, await asyncio.gather(*waiting, return_exceptions=True), strict=True):
        if isinstance(arrival, Arrival):
            arrived[place] = (arrival.at - said.at) * 1000
        elif not isinstance(arrival, TimeoutError):
            raise arrival
    delays += arrived.values()
    to = next((f" ↩ {NAMES[one.place]}" for each in SCRIPT for one in each if one.text == words.answers), "")
    screen.line(
        f"  {screen.painted(SHOWN[words.place].ljust(12), CYAN)}  {screen.painted(name + to, BOLD)}: {words.text}"
    )
    shown = [
        f"{SHOWN[place]} {screen.painted(f'{arrived[place]:.0f} ms', GREEN)}"
        if place in arrived
        else f"{SHOWN[place]} {screen.painted('did not arrive', RED)}"
        for place in sorted(others, key=lambda place: arrived.get(place, float("inf")))
    ]
    screen.line(f"  {'':12}  {screen.painted('→', DIM)} " + screen.painted(" · ", DIM).join(shown))


def report(findings: Mapping[str, Finding], delays: Sequence[float], screen: Screen) -> int:
    """The verdict as a table, and in words what is wrong. 0 if nothing is."""
    columns = ("once", "missing", "twice", "disorder", "wrong name", "wrong reply")
    screen.line()
    screen.line(screen.painted(f"  {'seen on':12}  " + "".join(f"{column:>13}" for column in columns), DIM))
    for place, found in findings.items():
        cells = [f"{found.once} of {found.expected}", *(str(len(texts)) for _, texts in _wrong(found)[:5])]
        row = f"  {SHOWN[place]:12}  " + "".join(f"{cell:>13}" for cell in cells)
        screen.line(row + "  " + (screen.painted("✓", GREEN) if found.fine else screen.painted("✗", RED)))
    screen.line()
    for place, found in findings.items():
        for what, texts in _wrong(found):
            for text in texts:
                screen.line(screen.painted(f"  {SHOWN[place]}: {what}: {text}", RED))
    if not all(found.fine for found in findings.values()):
        screen.line(screen.painted("Not every message arrived everywhere exactly once and in order.", RED, BOLD))
        return 1
    number = next(iter(findings.values())).expected
    words = f"All {number} messages arrived everywhere, exactly once and in order"
    if delays:
        words += f": {statistics.median(delays):.0f} ms as a rule, {max(delays):.0f} ms at most"
    screen.line(screen.painted(words + ".", GREEN, BOLD))
    return 0


def _wrong(found: Finding) -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("missing", found.missing),
        ("more than once", found.repeated),
        ("out of order", found.misplaced),
        ("under a wrong name", found.misnamed),
        ("a reply to something else", found.misanswered),
        ("said by nobody", found.strange),
    ]
