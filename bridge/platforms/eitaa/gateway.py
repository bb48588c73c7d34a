"""One call to the gateway of Eitaa's own apps: a method in TL inside an envelope, POSTed to one of several hosts.

    method ─▶ envelope (token, device, method) ─▶ a host of the pool ─▶ one object, an error, or "your token is old"

A host that cannot be reached, hangs, or answers something else than TL is left for the next of its pool. What may have
been done is `InDoubt`; sends carry an id of ours, so the core repeats them. Source: the reference of Eitaa's
interfaces, D.2 to D.4. The token and the device's id are the account itself: no error carries a request or its answer.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.errors import BridgeError, InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.platforms.eitaa.tl import TL, Codec, TLError, UnknownConstructor
from bridge.platforms.http import Http, TooLarge

LAYER = 135
_PERSIAN = 32
"""The envelope's flags: the language of what the server says."""
_APP_BUILD, _APP_VERSION = 2496, "4.6.12 K"
_WAITS = 20
"""How often in a row an answer may be that the token is being renewed."""
_BAD_LOGINS = 7
"""INVALID_LOGIN this often in a row is still forgiven, as the web client does."""
_HOSTS = 4
"""Hosts that one call is tried on: where all hang, the caller hears of it before long. The next call begins behind."""
_SURE = 2
"""Hosts whose whole answer cannot be read, until it is the answer and not the way that spoilt it."""
_CUT = frozenset({"Truncated", "BadGzip"})
"""What an answer that was cut off on its way looks like: a single host is not believed."""
_PAGE = re.compile(rb"\s*<[!?a-zA-Z]")

