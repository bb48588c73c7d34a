"""Who may use the gateway: phone numbers, login codes, bearer tokens, second passwords."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.platforms.simulation import Bot, ControlError

from .simulator_options import EitaaOptions
from .simulator_srp import Challenge, Verifier

PHONE = re.compile(r"\d{10,15}")
WEB_DEVICE = re.compile(r"\w{10,}__web")
HOUR = 3600.0


class RpcError(Exception):
    """Goes out as `error code:int text:string`."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(slots=True, eq=False)
class Code:
    """A login that was begun. `delivered` is False where the device would never see the code."""

    phone: str
    hash: str
    digits: str
    made: float
    imei: str
    delivered: bool
    tries: int = 0
    confirmed: bool = False
    """The digits were right, and the number is new or its password is still asked for."""


@dataclass(slots=True, eq=False)
class Session:
    """One device of an account. `earlier` tokens can still be refreshed until the new one was used."""

    account: Bot
    token: str
    imei: str
    made: float
    calls: int = 0
    expired: bool = False
    updating: int = 0
    revoked: bool = False
    earlier: list[str] = field(default_factory=list)


class Accounts:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.phones: dict[str, str] = {}
        """Ids of people and accounts by phone."""
        self.sessions: dict[str, Session] = {}
        self.passwords: dict[str, Verifier] = {}
        """By the account's id."""
        self.challenges: dict[tuple[str, str], Challenge] = {}
        """By account and device: the last one that was put to it."""
        self.waiting: dict[str, Code] = {}
        """By device: who has shown the right code and still owes the password."""
        self._codes: dict[str, Code] = {}
        self._asked: dict[str, list[float]] = {}
        self._phone_count = 0

    # -- phones

    def phone_of(self, person_id: str) -> str | None:
        return next((phone for phone, owner in self.phones.items() if owner == person_id), None)

    def give_phone(self, person_id: str, phone: str | None = None) -> str:
        if phone is None:
            self._phone_count += 1
            phone = f"98912{self._phone_count:07}"
        phone = phone.removeprefix("+")
        if not PHONE.fullmatch(phone):
            raise ControlError("a phone is 10 to 15 digits")
        if self.phones.get(phone, person_id) != person_id:
            raise ControlError("this phone is somebody else's")
        if (old := self.phone_of(person_id)) is not None:
            del self.phones[old]
        self.phones[phone] = person_id
        return phone

    # -- codes

    def send_code(self, phone: str, imei: str, options: EitaaOptions) -> Code:
        phone = phone.removeprefix("+")
        if not PHONE.fullmatch(phone):
            raise RpcError(400, "PHONE_NUMBER_INVALID")
        now = self._clock()
        asked = [at for at in self._asked.get(phone, []) if at > now - HOUR]
        if len(asked) >= options.code_requests:
            raise RpcError(420, "PHONE_NUMBER_FLOOD")
        self._asked[phone] = [*asked, now]
        digits = f"{secrets.randbelow(100_000):05}"
        delivered = options.imei_rule == "any" or WEB_DEVICE.fullmatch(imei) is not None
        code = Code(phone, secrets.token_hex(9), digits, now, imei, delivered)
        self._codes[phone] = code
        return code

    def code(self, phone: str) -> Code | None:
        return self._codes.get(phone.removeprefix("+"))

    def begun(self, phone: str, code_hash: str, options: EitaaOptions) -> Code:
        """The login that these two belong to. Raises RpcError."""
        code = self.code(phone)
        if not PHONE.fullmatch(phone.removeprefix("+")):
            raise RpcError(400, "PHONE_NUMBER_INVALID")
        if code is None or code.hash != code_hash or self._clock() > code.made + options.code_seconds:
            raise RpcError(400, "PHONE_CODE_EXPIRED")
        return code

    def checked(self, phone: str, code_hash: str, digits: str, options: EitaaOptions) -> Code:
        code = self.begun(phone, code_hash, options)
        if not digits:
            raise RpcError(400, "PHONE_CODE_EMPTY")
        if digits != code.digits:
            code.tries += 1
            if code.tries >= options.code_tries:
                self.forget(code)
            raise RpcError(400, "PHONE_CODE_INVALID")
        code.confirmed = True
        return code

    def forget(self, code: Code) -> None:
        if self._codes.get(code.phone) is code:
            del self._codes[code.phone]

    # -- sessions

    def open_session(self, account: Bot, imei: str) -> Session:
        session = Session(account, secrets.token_urlsafe(48), imei, self._clock())
        self.sessions[session.token] = session
        return session

    def close_session(self, session: Session) -> None:
        for token in (session.token, *session.earlier):
            self.sessions.pop(token, None)

    def sessions_of(self, account: Bot) -> list[Session]:
        return [each for token, each in self.sessions.items() if each.account is account and token == each.token]

    def refresh(self, session: Session, options: EitaaOptions) -> str:
        """The new token; the one before can come back with it until the new one is used."""
        session.earlier.append(session.token)
        session.token = secrets.token_urlsafe(48)
        self.sessions[session.token] = session
        session.made, session.expired, session.updating = self._clock(), False, options.updating_calls
        return session.token

    def session(self, token: str, imei: str, *, refreshing: bool) -> Session:
        """Whose token this is. Raises RpcError."""
        if not token or (found := self.sessions.get(token)) is None:
            raise RpcError(401, "AUTH_KEY_UNREGISTERED")
        if found.imei != imei:
            raise RpcError(401, "INVALID_LOGIN")
        if found.revoked:
            raise RpcError(401, "SESSION_REVOKED")
        if token != found.token:
            if not refreshing:
                raise RpcError(401, "INVALID_LOGIN")
        elif found.earlier and not refreshing:
            for old in found.earlier:
                self.sessions.pop(old, None)
            found.earlier.clear()
        return found
