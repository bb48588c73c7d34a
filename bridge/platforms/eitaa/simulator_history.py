"""The gateway's calls that look back: dialogs, history, single messages, receipts; and files, piece by piece."""

from __future__ import annotations

from bridge.platforms.simulation import Chat, Message

from .simulator_accounts import RpcError
from .simulator_files import KB, PART_LIMIT, StoredFile, piece
from .simulator_peers import Caller, channel_of, chat_of_peer, readable
from .simulator_schema import SCHEMA
from .simulator_tl import Thing, boolean

make = SCHEMA.make
PAGE = 100
FILE_TYPES = {"image/jpeg": "Jpeg", "image/gif": "Gif", "video/mp4": "Mp4", "image/webp": "Webp"}


def get_dialogs(caller: Caller, method: Thing) -> bytes:
    scene, account, view = caller.sim.scene, caller.account, caller.view()
    chats = scene.chats_of(account)
    whole, start = len(chats), 0
    if method["offset_peer"].name != "inputPeerEmpty" and method["offset_id"]:
        after = chat_of_peer(caller, method["offset_peer"])
        start = chats.index(after) + 1 if after in chats else 0
    elif method["offset_date"]:
        older = [i for i, each in enumerate(chats) if _date(caller, each) < method["offset_date"]]
        start = older[0] if older else whole
    shown = chats[start : start + min(max(1, method["limit"] or PAGE), PAGE)]
    dialogs = [view.dialog(chat) for chat in shown]
    last = [message for chat in shown if (message := scene.last(account, chat)) is not None]
    if start == 0 and len(shown) == whole:
        return view.listed("messages.dialogs", last, dialogs=dialogs)
    return view.listed("messages.dialogsSlice", last, dialogs=dialogs, count=whole)


def _date(caller: Caller, chat: Chat) -> float:
    last = caller.sim.scene.last(caller.account, chat)
    return last.at if last else 0


def _listed(caller: Caller, chat: Chat | None, messages: list[Message], count: int | None = None) -> bytes:
    """In the form that its chat has; `count` of all that there are, if these are only some."""
    scene, view = caller.sim.scene, caller.view()
    if chat is not None:
        view.with_chat(chat)
        if scene.is_channel(chat):
            count = len(messages) if count is None else count
            return view.listed("messages.channelMessages", messages, pts=scene.channel(chat).pts, count=count)
    if count is None or count == len(messages):
        return view.listed("messages.messages", messages)
    return view.listed("messages.messagesSlice", messages, count=count)


def get_history(caller: Caller, method: Thing) -> bytes:
    """Newest first. `offset_id` is where it begins (excluded), moved by `add_offset`."""
    chat = readable(caller, chat_of_peer(caller, method["peer"]))
    found = caller.sim.scene.seen(caller.account, chat)[::-1]
    start = 0
    if method["offset_id"]:
        start = sum(1 for m in found if int(m.message_id) >= method["offset_id"])
    elif method["offset_date"]:
        start = sum(1 for m in found if m.at >= method["offset_date"])
    first = max(0, start + method["add_offset"])
    last = max(first, start + method["add_offset"] + min(max(0, method["limit"]), PAGE))
    highest, lowest = method["max_id"] or 2**31, method["min_id"]
    shown = [m for m in found[first:last] if lowest < int(m.message_id) < highest]
    return _listed(caller, chat, shown, len(found))


def _number(given: int | Thing) -> int:
    return int(given["id"]) if isinstance(given, Thing) else given


def get_messages(caller: Caller, method: Thing) -> bytes:
    """Of private chats and basic groups, by id alone; what is not there is left out of the list as messageEmpty."""
    scene, account, view = caller.sim.scene, caller.account, caller.view()
    made = []
    for number in map(_number, method["id"]):
        message = scene.common.get(str(number))
        seen = message is not None and message.chat.has(account) and (account.id, message) not in scene.hidden
        made.append(view.message(message) if message and seen else make("messageEmpty", id=number))
    return make("messages.messages", messages=made, chats=view.chats(), users=view.users())


def get_channel_messages(caller: Caller, method: Thing) -> bytes:
    chat, view = readable(caller, channel_of(caller, method["channel"])), caller.view()
    view.with_chat(chat)
    made = []
    for number in map(_number, method["id"]):
        message = chat.by_id.get(str(number))
        made.append(view.message(message) if message else make("messageEmpty", id=number, peer_id=view.peer(chat)))
    rest = {"pts": caller.sim.scene.channel(chat).pts, "count": len(made)}
    return make("messages.channelMessages", messages=made, chats=view.chats(), users=view.users(), **rest)


def read_history(caller: Caller, method: Thing) -> bytes:
    scene, chat = caller.sim.scene, readable(caller, chat_of_peer(caller, method["peer"]))
    count = scene.read_inbox(caller.account, chat, _up_to(caller, chat, method["max_id"]))
    return make("messages.affectedMessages", pts=scene.log(caller.account).pts, pts_count=count)


def read_channel_history(caller: Caller, method: Thing) -> bytes:
    chat = readable(caller, channel_of(caller, method["channel"]))
    caller.sim.scene.read_inbox(caller.account, chat, _up_to(caller, chat, method["max_id"]))
    return boolean(True)


def _up_to(caller: Caller, chat: Chat, number: int) -> int:
    """0 means all of it."""
    last = caller.sim.scene.last(caller.account, chat)
    newest = int(last.message_id) if last else 0
    return min(number, newest) if number > 0 else newest


# -- files


def save_part(caller: Caller, method: Thing) -> bytes:
    caller.sim.files.save(
        caller.account,
        caller.host,
        method["file_id"],
        method["file_part"],
        method["bytes"],
        total=method.fields.get("file_total_parts"),
        size=method.fields.get("totalFileSize"),
        limit=min(PART_LIMIT, caller.sim.options.chunk_kb * KB),
    )
    return boolean(True)


def get_file(caller: Caller, method: Thing) -> bytes:
    place = method["location"]
    stored = caller.sim.files.find(place["id"], place["access_hash"], place["file_reference"])
    if (place.name == "inputPhotoFileLocation") != (stored.kind == "photo"):
        raise RpcError(400, "LOCATION_INVALID")
    body = _size(stored, place["thumb_size"])
    part = piece(body, method["offset"], method["limit"], precise=method["precise"])
    kind = make(f"storage.file{FILE_TYPES.get(stored.mime, 'Unknown')}")
    return make("upload.file", type=kind, mtime=int(caller.sim.world.clock()), bytes=part)


def _size(stored: StoredFile, name: str) -> bytes:
    if stored.kind != "photo":
        if name:
            raise RpcError(400, "LOCATION_INVALID")
        return stored.body
    if name not in ("m", "x"):
        raise RpcError(400, "LOCATION_INVALID")
    return stored.preview() if name == "m" else stored.body
