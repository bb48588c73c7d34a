"""Finds a platform's simulator by the platform's name, so that a new platform needs no line here."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from typing import Any

from yarl import URL

from bridge.platforms.simulation import Simulator
from bridge.ports import Platform

QUICK: Mapping[str, Any] = {"poll_seconds": 0.05, "poll_timeout_seconds": 5, "seconds_between_sends": 0}
"""Settings that suit a messenger that is next door, for the platforms that have them."""


def make_simulator(platform: str, options: Mapping[str, Any]) -> Simulator[Any]:
    """The simulator that `bridge/platforms/<platform>/simulator.py` declares, with `options` beside its defaults."""
    module = importlib.import_module(f"bridge.platforms.{platform}.simulator")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Simulator) and value is not Simulator:
            simulator: Simulator[Any] = value(None)
            simulator.set_options(dict(options))
            return simulator
    raise LookupError(f"{module.__name__} declares no simulator")


def settings_for(platform: Platform, url: str, token: str) -> dict[str, Any]:
    """The section of config.yaml that points the bridge at a simulator: the real host replaced, the path kept."""
    fields = {field.name: field for field in dataclasses.fields(platform.settings)}
    path = URL(str(fields["url"].default)).path.rstrip("/")
    return {"token": token, "url": url + path} | {name: value for name, value in QUICK.items() if name in fields}


def account_settings(urls: Mapping[str, Any], way: Callable[[str], str] = str) -> dict[str, Any]:
    """What is added to that section where an account of ours takes part. `way` as in `World`."""
    return {
        "account": True,
        "account_urls": [way(url) for url in urls["client"]],
        "account_upload_urls": [way(url) for url in urls["upload"]],
        "account_download_urls": [way(url) for url in urls["download"]],
        "account_poll_seconds": 0.2,
    }


def mirror_settings(urls: Mapping[str, Any]) -> dict[str, Any]:
    """What is added where public channels are mirrored."""
    return {"mirror": True, "mirror_url": urls["page"], "mirror_poll_seconds": 0.2}
