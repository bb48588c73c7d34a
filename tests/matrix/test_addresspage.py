"""What the link of an address shows in a browser, over real HTTP."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bridge.core.people.addresses import PATH, address_shown
from bridge.core.people.wanted import ALPHABET, checked, shown
from bridge.matrix.addresspage import AddressPage
from bridge.ports import Door

ONE, OTHER = checked("K7PQ2MX"), checked("ABCDEFG")
BALE, EITAA = {"fa": "بله", "en": "Bale"}, {"fa": "ایتا", "en": "Eitaa"}


class Seen(HTMLParser):
    """The elements of a page, their links, and the words that a person reads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._hidden = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._hidden = tag in ("style", "title", "script")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        self.words += "" if self._hidden else data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@dataclass
class Place:
    url: str = ""
    client: aiohttp.ClientSession = field(init=False)
    names: dict[str, str] = field(default_factory=lambda: {"bale": "hampayambot"})

    def doors(self, code: str) -> Sequence[Door]:
        bale = Door(BALE, self.names["bale"], f"https://ble.ir/{self.names['bale']}?start={code}")
        return [bale, *([Door(EITAA, self.names["eitaa"], "")] if "eitaa" in self.names else [])]

    async def get(self, code: str, method: str = "GET") -> tuple[int, str, Any]:
        async with self.client.request(method, f"{self.url}{PATH}{code}", allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    async with AsyncExitStack() as stack:
        app = web.Application()
        AddressPage(address_shown, place.doors).add_to(app, PATH)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        place.url = "http://{}:{}".format(*runner.addresses[0][:2])
        place.client = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)))
        yield place


async def test_an_address_shows_its_code_and_leads_into_every_messenger(place: Place) -> None:
    place.names["eitaa"] = "hampayam"
    status, page, headers = await place.get(ONE)
    seen = Seen(page)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert [link["href"] for link in seen.all("a")] == [f"https://ble.ir/hampayambot?start={ONE}"]
    assert "باز کردن در بله" in seen.words
    assert "Open in Bale" in seen.words
    assert f"/to {shown(ONE)}" in seen.words
    assert "ایتا · Eitaa: @hampayam\n" in seen.words, "where there are no such links, one writes to us"


async def test_it_reads_from_the_right_in_persian_and_from_the_left_in_english(place: Place) -> None:
    seen = Seen((await place.get(ONE))[1])
    assert seen.all("html") == [{"lang": "fa", "dir": "rtl"}]
    by_language = {attributes["lang"]: attributes["dir"] for _, attributes in seen.elements if "lang" in attributes}
    assert by_language == {"fa": "rtl", "en": "ltr"}
    assert [meta["content"] for meta in seen.all("meta") if meta.get("name") == "viewport"] == [
        "width=device-width, initial-scale=1"
    ]


async def test_every_code_has_the_same_page_whether_it_is_somebodys_or_not(place: Place) -> None:
    one, other = (await place.get(ONE)), (await place.get(OTHER))
    assert one[1].replace(ONE, OTHER).replace(shown(ONE), shown(OTHER)) == other[1]
    assert one[0] == other[0] == 200
    assert {**one[2], "Date": ""} == {**other[2], "Date": ""}


@pytest.mark.parametrize(
    "typed", [shown(ONE), ONE.lower(), shown(ONE).lower(), ONE.translate(str.maketrans("27", "۲۷"))]
)
async def test_a_code_may_be_written_as_people_write_it(place: Place, typed: str) -> None:
    assert (await place.get(typed))[:2] == (await place.get(ONE))[:2]


WRONG = ONE[:-1] + ALPHABET[(ALPHABET.index(ONE[-1]) + 1) % len(ALPHABET)]


@pytest.mark.parametrize(
    "typed", [WRONG, "nonsense", ONE[:7], ONE + "A", "%00", "%3Cscript%3E", "%FF", "A" * 5000, "سلام", "", f"{ONE}/x"]
)
async def test_what_can_be_no_code_is_told_in_words(place: Place, typed: str) -> None:
    status, page, headers = await place.get(typed)
    seen = Seen(page)
    assert status == 404
    assert "این نشانی درست نیست" in seen.words
    assert "There is a mistake in this address" in seen.words
    assert "script" not in page
    assert not seen.all("a")
    assert headers["Cache-Control"] == "private, no-store"


async def test_the_page_runs_nothing_loads_nothing_and_tells_nobody(place: Place) -> None:
    _, page, headers = await place.get(ONE)
    seen = Seen(page)
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers
    assert {tag for tag, _ in seen.elements} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "p", "a", "span", "ul", "li", "bdi")
    }
    assert not [key for _, attributes in seen.elements for key in attributes if key.startswith("on") or key == "style"]
    assert "url(" not in style[1]
    assert "@import" not in style[1]


async def test_a_name_that_is_no_name_stays_words(place: Place) -> None:
    place.names = {"bale": '"><script>alert(1)</script>', "eitaa": "<img src=x>"}
    _, page, _ = await place.get(ONE)
    seen = Seen(page)
    assert not seen.all("script")
    assert not seen.all("img")
    assert html.escape(place.names["eitaa"]) in page


async def test_only_a_link_into_a_messenger_becomes_a_button() -> None:
    async with AsyncExitStack() as stack:
        app = web.Application()
        AddressPage(address_shown, lambda code: [Door(BALE, "x", "javascript:alert(1)")]).add_to(app, PATH)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        client = await stack.enter_async_context(aiohttp.ClientSession())
        async with client.get("http://{}:{}{}{}".format(*runner.addresses[0][:2], PATH, ONE)) as answer:
            assert answer.status == 200
            assert not Seen(await answer.text()).all("a")


async def test_one_can_ask_for_the_head_alone_and_nothing_can_be_posted(place: Place) -> None:
    assert (await place.get(ONE, "HEAD"))[:2] == (200, "")
    assert (await place.get(ONE, "POST"))[0] == 405
