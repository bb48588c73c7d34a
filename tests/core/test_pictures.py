"""The pages for people who use the bridge: their pictures are what it says, and nothing that they name is made up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.core.commands import Commands, Place
from bridge.core.commands.declared import DECLARED
from tests.core.bubbles import Line, Phone, drawn, leftwards, wrapped
from tests.core.pictures import FOLDER, pictures

DOCS = FOLDER.parent
PAGES = pytest.mark.parametrize("page", [DOCS / "users.fa.md", DOCS / "users.en.md"], ids=lambda page: page.name)


async def test_the_pictures_are_those_of_the_present_sentences() -> None:
    """If not: `python -m tests.core.pictures`."""
    made = await pictures()
    assert sorted(made) == sorted(path.name for path in FOLDER.glob("*.svg"))
    for name, picture in made.items():
        assert (FOLDER / name).read_text() == picture, name


@PAGES
def test_every_picture_of_a_page_is_there_and_every_picture_is_on_its_page(page: Path) -> None:
    language = page.name.split(".")[1]
    shown = re.findall(r"pictures/([\w.]+\.svg)", page.read_text())
    assert sorted(shown) == sorted(path.name for path in FOLDER.glob(f"*.{language}.svg"))


@PAGES
def test_every_command_on_a_page_can_be_given_where_it_says(page: Path) -> None:
    answers = dict.fromkeys((command.name for command in DECLARED), no_answer)
    commands = Commands(DECLARED, answers, ("fa", "en"))
    words = set(re.findall(r"`/([^\s`]+)", page.read_text())) - {"start"}
    assert len(words) > 10
    for word in words:
        command = commands.find(word)
        assert command is not None, word
        assert {Place.PRIVATE, Place.GROUP} & set(command.places), word


async def no_answer(*_: object) -> str:
    return ""


def test_a_line_of_a_picture_is_never_wider_than_its_bubble() -> None:
    rows = list(wrapped("سلام " * 60 + "\nhttps://example.org/" + "x" * 200, 200, rtl=True))
    assert len(rows) > 5
    assert rows[0][1]
    assert not rows[-1][1], "an address runs from left to right in any language"
    assert "".join(row.replace(" ", "") for row, _ in rows).count("سلام") == 60


def test_the_direction_of_a_paragraph_is_that_of_its_first_letter_outside_of_isolates() -> None:
    assert not leftwards("/start", rtl=True)
    assert leftwards("\u2068Reza\u2069 · روبیکا", rtl=False)
    assert leftwards("123", rtl=True)


def test_what_people_are_called_is_no_markup() -> None:
    picture = drawn(Phone("<script>", (Line("a < b & c"),), rtl=False))
    assert "<script>" not in picture
    assert "a &lt; b &amp; c" in picture