_LOST = frozenset({"AUTH_KEY_UNREGISTERED", "SESSION_REVOKED", "SESSION_EXPIRED", "USER_DEACTIVATED"})
_CLOSED = frozenset(
    {
        "CHAT_WRITE_FORBIDDEN",
        "CHANNEL_PRIVATE",
        "CHANNEL_INVALID",
        "CHAT_ADMIN_REQUIRED",
        "CHAT_FORBIDDEN",
        "CHAT_RESTRICTED",
        "USER_BANNED_IN_CHANNEL",
        "USER_IS_BLOCKED",
        "YOU_BLOCKED_USER",
        "INPUT_USER_DEACTIVATED",
        "PEER_ID_INVALID",
    }
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an account is proved with: whoever has both owns it."""

    token: str = field(repr=False)
    imei: str = field(repr=False)

    def to_bytes(self) -> bytes:
        return json.dumps({"token": self.token, "imei": self.imei}).encode()

    @classmethod
    def from_bytes(cls, kept: bytes) -> Credentials:
        """Raises LoginLost for what is none."""
        try:
            found = json.loads(kept)
            return cls(str(found["token"]), str(found["imei"]))
        except (ValueError, KeyError, TypeError):
            raise LoginLost("eitaa", "the stored login cannot be read") from None


class RpcRefused(Refused):
    """The gateway's own word for a refusal, such as PHONE_CODE_INVALID: `word`."""

    def __init__(self, word: str) -> None:
        super().__init__(f"Eitaa says {word}")
        self.word = word


class Unreadable(Retry):
    """What the server answers cannot be read, whichever host is asked: something in it has no schema, stands where it
    does not belong, or it is larger than we take. `what` says so in a word or two. Asking for less may help."""

    def __init__(self, what: str) -> None:
        super().__init__(f"an answer that cannot be read: {what}")
        self.what = what


class RetryLimit(Retry):
    """Eitaa's word for a host of the wrong pool, and for a piece behind the end of a file."""


class BadLogin(Retry):
    """A login that is refused, but not often enough to be lost."""


class Pool:
    """Hosts that do the same: one is stayed with while it works. (Eitaa has a pool each for calls, for parts of a file
    that is sent, and for parts of one that is fetched.)"""

    def __init__(self, hosts: Sequence[Http]) -> None:
        self._hosts = list(hosts)
        random.shuffle(self._hosts)

    def __len__(self) -> int:
        return len(self._hosts)

    @property
    def host(self) -> Http:
        return self._hosts[0]

    def leave(self, host: Http) -> None:
        """It did not work: the next one."""
        if self._hosts[0] is host:
            self._hosts.append(self._hosts.pop(0))

    async def close(self) -> None:
        for host in self._hosts:
            await host.close()


class Gateway:
    """`keep` stores renewed credentials before they are used. One call in flight is enough for one account, but several
    may be."""

    def __init__(
        self, pool: Pool, codec: Codec, credentials: Credentials, keep: Callable[[bytes], Awaitable[None]]
    ) -> None:
        self._pool = pool
        self._codec = codec
        self._credentials = credentials
        self._keep = keep
        self._renewing = asyncio.Lock()
        self._bad_logins = 0
        self._proven = False
        """Whether our token is the last that Eitaa has given us: it has taken it, or we have just stored it."""

    @property
    def credentials(self) -> Credentials:
        return self._credentials

    async def call(self, method: str, /, *, sends: bool = False, at: Pool | None = None, **fields: Any) -> Any:
        """What a method answers, from a host of the ordinary pool or of another (`at`). Raises our errors; Unreadable
        among them, where the call `sends` InDoubt instead."""
        body = self._codec.encode(self._codec.new(method, **fields))
        for _ in range(_WAITS):
            used = self._credentials
            try:
                answer = await self._ask(method, body, used, sends, at or self._pool)
            except BadLogin:
                if self._proven:
                    raise
                await self._renew(used)  # one that was given to us and could not be stored comes back by the one before
                continue
            name = answer.tl_name if isinstance(answer, TL) else ""
            if name == "eitaa_updates_expire_token":
                await self._renew(used)
            elif name == "eitaa_token_updating":
                await asyncio.sleep(0.5)
            else:
                self._proven = True
                return answer
        raise Retry("Eitaa goes on renewing the token")

    async def _renew(self, used: Credentials) -> None:
        """Take a new token, store it, and only then use it."""
        async with self._renewing:
            if self._credentials is not used:
                return  # somebody else has, meanwhile
            app = self._codec.new(
                "eitaaAppInfo",
                build_version=_APP_BUILD,
                device_model="",
                system_version="",
                app_version=_APP_VERSION,
                lang_code="fa",
                sign="",
            )
            body = self._codec.encode(self._codec.new("eitaaRefreshToken", app_info=app))
            answer = await self._ask("eitaaRefreshToken", body, used, False, self._pool)
            if not isinstance(answer, TL) or answer.tl_name != "eitaa_updates_token":
                raise Retry("Eitaa gave no new token")
            fresh = replace(used, token=answer.token)
            self._proven = False
            await self._keep(fresh.to_bytes())
            self._credentials, self._proven = fresh, True

    async def _ask(self, method: str, body: bytes, used: Credentials, sends: bool, pool: Pool) -> Any:
        envelope = self._codec.encode(
            self._codec.new(
                "eitaaObject", token=used.token, imei=used.imei, packed_data=body, layer=LAYER, flags=_PERSIAN
            )
        )
        problem, spoilt = Retry("no host of Eitaa"), 0
        for _ in range(min(_HOSTS, len(pool))):
            host = pool.host
            try:
                found = await self._answer(host, envelope, method, sends)
            except InDoubt:
                pool.leave(host)
                raise
            except Retry as error:
                pool.leave(host)
                problem = error
                if isinstance(error, Unreadable):
                    spoilt += 1
                    if spoilt == _SURE:
                        break
            else:
                return self._accepted(found)
        if isinstance(problem, Unreadable):
            enough = _SURE if problem.what in _CUT else min(_SURE, len(pool))
            raise problem if spoilt >= enough else Retry(problem.reason)
        raise problem

    async def _answer(self, host: Http, envelope: bytes, method: str, sends: bool) -> Any:
        """One host's. Raises Unreadable for what is no TL of ours, Retry for what the host itself has not said."""
        try:
            answer = await host.post_bytes("/eitaa/", envelope, "application/octet-stream", sends=sends)
        except TooLarge:
            raise Unreadable("too large") from None
        if answer.status != 200:
            raise Retry(f"a host of Eitaa answered {answer.status}")
        try:
            return self._codec.decode(answer.body, answer_to=method)
        except UnknownConstructor as unknown:
            what = f"constructor {unknown.id:08x}"
        except TLError as error:
            what = type(error).__name__
        if sends:
            raise InDoubt("an answer that cannot be read")
        raise Retry("a page instead of an answer") if _PAGE.match(answer.body) else Unreadable(what)

    def _accepted(self, found: Any) -> Any:
        if not isinstance(found, TL) or found.tl_type not in ("Error", "RpcError"):
            self._bad_logins = 0
            return found
        rpc = found.tl_type == "RpcError"
        code = found.error_code if rpc else found.code
        word = str(found.error_message if rpc else found.text).strip()
        self._bad_logins = self._bad_logins + 1 if word == "INVALID_LOGIN" else 0
        raise self._refusal(code, word if re.fullmatch(r"[A-Z][A-Z0-9_]{2,60}", word) else f"error {code}")

    def _refusal(self, code: int, word: str) -> BridgeError:
        """The one place where the gateway's errors become ours."""
        if flood := re.fullmatch(r"(FLOOD|SLOWMODE)_WAIT_(\d{1,6})", word):
            return Retry("Eitaa says wait", after=float(flood[2]), flood="login" if flood[1] == "FLOOD" else "chat")
        if word == "INVALID_LOGIN" and self._bad_logins <= _BAD_LOGINS:
            return BadLogin("Eitaa says INVALID_LOGIN")
        if word in _LOST or word == "INVALID_LOGIN":
            return LoginLost("eitaa", word)
        if word in _CLOSED:
            return NotAllowed(f"Eitaa says {word}")
        if word == "RANDOM_ID_DUPLICATE":
            return RpcRefused(word)
        if word == "RETRY_LIMIT":
            return RetryLimit(f"Eitaa says {word}")
        if code >= 500 or code < 0:
            return Retry(f"Eitaa says {word}")
        if code == 420 and not word.startswith("PHONE_"):
            return Retry(f"Eitaa says {word}", after=60.0, flood="login")
        return RpcRefused(word)

    async def close(self) -> None:
        await self._pool.close()
