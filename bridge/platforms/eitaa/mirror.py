"""Mirroring public channels from their pages, as `ports.Mirror` wants it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bridge.model import Chat
from bridge.platforms.eitaa import mirror_session
from bridge.platforms.eitaa.mirror_page import LARGEST
from bridge.platforms.http import Http
from bridge.ports import Mirror, Mirrored

if TYPE_CHECKING:
    from bridge.platforms.eitaa import EitaaSettings


def _http(settings: EitaaSettings) -> Http:
    return Http(
        settings.mirror_url,
        ca_bundle=settings.ca_bundle,
        proxy=settings.proxy,
        seconds=settings.timeout_seconds,
        largest=LARGEST,
    )


async def begin(settings: EitaaSettings, word: str) -> tuple[Chat, str]:
    http = _http(settings)
    try:
        return await mirror_session.begin(http, word)
    finally:
        await http.close()


def open_mirror(
    settings: EitaaSettings,
    mirrored: Callable[[], Awaitable[list[Mirrored]]],
    lost: Callable[[str], Awaitable[None]],
) -> mirror_session.EitaaMirrorSession:
    return mirror_session.EitaaMirrorSession(
        _http(settings), settings.mirror_url, mirrored, lost, period=settings.mirror_poll_seconds
    )


MIRROR = Mirror(mirror_session.CAPABILITIES, lambda settings: bool(settings.mirror), begin, open_mirror)
