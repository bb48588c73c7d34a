"""The platforms, one line each. A fifth platform is one folder and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.platforms import bale, eitaa, rubika, soroush
from bridge.ports import Platform

PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {
        platform.name: platform
        for platform in (
            rubika.PLATFORM,
            bale.PLATFORM,
            eitaa.PLATFORM,
            soroush.PLATFORM,
        )
    }
)
