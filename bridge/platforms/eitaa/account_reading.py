"""Reading what an Eitaa account is told: nothing is pushed, so the server is asked again and again.

    getDifference(pts) ──▶ messages, edits, … ──▶ notes ──▶ Batch ──▶ (committed) ──▶ the next getDifference
          │  slice: more at once        │  "channel too long": getChannelDifference of that channel
          └─ too long, or unreadable: chat by chat, page by page, from the last message that we know

A difference that cannot be read, or is too long, costs what was edited or deleted in private chats and basic groups:
nobody tells that again. Channels and supergroups have differences of their own, in which a single update can be stepped
over; only where such a one is too long are its edits and deletions lost.

The cursor is a `Place`: it moves only with a batch that was committed. Source: the reference, D.7 to D.9.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace

from bridge.errors import NotAllowed, Retry
from bridge.model import Batch
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.account_past import Past
from bridge.platforms.eitaa.account_people import PAGE, Hidden, People
from bridge.platforms.eitaa.account_place import BY_DIFFERENCE, Place, Taking
from bridge.platforms.eitaa.gateway import Gateway, RpcRefused, Unreadable
from bridge.platforms.eitaa.tl import TL, Codec
from bridge.platforms.polling import back_off

_SHORTEST = 0.2
"""Seconds between two polls at least, whatever the server says."""
_MOST = 500
"""Messages of one batch, more or less: what is held in memory at once."""
_STEPS = 10
"""Updates of a channel in a row that are stepped over, until its history is read instead."""


class Reader:
    """`poll_seconds` bounds the pause between two polls, which the server tells."""

    def __init__(self, gateway: Gateway, codec: Codec, people: People, poll_seconds: float) -> None:
        self._gateway = gateway
        self._codec = codec
        self._people = people
        self._past = Past(people)
        self._poll_seconds = poll_seconds
        self._period: float | None = None
        self._groups_known = False
        self._held: dict[str, tuple[int, float]] = {}
        """Chats that could not be asked: how often in a row, and until when (monotonic seconds) they are left alone."""

    async def fetch(self, cursor: str | None) -> Batch:
        """One step: a difference, or a page of what was missed. A new account begins at the present."""
        place = Place.from_cursor(cursor)
        if place is not None:
            self._people.remember(place)
        if self._period is None:
            self._period = await self._asked_period()
        if place is None:
            state = await self._gateway.call("updates.getState")
            return Batch((), (await self._present(state)).to_cursor(), wait=self._period)
        taking = Taking(place, self._people.access)
        if (piece := self._next(place)) is not None:
            try:
                await self._walk(taking, piece)
            except Retry as error:
                self._hold(piece[0], error)
                taking = Taking(place, self._people.access)
            else:
                self._held.pop(piece[0], None)
                return Batch(tuple(taking.updates), taking.place.to_cursor())
        more = await self._difference(taking) or self._next(taking.place) is not None
        return Batch(tuple(taking.updates), taking.place.to_cursor(), wait=0.0 if more else self._period)

    def _next(self, place: Place) -> tuple[str, int] | None:
        """What is to be walked through now."""
        now = time.monotonic()
        return next((each for each in place.walk if self._held.get(each[0], (0, 0.0))[1] <= now), None)

    def _hold(self, chat: str, error: Retry) -> None:
        """A chat that cannot be asked at the moment is left for a while, so that the others are heard."""
        failures = self._held.get(chat, (0, 0.0))[0] + 1
        self._held[chat] = (failures, time.monotonic() + back_off(failures, error.after, random.random()))

    async def _asked_period(self) -> float:
        config = await self._gateway.call("help.getConfig")
        asked = getattr(config, "schedule_period_foreground_ms", 0) / 1000
        return min(max(asked, _SHORTEST), self._poll_seconds) if asked > 0 else self._poll_seconds

    async def _present(self, state: TL) -> Place:
        """Where everything stands now. A dialog that cannot be read is begun with when it has news."""
        taking = Taking(Place(state.pts, state.qts, state.date), self._people.access)
        async for dialog in self._people.dialogs():
            chat = notes.peer_id(dialog.peer)
            if chat.startswith("c"):
                taking.channel(chat[1:], dialog.pts or 0, dialog.top_message)
            else:
                taking.reached(chat, dialog.top_message)
        return taking.place

    async def _difference(self, taking: Taking) -> bool:
        """Whether there is more at once."""
        place = taking.place
        taking.hold()
        try:
            answer = await self._gateway.call("updates.getDifference", pts=place.pts, date=place.date, qts=place.qts)
        except Unreadable as error:
            taking.updates.append(notes.lost(error.what, str(place.pts)))
            await self._catch_up(taking, 0)
            return False
        except RpcRefused as error:
            if not error.word.startswith("PERSISTENT_TIMESTAMP"):
                raise
            await self._catch_up(taking, 0)  # a place that the server does not know any more
            return True
        match answer.tl_name:
            case "updates.differenceEmpty":
                return False
            case "updates.differenceTooLong":
                await self._catch_up(taking, answer.pts)
                return True
        people = self._people.learn(answer)
        for message in answer.new_messages:
            taking.heard(message, people)
        channels: dict[str, None] = {}
        if any(update.tl_name == "updateDeleteMessages" for update in answer.other_updates):
            await self._know_groups()
        for update in answer.other_updates:
            if update.tl_name == "updateMessageReactions":
                await self._reactions(taking, update, people)
            else:
                self._update(taking, update, people, channels)
        for number in channels:
            chat = f"c{number}"
            if len(taking.updates) >= _MOST or taking.holds(chat):
                taking.go_on(chat, BY_DIFFERENCE)
                continue
            try:
                await self._channel_difference(taking, number)
            except Retry as error:
                self._hold(chat, error)
                taking.go_on(chat, BY_DIFFERENCE)
        state = answer.state if answer.tl_name == "updates.difference" else answer.intermediate_state
        taking.place = replace(taking.place, pts=state.pts, qts=state.qts, date=state.date)
        return str(answer.tl_name) == "updates.differenceSlice"

    def _update(self, taking: Taking, update: TL, people: notes.Known, channels: dict[str, None]) -> None:
        match update.tl_name:
            case "updateNewMessage":
                taking.heard(update.message, people)
            case "updateNewChannelMessage":
                taking.heard(update.message, people)
                taking.channel(notes.peer_id(update.message.peer_id)[1:], update.pts)
            case "updateEditMessage":
                taking.heard(update.message, people, "edit")
            case "updateEditChannelMessage":
                taking.heard(update.message, people, "edit")
                taking.changed(notes.peer_id(update.message.peer_id)[1:], update.pts)
            case "updateDeleteMessages":
                taking.updates += notes.deleted(update, self._people.things.groups())
            case "updateDeleteChannelMessages":
                chat = f"c{update.channel_id}"
                taking.updates += notes.deleted(update, {chat: self._people.things.get(chat)})
                taking.changed(chat[1:], update.pts)
            case "updatePinnedMessages" | "updatePinnedChannelMessages":
                taking.updates += notes.unpinned(update, people)
                if update.tl_name == "updatePinnedChannelMessages":
                    taking.changed(str(update.channel_id), update.pts)
            case "updateChannelTooLong":
                channels[str(update.channel_id)] = None
            case "updateChannel":
                self._moved(taking, str(update.channel_id), people.get(f"c{update.channel_id}"), channels)
            case "updateReadHistoryOutbox" | "updateReadChannelOutbox":
                taking.updates.append(notes.read(update, people))
            case _:
                taking.updates.append(notes.other(update))

    async def _reactions(self, taking: Taking, update: TL, people: notes.Known) -> None:
        """Counts that do not say which of them is ours (`min`) are asked for again."""
        chat = notes.peer_id(update.peer)
        if update.reactions.min:
            try:
                peer = await self._people.peer(chat)
                answer = await self._gateway.call("messages.getMessagesReactions", peer=peer, id=[update.msg_id])
            except (NotAllowed, RpcRefused, Unreadable, Hidden):
                answer = None
            told = [each for each in getattr(answer, "updates", []) if each.tl_name == update.tl_name]
            update = next((each for each in told if each.msg_id == update.msg_id and not each.reactions.min), update)
        if update.reactions.min:
            taking.updates.append(notes.other(update))
        else:
            pts = taking.place.channels.get(chat[1:], (taking.place.pts, 0, 0))[0]
            where = f"{pts}-{taking.place.date}-{len(taking.updates)}"
            taking.updates.append(notes.reactions(update, people.get(chat), where))

    @staticmethod
    def _moved(taking: Taking, number: str, thing: TL | None, channels: dict[str, None]) -> None:
        """Something about a channel has changed. Where everybody may write, a line of its own says who came."""
        chat, date = f"c{number}", taking.place.date
        if notes.is_gone(thing):
            taking.updates.append(notes.moved(chat, thing, date, present=False))
            taking.forget(chat)
        elif notes.is_broadcast(thing) and number not in taking.place.channels:
            taking.updates.append(notes.moved(chat, thing, date, present=True))
            channels[number] = None

    async def _know_groups(self) -> None:
        """A deletion in a basic group does not say in which. After a start they are known by the dialogs alone."""
        if not self._groups_known:
            async for _ in self._people.dialogs():
                pass
            self._groups_known = True

    async def _channel_difference(self, taking: Taking, number: str) -> None:
        chat, limit, steps = f"c{number}", PAGE, 0
        while True:
            pts, last, _ = taking.place.channels.get(number, (0, 0, 0))
            if pts == 0 or steps > _STEPS:
                await self._channel_start(taking, chat, last)
                return
            try:
                answer = await self._gateway.call(
                    "updates.getChannelDifference",
                    channel=await self._people.channel(chat),
                    filter=self._codec.new("channelMessagesFilterEmpty"),
                    pts=pts + steps,
                    limit=limit,
                )
            except Unreadable as error:
                if limit > 1:
                    limit //= 2
                else:
                    await self._step_over(taking, chat, error.what, pts + steps)
                    steps += 1
                continue
            except RpcRefused as error:
                if error.word.startswith("PERSISTENT_TIMESTAMP"):  # that the server does not know
                    await self._channel_start(taking, chat, last)
                return
            except NotAllowed:
                return  # we are not in it any more: the message that took us out says so
            steps = 0
            match answer.tl_name:
                case "updates.channelDifferenceEmpty":
                    taking.channel(number, answer.pts)
                    return
                case "updates.channelDifferenceTooLong":
                    self._people.learn(answer)
                    last = last or answer.dialog.read_inbox_max_id  # new to us: not all of its history
                    taking.channel(number, answer.dialog.pts or pts, last)
                    taking.go_on(chat, last)
                    return
            people = self._people.learn(answer)
            for message in answer.new_messages:
                taking.heard(message, people)
            for update in answer.other_updates:
                if update.tl_name == "updateMessageReactions":
                    await self._reactions(taking, update, people)
                else:
                    self._update(taking, update, people, {})
            taking.channel(number, answer.pts)
            if answer.final:
                return
            if len(taking.updates) >= _MOST:
                taking.go_on(chat, BY_DIFFERENCE)
                return
            limit = min(PAGE, limit * 2)

    async def _step_over(self, taking: Taking, chat: str, what: str, pts: int) -> None:
        """The next update of a channel cannot be read: it is a new message, or it is lost."""
        number = await self._past.spoilt(chat, taking.place.channels[chat[1:]][1])
        if number is None:
            taking.updates.append(notes.lost(what, f"{chat}/{pts}"))
        else:
            taking.unreadable(chat, number)

    async def _channel_start(self, taking: Taking, chat: str, last: int) -> None:
        """A channel of whose updates nothing is known is walked through from the last message that we know. The first
        time that it has news: what we have not read there, and nothing from before we came."""
        try:
            channel = await self._people.channel(chat)
            answer = await self._people.answer("channels.getFullChannel", channel=channel)
        except (NotAllowed, RpcRefused, Unreadable, Hidden):
            return  # with its next news
        self._people.learn(answer)
        full = answer.full_chat
        taking.forget(chat)
        taking.channel(chat[1:], full.pts or 1, last or full.read_inbox_max_id)
        taking.go_on(chat, last or full.read_inbox_max_id)

    # --- what was missed

    async def _catch_up(self, taking: Taking, pts: int) -> None:
        """Nobody tells what has happened: every chat that has something newer than the last message that we know is
        walked through, and every one of which that cannot be told."""
        state = await self._gateway.call("updates.getState")
        last = taking.place.last
        dialogs, listed = self._people.dialogs(), set()
        async for dialog in dialogs:
            chat = notes.peer_id(dialog.peer)
            listed.add(chat)
            if not chat.startswith("c"):
                taking.go_on(chat, last if dialog.top_message > last else None)
                continue
            known, before, _ = taking.place.channels.get(chat[1:], (0, 0, 0))
            if not known:  # we are in it since a moment ago: what was not read there is new
                before = dialog.read_inbox_max_id
                taking.channel(chat[1:], dialog.pts or 1, before)
                taking.go_on(chat, before if dialog.top_message > before else None)
            elif dialog.top_message > before or dialog.pts is None or dialog.pts > known:
                taking.go_on(chat, BY_DIFFERENCE)
        if dialogs.holes:
            for number in taking.place.channels:
                taking.go_on(f"c{number}", BY_DIFFERENCE if f"c{number}" not in listed else None)
            taking.go_on("", last)
        taking.place = replace(taking.place, pts=max(pts, state.pts), qts=state.qts, date=state.date)

    async def _walk(self, taking: Taking, piece: tuple[str, int]) -> None:
        """The next piece of a chat that is to be walked through, oldest first. It takes its turn behind the others."""
        chat, start = piece
        taking.place = replace(taking.place, walk=tuple(each for each in taking.place.walk if each != piece))
        try:
            if start == BY_DIFFERENCE:
                await self._channel_difference(taking, chat[1:])
            elif chat:
                taking.go_on(chat, await self._past.page(taking, chat, start))
            else:
                taking.go_on("", await self._past.numbers(taking, start))
        except (NotAllowed, RpcRefused):
            taking.forget(chat)
        except Hidden:
            if chat.startswith("c"):
                raise
            taking.go_on("", start)  # numbers are common to all of these: others' are told again, under the same keys
