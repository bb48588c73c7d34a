"""The account's way into Eitaa, as the core takes it: log in, open, log out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bridge.platforms.eitaa import account_login
from bridge.platforms.eitaa.account_session import CAPABILITIES, EitaaAccountSession
from bridge.platforms.eitaa.gateway import Credentials, Gateway, Pool
from bridge.platforms.eitaa.pace import Pace
from bridge.platforms.eitaa.tl import Codec
from bridge.platforms.http import Http
from bridge.ports import Account, Ask, Keep

if TYPE_CHECKING:
    from bridge.platforms.eitaa import EitaaSettings

_LARGEST = 16 * 2**20
"""Bytes of an answer that are taken; a difference of a hundred messages has about a hundredth of that."""


def _pool(settings: EitaaSettings, urls: Sequence[str]) -> Pool:
    return Pool(
        [
            Http(
                url,
                ca_bundle=settings.ca_bundle,
                proxy=settings.proxy,
                seconds=settings.timeout_seconds,
                largest=_LARGEST,
            )
            for url in urls
        ]
    )


async def _nothing(_: bytes) -> None:
    return None


def _gateway(settings: EitaaSettings, credentials: Credentials, keep: Keep, codec: Codec) -> Gateway:
    return Gateway(_pool(settings, settings.account_urls), codec, credentials, keep)


async def log_in(settings: EitaaSettings, ask: Ask) -> bytes:
    codec = Codec()
    gateway = _gateway(settings, Credentials("", account_login.device_id()), _nothing, codec)
    try:
        return (await account_login.login(gateway, codec.new, ask)).to_bytes()
    finally:
        await gateway.close()


async def log_out(settings: EitaaSettings, credentials: bytes) -> None:
    gateway = _gateway(settings, Credentials.from_bytes(credentials), _nothing, Codec())
    try:
        await account_login.logout(gateway)
    finally:
        await gateway.close()


def open_account(settings: EitaaSettings, credentials: bytes, keep: Keep) -> EitaaAccountSession:
    codec = Codec()
    gateway = _gateway(settings, Credentials.from_bytes(credentials), keep, codec)
    return EitaaAccountSession(
        gateway,
        codec,
        Pace(settings.seconds_between_sends),
        uploads=_pool(settings, settings.account_upload_urls),
        downloads=_pool(settings, settings.account_download_urls),
        poll_seconds=settings.account_poll_seconds,
    )


ACCOUNT = Account(
    capabilities=CAPABILITIES,
    wanted=lambda settings: settings.account,
    login=log_in,
    open=open_account,
    logout=log_out,
)
