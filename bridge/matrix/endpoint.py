"""Our end of the homeserver's push: transactions, pings, and queries about users and aliases.

A transaction is answered 200 when `take` has committed it, and 500 otherwise; the homeserver then repeats it. An event
that makes no sense is set aside by itself. Source: the Matrix application service API, v1.13; Synapse's habits (batches
of up to 100 events of 64 kB, one transaction in flight) from measurement.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bridge.matrix.events import is_name, read_event
from bridge.model import RoomEvent

log = logging.getLogger("hampayam.endpoint")

BODY_LIMIT = 64 * 1024 * 1024
"""100 events of 64 kB and 100 ephemeral ones are 13 MB; JSON escapes may multiply that."""

Take = Callable[[list[RoomEvent], str], Awaitable[None]]
SetAside = Callable[[str, str | None, str], Awaitable[None]]


class Endpoint:
    """`hs_token` is what the homeserver proves itself with. `take` commits the events of a transaction (its id is the
    second argument); `may_take` says no to one that must wait for an older one; `set_aside` records an event that
    could not even be read (id, room, error); `failed` is called for each 5xx, so that the app pings the homeserver
    afterwards."""

    def __init__(
        self,
        hs_token: str,
        *,
        take: Take,
        may_take: Callable[[str], bool],
        set_aside: SetAside,
        known_user: Callable[[str], Awaitable[bool]],
        failed: Callable[[], None],
    ) -> None:
        self._hs_token = hs_token.encode()
        self._take = take
        self._may_take = may_take
        self._set_aside = set_aside
        self._known_user = known_user
        self._failed = failed
        self._over_limit = ""
        """The last transaction that was too large."""
        self.app = web.Application(client_max_size=BODY_LIMIT)
        for prefix in ("/_matrix/app/v1", ""):  # "" is the old form of the paths
            self.app.router.add_put(prefix + "/transactions/{txn}", self._transaction)
            self.app.router.add_get(prefix + "/users/{user}", self._user)
            self.app.router.add_get(prefix + "/rooms/{alias}", self._alias)
        self.app.router.add_post("/_matrix/app/v1/ping", self._ping)
        self.app.router.add_get("/_hampayam/live", self._live)

    def _refusal(self, request: web.Request) -> web.Response | None:
        header = request.headers.get("Authorization", "")
        token = (
            header.removeprefix("Bearer ") if header.startswith("Bearer ") else request.query.get("access_token", "")
        )
        if not token:
            return _error(401, "M_MISSING_TOKEN", "no access token")
        if not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._hs_token):
            return _error(403, "M_FORBIDDEN", "wrong access token")
        return None

    async def _transaction(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        try:
            body = json.loads(await request.read())
        except (ValueError, RecursionError):
            return _error(400, "M_NOT_JSON", "the transaction is not JSON")
        except web.HTTPRequestEntityTooLarge:
            return self._too_large(request.match_info["txn"])
        raw_events = body.get("events") if isinstance(body, dict) else None
        if not isinstance(raw_events, list):
            return _error(400, "M_BAD_JSON", "the transaction has no list of events")
        transaction = request.match_info["txn"]
        if not self._may_take(transaction):
            log.info("transaction %s must wait: one before it may be missing", transaction)
            self._failed()
            return _error(503, "M_UNKNOWN", "one before it may be missing")
        try:
            events = []
            for raw in raw_events:
                event = read_event(raw)
                if event is None:
                    await self._poison(raw)
                else:
                    events.append(event)
            await self._take(events, transaction)
        except Exception as error:  # anything: the homeserver keeps the events and comes again
            log.error("a transaction was not taken: %s", type(error).__name__)
            self._failed()
            return _error(500, "M_UNKNOWN", "not committed, repeat it")
        return web.Response(body=b"{}", content_type="application/json")

    def _too_large(self, transaction: str) -> web.Response:
        """Said once: the homeserver repeats it for ever, and all that comes later waits behind it."""
        if transaction != self._over_limit:
            self._over_limit = transaction
            log.error(
                "transaction %s is larger than %s MB and cannot be taken; the homeserver repeats it, and everything "
                "waits behind it. Nothing that people send is so large: look at what is between the homeserver and us, "
                "or take that row out of application_services_txns in Synapse's database",
                transaction,
                BODY_LIMIT // 2**20,
            )
        return _error(413, "M_TOO_LARGE", "the transaction is too large")

    async def _poison(self, raw: Any) -> None:
        fields = raw if isinstance(raw, dict) else {}
        event_id, room = fields.get("event_id"), fields.get("room_id")
        if is_name(event_id):
            log.error("event %s set aside: malformed", event_id)
            await self._set_aside(event_id, room if is_name(room) else None, "malformed")
        else:
            log.error("an event without an id was dropped")

    async def _user(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        if await self._known_user(request.match_info["user"]):
            return web.Response(body=b"{}", content_type="application/json")
        return _error(404, "M_NOT_FOUND", "no such user")

    async def _alias(self, request: web.Request) -> web.Response:
        return self._refusal(request) or _error(404, "M_NOT_FOUND", "the bridge makes no aliases")

    async def _ping(self, request: web.Request) -> web.Response:
        return self._refusal(request) or web.json_response({})

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"live": True})


def _error(status: int, code: str, words: str) -> web.Response:
    return web.json_response({"errcode": code, "error": words}, status=status)
