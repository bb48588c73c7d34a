"""A platform with an account that one logs in to by a code, and with public pages."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.abilities import Capabilities
from bridge.config import PlatformSettings
from bridge.errors import Refused, Retry
from bridge.model import Chat, ChatKind
from bridge.ports import Account, Ask, Mirror, Platform, Session


@dataclass
class AccountSettings:
    account: bool = True


SETTINGS = AccountSettings()


async def log_in(settings: AccountSettings, ask: Ask) -> bytes:
    """A platform that sends the code 12345 to every phone but 666, and does not answer about 000."""
    phone = await ask("link_which_chat")
    if phone == "666":
        raise Refused("nobody")
    if phone == "000":
        raise Retry("unreachable")
    reason = ""
    while (await ask("join_which_code", reason=reason, secret=True)) != "12345":
        reason = "code_unknown"
    return f"token of {phone}".encode()


async def log_out(settings: AccountSettings, credentials: bytes) -> None:
    if credentials == b"token of 111":
        raise Retry("unreachable")


async def begin(settings: PlatformSettings, word: str) -> tuple[Chat, str]:
    """A page that has the channel "news", and is away for "away"."""
    if word == "away":
        raise Retry("unreachable")
    if word != "news":
        raise Refused("mirror_no_channel")
    return Chat("news", ChatKind.MIRROR, "اخبار"), "41"


def no_session(*_: object) -> Session:
    raise LookupError("these logins are not opened")


EITAA = Platform(
    name="eitaa",
    titles={"fa": "ایتا", "en": "Eitaa"},
    settings=PlatformSettings,
    capabilities=Capabilities(),
    open=no_session,
    account=Account(Capabilities(), lambda settings: settings.account, log_in, no_session, log_out),
    mirror=Mirror(Capabilities(sends=False), lambda settings: settings.url != "", begin, no_session),
)
MIRROR_SETTINGS = PlatformSettings(token="", url="https://eitaa.test")
