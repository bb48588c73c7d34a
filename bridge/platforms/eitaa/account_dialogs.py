"""The list of dialogs of an Eitaa account, read past what cannot be read.

An answer holds the newest message of each dialog, so that one of these can spoil it. Then half as many are asked for,
down to the one dialog whose message it is. That is stepped over: behind it the list is found by its date, which is
searched for, since nothing tells when that message was.

    0 … 24 ──▶ 25 … 49 !  25 … 36 ──▶ 37 !  (the date before which the next one can be read) ──▶ 38 …
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.gateway import Unreadable
from bridge.platforms.eitaa.tl import TL, Codec

if TYPE_CHECKING:
    from bridge.platforms.eitaa.account_people import People

PAGE = 100
_MOST = 5000
"""Dialogs that are looked through."""
_AHEAD = 300
"""Seconds by which the server's clock may be before ours."""


class Dialogs:
    """Newest first; their users and chats are learnt on the way. `holes` counts what was stepped over."""

    def __init__(self, people: People, codec: Codec) -> None:
        self._people = people
        self._codec = codec
        self.holes = 0

    async def __aiter__(self) -> AsyncIterator[TL]:
        place = (0, 0, self._codec.new("inputPeerEmpty"))
        shown: set[str] = set()
        limit = PAGE
        while len(shown) < _MOST:
            try:
                answer = await self._page(*place, limit)
            except Unreadable:
                if limit > 1:
                    limit //= 2
                    continue
                self.holes += 1
                date = await self._behind(place[0] or int(time.time()) + _AHEAD)
                place, limit = (date, 0, self._codec.new("inputPeerEmpty")), PAGE
                continue
            peers = [notes.peer_id(each.peer) for each in answer.dialogs]
            if not set(peers) - shown:
                return
            for dialog, peer in zip(answer.dialogs, peers, strict=True):
                if peer not in shown:
                    shown.add(peer)
                    yield dialog
            heads = {(notes.peer_id(each.peer_id), each.id): each for each in answer.messages if each.id}
            head = heads.get((peers[-1], answer.dialogs[-1].top_message))
            if len(peers) < limit or head is None:
                return
            place, limit = (head.date, head.id, self._people.input_peer(peers[-1])), min(PAGE, limit * 2)

    async def _page(self, date: int, number: int, peer: TL, limit: int) -> TL:
        answer = await self._people.answer(
            "messages.getDialogs", offset_date=date, offset_id=number, offset_peer=peer, limit=limit, hash=0
        )
        self._people.learn(answer)
        return answer

    async def _behind(self, date: int) -> int:
        """The latest date before which there is a dialog that can be read, or none."""
        spoilt, step = date, 1
        while date > 1:
            date = max(1, spoilt - step)
            if await self._readable(date):
                break
            spoilt, step = date, step * 2
        while spoilt - date > 1:
            middle = (spoilt + date) // 2
            if await self._readable(middle):
                date = middle
            else:
                spoilt = middle
        return date

    async def _readable(self, date: int) -> bool:
        try:
            await self._page(date, 0, self._codec.new("inputPeerEmpty"), 1)
        except Unreadable:
            return False
        return True
