"""The methods of Bale's Bot API that put something into a chat, or change it there."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from bridge.platforms.simulation import Bot, Chat, Form, FormError, Message, Person, Thing, Upload

from .simulator_keyboards import markup_of
from .simulator_media import details
from .simulator_objects import chat_object, message_object, user_object
from .simulator_text import looks_of, shown
from .simulator_things import contact, location, thing_fields

if TYPE_CHECKING:
    from .simulator import BaleSimulator

Method = Callable[["BaleSimulator", Bot, Form], Awaitable[Any]]

TEXT_LIMIT = 4096
GROUP_CAPTION_LIMIT = 1024
DELETE_SECONDS = 48 * 3600
ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "choose_sticker",
)


class Refusal(Exception):
    def __init__(self, status: int, words: str, *, retry_after: int | None = None, plain_text: bool = False) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.retry_after = retry_after
        self.plain_text = plain_text


# -- who and where


def chat_id_of(form: Form, name: str = "chat_id") -> str:
    given = form.text(name)
    if given.startswith("@") and len(given) > 1:
        return given
    if not given.isascii() or not given.isdigit() or len(given) > 19 or int(given) == 0:
        raise FormError(name, f"{name}: must be a valid value")
    return str(int(given))


def no_such_chat(sim: BaleSimulator) -> Refusal:
    prefix = "Not Found" if sim.options.unknown_chat == 404 else "Bad Request"
    return Refusal(sim.options.unknown_chat, f"{prefix}: no such group or user")


def place_of(sim: BaleSimulator, bot: Bot, form: Form, name: str = "chat_id") -> Chat | Person:
    """The chat of which the bot is a member, or the person whom it has no chat with."""
    given = chat_id_of(form, name)
    found = sim.world.named(given) if given.startswith("@") else sim.world.chats.get(given)
    if isinstance(found, Chat) and found.has(bot):
        return found
    if (person := sim.world.people.get(given)) is not None:
        return sim.world.private(bot, given) or person
    raise no_such_chat(sim)


def chat_of(sim: BaleSimulator, bot: Bot, form: Form, name: str = "chat_id") -> Chat:
    place = place_of(sim, bot, form, name)
    if isinstance(place, Person):
        raise Refusal(403, "Forbidden: permission_denied")
    return place


def chat_to_write_in(sim: BaleSimulator, bot: Bot, form: Form) -> Chat:
    chat = chat_of(sim, bot, form)
    line = sim.lines[bot.id]
    if chat.kind == "private":
        if chat.id in line.stopped:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return chat
    if chat.kind == "channel" and not chat.is_admin(bot):
        raise Refusal(403, "Forbidden: permission_denied")
    if limit := sim.options.group_limit:
        now = sim.world.clock()
        sent = line.sends.setdefault(chat.id, deque())
        while sent and sent[0] <= now - 60:
            sent.popleft()
        if len(sent) >= limit:
            form_of = sim.options.group_limit_answer
            wait = max(1, round(sent[0] + 60 - now)) if form_of == "retry_after" else None
            raise Refusal(429, "", retry_after=wait, plain_text=form_of == "plain_text")
        sent.append(now)
    return chat


def group_of(sim: BaleSimulator, bot: Bot, form: Form) -> Chat:
    chat = chat_of(sim, bot, form)
    if chat.kind == "private":
        raise no_such_chat(sim)
    return chat


def message_of(chat: Chat, form: Form) -> Message:
    found = chat.by_id.get(str(form.integer("message_id")))
    if found is None:
        raise Refusal(400, "Bad Request: message not found")
    return found


def text_of(form: Form, name: str, least: int, most: int) -> str:
    given = form.text(name, "" if least == 0 else None)
    if not least <= len(given) <= most:
        raise FormError(name, f"{name}: length must be between {least} and {most}")
    return given


# -- sending


def _post(
    sim: BaleSimulator,
    bot: Bot,
    chat: Chat,
    form: Form,
    raw: str,
    kind: str,
    fields: dict[str, Any],
    file: Upload | None = None,
    thing: Thing | None = None,
) -> Message:
    reply_to: str | None = None
    if "reply_to_message_id" in form:
        reply_to = str(form.integer("reply_to_message_id"))
        if reply_to not in chat.by_id:
            if sim.options.unknown_reply == "refuse":
                raise Refusal(400, "Bad Request: reply message not found")
            reply_to = None
    markup = markup_of(form, chat)
    message = sim.world.post(
        chat,
        str(chat.next_number()),
        bot,
        shown(raw),
        raw=raw,
        by="api",
        reply_to=reply_to,
        kind=kind,
        looks=looks_of(raw),
        file=file,
        thing=thing,
        wire=fields,
    )
    markup.stand(message)
    sim.tell(message)
    return message


async def send_message(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    raw = text_of(form, "text", 1, TEXT_LIMIT)
    markup_of(form)
    chat = chat_to_write_in(sim, bot, form)
    return message_object(_post(sim, bot, chat, form, raw, "text", {}))


def send_media(kind: str) -> Method:
    async def send(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
        if form.is_json and not sim.options.string_media_in_json:
            raise FormError(kind, "malformed request")
        caption = text_of(form, "caption", 0, sim.options.caption_limit)
        if kind == "sticker" or (kind == "animation" and not sim.options.animation_captions):
            caption = ""
        told = details(kind, form)
        chat = chat_to_write_in(sim, bot, form)
        stored = sim.files.given(bot.id, kind, form.values.get(kind), form.files.get(kind), told)
        return message_object(_post(sim, bot, chat, form, caption, kind, stored.fields(), stored.upload))

    return send


async def send_media_group(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    items = form.nested("media")
    if not isinstance(items, list) or not 1 <= len(items) <= 10:
        raise FormError("media", "media: must be a valid value")
    if form.is_json and not sim.options.string_media_in_json:
        raise FormError("media", "malformed request")
    kinds = {str(item.get("type")) if isinstance(item, dict) else "" for item in items}
    if not kinds <= {"photo", "video", "document", "audio"} or (len(kinds) > 1 and kinds & {"document", "audio"}):
        raise FormError("media", "media: must be a valid value")
    captions = [str(item.get("caption") or "") for item in items]
    if any(len(caption) > GROUP_CAPTION_LIMIT for caption in captions):
        raise FormError("media", "caption is too long")
    chat = chat_to_write_in(sim, bot, form)
    stored = []
    for item in items:
        value = item.get("media")
        part = value.removeprefix("attach://") if isinstance(value, str) else ""
        stored.append(sim.files.given(bot.id, item["type"], value, form.files.get(part)))
    album = {"media_group_id": str(chat.counter + 1)}
    return [
        message_object(_post(sim, bot, chat, form, caption, item["type"], each.fields() | album, each.upload))
        for item, each, caption in zip(items, stored, captions, strict=True)
    ]


def send_thing(kind: str, read: Callable[[Form], Thing]) -> Method:
    async def send(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
        thing = read(form)
        chat = chat_to_write_in(sim, bot, form)
        return message_object(_post(sim, bot, chat, form, "", kind, thing_fields(kind, thing), thing=thing))

    return send


send_location = send_thing("location", location)
send_contact = send_thing("contact", contact)


async def forward_message(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    message = message_of(chat_of(sim, bot, form, "from_chat_id"), form)
    chat = chat_to_write_in(sim, bot, form)
    fields = {k: v for k, v in message.wire.items() if k != "reply_markup"}
    fields["forward_date"] = int(message.at)
    fields["forward_from_message_id"] = int(message.message_id)
    if message.chat.kind == "channel":
        fields["forward_from_chat"] = chat_object(message.chat)
    elif message.sender is not None:
        fields["forward_from"] = user_object(message.sender)
    return message_object(_post(sim, bot, chat, Form(), message.raw, message.kind, fields, message.file, message.thing))


async def copy_message(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    message = message_of(chat_of(sim, bot, form, "from_chat_id"), form)
    if message.kind == "service":
        raise Refusal(400, "Bad Request: message can't be copied")
    chat = chat_to_write_in(sim, bot, form)
    fields = {k: v for k, v in message.wire.items() if k != "reply_markup"}
    copied = _post(sim, bot, chat, Form(), message.raw, message.kind, fields, message.file, message.thing)
    return {"message_id": int(copied.message_id)}


async def send_chat_action(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    if not isinstance(form.values.get("chat_id"), str) and not sim.options.numeric_chat_action:
        raise FormError("chat_id", "chat_id: must be a valid value")
    if form.text("action") not in ACTIONS:
        raise FormError("action", "action: must be a valid value")
    chat_of(sim, bot, form)
    return True


# -- changing what was sent


def edit(name: str | None, least: int) -> Method:
    async def change(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
        chat = chat_of(sim, bot, form)
        message = message_of(chat, form)
        is_text = message.kind == "text"
        if message.sender is not bot or (name is not None and (name == "text") is not is_text):
            raise Refusal(400, "Bad Request: message can't be edited")
        markup = markup_of(form)
        if markup.bar is not None:
            raise FormError("reply_markup", "reply_markup: must be a valid value")
        raw = message.raw if name is None else text_of(form, name, least, TEXT_LIMIT)
        before = {"reply_markup": message.wire["reply_markup"]} if "reply_markup" in message.wire else {}
        if (raw, markup.fields) == (message.raw, before):
            if sim.options.same_edit == "refused":
                raise Refusal(400, "Bad Request: message is not modified")
            return _edited(sim, message)
        markup.stand(message)
        if name is not None:
            sim.world.edit(message, shown(raw), raw=raw, looks=looks_of(raw))
            sim.tell(message, "edited_message")
        return _edited(sim, message)

    return change


def _edited(sim: BaleSimulator, message: Message) -> Any:
    if sim.options.edit_stub:
        return {"message_id": 0, "date": 0, "chat": {"id": 0, "type": ""}}
    return message_object(message)


async def delete_message(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    """Nobody is told by an update."""
    chat = chat_of(sim, bot, form)
    message = message_of(chat, form)
    mine = message.sender is bot and chat.kind != "channel"
    if not (mine or chat.kind == "private" or chat.is_admin(bot)):
        raise Refusal(403, "Forbidden: permission_denied")
    if sim.world.clock() - message.at > DELETE_SECONDS:
        raise Refusal(400, "Bad Request: message can't be deleted")
    sim.world.delete(message)
    return True


def pin(pinned: bool) -> Method:
    """A service line tells of a pin, as of a person's; nothing tells of one that was taken down."""

    async def moved(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
        chat = chat_of(sim, bot, form)
        message = message_of(chat, form)
        if chat.kind != "private" and not chat.is_admin(bot):
            raise Refusal(403, "Forbidden: permission_denied")
        if pinned:
            sim.person_pinned(message, bot)
        else:
            sim.person_unpinned(message, bot)
        return True

    return moved


async def answer_callback_query(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    query, words = form.text("callback_query_id"), text_of(form, "text", 0, 200)
    if not sim.keyboards.answered(bot, query, words):
        raise FormError("callback_query_id", "callback_query_id: must be a valid value")
    return True
