"""The methods of Soroush Plus's Bot API that put something into a chat, or change it there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from bridge.platforms.simulation import Bot, Chat, Form, FormError, Message, Thing, Upload

from .simulator_keyboards import Keyboard, keyboard_of
from .simulator_media import StoredFile
from .simulator_objects import chat_object, message_object, user_object
from .simulator_text import Entity, MarkupError, given_entities, looks_of, parse
from .simulator_things import contact, location, thing_fields

if TYPE_CHECKING:
    from .simulator import SoroushSimulator

Method = Callable[["SoroushSimulator", Bot, Form], Awaitable[Any]]

NO_KEYBOARD = Keyboard({})
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
)


class Refusal(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


# -- who and where


def chat_of(sim: SoroushSimulator, bot: Bot, form: Form, name: str = "chat_id") -> Chat:
    """A chat with a person exists when they wrote first; a group's when the bot is its member."""
    given = form.text(name)
    if given.startswith("@"):
        found = sim.world.named(given)
        chat = found if isinstance(found, Chat) else None
        person = None
    else:
        try:
            given = str(int(given))
        except ValueError:
            raise FormError(name, f"{name} must be a number or a username") from None
        chat = sim.world.chats.get(given) or sim.world.private(bot, given)
        person = sim.world.people.get(given)
    if chat is not None:
        if not chat.has(bot):
            raise Refusal(403, f"Forbidden: bot is not a member of the {chat.kind} chat")
        return chat
    if person is not None:
        raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
    raise Refusal(404, "Not Found: chat not found")


def chat_to_write_in(sim: SoroushSimulator, bot: Bot, form: Form) -> Chat:
    chat = chat_of(sim, bot, form)
    if chat.kind == "private" and chat.id in sim.lines[bot.id].stopped:
        raise Refusal(403, "Forbidden: bot was blocked by the user")
    if chat.kind == "channel" and not chat.is_admin(bot):
        raise Refusal(403, "Forbidden: need administrator rights in the channel chat")
    return chat


def message_of(chat: Chat, form: Form) -> Message:
    found = chat.by_id.get(str(form.integer("message_id")))
    if found is None:
        raise Refusal(404, "Not Found: message not found")
    return found


def words_of(form: Form, name: str, entities: str, least: int, most: int) -> tuple[str, str, list[Entity]]:
    """What was sent, what is shown of it, and its entities; the limit counts what is shown."""
    raw = form.text(name, "" if least == 0 else None)
    made = form.nested(entities)
    try:
        if made is not None and "parse_mode" in form:
            raise MarkupError("both parse_mode and entities are given")
        shown, found = parse(raw, form.text("parse_mode", ""))
        if made is not None:
            found = given_entities(shown, made)
    except MarkupError as error:
        raise FormError(name, f"can't parse entities: {error}") from None
    if len(shown) > most:
        raise FormError(name, "message is too long" if name == "text" else "message caption is too long")
    if least and not shown.strip():
        raise FormError(name, "message text is empty")
    return raw, shown, found


def reply_of(sim: SoroushSimulator, chat: Chat, form: Form, *, media: bool) -> str | None:
    """Only the classic field; a modern reply_parameters is not seen at all."""
    if "reply_to_message_id" not in form:
        return None
    if media and sim.options.media_replies != "works":
        if sim.options.media_replies == "refused":
            raise Refusal(400, "Bad Request: NOT_SUPPORTED")
        return None
    reply_to = str(form.integer("reply_to_message_id"))
    if reply_to in chat.by_id:
        return reply_to
    if not form.flag("allow_sending_without_reply"):
        raise Refusal(400, "Bad Request: reply message not found")
    return None


# -- sending


