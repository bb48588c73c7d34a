"""The gateway of Eitaa's own apps: TL objects in plain POSTs, to hosts of three pools.

Any number of hosts is one listener here: the base URL of a host is `<url>/<pool>/<host>`, and `/eitaa/` or
`/eitaa/index.php` follows; without that path the Host header tells which it is, by the real names.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from bridge.platforms.simulation import Coded

from .simulator_accounts import RpcError, Session
from .simulator_calls import CALLS, OPEN
from .simulator_peers import Caller, Pool, control_id
from .simulator_schema import REFUSED, SCHEMA
from .simulator_tl import Reader, Thing, Unreadable, uint32

if TYPE_CHECKING:
    from .simulator import EitaaSimulator

make = SCHEMA.make
POOLS: dict[Pool, tuple[str, ...]] = {
    "client": ("hasan", "hosna", "armita", "majid", "alireza", "mostafa", "sajad", "bagher", "sadegh", "kazem"),
    "download": ("mohsen", "ghasem", "hadi", "hossein", "vahid"),
    "upload": ("alzheimer", "fateme", "ali", "meysam"),
}
SHOWN = 3
"""So many hosts of each pool are told to a client of the simulator; the others answer too."""
BOMB = 256 * 1024 * 1024
FAULTS = frozenset({"rpc_error", "expire_token", "token_updating", "gzip_bomb", "empty_piece", "unknown_answer"})
"""rpc_error: a refusal with `code` and `text`. expire_token, token_updating: the two markers in place of an answer.
gzip_bomb: a packed answer of `size` bytes of nothing. empty_piece: no bytes of a file. unknown_answer: an object that
no schema has.
Nothing is done then, except for an unknown_answer."""


class Gateway:
    """Also how it says no: `refusal` and `flood`."""

    def __init__(self, sim: EitaaSimulator) -> None:
        self._sim = sim

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        place = "/{pool:client|download|upload}/{host:[a-z]+}"
        return [web.post(f"{head}/eitaa/{tail}", self.on_call) for head in ("", place) for tail in ("", "index.php")]

    def urls(self) -> dict[str, list[str]]:
        return {pool: [f"{self._sim.url}/{pool}/{host}" for host in hosts[:SHOWN]] for pool, hosts in POOLS.items()}

    def place(self, request: web.Request) -> tuple[Pool, str] | None:
        info = request.match_info
        host = info.get("host") or (request.host or "").partition(".")[0].lower()
        for pool, hosts in POOLS.items():
            if host in hosts:
                return (pool, host) if info.get("pool", pool) == pool else None
        return None if "host" in info else ("client", POOLS["client"][0])

    async def on_call(self, request: web.Request) -> web.StreamResponse:
        place = self.place(request)
        if place is None:
            return web.Response(status=404, text="no such host")
        body = await request.read()
        problem = RpcError(400, "INPUT_REQUEST_INVALID")
        envelope = method = None
        name = "unreadable"
        try:
            envelope = SCHEMA.read(Reader(body), "EitaaObject")
            name, method = _method(envelope["packed_data"])
        except Unreadable:
            pass
        except RpcError as error:
            problem, name = error, _name(envelope)

        async def work() -> web.Response:
            try:
                if envelope is None or method is None:
                    raise problem
                return self._answer(self._work(envelope, method, *place))
            except RpcError as error:
                return self._refused(error)

        chat = None if method is None else control_id(method)
        ends = name.startswith("updates.")
        return await self._sim.call(request, name, chat, work, ends_with_client=ends, host=place[1], tongue=self)

    # -- one call

    def _work(self, envelope: Thing, method: Thing, pool: Pool, host: str) -> bytes:
        sim, name = self._sim, _plain(method.name)
        token, imei = envelope["token"], envelope["imei"]
        if not imei:
            raise RpcError(401, "INVALID_LOGIN")
        session: Session | None = None
        if name not in OPEN or (token and token in sim.accounts.sessions):
            session = sim.accounts.session(token, imei, refreshing=name == "eitaaRefreshToken")
        caller = Caller(sim, session, imei, pool, host)
        fault = sim.faults.take(FAULTS, name, control_id(method), host)
        if fault is not None and fault.name == "unknown_answer":
            CALLS[method.name](caller, method)
            return uint32(0x0DDBA11) + bytes(8)
        if fault is not None:
            return self._broken(fault.name, fault.detail, session)
        if session is not None:
            if name == "eitaaRefreshToken":
                return self._refresh(session)
            if (marker := self._marker(session)) is not None:
                return marker
        if sim.options.strict_pools and not _right_pool(name, pool):
            raise RpcError(400, "RETRY_LIMIT")
        return CALLS[method.name](caller, method)

    def _broken(self, fault: str, detail: dict[str, object], session: Session | None) -> bytes:
        match fault:
            case "expire_token":
                if session is not None:
                    session.expired = True
                return make("eitaa_updates_expire_token")
            case "token_updating":
                return make("eitaa_token_updating")
            case "empty_piece":
                return make("upload.file", type=make("storage.fileUnknown"), mtime=0, bytes=b"")
            case "gzip_bomb":
                return make("gzip_packed", packed_data=_bomb(int(str(detail.get("size", BOMB)))))
            case _:
                raise RpcError(int(str(detail.get("code", 400))), str(detail.get("text", "BAD_REQUEST")))

    def _marker(self, session: Session) -> bytes | None:
        """In place of an answer, when the token must be refreshed first."""
        options = self._sim.options
        session.calls += 1
        life = options.token_seconds
        if (life and self._sim.world.clock() > session.made + life) or (
            options.expire_every and session.calls % options.expire_every == 0
        ):
            session.expired = True
        if session.expired:
            return make("eitaa_updates_expire_token")
        if session.updating:
            session.updating -= 1
            return make("eitaa_token_updating")
        return None

    def _refresh(self, session: Session) -> bytes:
        token, now = self._sim.accounts.refresh(session, self._sim.options), int(self._sim.world.clock())
        return make("eitaa_updates_token", token=token, expire=self._sim.options.token_seconds or 86_400, date=now)

    # -- answers

    def _answer(self, body: bytes, code: int = 200) -> web.Response:
        options = self._sim.options
        packed = body[:4] == uint32(SCHEMA.shapes["gzip_packed"].number)
        big = options.gzip == "always" or (options.gzip == "above" and len(body) > options.gzip_above)
        if big and not packed:
            body = make("gzip_packed", packed_data=gzip.compress(body, 1))
        answer = Coded(body=body, content_type="application/octet-stream")
        answer.code = code
        return answer

    def _refused(self, error: RpcError) -> web.Response:
        if self._sim.options.errors_as_rpc_error:
            return self._answer(make("rpc_error", error_code=error.code, error_message=error.text), error.code)
        return self._answer(make("error", code=error.code, text=error.text), error.code)

    def refusal(self, status: int, words: str) -> web.Response:
        """A fault's: the servers' own trouble shows in HTTP, everything else in TL."""
        if status >= 500:
            return web.Response(status=status, text=words)
        named = {401: "AUTH_KEY_UNREGISTERED", 403: "CHAT_WRITE_FORBIDDEN", 404: "INVALID_CONSTRUCTOR"}
        return self._refused(RpcError(status, named.get(status, words.upper().replace(" ", "_"))))

    def flood(self, retry_after: int | None, *, plain_text: bool) -> web.Response:
        if plain_text:
            return web.Response(status=429, text="Too Many Requests")
        return self._refused(RpcError(420, f"FLOOD_WAIT_{1 if retry_after is None else retry_after}"))


def _method(packed: bytes) -> tuple[str, Thing]:
    """Raises RpcError for what is not served here, Unreadable for what is not well formed."""
    reader = Reader(packed)
    shape = SCHEMA.by_number.get(number := reader.uint32())
    if number in REFUSED or shape is None or shape.name not in CALLS:
        raise RpcError(404, "INVALID_CONSTRUCTOR")
    whole = Reader(packed)
    method = SCHEMA.read(whole)
    if not whole.ended:
        raise Unreadable("bytes behind its end")
    return _plain(shape.name), method


def _plain(name: str) -> str:
    """Without the mark of a second shape."""
    return name.removesuffix("_135").removesuffix("_137")


def _name(envelope: Thing | None) -> str:
    number = Reader(envelope["packed_data"]).uint32() if envelope is not None else 0
    return REFUSED.get(number, f"{number:08x}")


def _right_pool(name: str, pool: Pool) -> bool:
    """Ordinary calls go to upload hosts as well: who sends a file has to."""
    if name == "upload.getFile":
        return pool == "download"
    if name.startswith("upload."):
        return pool == "upload"
    return pool != "download"


def _bomb(size: int) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1024 * 1024)
    made = [squeezer.compress(block) for _ in range(max(1, size // len(block)))]
    return b"".join([*made, squeezer.flush()])
