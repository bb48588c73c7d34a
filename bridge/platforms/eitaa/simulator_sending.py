"""The gateway's calls that put something into a chat, or change it there."""

from __future__ import annotations

from typing import Any

from bridge.platforms.simulation import Chat, Message

from .simulator_accounts import RpcError
from .simulator_api import utf16_length
from .simulator_files import StoredFile, photo_of
from .simulator_looks import looks_of
from .simulator_peers import Caller, channel_of, chat_of_peer, message_in, person_of, readable, writable
from .simulator_schema import SCHEMA
from .simulator_things import pinned
from .simulator_tl import Thing

make = SCHEMA.make
ENTITIES = {
    "inputMessageEntityMentionName": "messageEntityMentionName",
}
REACTION_LIMIT = 32


def checked_entities(caller: Caller, given: list[Thing] | None, text: str) -> list[dict[str, Any]]:
    """As the world keeps them. Raises RpcError for what lies outside the text."""
    size, kept = utf16_length(text), []
    for each in given or []:
        fields = dict(each.fields)
        if each["offset"] < 0 or each["length"] <= 0 or each["offset"] + each["length"] > size:
            raise RpcError(400, "ENTITY_BOUNDS_INVALID")
        if isinstance(user := fields.get("user_id"), Thing):
            try:
                fields["user_id"] = caller.sim.scene.number(person_of(caller, user))
            except RpcError:
                raise RpcError(400, "ENTITY_MENTION_USER_INVALID") from None
        kept.append({"type": ENTITIES.get(each.name, each.name), **fields})
    return kept


def _reply(caller: Caller, chat: Chat, number: int | None) -> str | None:
    """A reply to what is not there is sent as a plain message, as Telegram does it for deleted ones."""
    if not number:
        return None
    if str(number) not in chat.by_id:
        if number < 0:
            raise RpcError(400, "REPLY_MESSAGE_ID_INVALID")
        return None
    return str(number)


def _post(
    caller: Caller, chat: Chat, text: str, method: Thing, random_id: int, *, kind: str = "text", **wire: Any
) -> Message:
    """New in the chat, or what the same random_id has made there before. Raises RpcError."""
    sim, account = caller.sim, caller.account
    if random_id == 0:
        raise RpcError(400, "RANDOM_ID_EMPTY")
    if (known := sim.scene.sent.get((account.id, random_id))) is not None:
        if sim.options.repeated_random_id == "error":
            raise RpcError(500, "RANDOM_ID_DUPLICATE")
        return known
    writable(caller, chat)
    entities, thing = checked_entities(caller, wire.pop("entities", None), text), wire.pop("thing", None)
    reply_to = _reply(caller, chat, method.fields.get("reply_to_msg_id"))
    silent = bool(method.fields.get("silent"))
    message = sim.world.post(
        chat,
        sim.scene.next_id(chat),
        account,
        text,
        by="api",
        reply_to=reply_to,
        kind=kind,
        looks=looks_of(text, entities),
        file=stored.upload if (stored := wire.get("media")) is not None else None,
        thing=thing,
        wire={"entities": entities, "silent": silent, **wire},
    )
    sim.scene.sent[account.id, random_id] = message
    sim.scene.tell_new(message)
    return message


def _trimmed(method: Thing) -> str:
    """Blank ends are cut off, as Telegram does; with entities the text stays, so that they keep their places."""
    text: str = method["message"]
    return text if method["entities"] and text.strip() else text.strip()


def _pts(caller: Caller, message: Message) -> int:
    """The pts that the message has brought about for the caller."""
    scene = caller.sim.scene
    log = scene.channel(message.chat) if scene.is_channel(message.chat) else scene.log(caller.account)
    found = (entry.pts for entry in reversed(log.entries) if entry.message is message and entry.kind == "new")
    return next(found, log.pts)


def _result(caller: Caller, sent: list[tuple[Message, int]]) -> bytes:
    view, scene = caller.view(), caller.sim.scene
    made = [make("updateMessageID", id=int(message.message_id), random_id=number) for message, number in sent]
    for message, _ in sent:
        name = "updateNewChannelMessage" if scene.is_channel(message.chat) else "updateNewMessage"
        made.append(make(name, message=view.message(message), pts=_pts(caller, message), pts_count=1))
    return view.updates(made)


def send_message(caller: Caller, method: Thing) -> bytes:
    chat, text = chat_of_peer(caller, method["peer"]), _trimmed(method)
    if not text:
        raise RpcError(400, "MESSAGE_EMPTY")
    if utf16_length(text) > caller.sim.options.text_limit:
        raise RpcError(400, "MESSAGE_TOO_LONG")
    if method["schedule_date"]:
        raise RpcError(400, "SCHEDULE_DATE_INVALID")
    message = _post(caller, chat, text, method, method["random_id"], entities=method["entities"])
    if message.chat.kind != "private":
        return _result(caller, [(message, method["random_id"])])
    return make(
        "updateShortSentMessage",
        out=True,
        id=int(message.message_id),
        pts=_pts(caller, message),
        pts_count=1,
        date=int(message.at),
        entities=caller.view().entities(message),
    )


