"""Bale (بله, bale.ai): two-way over its Bot API, by long polling."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated
from urllib.parse import quote

from bridge.config import Between, PlatformSettings, Url
from bridge.platforms.bale import convert
from bridge.platforms.bale.api import BaleApi
from bridge.platforms.bale.session import CAPABILITIES, BaleSession
from bridge.platforms.http import Http
from bridge.ports import Platform


@dataclass(frozen=True, kw_only=True)
class BaleSettings(PlatformSettings):
    url: Url = "https://tapi.bale.ai"
    """What stands before `/bot<token>`; the paid Business API has https://tapi.bale.ai/business."""
    timeout_seconds: Annotated[float, Between(1, 300)] = 30.0
    """How long an answer may take, beside the wait of a long poll."""
    poll_timeout_seconds: Annotated[int, Between(0, 50)] = 25
    """How long Bale may hold a request for updates when there are none."""


def open_session(settings: BaleSettings) -> BaleSession:
    http = Http(
        settings.url,
        ca_bundle=settings.ca_bundle,
        proxy=settings.proxy,
        seconds=settings.timeout_seconds,
    )
    return BaleSession(
        BaleApi(http, settings.token),
        own_id=convert.owner_id(settings.token),
        poll_timeout_seconds=settings.poll_timeout_seconds,
    )


def deep_link(username: str, payload: str) -> str:
    """As `Platform.deep_link`."""
    return f"https://ble.ir/{quote(username, safe='')}?start={quote(payload, safe='')}"


PLATFORM = Platform(
    name="bale",
    titles=MappingProxyType({"fa": "بله", "en": "Bale"}),
    settings=BaleSettings,
    capabilities=CAPABILITIES,
    open=open_session,
    deep_link=deep_link,
)
