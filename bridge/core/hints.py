"""A word to people, once for each kind of thing in a room, about what does not arrive there as they sent it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.abilities import Capabilities, Kind
from bridge.core.attachments import attachment_of
from bridge.core.bodies import Bodies
from bridge.core.identity import FSI, PDI, title_of
from bridge.core.meet import How, fate
from bridge.core.things import contact_of, is_plain, is_poll, place_of
from bridge.model import ChatKind
from bridge.store.database import Store
from bridge.store.ledger_rows import Due
from bridge.store.notices import ROOMS, Notices
from bridge.store.portals import Portal, Portals
from bridge.texts import say
from bridge.texts.words import FATES, KINDS

_WORTH_A_WORD = (How.WORDS, How.NOTHING)


class Hints:
    """`able` tells what a login can do; `titles` are the platforms' names, by platform and language."""

    def __init__(
        self,
        *,
        store: Store,
        portals: Portals,
        notices: Notices,
        bodies: Bodies,
        able: Callable[[str], Capabilities | None],
        languages: tuple[str, ...],
        titles: Mapping[str, Mapping[str, str]],
        wake_chat: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._portals = portals
        self._notices = notices
        self._bodies = bodies
        self._able = able
        self._languages = languages
        self._titles = titles
        self._wake_chat = wake_chat

    async def consider(self, portal: Portal, due: Due, able: Capabilities) -> None:
        """A copy went out into a chat that can do so much. Safe to repeat; tells whoever sent it, and only once a room
        and kind."""
        kind = self._kind(due)
        if kind is None or portal.mxid is None or fate(kind, able).how not in _WORTH_A_WORD:
            return
        login, chat = source = (due.source.login or "", due.source.chat or "")
        there = await self._portals.that_leads_to(login, chat, portal.room) if login else None
        if there is None:
            login, chat = ROOMS, portal.mxid
        elif there.kind is ChatKind.MIRROR:
            return
        async with self._store.transaction():
            if not await self._portals.first_hint(portal.room, kind):
                return
            words = say(
                "not_as_sent",
                self._languages,
                kind=KINDS[kind],
                chats=await self._chats(portal, kind, source),
                note=FATES[fate(kind, able).note],
            )
            await self._notices.put(login, chat, words)
        self._wake_chat(login, chat)

    def _kind(self, due: Due) -> Kind | None:
        """What a copy is of, as far as that is known without asking anybody."""
        match due.source.kind:
            case "edit" | "delete" | "reaction" | "pin":
                return due.source.kind
            case "message":
                content = self._bodies.kept(due.event_id)
                return None if content is None else _kind_of(content)
            case _:
                return None

    async def _chats(self, portal: Portal, kind: Kind, source: tuple[str, str]) -> dict[str, str]:
        """All of the room's chats where it is so, by language."""
        found = []
        for each in await self._portals.of_room(portal.room):
            able = self._able(each.login)
            away = (each.login, each.chat) != source and each.state == "open"
            if able is not None and able.sends and away and fate(kind, able).how in _WORTH_A_WORD:
                found.append(each)
        return {
            language: ("، " if language == "fa" else ", ").join(
                f"«{FSI}{each.title}{PDI}» ({title_of(self._titles[each.platform], language)})"
                for each in found or [portal]
            )
            for language in self._languages
        }


def _kind_of(content: Mapping[str, Any]) -> Kind | None:
    if is_plain(content):
        return None
    if is_poll(content):
        return "poll"
    if place_of(content) is not None:
        return "location"
    if contact_of(content) is not None:
        return "contact"
    file = attachment_of(content)
    return None if file is None else file.kind
