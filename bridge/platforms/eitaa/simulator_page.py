"""The public page of a channel, as https://eitaa.com/<username> shows it: the last posts, older ones, a single one.

What is deleted is gone from it, what is edited is there as it is now. A group or a person with a username has a card
and no posts; for a name that nobody has there is a page with nothing on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from bridge.platforms.simulation import Chat, Person

from .simulator_html import Sheet

if TYPE_CHECKING:
    from .simulator import EitaaSimulator

Work = Callable[[], Awaitable[web.Response]]
NAME = r"{name:[A-Za-z][A-Za-z0-9_]*}"


class Page:
    def __init__(self, sim: EitaaSimulator) -> None:
        self._sim = sim
        self._since: dict[str, tuple[str, int]] = {}
        """By address: which content was there last, and since when."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.get("/photo/{number:[0-9]+}.jpg", self.on_photo)
        yield web.get("/joinchat/{code}", self.on_invite)
        for head in ("", "/s"):
            yield web.get(f"{head}/{NAME}/{{post:[0-9]+}}", self.on_post)
            yield web.get(f"{head}/{NAME}", self.on_name)

    async def on_name(self, request: web.Request) -> web.StreamResponse:
        found = self._sim.world.named(request.match_info["name"])

        async def work() -> web.Response:
            sheet = self._sheet()
            if isinstance(found, Person):
                return self._shown(request, sheet.person(found))
            if found is None:
                return self._shown(request, sheet.nobody())
            if found.kind != "channel":
                return self._shown(request, sheet.card(found))
            before = request.query.get("before", "")
            limit = int(before) if before.isascii() and before.isdigit() else 2**31
            posts = [m for m in found.messages if not m.deleted and int(m.message_id) < limit]
            return self._shown(request, sheet.channel(found, posts[max(0, len(posts) - self._sim.options.page_size) :]))

        return await self._call(request, "page", found.id if isinstance(found, Chat) else None, work)

    async def on_post(self, request: web.Request) -> web.StreamResponse:
        found = self._sim.world.named(request.match_info["name"])

        async def work() -> web.Response:
            sheet = self._sheet()
            if not isinstance(found, Chat) or found.kind != "channel":
                return self._shown(request, sheet.nobody())
            return self._shown(request, sheet.single(found, found.by_id.get(request.match_info["post"])))

        return await self._call(request, "page", found.id if isinstance(found, Chat) else None, work)

    async def on_invite(self, request: web.Request) -> web.StreamResponse:
        chat = self._sim.invited(request.match_info["code"])

        async def work() -> web.Response:
            return self._shown(request, self._sheet().nobody() if chat is None else self._sheet().card(chat))

        return await self._call(request, "page", chat.id if chat else None, work)

    async def on_photo(self, request: web.Request) -> web.StreamResponse:
        """Of preview size, as the page has them."""
        stored = self._sim.files.by_number(int(request.match_info["number"]))

        async def work() -> web.Response:
            if stored is None:
                return web.Response(status=404, text="Not Found")
            return web.Response(body=stored.preview(), content_type="image/jpeg")

        return await self._call(request, "photo", None, work)

    async def _call(self, request: web.Request, method: str, chat: str | None, work: Work) -> web.StreamResponse:
        return await self._sim.call(request, method, chat, work, tongue=self)

    def _sheet(self) -> Sheet:
        photos = "" if self._sim.options.page_relative_photos else self._sim.url
        return Sheet(self._sim.scene, self._sim.options, photos)

    # -- conditional requests

    def _shown(self, request: web.Request, html: str) -> web.Response:
        options, digest = self._sim.options, hashlib.sha256(html.encode("utf-8", "replace")).hexdigest()[:32]
        known, since = self._since.get(request.path_qs, ("", 0))
        if known != digest:
            since = max(since + 1, int(self._sim.world.clock()))
            self._since[request.path_qs] = (digest, since)
        headers: dict[str, str] = {}
        tag, told = f'"{digest}"', request.headers.get("If-None-Match")
        unchanged = False
        if options.page_validators in ("etag", "both"):
            headers["ETag"] = tag
            unchanged = told is not None and tag in [each.strip().removeprefix("W/") for each in told.split(",")]
        if options.page_validators in ("modified", "both"):
            headers["Last-Modified"] = format_datetime(datetime.fromtimestamp(since, UTC), usegmt=True)
            if told is None or options.page_validators == "modified":
                unchanged = unchanged or _not_since(request.headers.get("If-Modified-Since"), since)
        if unchanged:
            return web.Response(status=304, headers=headers)
        body = html.encode("utf-8", "replace")
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=headers)

    # -- how it says no

    def refusal(self, status: int, words: str) -> web.Response:
        return web.Response(status=status, text=words)

    def flood(self, retry_after: int | None, *, plain_text: bool) -> web.Response:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return web.Response(status=429, text="Too Many Requests", headers=headers)


def _not_since(given: str | None, since: int) -> bool:
    try:
        return given is not None and since <= parsedate_to_datetime(given).timestamp()
    except ValueError:
        return False
