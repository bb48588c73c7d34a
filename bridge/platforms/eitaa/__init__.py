"""Eitaa (ایتا, eitaa.com): sending over its official API, Eitaayar; both ways with an account of ours; public channels
mirrored from their pages."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from bridge.config import Between, PlatformSettings, Url
from bridge.platforms.eitaa.account import ACCOUNT
from bridge.platforms.eitaa.api import EitaaApi
from bridge.platforms.eitaa.mirror import MIRROR
from bridge.platforms.eitaa.pace import Pace
from bridge.platforms.eitaa.session import CAPABILITIES, EitaaSession
from bridge.platforms.http import Http
from bridge.ports import Platform


@dataclass(frozen=True, kw_only=True)
class EitaaSettings(PlatformSettings):
    url: Url = "https://eitaayar.ir/api"
    """What stands before `/<token>`."""
    timeout_seconds: Annotated[float, Between(1, 300)] = 30.0
    """How long an answer may take."""
    seconds_between_sends: Annotated[float, Between(0, 60)] = 1.0
    """The pause between two messages, corrections or deletions; Eitaa publishes no limit."""
    account: bool = False
    """Whether an account takes part, too; it is logged in in the management room."""
    account_urls: tuple[Url, ...] = (
        "https://hasan.eitaa.ir",
        "https://hosna.eitaa.com",
        "https://armita.eitaa.com",
        "https://majid.eitaa.com",
        "https://alireza.eitaa.com",
        "https://mostafa.eitaa.com",
        "https://sajad.eitaa.ir",
        "https://bagher.eitaa.ir",
        "https://sadegh.eitaa.ir",
        "https://kazem.eitaa.ir",
    )
    """The hosts of Eitaa's apps, any of which will do: what stands before `/eitaa/`."""
    account_upload_urls: tuple[Url, ...] = (
        "https://alzheimer.eitaa.com",
        "https://fateme.eitaa.com",
        "https://ali.eitaa.com",
        "https://meysam.eitaa.com",
    )
    """Those that take files."""
    account_download_urls: tuple[Url, ...] = (
        "https://mohsen.eitaa.com",
        "https://ghasem.eitaa.com",
        "https://hadi.eitaa.com",
        "https://hossein.eitaa.com",
        "https://vahid.eitaa.com",
    )
    """Those that give files."""
    mirror: bool = False
    """Whether public channels can be mirrored from their web pages."""
    mirror_url: Url = "https://eitaa.com"
    """What stands before `/<channel>`."""
    mirror_poll_seconds: Annotated[float, Between(0.05, 86400)] = 60.0
    """How often a mirrored channel's page is read, in seconds. Eitaa documents no limit: not below 30."""
    account_poll_seconds: Annotated[float, Between(0.2, 60)] = 5.0
    """The longest pause between two questions for news; Eitaa may tell a shorter one."""


def open_session(settings: EitaaSettings) -> EitaaSession:
    http = Http(
        settings.url,
        ca_bundle=settings.ca_bundle,
        proxy=settings.proxy,
        seconds=settings.timeout_seconds,
    )
    return EitaaSession(EitaaApi(http, settings.token), Pace(settings.seconds_between_sends))


PLATFORM = Platform(
    name="eitaa",
    titles=MappingProxyType({"fa": "ایتا", "en": "Eitaa"}),
    settings=EitaaSettings,
    capabilities=CAPABILITIES,
    open=open_session,
    account=ACCOUNT,
    mirror=MIRROR,
)
