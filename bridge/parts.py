"""Which part of the bridge a process is: all of it, the head, or one platform."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.config import Config
from bridge.errors import StartError
from bridge.store.lease import HEAD

NONE = "none"
"""What stands for the head where a platform is named."""


@dataclass(frozen=True, slots=True)
class Part:
    """`platforms` are those whose logins run in this process. The head answers the homeserver, and does what happens
    once for a database. `several`: other processes are the other parts."""

    head: bool
    platforms: tuple[str, ...]
    several: bool

    @property
    def roles(self) -> tuple[str, ...]:
        """What nobody else may be meanwhile."""
        return ((HEAD,) if self.head else ()) + self.platforms


def part_of(config: Config, platform: str | None = None) -> Part:
    """`platform` is a name, `NONE` for the head, None for everything in one process. Raises StartError for one that the
    settings do not ask for."""
    if platform is None:
        return Part(True, tuple(config.enabled_platforms), several=False)
    if platform == NONE:
        return Part(True, (), several=True)
    if platform not in config.enabled_platforms:
        raise StartError(f"{platform} is not enabled (platforms.{platform})")
    return Part(False, (platform,), several=True)
