"""What a platform has forgotten is told where it may be missing: once, in the rooms that heard something from there
lately and in their other chats."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.model import ChatKind, Missed
from bridge.store.database import Store
from bridge.store.inbox import Login
from bridge.store.notices import ROOMS, Notices
from bridge.store.portals import Portals
from bridge.store.timelines import Timelines
from bridge.texts import LANGUAGES, say
from bridge.texts.dates import moment_words, same_day, time_words

_MOST = 200
"""Chats of which it is told, those of the last words first."""


class Gaps:
    """`wake_chat` is called with (login, chat), or (ROOMS, room), of each notice that was put."""

    def __init__(
        self,
        store: Store,
        portals: Portals,
        notices: Notices,
        languages: tuple[str, ...],
        titles: Mapping[str, Mapping[str, str]],
        clock: Callable[[], int],
        wake_chat: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._timelines = Timelines(store)
        self._portals = portals
        self._notices = notices
        self._languages = languages
        self._titles = titles
        self._clock = clock
        self._wake_chat = wake_chat

    async def tell(self, login: Login, missed: Missed) -> None:
        today = same_day(missed.since, self._clock()) and same_day(missed.until, self._clock())
        words = time_words if today else moment_words
        text = say(
            "missed",
            self._languages,
            platform=self._titles[login.platform],
            since={language: words(missed.since, language) for language in LANGUAGES},
            until={language: words(missed.until, language) for language in LANGUAGES},
        )
        told: dict[tuple[str, str], None] = {}
        for number in await self._timelines.spoke_lately(login.id, _MOST):
            portal = await self._portals.get(number)
            if portal is None or portal.mxid is None or portal.state != "open":
                continue
            told[ROOMS, portal.mxid] = None
            for other in await self._portals.in_room(portal.mxid):
                group = other.partner is None and other.kind is not ChatKind.MIRROR
                if group and other.state == "open" and other.login != login.id:
                    told[other.login, other.chat] = None
        async with self._store.transaction():
            for place, chat in told:
                await self._notices.put(place, chat, text)
        for place, chat in told:
            self._wake_chat(place, chat)
