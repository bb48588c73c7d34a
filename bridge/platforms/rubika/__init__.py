"""Rubika (روبیکا, rubika.ir): two-way over its Bot API, by short polling."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated
from urllib.parse import quote

from bridge.config import Between, PlatformSettings, Url
from bridge.platforms.http import Http
from bridge.platforms.rubika.api import RubikaApi
from bridge.platforms.rubika.session import CAPABILITIES, RubikaSession
from bridge.ports import Platform


@dataclass(frozen=True, kw_only=True)
class RubikaSettings(PlatformSettings):
    url: Url = "https://botapi.rubika.ir/v3"
    """What stands before `/<token>`, the version included."""
    timeout_seconds: Annotated[float, Between(1, 300)] = 30.0
    """How long an answer may take."""
    poll_seconds: Annotated[float, Between(0, 60)] = 1.0
    """The pause between two requests for updates; Rubika answers at once, so it is the delay of a message."""


def open_session(settings: RubikaSettings) -> RubikaSession:
    http = Http(
        settings.url,
        ca_bundle=settings.ca_bundle,
        proxy=settings.proxy,
        seconds=settings.timeout_seconds,
    )
    return RubikaSession(RubikaApi(http, settings.token), poll_seconds=settings.poll_seconds)


def deep_link(username: str, payload: str) -> str:
    return f"https://rubika.ir/{quote(username)}?st={quote(payload, safe='')}"


PLATFORM = Platform(
    name="rubika",
    titles=MappingProxyType({"fa": "روبیکا", "en": "Rubika"}),
    settings=RubikaSettings,
    capabilities=CAPABILITIES,
    open=open_session,
    deep_link=deep_link,
)