# -- media


def media_of(caller: Caller, media: Thing) -> StoredFile:
    """What an InputMedia stands for. Raises RpcError."""
    files, options = caller.sim.files, caller.sim.options
    if media.name in ("inputMediaPhoto", "inputMediaDocument"):
        given = media["id"]
        return files.find(given["id"], given["access_hash"], given["file_reference"])
    if media.name not in ("inputMediaUploadedPhoto", "inputMediaUploadedDocument"):
        raise RpcError(400, "MEDIA_INVALID")
    file = media["file"]
    checksum = str(file.fields.get("md5_checksum", ""))
    big = file.name == "inputFileBig"
    body = files.uploaded(caller.account, caller.host, file["id"], file["parts"], checksum, options.file_limit, big=big)
    if media.name == "inputMediaUploadedPhoto":
        width, height, mime = photo_of(body)
        stored = files.add("photo", file["name"], mime, body)
        stored.width, stored.height = width, height
        return stored
    told = {each.name.removeprefix("documentAttribute"): each for each in media["attributes"]}
    kind = "document" if media["force_file"] else _kind_of(told, media["mime_type"])
    name = told["Filename"]["file_name"] if "Filename" in told else file["name"]
    stored = files.add(kind, name, media["mime_type"], body)
    if (shown := told.get("Video") or told.get("ImageSize")) is not None:
        stored.width, stored.height = shown["w"], shown["h"]
    if (playing := told.get("Video") or told.get("Audio")) is not None:
        stored.seconds = playing["duration"]
    return stored


def _kind_of(told: dict[str, Thing], mime: str) -> str:
    if "Sticker" in told:
        return "sticker"
    if "Animated" in told:
        return "animation"
    if (sound := told.get("Audio")) is not None:
        return "voice" if sound["voice"] else "audio"
    if (video := told.get("Video")) is not None:
        return "video_note" if video["round_message"] else "video"
    return "video" if mime.startswith("video/") else "document"


def _caption(caller: Caller, text: str) -> str:
    if utf16_length(text) > caller.sim.options.caption_limit:
        raise RpcError(400, "MEDIA_CAPTION_TOO_LONG")
    return text


def send_media(caller: Caller, method: Thing) -> bytes:
    chat, number = chat_of_peer(caller, method["peer"]), method["random_id"]
    text = _caption(caller, method["message"])
    if method["media"].name == "inputMediaGeoPoint":
        message = _post(caller, chat, text, method, number, kind="location", thing=pinned(method["media"]))
        return _result(caller, [(message, number)])
    stored = None
    if (caller.account.id, number) not in caller.sim.scene.sent:
        writable(caller, chat)
        stored = media_of(caller, method["media"])
    kind = stored.kind if stored else "document"
    message = _post(caller, chat, text, method, number, kind=kind, media=stored, entities=method["entities"])
    return _result(caller, [(message, number)])


def send_multi_media(caller: Caller, method: Thing) -> bytes:
    chat, given = chat_of_peer(caller, method["peer"]), method["multi_media"]
    if not 1 <= len(given) <= 10:
        raise RpcError(400, "MULTI_MEDIA_TOO_LONG" if given else "MEDIA_EMPTY")
    writable(caller, chat)
    ready = [(each, media_of(caller, each["media"]), _caption(caller, each["message"])) for each in given]
    album, sent = ready[0][0]["random_id"], []
    for each, stored, text in ready:
        wire = {"media": stored, "entities": each["entities"], "grouped_id": album}
        sent.append((_post(caller, chat, text, method, each["random_id"], kind=stored.kind, **wire), each["random_id"]))
    return _result(caller, sent)


def upload_media(caller: Caller, method: Thing) -> bytes:
    chat_of_peer(caller, method["peer"])
    return caller.view().stored_media(media_of(caller, method["media"]), int(caller.sim.world.clock()))


def forward_messages(caller: Caller, method: Thing) -> bytes:
    origin, target = chat_of_peer(caller, method["from_peer"]), chat_of_peer(caller, method["to_peer"])
    readable(caller, origin)
    if not method["id"] or len(method["id"]) != len(method["random_id"]):
        raise RpcError(400, "MESSAGE_IDS_EMPTY" if not method["id"] else "RANDOM_ID_INVALID")
    sent = []
    for number, random_id in zip(method["id"], method["random_id"], strict=True):
        source = message_in(caller, origin, number)
        # Entities are kept as they stand; they were checked when they were written.
        wire = {"media": source.wire.get("media"), "forward": source.wire.get("forward") or source}
        wire["thing"] = source.thing
        message = _post(caller, target, source.text, method, random_id, kind=source.kind, **wire)
        message.wire["entities"] = source.wire.get("entities", [])
        sent.append((message, random_id))
    return _result(caller, sent)


# -- changes


