"""Who and what an Eitaa account knows: access hashes, without which nobody can be written to, and the list of dialogs.

Hashes are kept in memory and read again from the dialogs when one is missing. Source: the reference, D.8 and D.9.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from bridge.errors import NotAllowed, Retry
from bridge.platforms.eitaa import account_convert as convert
from bridge.platforms.eitaa.gateway import Gateway
from bridge.platforms.eitaa.tl import TL, Codec, UnknownConstructor

PAGE = 100
_DIALOGS = 1000
"""Dialogs that are looked through for somebody's access hash."""


class People:
    def __init__(self, gateway: Gateway, codec: Codec) -> None:
        self._gateway = gateway
        self._codec = codec
        self.things: dict[str, TL] = {}
        """Users and chats with their access hashes, by chat id."""

    async def answer(self, method: str, **fields: Any) -> TL:
        answer = await self._gateway.call(method, **fields)
        assert isinstance(answer, TL)
        return answer

    def learn(self, answer: TL) -> dict[str, TL]:
        people = convert.known(answer)
        for chat, thing in people.items():
            if getattr(thing, "access_hash", None) is not None or chat.startswith("g"):
                self.things[chat] = thing
        return people

    async def thing(self, chat: str) -> TL:
        if chat not in self.things:
            try:
                async for _ in self.all_dialogs():
                    if chat in self.things:
                        break
            except UnknownConstructor:  # the newest message of some dialog: until there is a newer one
                raise Retry("the list of dialogs cannot be read at the moment") from None
        thing = self.things.get(chat)
        if thing is None:
            raise NotAllowed("we are not in this chat of Eitaa")
        return thing

    async def all_dialogs(self) -> AsyncIterator[TL]:
        """Every dialog, newest first; their users and chats are learnt on the way."""
        date, number, peer, seen = 0, 0, self._codec.new("inputPeerEmpty"), 0
        while seen < _DIALOGS:
            answer = await self.dialogs(date, number, peer)
            for dialog in answer.dialogs:
                yield dialog
            seen += len(answer.dialogs)
            heads = {(convert.peer_id(each.peer_id), each.id): each for each in answer.messages if each.id}
            if len(answer.dialogs) < PAGE:
                return
            last = answer.dialogs[-1]
            head = heads.get((convert.peer_id(last.peer), last.top_message))
            if head is None:
                return
            date, number, peer = head.date, head.id, self.input_peer(convert.peer_id(last.peer))

    async def dialogs(self, date: int, number: int, peer: TL) -> TL:
        answer = await self.answer(
            "messages.getDialogs", offset_date=date, offset_id=number, offset_peer=peer, limit=PAGE, hash=0
        )
        self.learn(answer)
        return answer

    def input_peer(self, chat: str) -> TL:
        number, thing = convert.number_of(chat), self.things.get(chat)
        access = getattr(thing, "access_hash", None) or 0
        match chat[:1]:
            case "u":
                return self._codec.new("inputPeerUser", user_id=number, access_hash=access)
            case "g":
                return self._codec.new("inputPeerChat", chat_id=number)
            case _:
                return self._codec.new("inputPeerChannel", channel_id=number, access_hash=access)

    async def peer(self, chat: str) -> TL:
        if not chat.startswith("g"):
            await self.thing(chat)
        return self.input_peer(chat)

    async def channel(self, chat: str, access: int = 0) -> TL:
        """`access` is its hash, where it is known from before."""
        if chat in self.things or not access:
            access = (await self.thing(chat)).access_hash
        return self._codec.new("inputChannel", channel_id=convert.number_of(chat), access_hash=access)
