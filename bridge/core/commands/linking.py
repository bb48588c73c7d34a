"""link · join · unlink · approve · name: tying chats to rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bridge.config import Role
from bridge.core.commands import Answer, Asker, Place
from bridge.core.identity import clean_name
from bridge.core.live import Leg, Live
from bridge.core.plumbing import Offer, Plumbing
from bridge.core.rooms import Rooms
from bridge.errors import Refused
from bridge.model import Chat, ChatKind, MemberRole
from bridge.store.portals import Portal, Portals, Room
from bridge.texts import say
from bridge.texts.digits import ascii_digits

TellOperators = Callable[[str], Awaitable[None]]


class Linking:
    """`tell_operators` writes a sentence into the management rooms of those who may approve."""

    def __init__(
        self,
        plumbing: Plumbing,
        portals: Portals,
        rooms: Rooms,
        live: Live,
        languages: tuple[str, ...],
        platforms: Mapping[str, object],
        tell_operators: TellOperators,
    ) -> None:
        self._plumbing = plumbing
        self._portals = portals
        self._rooms = rooms
        self._live = live
        self._languages = languages
        self._platforms = platforms
        self._tell_operators = tell_operators

    def answers(self) -> dict[str, Answer]:
        return {
            "link": self.link,
            "join": self.join,
            "unlink": self.unlink,
            "name": self.name,
            "approve": self.approve,
        }

    # --- link

    async def link(self, asker: Asker, args: list[str]) -> str:
        if asker.place == Place.ROOM:
            return await self._link_from_matrix(asker, args)
        leg, chat = self._where(asker)
        approved = await self._may_link(asker)
        chat = await self._titled(leg, chat)
        assert leg.login is not None
        offer = await self._plumbing.offer(leg.login, chat, asker.by, approved=approved)
        return await self._offered(offer, chat, leg.platform)

    async def _offered(self, offer: Offer, chat: Chat, platform: str) -> str:
        if offer.code is None:
            await self._ask_operators(offer.request or 0, chat.title or chat.id, platform)
            return say("wait_for_operator", self._languages)
        return say("code", self._languages, code=offer.code, minutes=offer.minutes)

    async def _ask_operators(self, request: int, title: str, platform: str) -> None:
        await self._tell_operators(
            say(
                "approve_please",
                self._languages,
                number=request,
                title=title,
                platform=self._plumbing.titles[platform],
            )
        )

    async def _link_from_matrix(self, asker: Asker, args: list[str]) -> str:
        """`link` · `link ROOM` · `link PLATFORM CHAT [ROOM]`"""
        if not args or args[0].lower() not in self._platforms:
            room = await self._room(args[0]) if args else await self._new_room(asker, next(iter(self._platforms)))
            if room.host != asker.mxid:
                self._need(asker, Role.MODERATOR)
            offer = await self._plumbing.offer_room(room, asker.by)
            return say("code_for_room", self._languages, code=offer.code, minutes=offer.minutes, number=room.id)
        self._need(asker, Role.MODERATOR)
        if len(args) < 2:
            raise Refused("link_which_chat")
        leg, chat = await self._chat(args[0].lower(), args[1])
        assert leg.login is not None
        room = await self._room(args[2]) if len(args) > 2 else await self._new_room(asker, leg.platform, chat.title)
        if leg.receives:
            await self._plumbing.tie_by_operator(leg.login, chat, room.id)
            return say("linking", self._languages, title=chat.title or chat.id)
        portal = await self._plumbing.ask_proof(leg.login, chat, room.id, asker.by)
        return say("proof_posted", self._languages, title=portal.title)

    async def _new_room(self, asker: Asker, platform: str, title: str | None = None) -> Room:
        return await self._plumbing.new_room(clean_name(title) or "Hampayam", asker.mxid, platform)

    async def _room(self, word: str) -> Room:
        number = room_number(word)
        room = await self._portals.room_by_mxid(word) if number is None else await self._portals.room(number)
        if room is None or room.over:
            raise Refused("no_such_room")
        return room

    # --- join

    async def join(self, asker: Asker, args: list[str]) -> str:
        """`join CODE` in a group; `join CODE PLATFORM CHAT` in the management room."""
        if not args:
            raise Refused("join_which_code")
        if asker.place == Place.ROOM:
            self._need(asker, Role.MODERATOR)
            if len(args) < 3 or args[1].lower() not in self._platforms:
                raise Refused("join_which_chat")
            leg, chat = await self._chat(args[1].lower(), args[2])
            approved = True
        else:
            leg, chat = self._where(asker)
            approved = await self._may_link(asker)
            chat = await self._titled(leg, chat)
        assert leg.login is not None
        portal = await self._plumbing.join(args[0], leg.login, chat, approved=approved)
        if portal.state == "pending":
            await self._ask_operators(portal.id, portal.title, portal.platform)
            return say("wait_for_operator", self._languages)
        return say("linking", self._languages, title=portal.title) if asker.place == Place.ROOM else ""

    # --- unlink, approve, name

    async def unlink(self, asker: Asker, args: list[str]) -> str:
        """`unlink` in a group; `unlink LINK` (a number from `rooms`) in the management room."""
        if asker.place == Place.ROOM:
            self._need(asker, Role.MODERATOR)
            number = room_number(args[0]) if args else None
            portal = await self._portals.get(number) if number is not None else None
        else:
            leg, chat = self._where(asker)
            assert leg.login is not None
            if await self._role_in_group(asker) in (MemberRole.MEMBER, MemberRole.NONE):
                raise Refused("admins_only")
            portal = await self._portals.of_chat(leg.login.id, chat.id)
        if portal is None or portal.state in ("closing", "closed"):
            raise Refused("not_linked")
        await self._plumbing.untie(portal, "link_ended")
        return say("unlinked", self._languages, title=portal.title) if asker.place == Place.ROOM else ""

    async def approve(self, asker: Asker, args: list[str]) -> str:
        if not args:
            waiting = await self._portals.in_state(["pending"])
            return "\n".join(self._line(portal) for portal in waiting) or say("nothing_pending", self._languages)
        portal = await self._plumbing.approve(args[0], asker.by)
        return say("approved", self._languages, title=portal.title)

    def _line(self, portal: Portal) -> str:
        return f"{portal.id} · {self._plumbing.platform_title(portal.platform)} · {portal.title}"

    async def name(self, asker: Asker, args: list[str]) -> str:
        leg, _ = self._where(asker)
        if asker.person is None:
            raise Refused("nobody_named")
        wanted = clean_name(" ".join(args))
        called = await self._rooms.choose_name(leg.platform, asker.person, wanted)
        return say("name_set", self._languages, name=called)

    # --- what they share

    @staticmethod
    def _where(asker: Asker) -> tuple[Leg, Chat]:
        if asker.leg is None or asker.leg.login is None or asker.chat is None:
            raise Refused("groups_only")
        return asker.leg, asker.chat

    @staticmethod
    async def _titled(leg: Leg, chat: Chat) -> Chat:
        """The chat with its title, where its updates do not carry it but the platform tells it when asked."""
        if chat.title or leg.session is None:
            return chat
        return await leg.session.chat(chat.id) or chat

    @staticmethod
    def _need(asker: Asker, role: Role) -> None:
        if asker.role < role:
            raise Refused("not_your_role")

    async def _role_in_group(self, asker: Asker) -> MemberRole:
        leg, chat = self._where(asker)
        if chat.kind == ChatKind.CHANNEL and asker.person is None:
            return MemberRole.ADMIN  # only admins post in a channel's own name
        if asker.person is None or leg.session is None:
            return MemberRole.UNKNOWN
        return await leg.session.member_role(chat.id, asker.person.id)

    async def _may_link(self, asker: Asker) -> bool:
        """True: an admin asks. False: the platform cannot tell, an operator must approve. Raises for a mere member."""
        role = await self._role_in_group(asker)
        if role in (MemberRole.MEMBER, MemberRole.NONE):
            raise Refused("admins_only")
        return role == MemberRole.ADMIN

    async def _chat(self, platform: str, word: str) -> tuple[Leg, Chat]:
        """Through which login, and the chat as the platform tells it there; as the operator wrote it where the platform
        tells nothing. An account that is in the chat hears it, too, so it goes first."""
        running = [leg for leg in self._live.legs(platform) if leg.open]
        if not running:
            raise Refused("platform_not_ready")
        for leg in running:
            try:
                known = await self._live.enter(leg, word)
            except TimeoutError:
                raise Refused("platform_not_ready") from None
            if known is not None:
                return leg, known
        bots = [leg for leg in running if leg.way == "bot"]
        if not bots:
            raise Refused("no_such_chat")
        return bots[0], Chat(word.lstrip("@"), ChatKind.GROUP, word.lstrip("@"))


def room_number(word: str) -> int | None:
    """The number of a room or a link, as somebody typed it; None for what can be none."""
    digits = ascii_digits(word).lstrip("#")
    return int(digits) if digits.isdecimal() and len(digits) < 16 else None
