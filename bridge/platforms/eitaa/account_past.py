"""Walking through the history of Eitaa's chats, page by page, oldest first, and past what cannot be read.

TL cannot be read past what it does not know: one message can spoil the page that it is in. Then half as many are asked
for, down to the one, whose number is found by asking where the chat begins not to be empty. Only that one is lost, and
it is said that it was there.
"""

from __future__ import annotations

from bridge.errors import Refused, Retry
from bridge.platforms.eitaa.account_people import PAGE, People
from bridge.platforms.eitaa.account_place import Taking
from bridge.platforms.eitaa.gateway import Unreadable
from bridge.platforms.eitaa.tl import TL

_EMPTY_PAGES = 3
"""Pages of numbers without a message that are the end of what there is."""
_ASKED = 50
"""Chats that are asked whether a message is theirs."""
_HIGHEST = 2**31 - 2


class Past:
    def __init__(self, people: People) -> None:
        self._people = people

    async def page(self, taking: Taking, chat: str, start: int) -> int | None:
        """A page of a chat's history behind `start`; where the next one begins, None behind the last."""
        limit = PAGE
        while True:
            try:
                answer = await self._behind(chat, start, limit)
            except Unreadable:
                if limit == 1:
                    number = await self.first(chat, start)
                    taking.unreadable(chat, number)
                    return number
                limit //= 2
            else:
                break
        people = self._people.learn(answer)
        page = sorted((each for each in answer.messages if each.id > start), key=lambda each: int(each.id))
        for message in page:
            taking.heard(message, people)
        return page[-1].id if len(page) >= limit else None

    async def numbers(self, taking: Taking, start: int) -> int | None:
        """A page of all private chats and basic groups together, by their numbers; what `page` returns."""
        for _ in range(_EMPTY_PAGES):
            found = False
            async for each in self._people.numbered("", range(start + 1, start + 1 + PAGE)):
                if isinstance(each, int):
                    taking.unreadable(await self._whose(each), each)
                    found = True
                    continue
                people = self._people.learn(each)
                there = [one for one in each.messages if one.tl_name != "messageEmpty"]
                for message in sorted(there, key=lambda one: int(one.id)):
                    taking.heard(message, people)
                found = found or bool(there)
            start += PAGE
            if found:
                return start
        return None

    async def spoilt(self, chat: str, start: int) -> int | None:
        """The number of the message behind `start`, if it is one that cannot be read."""
        try:
            await self._behind(chat, start, 1)
        except Unreadable:
            return await self.first(chat, start)
        return None

    async def first(self, chat: str, start: int) -> int:
        """The number of the first message behind `start`, of which is known that there is one."""
        empty, step = start, 1
        while not await self._any(chat, start, empty + step):
            empty, step = empty + step, step * 2
            if empty + step > _HIGHEST:
                raise Retry("Eitaa tells of a message and shows none")
        there = empty + step
        while there - empty > 1:
            middle = (empty + there) // 2
            if await self._any(chat, start, middle):
                there = middle
            else:
                empty = middle
        return there

    async def _any(self, chat: str, start: int, end: int) -> bool:
        """Whether there is a message behind `start` and up to `end`, readable or not."""
        try:
            answer = await self._history(chat, offset=end + 1, add=0, limit=1, start=start)
        except Unreadable:
            return True
        return any(start < each.id <= end for each in answer.messages)

    async def _whose(self, number: int) -> str | None:
        """The private chat or basic group with a message that cannot be read: its number tells nothing, but only that
        chat answers with it."""
        for chat in self._people.things.partners()[:_ASKED]:
            try:
                answer = await self._history(chat, offset=number + 1, add=0, limit=1, start=number - 1)
            except Unreadable:
                return chat
            except Refused:
                continue
            if any(each.id == number for each in answer.messages):
                return chat
        return None

    async def _behind(self, chat: str, start: int, limit: int) -> TL:
        return await self._history(chat, offset=start + 1, add=-limit, limit=limit, start=start)

    async def _history(self, chat: str, *, offset: int, add: int, limit: int, start: int) -> TL:
        return await self._people.answer(
            "messages.getHistory",
            peer=await self._people.peer(chat),
            offset_id=offset,
            offset_date=0,
            add_offset=add,
            limit=limit,
            max_id=0,
            min_id=start,
            hash=0,
        )
