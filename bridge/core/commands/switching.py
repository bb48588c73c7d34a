"""suspend · resume: a platform is switched off, and on again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.core.commands import Answer, Asker, fold
from bridge.core.identity import clean_name
from bridge.core.suspending import Suspending
from bridge.errors import Refused
from bridge.texts import say


class Switching:
    """`platforms` tells the names of those that the settings ask for; `titles` are the messengers' names."""

    def __init__(
        self,
        suspending: Suspending,
        platforms: Callable[[], list[str]],
        titles: Mapping[str, Mapping[str, str]],
        languages: tuple[str, ...],
    ) -> None:
        self._suspending = suspending
        self._platforms = platforms
        self._titles = titles
        self._languages = languages

    def answers(self) -> dict[str, Answer]:
        return {"suspend": self.suspend, "resume": self.resume}

    async def suspend(self, asker: Asker, args: list[str]) -> str:
        """`suspend PLATFORM [REASON]`"""
        platform = self._platform(args)
        new = await self._suspending.suspend(platform, asker.by, clean_name(" ".join(args[1:])) or "")
        key = "suspended_now" if new else "suspended_already"
        return say(key, self._languages, platform=self._titles[platform], name=platform)

    async def resume(self, asker: Asker, args: list[str]) -> str:
        """`resume PLATFORM`"""
        platform = self._platform(args)
        ended = await self._suspending.resume(platform, asker.by)
        return say("resumed_now" if ended else "not_suspended", self._languages, platform=self._titles[platform])

    def _platform(self, args: list[str]) -> str:
        for platform in self._platforms():
            if args and fold(args[0]) in {fold(name) for name in (platform, *self._titles[platform].values())}:
                return platform
        raise Refused("no_such_platform")
