"""What a link leads to: a file of the homeserver's, for whoever has the link, and for nobody's browser to run."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bridge.errors import Refused, Retry
from bridge.matrix.filepage import FilePage
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.ports import Linked

PATH = "/_hampayam/file/"
BODY = bytes(range(256)) * 1000
STEWARD = "@hampayam_x.steward1:hs.test"


GOOD = Linked("mxc://hs.test/abc", STEWARD, "باغ ما.png", "image/png")


@dataclass
class Place:
    """The page, and the homeserver behind it."""

    url: str = ""
    client: aiohttp.ClientSession = field(init=False)
    homeserver: MatrixHomeserver = field(init=False)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, user and authorisation of what the homeserver was asked for."""
    links: dict[str, Linked | Exception] = field(default_factory=lambda: {"good": GOOD})
    status: int = 200
    breaks_off: bool = False
    hold: asyncio.Event | None = None

    async def find(self, token: str) -> Linked:
        found = self.links.get(token, LookupError("none"))
        if isinstance(found, Exception):
            raise found
        return found

    async def media(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, request.query["user_id"], request.headers["Authorization"]))
        if self.status != 200:
            return web.Response(status=self.status)
        answer = web.StreamResponse(headers={"Content-Type": "text/html"})
        answer.content_length = len(BODY)
        await answer.prepare(request)
        await answer.write(BODY[:100_000])
        if self.hold is not None:
            await self.hold.wait()
        if self.breaks_off:
            assert request.transport is not None
            request.transport.close()
            return answer
        await answer.write(BODY[100_000:])
        return answer

    async def get(self, token: str = "good", method: str = "GET", **headers: str) -> tuple[int, bytes, Any]:
        async with self.client.request(method, f"{self.url}{PATH}{token}", headers=headers) as answer:
            return answer.status, await answer.read(), answer.headers


async def listening(stack: AsyncExitStack, app: web.Application) -> str:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return "http://{}:{}".format(*runner.addresses[0][:2])


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    async with AsyncExitStack() as stack:
        behind = web.Application()
        behind.router.add_get("/_matrix/client/v1/media/download/{server}/{media}", place.media)
        place.homeserver = MatrixHomeserver(await listening(stack, behind), "our-token")
        stack.push_async_callback(place.homeserver.close)
        app = web.Application()
        FilePage(place.homeserver, place.find).add_to(app, PATH)
        place.url = await listening(stack, app)
        place.client = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20), connector=aiohttp.TCPConnector(limit=0))
        )
        yield place


async def test_a_link_gives_the_file_as_one_of_ours_may_fetch_it(place: Place) -> None:
    status, body, _ = await place.get()
    assert (status, body) == (200, BODY)
    assert place.asked == [("/_matrix/client/v1/media/download/hs.test/abc", STEWARD, "Bearer our-token")]