def edit_message(caller: Caller, method: Thing) -> bytes:
    sim, scene = caller.sim, caller.sim.scene
    chat = readable(caller, chat_of_peer(caller, method["peer"]))
    message = message_in(caller, chat, method["id"])
    mine = message.sender is caller.account
    if message.kind == "service" or not (mine or (chat.kind == "channel" and chat.is_admin(caller.account))):
        raise RpcError(403, "MESSAGE_AUTHOR_REQUIRED")
    writable(caller, chat)
    limit = sim.options.edit_seconds
    if limit and sim.world.clock() > message.at + limit:
        raise RpcError(400, "MESSAGE_EDIT_TIME_EXPIRED")
    text = message.text if method["message"] is None else _trimmed(method)
    stored = None if method["media"] is None else media_of(caller, method["media"])
    entities = checked_entities(caller, method["entities"], text)
    if not text and message.kind == "text":
        raise RpcError(400, "MESSAGE_EMPTY")
    if utf16_length(text) > (sim.options.text_limit if message.kind == "text" else sim.options.caption_limit):
        raise RpcError(400, "MESSAGE_TOO_LONG" if message.kind == "text" else "MEDIA_CAPTION_TOO_LONG")
    if stored is None and text == message.text and entities == message.wire.get("entities", []):
        raise RpcError(400, "MESSAGE_NOT_MODIFIED")
    sim.world.edit(message, text, looks=looks_of(text, entities))
    message.wire["entities"] = entities
    message.wire.pop("edit_hide", None)
    if stored is not None:
        message.wire["media"], message.kind, message.file = stored, stored.kind, stored.upload
    scene.tell_edit(message)
    view, channel = caller.view(), scene.is_channel(chat)
    name = "updateEditChannelMessage" if channel else "updateEditMessage"
    pts = (scene.channel(chat) if channel else scene.log(caller.account)).pts
    return view.updates([make(name, message=view.message(message), pts=pts, pts_count=1)])


def delete_messages(caller: Caller, method: Thing) -> bytes:
    """Of private chats and basic groups. Without `revoke` for the caller alone; ids that mean nothing are passed by."""
    scene, account = caller.sim.scene, caller.account
    found = [scene.common.get(str(number)) for number in method["id"]]
    mine = [m for m in found if m is not None and m.chat.has(account) and (account.id, m) not in scene.hidden]
    if method["revoke"]:
        limit = caller.sim.options.revoke_seconds
        for message in mine:
            chat = message.chat
            others = chat.kind == "group" and message.sender is not account and not chat.is_admin(account)
            if others or (limit and caller.sim.world.clock() > message.at + limit):
                raise RpcError(403, "MESSAGE_DELETE_FORBIDDEN")
        for chat in {m.chat: None for m in mine}:
            scene.delete([m for m in mine if m.chat is chat])
    else:
        scene.hide(account, mine)
    return make("messages.affectedMessages", pts=scene.log(account).pts, pts_count=len(mine))


def delete_channel_messages(caller: Caller, method: Thing) -> bytes:
    scene, account = caller.sim.scene, caller.account
    chat = readable(caller, channel_of(caller, method["channel"]))
    found = [m for number in method["id"] if (m := chat.by_id.get(str(number))) is not None]
    if any(m.sender is not account for m in found) and not chat.is_admin(account):
        raise RpcError(403, "MESSAGE_DELETE_FORBIDDEN")
    scene.delete(found)
    return make("messages.affectedMessages", pts=scene.channel(chat).pts, pts_count=len(found))


def update_pinned_message(caller: Caller, method: Thing) -> bytes:
    chat = readable(caller, chat_of_peer(caller, method["peer"]))
    message = message_in(caller, chat, method["id"])
    if chat.kind != "private" and not chat.is_admin(caller.account):
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    pinned = not method["unpin"]
    if message.pinned == pinned:
        raise RpcError(400, "CHAT_NOT_MODIFIED")
    caller.sim.scene.pin(message, caller.account, pinned=pinned)
    return caller.view().updates([])


def send_reaction(caller: Caller, method: Thing) -> bytes:
    chat = readable(caller, chat_of_peer(caller, method["peer"]))
    message = message_in(caller, chat, method["msg_id"])
    given, mine = message.wire.setdefault("reactions", {}), caller.account.id
    reaction = method["reaction"] or None
    if reaction is not None and len(reaction) > REACTION_LIMIT:
        raise RpcError(400, "REACTION_INVALID")
    if given.get(mine) == reaction:
        raise RpcError(400, "MESSAGE_NOT_MODIFIED")
    if reaction is None:
        del given[mine]
    else:
        given[mine] = reaction
    caller.sim.scene.tell_reactions(message)
    return _reactions(caller, chat, [message])


def get_messages_reactions(caller: Caller, method: Thing) -> bytes:
    chat = readable(caller, chat_of_peer(caller, method["peer"]))
    return _reactions(caller, chat, [m for number in method["id"] if (m := chat.by_id.get(str(number))) is not None])


def _reactions(caller: Caller, chat: Chat, messages: list[Message]) -> bytes:
    view = caller.view()
    return view.updates(
        make(
            "updateMessageReactions",
            peer=view.peer(chat),
            msg_id=int(message.message_id),
            reactions=view.reactions(message),
        )
        for message in messages
    )
