"""Who and what an Eitaa account knows: access hashes, without which nobody can be written to.

Hashes are kept in memory. Those of channels stand in the cursor, too; others are read again from the list of dialogs,
or from what was said lately, when one is missing. Source: the reference, D.8 and D.9.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from typing import Any

from bridge.errors import NotAllowed, Refused, Retry
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.account_dialogs import PAGE as PAGE
from bridge.platforms.eitaa.account_dialogs import Dialogs
from bridge.platforms.eitaa.account_place import Place
from bridge.platforms.eitaa.gateway import Gateway, Unreadable
from bridge.platforms.eitaa.tl import TL, Codec

_LATELY = 500
"""Numbers that are looked through for somebody's access hash."""
_PASSERS_BY = 20_000
_PARTNERS = 1000


class Hidden(Retry):
    """Somebody's access hash stands where nothing can be read at the moment."""


class Things:
    """Users and chats that we were told of, by chat id. Chats that we are in stay. People, and chats that were only
    mentioned, make room for later ones; those with whom we talk do so last."""

    def __init__(self, passers_by: int = _PASSERS_BY, partners: int = _PARTNERS) -> None:
        self._most = passers_by
        self._most_partners = partners
        self._ours: dict[str, TL] = {}
        self._passing: OrderedDict[str, TL] = OrderedDict()
        self._partners: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._ours) + len(self._passing)

    def __contains__(self, chat: str) -> bool:
        return chat in self._ours or chat in self._passing

    def get(self, chat: str) -> TL | None:
        if chat in self._passing:
            self._passing.move_to_end(chat)
        return self._ours.get(chat) or self._passing.get(chat)

    def met(self, chat: str, thing: TL) -> TL:
        """What we know of it now. A "min" one comes with a hash that opens nothing and without half of the rest: it is
        good for a name, where there is nothing better, and is not kept."""
        if getattr(thing, "min", False):
            return self.get(chat) or thing
        if getattr(thing, "access_hash", None) is None and not chat.startswith("g"):
            return thing
        self._ours.pop(chat, None)
        self._passing.pop(chat, None)
        if thing.tl_type == "User" or notes.is_gone(thing):
            self._passing[chat] = thing
            self._make_room()
        else:
            self._ours[chat] = thing
        return thing

    def groups(self) -> dict[str, TL]:
        """The basic groups that we are in."""
        return {chat: thing for chat, thing in self._ours.items() if chat.startswith("g")}

    def talked(self, chat: str) -> None:
        """Something was said in a private chat, or in a basic group."""
        self._partners[chat] = None
        self._partners.move_to_end(chat)
        if len(self._partners) > self._most_partners:
            self._partners.popitem(last=False)

    def partners(self) -> list[str]:
        """Private chats and basic groups, from the one where something was said last."""
        return list(reversed(self._partners))

    def _make_room(self) -> None:
        for _ in range(self._most_partners + 1):
            if len(self._passing) <= self._most:
                return
            chat, thing = self._passing.popitem(last=False)
            if chat in self._partners:
                self._passing[chat] = thing


class People:
    def __init__(self, gateway: Gateway, codec: Codec) -> None:
        self._gateway = gateway
        self._codec = codec
        self.things = Things()
        self._place = Place(0, 0, 0)

    def remember(self, place: Place) -> None:
        """What a cursor knows: channels with their hashes, and the number of the last message elsewhere."""
        self._place = place

    async def answer(self, method: str, **fields: Any) -> TL:
        answer = await self._gateway.call(method, **fields)
        assert isinstance(answer, TL)
        return answer

    def learn(self, answer: TL) -> dict[str, TL]:
        """The users and chats of an answer, as well as we know them."""
        people = {chat: self.things.met(chat, thing) for chat, thing in notes.known(answer).items()}
        for message in (*getattr(answer, "messages", ()), *getattr(answer, "new_messages", ())):
            if message.tl_name != "messageEmpty" and not (chat := notes.peer_id(message.peer_id)).startswith("c"):
                self.things.talked(chat)
        return people

    def dialogs(self) -> Dialogs:
        return Dialogs(self, self._codec)

    def access(self, chat: str) -> int | None:
        """Its access hash, where we know one."""
        found: int | None = getattr(self.things.get(chat), "access_hash", None)
        if found is None and chat.startswith("c"):
            found = self._place.channels.get(chat[1:], (0, 0, 0))[2] or None
        return found

    async def thing(self, chat: str) -> TL:
        """Raises NotAllowed where we are not, Hidden where that cannot be told."""
        dialogs = self.dialogs()
        for look in (self._channel_itself, self._among, self._said_lately):
            if chat not in self.things:
                await look(chat, dialogs)
        thing = self.things.get(chat)
        if thing is not None:
            return thing
        if dialogs.holes:
            raise Hidden("the list of dialogs cannot be read at the moment")
        raise NotAllowed("we are not in this chat of Eitaa")

    async def _channel_itself(self, chat: str, _: Dialogs) -> None:
        if not chat.startswith("c") or self.access(chat) is None:
            return
        try:
            answer = await self.answer("channels.getChannels", id=[await self.channel(chat)])
        except (Refused, Unreadable):
            return
        for each in answer.chats:
            self.things.met(notes.id_of(each), each)

    async def _among(self, chat: str, dialogs: Dialogs) -> None:
        async for _ in dialogs:
            if chat in self.things:
                return

    async def _said_lately(self, chat: str, dialogs: Dialogs) -> None:
        """For somebody whose dialog cannot be read."""
        last = self._place.last
        if not dialogs.holes or not chat.startswith("u"):
            return
        for end in range(last, max(0, last - _LATELY), -PAGE):
            async for found in self.numbered("", range(max(1, end - PAGE + 1), end + 1)):
                if not isinstance(found, int):
                    self.learn(found)
            if chat in self.things:
                return

    async def numbered(self, chat: str, numbers: Sequence[int]) -> AsyncIterator[TL | int]:
        """Messages of a channel (or, without one, of private chats and basic groups) by their numbers, in that order.
        What cannot be read in one answer is asked for in halves; a message that cannot be read alone comes as its
        number."""
        try:
            if chat:
                channel = await self.channel(chat)
                answer = await self.answer("channels.getMessages", channel=channel, id=list(numbers))
            else:
                answer = await self.answer("messages.getMessages", id=list(numbers))
        except Unreadable:
            if len(numbers) == 1:
                yield numbers[0]
                return
            half = len(numbers) // 2
            for part in (numbers[:half], numbers[half:]):
                async for each in self.numbered(chat, part):
                    yield each
        else:
            yield answer

    def input_peer(self, chat: str) -> TL:
        number, access = notes.number_of(chat), self.access(chat) or 0
        match chat[:1]:
            case "u":
                return self._codec.new("inputPeerUser", user_id=number, access_hash=access)
            case "g":
                return self._codec.new("inputPeerChat", chat_id=number)
            case _:
                return self._codec.new("inputPeerChannel", channel_id=number, access_hash=access)

    async def peer(self, chat: str) -> TL:
        if not chat.startswith("g") and self.access(chat) is None:
            await self.thing(chat)
        return self.input_peer(chat)

    async def channel(self, chat: str) -> TL:
        if self.access(chat) is None:
            await self.thing(chat)
        return self._codec.new("inputChannel", channel_id=notes.number_of(chat), access_hash=self.access(chat))
