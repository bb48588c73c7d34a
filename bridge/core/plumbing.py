"""Tie a chat to a room, untie it, clean up behind it.

A portal's state is its to-do list: whatever it says (`linking`, `opening`, `closing`) is finished by a lane of its own,
at once or after a restart, and every step may be repeated.

    offered ──(somebody joins with the code)──▶ linking ──▶ opening ──(our link event is back)──▶ open
    pending ──(an operator approves)──▶ offered or linking
    open ──(/unlink, bot removed)──▶ closing ──▶ closed
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.core.identity import clean_name, title_of
from bridge.core.lanes import Lanes
from bridge.core.live import Live
from bridge.core.rooms import Rooms
from bridge.errors import Refused
from bridge.keys import Keys
from bridge.model import Chat, ChatKind
from bridge.store.database import Store
from bridge.store.inbox import Login
from bridge.store.notices import Notices, Tasks
from bridge.store.portals import Code, Portal, Portals, Room
from bridge.texts import say
from bridge.texts.digits import ascii_digits

log = logging.getLogger("hampayam.plumbing")

_ALPHABET = "ABCDEFGHJKMNPQRTUVWXYZ2346789"
"""Letters and digits that are not mistaken for one another when read aloud or copied by hand."""

_CODE_LENGTH = 8
"""29^8 = 5 * 10^11 codes, valid for minutes: not to be guessed at a chat's pace."""


