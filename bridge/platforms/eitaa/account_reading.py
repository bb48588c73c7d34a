"""Reading what an Eitaa account is told: nothing is pushed, so the server is asked again and again.

    getDifference(pts) ──▶ messages, edits, … ──▶ notes ──▶ Batch ──▶ (committed) ──▶ the next getDifference
          │  slice: more at once        │  "channel too long": getChannelDifference of that channel, in the same batch
          └─ too long: chat by chat, page by page, from the last message that we know

The cursor is a `Place`: it moves only with a batch that was committed. Source: the reference, D.7 to D.9.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bridge.errors import NotAllowed
from bridge.model import Batch, Update
from bridge.platforms.eitaa import account_convert as convert
from bridge.platforms.eitaa.account_people import PAGE, People
from bridge.platforms.eitaa.gateway import Gateway, RpcRefused
from bridge.platforms.eitaa.tl import TL, Codec, UnknownConstructor

_NOBODY = "u0"
"""The chat of a message that cannot be read, where its number alone does not tell the chat."""
_SHORTEST = 0.2
"""Seconds between two polls at least, whatever the server says."""
_EMPTY_PAGES = 3
"""Pages of numbers without a message that are the end of what there is."""
_MOST = 500
"""Messages of one batch, more or less: what is held in memory at once."""


@dataclass(frozen=True)
class Place:
    """Up to where we have read. `last` is the highest id of private chats and basic groups, which share one count;
    `channels` has (pts, last id, access hash) by the channel's number; `walk` is what is still to be walked through:
    (chat, from id)."""

    pts: int
    qts: int
    date: int
    last: int = 0
    channels: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    walk: tuple[tuple[str, int], ...] = ()

    def to_cursor(self) -> str:
        return json.dumps(
            {
                "pts": self.pts,
                "qts": self.qts,
                "date": self.date,
                "last": self.last,
                "channels": self.channels,
                "walk": self.walk,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_cursor(cls, cursor: str | None) -> Place | None:
        """None for none, and for one that is none of ours: reading begins at the present."""
        try:
            found = json.loads(cursor or "")
            channels = {str(number): (int(a), int(b), int(c)) for number, (a, b, c) in found["channels"].items()}
            walk = tuple((str(chat), int(start)) for chat, start in found["walk"])
            return cls(int(found["pts"]), int(found["qts"]), int(found["date"]), int(found["last"]), channels, walk)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


class _Taking:
    """One batch while it is put together."""

    def __init__(self, place: Place, things: Mapping[str, TL]) -> None:
        self.place = place
        self.things = things
        self.updates: list[Update] = []

    def heard(self, message: TL, people: convert.Known, kind: str = "new") -> None:
        found = convert.note(message, people, kind)
        if found is None:
            return
        self.updates.append(found)
        self.reached(found.chat, message.id)

    def reached(self, chat: str, number: int) -> None:
        if not chat.startswith("c"):
            self.place = replace(self.place, last=max(self.place.last, number))
        else:
            pts, last, _ = self.place.channels.get(chat[1:], (0, 0, 0))
            self.channel(chat[1:], pts, max(last, number))

    def forget(self, chat: str) -> None:
        """We are not in it any more."""
        channels = {number: each for number, each in self.place.channels.items() if number != chat[1:]}
        self.place = replace(self.place, channels=channels)

    def channel(self, number: str, pts: int, last: int | None = None) -> None:
        known, before, access = self.place.channels.get(number, (0, 0, 0))
        thing = self.things.get(f"c{number}")
        there = (max(known, pts), before if last is None else last, getattr(thing, "access_hash", None) or access)
        self.place = replace(self.place, channels={**self.place.channels, number: there})


class Reader:
    """`poll_seconds` bounds the pause between two polls, which the server tells."""

    def __init__(self, gateway: Gateway, codec: Codec, people: People, poll_seconds: float) -> None:
        self._gateway = gateway
        self._codec = codec
        self._people = people
        self._poll_seconds = poll_seconds
        self._period: float | None = None
        self._place: Place | None = None

    async def fetch(self, cursor: str | None) -> Batch:
        """One step: a difference, or a page of what was missed. A new account begins at the present."""
        if self._period is None:
            self._period = await self._asked_period()
        place = Place.from_cursor(cursor)
        if place is None:
            state = await self._gateway.call("updates.getState")
            return Batch((), (await self._present(state)).to_cursor(), wait=self._period)
        taking = _Taking(place, self._people.things)
        self._place = place
        if place.walk:
            await self._walk(taking)
            return Batch(tuple(taking.updates), taking.place.to_cursor())
        more = await self._difference(taking) or bool(taking.place.walk)
        return Batch(tuple(taking.updates), taking.place.to_cursor(), wait=0.0 if more else self._period)

    async def _asked_period(self) -> float:
        config = await self._gateway.call("help.getConfig")
        asked = getattr(config, "schedule_period_foreground_ms", 0) / 1000
        return min(max(asked, _SHORTEST), self._poll_seconds) if asked > 0 else self._poll_seconds

    async def _present(self, state: TL) -> Place:
        """Where everything stands now."""
        place = Place(state.pts, state.qts, state.date)
        try:
            async for dialog in self._people.all_dialogs():
                chat = convert.peer_id(dialog.peer)
                if chat.startswith("c"):
                    access = getattr(self._people.things.get(chat), "access_hash", None) or 0
                    place.channels[chat[1:]] = (dialog.pts or 0, dialog.top_message, access)
                else:
                    place = replace(place, last=max(place.last, dialog.top_message))
        except UnknownConstructor:
            pass  # somebody's newest message: what was read before it must do
        return place

    async def _difference(self, taking: _Taking) -> bool:
        """Whether there is more at once."""
        place = taking.place
        try:
            answer = await self._gateway.call("updates.getDifference", pts=place.pts, date=place.date, qts=place.qts)
        except UnknownConstructor as error:
            await self._unreadable_difference(taking)
            taking.updates.append(convert.unknown(error.id, place.pts))
            return True
        except RpcRefused as error:
            if not error.word.startswith("PERSISTENT_TIMESTAMP"):
                raise
            await self._too_long(taking, 0)  # a place that the server does not know any more
            return True
        match answer.tl_name:
            case "updates.differenceEmpty":
                return False
            case "updates.differenceTooLong":
                await self._too_long(taking, answer.pts)
                return True
        people = self._people.learn(answer)
        for message in answer.new_messages:
            taking.heard(message, people)
        channels: dict[str, None] = {}
        for update in answer.other_updates:
            self._update(taking, update, people, channels)
        for number in channels:
            await self._channel_difference(taking, number)
        state = answer.state if answer.tl_name == "updates.difference" else answer.intermediate_state
        taking.place = replace(taking.place, pts=state.pts, qts=state.qts, date=state.date)
        return str(answer.tl_name) == "updates.differenceSlice"

    def _update(self, taking: _Taking, update: TL, people: convert.Known, channels: dict[str, None]) -> None:
        match update.tl_name:
            case "updateNewMessage":
                taking.heard(update.message, people)
            case "updateNewChannelMessage":
                taking.heard(update.message, people)
                taking.channel(convert.peer_id(update.message.peer_id)[1:], update.pts)
            case "updateEditMessage" | "updateEditChannelMessage":
                taking.heard(update.message, people, "edit")
            case "updateChannelTooLong":
                channels[str(update.channel_id)] = None
            case "updateChannel" if convert.is_gone(people.get(f"c{update.channel_id}")):
                taking.updates.append(convert.gone(f"c{update.channel_id}", taking.place.date))
                taking.forget(f"c{update.channel_id}")
            case _:
                taking.updates.append(convert.other(update))

    async def _channel_difference(self, taking: _Taking, number: str) -> None:
        chat = f"c{number}"
        while True:
            pts, last, _ = taking.place.channels.get(number, (0, 0, 0))
            if pts == 0:
                await self._channel_start(taking, chat)
                return
            try:
                answer = await self._gateway.call(
                    "updates.getChannelDifference",
                    channel=await self._channel(chat),
                    filter=self._codec.new("channelMessagesFilterEmpty"),
                    pts=pts,
                    limit=PAGE,
                )
            except UnknownConstructor:
                self._go_on(taking, chat, await self._one_by_one(taking, chat, last))
                return
            except (NotAllowed, RpcRefused):
                return  # we are not in it any more: the message that took us out says so
            match answer.tl_name:
                case "updates.channelDifferenceEmpty":
                    taking.channel(number, answer.pts)
                    return
                case "updates.channelDifferenceTooLong":
                    self._people.learn(answer)
                    last = last or answer.dialog.read_inbox_max_id  # new to us: not all of its history
                    taking.channel(number, answer.dialog.pts or pts, last)
                    taking.place = replace(taking.place, walk=(*taking.place.walk, (chat, last)))
                    return
            people = self._people.learn(answer)
            for message in answer.new_messages:
                taking.heard(message, people)
            for update in answer.other_updates:
                self._update(taking, update, people, {})
            taking.channel(number, answer.pts)
            if answer.final:
                return
            if len(taking.updates) >= _MOST:
                self._go_on(taking, chat, taking.place.channels[number][1])
                return

    async def _channel_start(self, taking: _Taking, chat: str) -> None:
        """The first time that a channel has news: what we have not read there, and nothing from before we came."""
        try:
            async for dialog in self._people.all_dialogs():
                if convert.peer_id(dialog.peer) == chat:
                    taking.channel(chat[1:], dialog.pts or 1, dialog.read_inbox_max_id)
                    self._go_on(taking, chat, dialog.read_inbox_max_id)
                    return
        except UnknownConstructor:
            return  # with its next news

    @staticmethod
    def _go_on(taking: _Taking, chat: str, start: int | None) -> None:
        """The next batches walk on there; None: there is nothing left."""
        if start is not None and not any(each == chat for each, _ in taking.place.walk):
            taking.place = replace(taking.place, walk=(*taking.place.walk, (chat, start)))

    # --- what was missed

    async def _too_long(self, taking: _Taking, pts: int) -> None:
        """So much was missed that the server tells only where it stands: every chat that has something newer than the
        last message we know is walked through."""
        state = await self._gateway.call("updates.getState")
        walk = []
        try:
            async for dialog in self._people.all_dialogs():
                chat = convert.peer_id(dialog.peer)
                if not chat.startswith("c"):
                    if dialog.top_message > taking.place.last:
                        walk.append((chat, taking.place.last))
                    continue
                _, last, _ = taking.place.channels.get(chat[1:], (0, 0, 0))
                if last and dialog.top_message > last:
                    walk.append((chat, last))
                taking.channel(chat[1:], dialog.pts or 0)
        except UnknownConstructor:  # somebody's newest message: everything by its number
            known = ((f"c{number}", last) for number, (_, last, _) in taking.place.channels.items())
            walk = [("", taking.place.last), *known]
        taking.place = replace(
            taking.place, pts=max(pts, state.pts), qts=state.qts, date=state.date, walk=(*taking.place.walk, *walk)
        )

    async def _walk(self, taking: _Taking) -> None:
        """The next page of the first chat that is to be walked through, oldest first."""
        (chat, start), *rest = taking.place.walk
        left: int | None = None
        try:
            if chat:
                left = await self._page(taking, chat, start)
            else:
                left = await self._one_by_one(taking, "", start)
        except UnknownConstructor:
            # In private chats and basic groups numbers are common to all: others' are told again, under the same keys.
            left = await self._one_by_one(taking, chat if chat.startswith("c") else "", start)
            chat = chat if chat.startswith("c") else ""
        except (NotAllowed, RpcRefused):
            taking.forget(chat)
        taking.place = replace(taking.place, walk=tuple(rest))
        self._go_on(taking, chat, left)

    async def _page(self, taking: _Taking, chat: str, start: int) -> int | None:
        """A page of a chat's history behind `start`; where the next one begins, None behind the last."""
        answer = await self._gateway.call(
            "messages.getHistory",
            peer=await self._people.peer(chat),
            offset_id=start + 1,
            offset_date=0,
            add_offset=-PAGE,
            limit=PAGE,
            max_id=0,
            min_id=start,
            hash=0,
        )
        people = self._people.learn(answer)
        page = sorted((each for each in answer.messages if each.id > start), key=lambda each: int(each.id))
        for message in page:
            taking.heard(message, people)
        return page[-1].id if len(page) >= PAGE else None

    async def _unreadable_difference(self, taking: _Taking) -> None:
        """Somewhere in it is something without a schema of ours: all that is new is asked for by its number instead,
        chat by chat. What else was in it (edits, deletions) is lost."""
        state = await self._gateway.call("updates.getState")
        await self._newcomers(taking)
        places = [("", taking.place.last)]
        places += [(f"c{number}", last) for number, (_, last, _) in taking.place.channels.items()]
        for chat, last in places:
            try:
                self._go_on(taking, chat, await self._one_by_one(taking, chat, last))
            except (NotAllowed, RpcRefused):
                taking.forget(chat)  # we are not in it any more
        taking.place = replace(taking.place, pts=state.pts, qts=state.qts, date=state.date)

    async def _newcomers(self, taking: _Taking) -> None:
        """Channels that we are in since a moment ago: what was not read there is new."""
        try:
            async for dialog in self._people.all_dialogs():
                chat = convert.peer_id(dialog.peer)
                if chat.startswith("c") and chat[1:] not in taking.place.channels:
                    taking.channel(chat[1:], dialog.pts or 0, dialog.read_inbox_max_id)
        except UnknownConstructor:
            return  # the newest message somewhere is the one that cannot be read: those that we know must do

    async def _one_by_one(self, taking: _Taking, chat: str, start: int) -> int | None:
        """Read on behind `start` in a channel (or, without one, in private chats and basic groups) by numbers. TL
        cannot be read past what it does not know, so in a page that cannot be read each message is asked for by itself:
        only the one is lost, and it is said that it was there. Returns where the next batch begins, None at the end."""
        channel = await self._channel(chat) if chat else None
        number, empty = start, 0
        while empty < _EMPTY_PAGES:
            if len(taking.updates) >= _MOST:
                return number
            page = range(number + 1, number + 1 + PAGE)
            try:
                found = await self._numbered(taking, channel, page)
            except UnknownConstructor:
                found = False
                for each in page:
                    found = await self._single(taking, channel, chat, each) or found
            empty = 0 if found else empty + 1
            number = page[-1]
        return None

    async def _single(self, taking: _Taking, channel: TL | None, chat: str, number: int) -> bool:
        try:
            return await self._numbered(taking, channel, (number,))
        except UnknownConstructor:
            where = chat or _NOBODY
            taking.updates.append(convert.unreadable(where, number))
            taking.reached(where, number)
            return True

    async def _numbered(self, taking: _Taking, channel: TL | None, numbers: Iterable[int]) -> bool:
        """Whether there was any of these messages."""
        answer = await self._messages(channel, list(numbers))
        people = self._people.learn(answer)
        there = [each for each in answer.messages if each.tl_name != "messageEmpty"]
        for message in sorted(there, key=lambda each: int(each.id)):
            taking.heard(message, people)
        return bool(there)

    async def _messages(self, channel: TL | None, numbers: list[int]) -> TL:
        if channel is None:
            return await self._people.answer("messages.getMessages", id=numbers)
        return await self._people.answer("channels.getMessages", channel=channel, id=numbers)

    async def _channel(self, chat: str) -> TL:
        known = self._place.channels.get(chat[1:]) if self._place is not None else None
        return await self._people.channel(chat, known[2] if known is not None else 0)
