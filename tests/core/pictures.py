"""Draws the dialogues of `docs/users.*.md`: `python -m tests.core.pictures`. What stands there is what the bridge says
now, heard as the tests hear it; a test compares."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bridge.outgoing import Rows
from tests.core.bubbles import Line, Phone, drawn, tapping
from tests.core.fakes import TITLES
from tests.core.office import office
from tests.core.opening import opened
from tests.core.parlour import HOME, NIMA, REZA, SARA, Parlour

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
NAMES = {"fa": {SARA: "سارا", REZA: "رضا", NIMA: "نیما"}, "en": {SARA: "Sara", REZA: "Reza", NIMA: "Nima"}}
BOT = {"fa": "هم‌پیام", "en": "Hampayam"}
EXAMPLE = "K7PQ-2MXR"
APPS = {"bale": "inline", "rubika": "bar", "soroush": "inline", "eitaa": ""}


@dataclass
class Stage:
    """Sara on Bale, where buttons stand below messages; Reza on Rubika, where they stand below the text field; Nima on
    Eitaa, where choices have numbers."""

    parlour: Parlour
    language: str
    lines: dict[str, list[Line]] = field(default_factory=lambda: {person: [] for person in HOME})
    bars: dict[str, Rows] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)

    def words(self, persian: str, english: str) -> str:
        return persian if self.language == "fa" else english

    async def code_of(self, person: str) -> str:
        code = await self.parlour.office.town.directory.code_of(self.parlour.mxid(person))
        self.codes.append(code)
        return code

    async def starts(self, person: str, payload: str = "") -> None:
        self.lines[person].append(Line("/start", own=True))
        await self._then(self.parlour.starts(person, payload))

    async def says(self, person: str, words: str) -> None:
        self.lines[person].append(Line(words, own=True))
        await self._then(self.parlour.says(person, words))

    async def chooses(self, person: str, words: str) -> None:
        """A tap or a number, as their app lets them."""
        heard = self.parlour.numbers
        before = self.parlour.seen(person)
        message = next((each for each in reversed(before) if each.buttons), None)
        if message is not None and not message.bar:
            for place in reversed(range(len(self.lines[person]))):
                line = self.lines[person][place]
                names = [button.text for row in line.buttons for button in row if button.text.startswith(words)]
                if names:
                    self.lines[person][place] = tapping(line, names[0])
                    break
        elif message is not None:
            names = [button.text for row in message.buttons for button in row if button.text.startswith(words)]
            self.lines[person].append(Line(names[0], own=True))
        else:
            number = next(
                line.partition(". ")[0] for line in self.parlour.last(person).split("\n") if f". {words}" in line
            )
            self.lines[person].append(Line(number, own=True))
        await self._then(self.parlour.chooses(person, words))
        assert self.parlour.numbers > heard

    async def _then(self, work: Awaitable[object]) -> None:
        await work
        for person in HOME:
            seen = self.parlour.seen(person)
            for message in seen[self.taken.get(person, 0) :]:
                if message.bar:
                    self.bars[person] = message.buttons
                below = () if message.bar else message.buttons
                self.lines[person].append(Line(message.text, buttons=below, qr=message.text.startswith("📇")))
            self.taken[person] = len(seen)

    def tidied(self, line: Line) -> Line:
        """With the address that stands in all of our pages."""
        text = line.text
        for code in self.codes:
            text = text.replace(f"{code[:4]}-{code[4:]}", EXAMPLE).replace(code, EXAMPLE.replace("-", ""))
        return replace(line, text=text)

    def phone(self, person: str, first: int = 0, last: int | None = None, *, bar: bool = True) -> Phone:
        app = TITLES[HOME[person]][self.language]
        title = f"{NAMES[self.language][person]} · {app} · {BOT[self.language]}"
        shown = self.bars.get(person, ()) if bar else ()
        lines = tuple(self.tidied(line) for line in self.lines[person][first:last])
        return Phone(title, lines, shown, rtl=self.language == "fa")


@asynccontextmanager
async def stage(folder: Path, language: str) -> AsyncIterator[Stage]:
    async with opened(f"sqlite:///{folder / 'bridge.db'}", language) as core:
        core.languages = (language,)
        async with office(core) as bureau:
            parlour = Parlour(bureau, names=NAMES[language])
            await parlour.open(**APPS)
            yield Stage(parlour, language)


async def welcome(on: Stage) -> dict[str, Phone]:
    on.parlour.usernames[SARA] = "sara"
    await on.starts(SARA)
    await on.chooses(SARA, on.words("فارسی", "English"))
    await on.chooses(SARA, on.words("ادامه", "Go on"))
    begin = len(on.lines[SARA]) - 1
    await on.chooses(SARA, on.words("ادامه", "Go on"))
    await on.code_of(SARA)
    return {"welcome": on.phone(SARA, 0, begin, bar=False), "address": on.phone(SARA, begin)}


async def request(on: Stage) -> dict[str, Phone]:
    for person in (SARA, REZA):
        await on.parlour.starts(person)
        await on.parlour.presses(person, "w:address")
    code = await on.code_of(REZA)
    for person in (SARA, REZA):
        on.taken[person] = len(on.parlour.seen(person))
    await on.says(SARA, on.words("/به ", "/to ") + f"{code[:4]}-{code[4:]}")
    await on.says(SARA, on.words("سلام رضا، سارا هستم.", "Hello Reza, this is Sara."))
    asked = on.phone(REZA)
    await on.chooses(REZA, "✅")
    await on.says(REZA, on.words("سلام سارا! خوش آمدی.", "Hello Sara! Nice to hear from you."))
    return {"asking": on.phone(SARA), "asked": asked, "accepted": on.phone(REZA, 1)}


async def decisions(on: Stage) -> dict[str, Phone]:
    await on.parlour.befriended(REZA, SARA)
    await on.says(SARA, on.words("/تنظیمات", "/settings"))
    await on.chooses(SARA, on.words("چه کسی به من بنویسد", "Who may write to me"))
    await on.chooses(SARA, "❓ " + TITLES["rubika"][on.language])
    return {"settings": on.phone(SARA, bar=False)}


async def numbers(on: Stage) -> dict[str, Phone]:
    await on.starts(NIMA)
    await on.chooses(NIMA, on.words("فارسی", "English"))
    return {"numbers": on.phone(NIMA)}


async def pictures() -> dict[str, str]:
    """All of them, by the names of their files."""
    found = {}
    for language in ("fa", "en"):
        for play in (welcome, request, decisions, numbers):
            with tempfile.TemporaryDirectory() as folder:
                async with stage(Path(folder), language) as on:
                    for name, phone in (await play(on)).items():
                        found[f"{name}.{language}.svg"] = drawn(phone)
    return found


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, picture in asyncio.run(pictures()).items():
        (FOLDER / name).write_text(picture)