class CannotLink(Refused):
    """A link that cannot be made. `reason` is the key of the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Offer:
    """`code` is None while an operator must approve first (request number `request`)."""

    code: str | None
    request: int | None
    minutes: int


class Plumbing:
    def __init__(
        self,
        store: Store,
        portals: Portals,
        notices: Notices,
        tasks: Tasks,
        rooms: Rooms,
        live: Live,
        lanes: Lanes,
        keys: Keys,
        *,
        clock: Callable[[], int],
        languages: tuple[str, ...],
        titles: Mapping[str, Mapping[str, str]],
        code_minutes: int,
        most_chats: int,
    ) -> None:
        self._store = store
        self._portals = portals
        self._notices = notices
        self._tasks = tasks
        self._rooms = rooms
        self._live = live
        self._lanes = lanes
        self._keys = keys
        self._clock = clock
        self._languages = languages
        self.titles = titles
        self._code_minutes = code_minutes
        self._most_chats = most_chats

    def platform_title(self, platform: str) -> str:
        return title_of(self.titles[platform], self._languages[0])

    # --- offering

    async def offer(self, login: Login, chat: Chat, by: str, *, approved: bool) -> Offer:
        """A chat wants company: a code for its room (a new one, if it has none yet)."""
        async with self._store.transaction():
            portal = await self._portals.of_chat(login.id, chat.id)
            if portal is None:
                room = await self._portals.make_room(self._title(chat), None)
                state = "offered" if approved else "pending"
                number = await self._tie(login, chat, room, state)
            elif portal.state == "pending":
                return Offer(None, portal.id, self._code_minutes)
            elif portal.state == "closing":
                raise CannotLink("still_ending")
            elif not approved:  # any member could ask: where nobody tells us who is an admin, the operator gives codes
                raise CannotLink("operator_gives_codes")
            else:
                room, number = portal.room, portal.id
            if portal is None and not approved:
                return Offer(None, number, self._code_minutes)
            return Offer(await self._make_code("join", room, None, by), None, self._code_minutes)

    async def offer_room(self, room: Room, by: str) -> Offer:
        async with self._store.transaction():
            return Offer(await self._make_code("join", room.id, None, by), None, self._code_minutes)

    async def new_room(self, title: str, host: str, platform: str) -> Room:
        """A room that starts on Matrix, made at once so that its host can enter it."""
        async with self._store.transaction():
            number = await self._portals.make_room(title, host)
        room = await self._portals.room(number)
        assert room is not None
        return await self._rooms.create(room, self._rooms.steward(platform, number))

    async def _make_code(self, purpose: str, room: int, portal: int | None, by: str) -> str:
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
        expires = self._clock() + self._code_minutes * 60_000
        await self._portals.keep_code(Code(self._hash(code), purpose, room, portal, expires, None), by)
        return code

    def _hash(self, code: str) -> str:
        tidy = "".join(char for char in ascii_digits(code).upper() if char.isalnum())
        return self._keys.digest("code", tidy)

    # --- joining

    async def join(self, code: str, login: Login, chat: Chat, *, approved: bool) -> Portal:
        """Tie a chat with somebody's code. Raises CannotLink with the sentence that says why not."""
        async with self._store.transaction():
            found = await self._code(code, "join")
            portal = await self._portals.of_chat(login.id, chat.id)
            if portal is not None and portal.state == "offered" and portal.room != found.room:
                # It asked for company itself before: that offer is withdrawn by joining another.
                await self._portals.move(portal.id, "offered", "closed")
            elif portal is not None:
                raise CannotLink("linked_already" if portal.room == found.room else "linked_elsewhere")
            if not await self._portals.use_code(found.hash, self._clock()):
                raise CannotLink("code_used")
            if len(await self._portals.of_room(found.room)) >= self._most_chats:
                raise CannotLink("room_full")
            number = await self._tie(login, chat, found.room, "linking" if approved else "pending")
            if approved:
                await self._wake_offers(found.room)
                await self._tell_company(number, found.room)
        return await self._advanced(number)

    async def _wake_offers(self, room: int) -> None:
        for portal in await self._portals.of_room(room):
            if portal.state == "offered":
                await self._portals.move(portal.id, "offered", "linking")

    async def _code(self, code: str, purpose: str) -> Code:
        found = await self._portals.code(self._hash(code))
        if found is None or found.purpose != purpose:
            raise CannotLink("code_unknown")
        if found.used_at is not None:
            raise CannotLink("code_used")
        if found.expires_at < self._clock():
            raise CannotLink("code_expired")
        return found

    async def _tie(self, login: Login, chat: Chat, room: int, state: str) -> int:
        """Raises CannotLink where what is written to a channel would come back from its page, again and again."""
        mirror = chat.kind is ChatKind.MIRROR
        for other in await self._portals.of_room(room):
            if other.platform == login.platform and mirror != (other.kind is ChatKind.MIRROR):
                kind, by = (other.kind, other.login) if mirror else (chat.kind, login.id)
                if kind is ChatKind.CHANNEL or not self._live.receives(by):
                    raise CannotLink("mirror_and_link")
        return await self._portals.tie(
            login.id, chat.id, login.platform, chat.kind, self._title(chat), room, state, self._clock()
        )

    @staticmethod
    def _title(chat: Chat) -> str:
        return clean_name(chat.title) or chat.id

    # --- an operator's word

    async def ask_proof(self, login: Login, chat: Chat, room: int, by: str) -> Portal:
        """A chat that cannot be heard proves itself: a code is posted into it; who sees it there can approve."""
        async with self._store.transaction():
            if await self._portals.of_chat(login.id, chat.id) is not None:
                raise CannotLink("linked_elsewhere")
            number = await self._tie(login, chat, room, "pending")
            code = await self._make_code("prove", room, number, by)
            text = say("proof", self._languages, code=code, minutes=self._code_minutes)
            await self._notices.put(login.id, chat.id, text)
        self._live.wake_chat(login.id, chat.id)
        portal = await self._portals.get(number)
        assert portal is not None
        return portal

    async def approve(self, word: str, by: str) -> Portal:
        """`word` is a request's number, or the code that a one-way chat shows. Raises CannotLink."""
        number = ascii_digits(word).strip().lstrip("#")
        async with self._store.transaction():
            if number.isdecimal() and len(number) < _CODE_LENGTH:
                portal = await self._portals.get(int(number))
                if portal is not None and not self._live.receives(portal.login):
                    raise CannotLink("prove_first")
            else:
                code = await self._code(word, "prove")
                if not await self._portals.use_code(code.hash, self._clock()) or code.portal is None:
                    raise CannotLink("code_used")
                portal = await self._portals.get(code.portal)
            if portal is None or portal.state != "pending":
                raise CannotLink("no_such_request")
            room = await self._portals.room(portal.room)
            company = [other for other in await self._portals.of_room(portal.room) if other.id != portal.id]
            if company or (room is not None and room.host):
                await self._portals.move(portal.id, "pending", "linking")
                await self._wake_offers(portal.room)
                await self._tell_company(portal.id, portal.room)
            else:
                await self._portals.move(portal.id, "pending", "offered")
                fresh = await self._make_code("join", portal.room, None, by)
                text = say("approved_code", self._languages, code=fresh, minutes=self._code_minutes)
                await self._notices.put(portal.login, portal.chat, text)
        self._live.wake_chat(portal.login, portal.chat)
        return await self._advanced(portal.id)

    async def tie_by_operator(self, login: Login, chat: Chat, room: int) -> Portal:
        """An operator ties a chat that our bot is in. Raises CannotLink."""
        async with self._store.transaction():
            if await self._portals.of_chat(login.id, chat.id) is not None:
                raise CannotLink("linked_elsewhere")
            number = await self._tie(login, chat, room, "linking")
            await self._wake_offers(room)
            await self._tell_company(number, room)
        return await self._advanced(number)

    async def mirror(self, login: Login, chat: Chat, room: int, begins: str) -> Portal:
        """A public channel is read into a room from now on. Raises CannotLink."""
        async with self._store.transaction():
            if await self._portals.of_chat(login.id, chat.id) is not None:
                raise CannotLink("mirrored_already")
            number = await self._tie(login, chat, room, "linking")
            await self._portals.mirror_begins(number, begins)
            await self._wake_offers(room)
            await self._tell_company(number, room)
        return await self._advanced(number)

    # --- untying

    async def untie(self, portal: Portal, why: str) -> None:
        """End a link: from this moment nothing crosses; cleaning up goes on behind. `why` is a sentence's key."""
        async with self._store.transaction():
            now = await self._portals.get(portal.id)
            if now is None or now.state in ("closing", "closed"):
                return
            await self._portals.move(portal.id, now.state, "closing")
            for other in await self._portals.of_room(portal.room):
                if other.kind is not ChatKind.MIRROR and (other.id == portal.id or other.state == "open"):
                    text = say(why, self._languages, title=portal.title, platform=self.titles[portal.platform])
                    await self._notices.put(other.login, other.chat, text)
        for other in await self._portals.of_room(portal.room):
            self._live.wake_chat(other.login, other.chat)
        self._live.wake(portal.login, portal.id)
        self.advance(portal.id)

    # --- the to-do list

    async def resume(self) -> None:
        """Go on with whatever was under way when we stopped."""
        for portal in await self._portals.in_state(("linking", "opening", "closing")):
            if portal.partner is None:  # conversations of two have a to-do list of their own (`people/asking.py`)
                self.advance(portal.id)

    async def _advanced(self, number: int) -> Portal:
        portal = await self._portals.get(number)
        assert portal is not None
        for each in await self._portals.of_room(portal.room):
            if each.state == "linking":
                self.advance(each.id)
            elif each.state == "open":
                self._live.wake_chat(each.login, each.chat)
        return portal

    def advance(self, number: int) -> None:
        self._lanes.wake(("plumb", number), lambda: self._step(number))

    async def _step(self, number: int) -> None:
        portal = await self._portals.get(number)
        if portal is None:
            return
        if portal.state == "closing":
            await self._rooms.clear(portal)
            async with self._store.transaction():
                await self._portals.move(number, "closing", "closed")
            room = await self._portals.room(portal.room)
            if room is not None and not await self._portals.of_room(room.id) and not room.host:
                await self._rooms.abandon(room, "no chats left")
        elif portal.state in ("linking", "opening"):
            # One at a time for a room: two chats that start together must not make two rooms.
            self._lanes.wake(("room", portal.room), lambda: self._try_to_open(portal))

    async def _try_to_open(self, portal: Portal) -> None:
        try:
            await self._open(portal.room)
        except Refused as error:
            if await self._rooms.has_steward(portal):
                raise
            log.warning("portal %s: its room cannot be used: %s", portal.id, error.reason)
            await self.untie(portal, "link_ended_room_gone")

    async def _open(self, room_id: int) -> None:
        for portal in await self._portals.of_room(room_id):
            if portal.state not in ("linking", "opening"):
                continue
            room = await self._rooms.prepare(portal)
            async with self._store.transaction():
                await self._portals.move(portal.id, "linking", "opening")
            title = self.platform_title(portal.platform)
            await self._rooms.announce(portal, room, title, one_way=self.one_way(portal))

    def one_way(self, portal: Portal) -> bool:
        """Whether a chat only reads or is only read."""
        return portal.kind is ChatKind.MIRROR or not self._live.receives(portal.login)

    async def _tell_company(self, number: int, room: int) -> None:
        """Tell those who are in the room already that somebody comes. Inside the transaction that lets them in."""
        newcomer = await self._portals.get(number)
        assert newcomer is not None
        key = "joined" if self._live.receives(newcomer.login) else "joined_one_way"
        if newcomer.kind is ChatKind.MIRROR:
            key = "joined_mirror"
        text = say(key, self._languages, title=newcomer.title, platform=self.titles[newcomer.platform])
        for other in await self._portals.of_room(room):
            if other.state == "open" and other.kind is not ChatKind.MIRROR:
                await self._notices.put(other.login, other.chat, text)

    async def opened(self, portal: Portal) -> None:
        """The link is live: say so in the chat."""
        if portal.kind is ChatKind.MIRROR:
            return
        company = [
            other
            for other in await self._portals.of_room(portal.room)
            if other.id != portal.id and other.state in ("linking", "opening", "open")
        ]
        room = await self._portals.room(portal.room)
        on_matrix = not company or (room is not None and room.host is not None)
        others = {language: self._others(company, language, on_matrix=on_matrix) for language in self._languages}
        key = "link_made" if self._live.receives(portal.login) else "link_made_one_way"
        async with self._store.transaction():
            await self._notices.put(portal.login, portal.chat, say(key, self._languages, others=others))
        self._live.wake_chat(portal.login, portal.chat)

    def _others(self, company: list[Portal], language: str, *, on_matrix: bool) -> str:
        """Who shares a room with a chat: what is only mirrored there reads nothing, and is told apart."""
        names = []
        for other in company:
            title = title_of(self.titles[other.platform], language)
            if other.kind is ChatKind.MIRROR:
                title += " — " + say("mirror_only", (language,))
            names.append(f"«{other.title}» ({title})")
        names += [title_of(self.titles["matrix"], language)] if on_matrix else []
        return ("، " if language == "fa" else ", ").join(names)
