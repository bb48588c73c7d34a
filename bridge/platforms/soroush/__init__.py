"""Soroush Plus (سروش پلاس, splus.ir): two-way over its Bot API, by long polling."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated
from urllib.parse import quote

from bridge.config import Between, PlatformSettings, Url
from bridge.platforms.http import Http
from bridge.platforms.soroush import convert
from bridge.platforms.soroush.api import SoroushApi
from bridge.platforms.soroush.session import CAPABILITIES, SoroushSession
from bridge.ports import Platform


@dataclass(frozen=True, kw_only=True)
class SoroushSettings(PlatformSettings):
    url: Url = "https://api.splus.ir"
    """What stands before `/bot<token>`."""
    timeout_seconds: Annotated[float, Between(1, 300)] = 30.0
    """How long an answer may take, beside the wait of a long poll."""
    poll_timeout_seconds: Annotated[int, Between(0, 50)] = 25
    """How long Soroush Plus may hold a request for updates when there are none."""


def open_session(settings: SoroushSettings) -> SoroushSession:
    http, files = (
        Http(
            settings.url,
            ca_bundle=settings.ca_bundle,
            proxy=settings.proxy,
            seconds=settings.timeout_seconds,
            fresh=fresh,
        )
        for fresh in (False, True)
    )
    return SoroushSession(
        SoroushApi(http, settings.token, files),
        own_id=convert.owner_id(settings.token),
        poll_timeout_seconds=settings.poll_timeout_seconds,
    )


def deep_link(username: str, payload: str) -> str:
    """As `Platform.deep_link`. Unconfirmed: the bot's
    page is there, the form of the payload is that of Telegram."""
    return f"https://splus.ir/{quote(username, safe='')}?start={quote(payload, safe='')}"


PLATFORM = Platform(
    name="soroush",
    titles=MappingProxyType({"fa": "سروش پلاس", "en": "Soroush Plus"}),
    settings=SoroushSettings,
    capabilities=CAPABILITIES,
    open=open_session,
    deep_link=deep_link,
)
