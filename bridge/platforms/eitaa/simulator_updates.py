"""The gateway's calls by which a client hears of news: two of them for an account, one for a channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bridge.platforms.simulation import Chat, Message

from .simulator_accounts import RpcError
from .simulator_logs import AccountLog, Entry
from .simulator_peers import Caller, channel_of, readable
from .simulator_schema import SCHEMA
from .simulator_shapes import View
from .simulator_tl import Thing

make = SCHEMA.make
CHANNEL_TIMEOUT = 5


def _state(log: AccountLog, place: int, unread: int = 0) -> bytes:
    pts, date = log.state(place)
    return make("updates.state", pts=pts, qts=1, date=date, seq=1, unread_count=unread)


def get_state(caller: Caller, method: Thing) -> bytes:
    """Who asks for it wants to hear of what comes after it, and of nothing that was before."""
    scene, account = caller.sim.scene, caller.account
    log, chats = scene.log(account), scene.chats_of(account)
    log.confirmed = len(log.entries)
    log.channels_seen.update((chat.id, scene.channel(chat).pts) for chat in chats if scene.is_channel(chat))
    return _state(log, len(log.entries), sum(scene.unread(account, chat) for chat in chats))


@dataclass(slots=True)
class News:
    """What a difference is made of: new messages are told apart from everything else."""

    view: View
    messages: list[bytes] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)
    too_long: set[Chat] = field(default_factory=set)

    def add(self, entry: Entry, *, whole: bool) -> None:
        """`whole`: entries of channels are told themselves, and not only that there are some."""
        scene, chat, message = self.view.scene, entry.chat, entry.message
        pts = {"pts": entry.pts, "pts_count": entry.count}
        match entry.kind:
            case "new" if message is not None:
                # What is gone already is never told as new, only as deleted.
                if not message.deleted and (self.view.account.id, message) not in scene.hidden:
                    self.messages.append(self.view.message(message))
            case "edit" if message is not None:
                if not message.deleted:
                    self.others.append(make("updateEditMessage", message=self.view.message(message), **pts))
            case "delete":
                self.others.append(make("updateDeleteMessages", messages=entry.ids, **pts))
            case "reactions" if message is not None and not message.deleted:
                peer, number = self.view.peer(message.chat), int(message.message_id)
                reactions = self.view.reactions(message, news=True)
                self.others.append(make("updateMessageReactions", peer=peer, msg_id=number, reactions=reactions))
            case "pinned" | "unpinned" if chat is not None:
                peer, pinned = self.view.peer(chat), entry.kind == "pinned"
                self.others.append(make("updatePinnedMessages", pinned=pinned, peer=peer, messages=entry.ids, **pts))
            case "read_inbox" | "read_outbox" if chat is not None:
                self.others.append(self._read(entry, chat, pts))
            case "raw":
                self.others.append(entry.raw)
            case "place" if chat is not None:
                self.view.with_chat(chat)
                self.others.append(make("updateChannel", channel_id=int(chat.id)))
            case "channel" if chat is not None and entry.channel is not None:
                if whole:
                    self.others += self.of_channel(entry.channel)
                elif chat not in self.too_long:
                    self.too_long.add(chat)
                    self.view.with_chat(chat)
                    number = scene.channel(chat).pts
                    self.others.append(make("updateChannelTooLong", channel_id=int(chat.id), pts=number))

    def of_channel(self, entry: Entry) -> Iterable[bytes]:
        chat, message = entry.chat, entry.message
        pts = {"pts": entry.pts, "pts_count": entry.count}
        if entry.kind == "delete" and chat is not None:
            self.view.with_chat(chat)
            yield make("updateDeleteChannelMessages", channel_id=int(chat.id), messages=entry.ids, **pts)
        elif entry.kind in ("pinned", "unpinned") and chat is not None:
            self.view.with_chat(chat)
            what = {"pinned": entry.kind == "pinned", "channel_id": int(chat.id), "messages": entry.ids}
            yield make("updatePinnedChannelMessages", **what, **pts)
        elif message is not None and not message.deleted:
            name = "updateNewChannelMessage" if entry.kind == "new" else "updateEditChannelMessage"
            yield make(name, message=self.view.message(message), **pts)

    def _read(self, entry: Entry, chat: Chat, pts: dict[str, int]) -> bytes:
        scene, number = self.view.scene, entry.number
        left = scene.unread(self.view.account, chat)
        if scene.is_channel(chat):
            self.view.with_chat(chat)
            where = {"channel_id": int(chat.id), "max_id": number}
            if entry.kind == "read_outbox":
                return make("updateReadChannelOutbox", **where)
            return make("updateReadChannelInbox", still_unread_count=left, pts=scene.channel(chat).pts, **where)
        peer = self.view.peer(chat)
        if entry.kind == "read_outbox":
            return make("updateReadHistoryOutbox", peer=peer, max_id=number, **pts)
        return make("updateReadHistoryInbox", peer=peer, max_id=number, still_unread_count=left, **pts)


def get_difference(caller: Caller, method: Thing) -> bytes:
    """From the state that the client gives; giving it confirms what is before it."""
    sim, options = caller.sim, caller.sim.options
    log = sim.scene.log(caller.account)
    if not 0 < method["pts"] <= log.pts:
        raise RpcError(400, "PERSISTENT_TIMESTAMP_EMPTY" if method["pts"] <= 0 else "PERSISTENT_TIMESTAMP_INVALID")
    start = log.asked(method["pts"], method["date"])
    log.confirmed = max(start, log.confirmed or 0)
    if log.last_told is not None and sim.faults.take({"repeat_updates"}, "updates.getDifference"):
        start = min(start, log.last_told[0])
    end = len(log.entries)
    if start == end:
        _, date = log.state(end)
        return make("updates.differenceEmpty", date=date, seq=1)
    most = method["pts_total_limit"]
    if (options.too_long_after and end - start > options.too_long_after) or (most and log.pts - method["pts"] > most):
        return make("updates.differenceTooLong", pts=log.pts)
    stop = min(end, start + max(1, options.slice))
    log.last_told = (start, stop)
    news = News(caller.view())
    for entry in log.entries[start:stop]:
        news.add(entry, whole=options.channel_news == "message")
    state = _state(log, stop)
    told = {
        "new_messages": news.messages,
        "new_encrypted_messages": [],
        "other_updates": news.others,
        "chats": news.view.chats(),
        "users": news.view.users(),
    }
    if stop < end:
        return make("updates.differenceSlice", intermediate_state=state, **told)
    return make("updates.difference", state=state, **told)


def get_channel_difference(caller: Caller, method: Thing) -> bytes:
    sim, options = caller.sim, caller.sim.options
    chat = readable(caller, channel_of(caller, method["channel"]))
    log, asked, limit = sim.scene.channel(chat), method["pts"], method["limit"]
    if asked <= 0 or asked > log.pts:
        raise RpcError(400, "PERSISTENT_TIMESTAMP_EMPTY" if asked <= 0 else "PERSISTENT_TIMESTAMP_INVALID")
    if not 0 < limit <= 100_000:
        raise RpcError(400, "LIMIT_INVALID")
    sim.scene.log(caller.account).channels_seen[chat.id] = asked
    entries = log.entries[log.place(asked) :]
    if not entries:
        return make("updates.channelDifferenceEmpty", final=True, pts=log.pts, timeout=CHANNEL_TIMEOUT)
    view = caller.view()
    if options.channel_too_long_after and len(entries) > options.channel_too_long_after:
        last: list[Message] = sim.scene.seen(caller.account, chat)[-1:]
        dialog = view.dialog(chat)
        rest = {"final": True, "timeout": CHANNEL_TIMEOUT, "dialog": dialog}
        return view.listed("updates.channelDifferenceTooLong", last, **rest)
    part, news = entries[: min(limit, 100)], News(view)
    for entry in part:
        if entry.kind == "new":
            news.add(entry, whole=True)
        else:
            news.others += news.of_channel(entry)
    final = len(part) == len(entries)
    return make(
        "updates.channelDifference",
        final=final,
        pts=part[-1].pts,
        timeout=CHANNEL_TIMEOUT if final else None,
        new_messages=news.messages,
        other_updates=news.others,
        chats=view.chats(),
        users=view.users(),
    )