def _post(
    sim: SoroushSimulator,
    bot: Bot,
    chat: Chat,
    words: tuple[str, str, list[Entity]],
    kind: str,
    fields: dict[str, Any],
    reply_to: str | None,
    file: Upload | None = None,
    thing: Thing | None = None,
    keyboard: Keyboard = NO_KEYBOARD,
) -> Message:
    raw, shown, entities = words
    message = sim.world.post(
        chat,
        sim.next_message_id(chat),
        bot,
        shown,
        raw=raw,
        by="api",
        reply_to=reply_to,
        kind=kind,
        looks=looks_of(shown, entities),
        file=file,
        thing=thing,
        wire={"entities": entities, **fields},
    )
    keyboard.put(message)
    sim.tell(message)
    return message


async def send_message(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    chat = chat_to_write_in(sim, bot, form)
    words, keyboard = words_of(form, "text", "entities", 1, TEXT_LIMIT), keyboard_of(form, chat)
    reply_to = reply_of(sim, chat, form, media=False)
    return message_object(_post(sim, bot, chat, words, "text", {}, reply_to, keyboard=keyboard))


def send_media(kind: str, *, captioned: bool = True) -> Method:
    async def send(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
        chat = chat_to_write_in(sim, bot, form)
        words: tuple[str, str, list[Entity]] = ("", "", [])
        if captioned:
            words = words_of(form, "caption", "caption_entities", 0, CAPTION_LIMIT)
        keyboard, reply_to = keyboard_of(form, chat), reply_of(sim, chat, form, media=True)
        stored = _file(sim, kind, form.values.get(kind), form, form)
        content = (words, stored.kind, stored.fields(), reply_to, stored.upload)
        return message_object(_post(sim, bot, chat, *content, keyboard=keyboard))

    return send


def _file(sim: SoroushSimulator, kind: str, value: Any, about: Form, form: Form) -> StoredFile:
    """The file that `value` names: a part of `form`, which is called as the kind where nothing names it."""
    part = value.removeprefix("attach://") if isinstance(value, str) else kind
    return sim.files.given(kind, value, about, form.files.get(part))


def send_bare(kind: str, read: Callable[[Form], Thing]) -> Method:
    async def send(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
        chat = chat_to_write_in(sim, bot, form)
        thing = read(form)
        keyboard, reply_to = keyboard_of(form, chat), reply_of(sim, chat, form, media=True)
        content = thing_fields(kind, thing)
        sent = _post(sim, bot, chat, ("", "", []), kind, content, reply_to, thing=thing, keyboard=keyboard)
        return message_object(sent)

    return send


send_location = send_bare("location", location)
send_contact = send_bare("contact", contact)


async def send_media_group(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    chat = chat_to_write_in(sim, bot, form)
    items = form.nested("media")
    if not isinstance(items, list) or not 2 <= len(items) <= 10 or not all(isinstance(i, dict) for i in items):
        raise FormError("media", "media must be an array of 2 to 10 InputMedia")
    reply_to = reply_of(sim, chat, form, media=True)
    ready = []
    for item in items:
        if item.get("type") not in ("photo", "video", "document", "audio", "animation"):
            raise FormError("media", "wrong type of InputMedia")
        words = words_of(Form(item), "caption", "caption_entities", 0, CAPTION_LIMIT)
        ready.append((words, _file(sim, item["type"], item.get("media"), Form(item), form)))
    album = {"media_group_id": f"{chat.id.removeprefix('-')}{chat.counter + 1}"}
    return [
        message_object(_post(sim, bot, chat, words, file.kind, file.fields() | album, reply_to, file.upload))
        for words, file in ready
    ]


def _content(message: Message) -> dict[str, Any]:
    return {k: v for k, v in message.wire.items() if k not in ("reply_markup", "entities")}


async def forward_message(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    message = message_of(chat_of(sim, bot, form, "from_chat_id"), form)
    chat = chat_to_write_in(sim, bot, form)
    fields = _content(message) | {"forward_date": int(message.at)}
    if message.chat.kind == "channel":
        fields["forward_from_chat"] = chat_object(message.chat)
        fields["forward_from_message_id"] = int(message.message_id)
    elif message.sender is not None:
        fields["forward_from"] = user_object(message.sender)
    words = (message.raw, message.text, message.wire.get("entities", []))
    return message_object(_post(sim, bot, chat, words, message.kind, fields, None, message.file, message.thing))


async def copy_message(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    message = message_of(chat_of(sim, bot, form, "from_chat_id"), form)
    chat = chat_to_write_in(sim, bot, form)
    words = (message.raw, message.text, message.wire.get("entities", []))
    if message.kind != "text" and "caption" in form:
        words = words_of(form, "caption", "caption_entities", 0, CAPTION_LIMIT)
    content = (words, message.kind, _content(message), None, message.file)
    copy = _post(sim, bot, chat, *content, keyboard=keyboard_of(form, chat))
    return {"message_id": int(copy.message_id)}


async def send_chat_action(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    if not sim.options.chat_action_works:
        raise Refusal(400, "Bad Request: NOT_SUPPORTED")
    chat_of(sim, bot, form)
    if form.text("action") not in ACTIONS:
        raise FormError("action", "wrong parameter action in request")
    return True


# -- changing what was sent


def _own(sim: SoroushSimulator, bot: Bot, form: Form) -> Message:
    message = message_of(chat_of(sim, bot, form), form)
    if message.sender is not bot:
        raise Refusal(400, "Bad Request: message can't be edited")
    limit = sim.options.edit_seconds
    if limit and sim.world.clock() - message.at > limit:
        raise Refusal(400, "Bad Request: message can't be edited")
    return message


def _inline_of(form: Form, message: Message) -> Keyboard:
    """Only such a keyboard can be edited."""
    keyboard = keyboard_of(form, message.chat)
    if keyboard.bar is not None:
        raise FormError("reply_markup", "inline keyboard expected")
    return keyboard


def _changed(
    sim: SoroushSimulator, message: Message, words: tuple[str, str, list[Entity]], fields: dict[str, Any], form: Form
) -> dict[str, Any]:
    raw, shown, entities = words
    keyboard = _inline_of(form, message)
    content = _content(message) | {"entities": entities} | fields | keyboard.wire
    if (shown, content) == (message.text, message.wire):
        if sim.options.same_edit == "refused":
            raise Refusal(400, "Bad Request: message is not modified")
        return message_object(message)
    message.wire = content
    keyboard.put(message)
    sim.world.edit(message, shown, raw=raw, looks=looks_of(shown, entities))
    sim.tell(message, "edited_message")
    return message_object(message)


async def edit_message_text(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    message = _own(sim, bot, form)
    if message.kind != "text":
        raise Refusal(400, "Bad Request: there is no text in the message to edit")
    words = words_of(form, "text", "entities", 1, TEXT_LIMIT)
    return _changed(sim, message, words, {}, form)


async def edit_message_caption(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    message = _own(sim, bot, form)
    if message.kind == "text":
        raise Refusal(400, "Bad Request: there is no caption in the message to edit")
    words = words_of(form, "caption", "caption_entities", 0, CAPTION_LIMIT)
    return _changed(sim, message, words, {}, form)


async def edit_message_media(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    message = _own(sim, bot, form)
    item = form.nested("media")
    if not isinstance(item, dict) or message.kind == "text" or item.get("type") != message.kind:
        raise FormError("media", "can't use this media for the message")
    words = words_of(Form(item), "caption", "caption_entities", 0, CAPTION_LIMIT)
    stored = _file(sim, message.kind, item.get("media"), Form(item), form)
    message.file = stored.upload
    return _changed(sim, message, words, stored.fields(), form)


async def edit_message_reply_markup(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    message = _own(sim, bot, form)
    _inline_of(form, message).put(message)
    return message_object(message)


async def delete_message(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    """One's own, and as admin others' too; nobody is told by an update."""
    chat = chat_of(sim, bot, form)
    message = message_of(chat, form)
    if message.sender is not bot and not chat.is_admin(bot):
        raise Refusal(400, "Bad Request: message can't be deleted")
    sim.world.delete(message)
    return True


async def answer_callback_query(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    query, words = form.text("callback_query_id"), form.text("text", "")
    if len(words) > 200:
        raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
    if not sim.world.presses.answer(bot.id, query, words):
        raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    return True