async def test_no_browser_shows_it_runs_it_keeps_it_or_tells_of_it(place: Place) -> None:
    _, _, headers = await place.get()
    assert headers["Content-Disposition"] == (
        "attachment; filename=\"_.png\"; filename*=UTF-8''%D8%A8%D8%A7%D8%BA%20%D9%85%D8%A7.png"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Content-Security-Policy"].endswith("sandbox")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("mime", "told"),
    [
        ("image/png", "image/png"),
        ("audio/ogg", "audio/ogg"),
        ("application/pdf", "application/pdf"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("video/mp4\r\nSet-Cookie: a=b", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
async def test_only_harmless_types_are_told(place: Place, mime: str, told: str) -> None:
    place.links["good"] = replace(GOOD, mime=mime)
    status, _, headers = await place.get()
    assert status == 200
    assert headers["Content-Type"] == told
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("name", ['a"b.png', "a\r\nSet-Cookie: x=y", "a;b=c.png", "\u202egpj.exe", "🙂.png", ""])
async def test_no_name_breaks_out_of_its_header(place: Place, name: str) -> None:
    place.links["good"] = replace(GOOD, name=name)
    status, _, headers = await place.get()
    assert status == 200
    assert "Set-Cookie" not in headers
    assert headers["Content-Disposition"].count('"') == 2


async def test_head_tells_the_size_and_sends_nothing(place: Place) -> None:
    status, body, headers = await place.get(method="HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(BODY)))


@pytest.mark.parametrize(
    ("asked", "expected", "told"),
    [
        ("bytes=0-9", BODY[:10], "bytes 0-9/256000"),
        ("bytes=255990-", BODY[255_990:], "bytes 255990-255999/256000"),
        ("bytes=99990-150000", BODY[99_990:150_001], "bytes 99990-150000/256000"),
        ("bytes=10-999999999", BODY[10:], "bytes 10-255999/256000"),
    ],
)
async def test_a_download_goes_on_where_it_stopped(place: Place, asked: str, expected: bytes, told: str) -> None:
    status, body, headers = await place.get(Range=asked)
    assert (status, body) == (206, expected)
    assert (headers["Content-Range"], headers["Content-Length"]) == (told, str(len(expected)))


@pytest.mark.parametrize(
    "asked", ["bytes=9-5", "bytes=256000-", "bytes=-5", "bytes=0-1,5-6", "lines=1-2", "bytes=x-", "٣"]
)
async def test_a_range_that_is_none_gives_the_whole(place: Place, asked: str) -> None:
    async with place.client.get(
        f"{place.url}{PATH}good", headers={"Range": asked.encode().decode("latin-1")}
    ) as answer:
        assert (answer.status, await answer.read()) == (200, BODY)


@pytest.mark.parametrize(
    ("error", "status", "fa", "en"),
    [
        (LookupError(), 404, "چنین پیوندی نیست", "no such link"),
        (Refused("file_expired"), 410, "زمان این پیوند گذشته", "has run out"),
        (Refused("gone"), 410, "در دسترس نیست", "no longer available"),
        (Retry("homeserver: 502"), 503, "پاسخ نمی‌دهد", "does not answer"),
    ],
    ids=["none", "expired", "gone", "away"],
)
async def test_what_is_not_there_is_said_in_both_languages(
    place: Place, error: Exception, status: int, fa: str, en: str
) -> None:
    place.links["bad"] = error
    answer, body, headers = await place.get("bad")
    assert answer == status
    assert fa in body.decode()
    assert en in body.decode()
    assert headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "private, no-store"
    assert place.asked == []


@pytest.mark.parametrize(("theirs", "ours"), [(404, 410), (403, 410), (500, 503), (429, 503)])
async def test_what_the_homeserver_says_is_told_by_its_meaning(place: Place, theirs: int, ours: int) -> None:
    place.status = theirs
    assert (await place.get())[0] == ours


@pytest.mark.parametrize("token", ["x" * 3000, "%00", "..%2f..%2fetc", "%D8%AA"])
async def test_letters_that_are_no_token_are_no_link(place: Place, token: str) -> None:
    assert (await place.get(token))[0] == 404


async def test_a_file_that_breaks_off_is_not_taken_for_the_whole(place: Place) -> None:
    place.breaks_off = True
    with pytest.raises(aiohttp.ClientError):
        await place.get()


@pytest.mark.parametrize(
    ("status", "limit", "error"),
    [(200, 1000, Refused("too_large")), (404, 10**6, Refused("gone")), (502, 10**6, Retry("homeserver: 502"))],
    ids=repr,
)
async def test_what_hinders_the_bridge_from_fetching_a_file_is_told_by_its_meaning(
    place: Place, status: int, limit: int, error: Exception
) -> None:
    place.status = status
    with pytest.raises(type(error), match=str(error)):
        await place.homeserver.download(STEWARD, "mxc://hs.test/abc", io.BytesIO(), limit)


async def test_a_file_that_stops_midway_is_fetched_again(place: Place) -> None:
    place.breaks_off = True
    with pytest.raises(Retry):
        await place.homeserver.download(STEWARD, "mxc://hs.test/abc", io.BytesIO(), 10**6)
    place.breaks_off = False
    into = io.BytesIO()
    await place.homeserver.download(STEWARD, "mxc://hs.test/abc", into, 10**6)
    assert into.getvalue() == BODY


async def test_a_homeserver_that_is_away_is_said(place: Place) -> None:
    homeserver = MatrixHomeserver("http://127.0.0.1:9", "t")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(homeserver.close)
        app = web.Application()
        FilePage(homeserver, place.find).add_to(app, PATH)
        url = await listening(stack, app)
        async with place.client.get(f"{url}{PATH}good") as answer:
            assert answer.status == 503


async def test_one_address_gets_a_few_files_at_a_time_and_others_do_not_wait_for_it(place: Place) -> None:
    place.hold = asyncio.Event()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        under_way = [group.create_task(place.get(**{"X-Forwarded-For": "9.9.9.9"})) for _ in range(4)]
        while len(place.asked) < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        status, body, headers = await place.get(**{"X-Forwarded-For": "1.1.1.1, 9.9.9.9"})
        assert (status, headers["Retry-After"]) == (429, "5")
        assert "try again" in body.decode()
        other = group.create_task(place.get(**{"X-Forwarded-For": "8.8.8.8"}))
        while len(place.asked) < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        place.hold.set()
    assert [task.result()[:2] for task in [*under_way, other]] == [(200, BODY)] * 5
    assert (await place.get(**{"X-Forwarded-For": "9.9.9.9"}))[0] == 200
