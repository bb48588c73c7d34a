"""The methods of Soroush Plus's Bot API, each by its exact name, with what the vendor says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridge.platforms.simulation import Bot, Form, FormError, chats_turned_round

from . import simulator_sending as sending
from .simulator_media import DOWNLOAD_LIMIT
from .simulator_objects import chat_object, member_object, user_object
from .simulator_sending import Method, Refusal, chat_of

if TYPE_CHECKING:
    from .simulator import SoroushSimulator

LONGEST_POLL = 600
UPDATE_KINDS = ("message", "edited_message", "callback_query")


async def get_me(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    return user_object(bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not sim.options.privacy,
        "supports_inline_queries": False,
    }


async def nothing_to_do(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    return True


async def not_supported(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    """«به‌زودی»: in the vendor's list, and answered with a refusal."""
    raise Refusal(400, "Bad Request: NOT_SUPPORTED")


# -- receiving


def _remember_kinds(sim: SoroushSimulator, bot: Bot, form: Form) -> None:
    kinds = form.nested("allowed_updates")
    if kinds is None:
        return
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise FormError("allowed_updates", "can't parse allowed_updates as an array of strings")
    sim.lines[bot.id].kinds = frozenset(kinds or UPDATE_KINDS)


async def get_updates(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    """Asking from the last number + 1 confirms what is below it."""
    offset, limit, timeout = form.integer("offset", 0), form.integer("limit", 100), form.integer("timeout", 0)
    if not 1 <= limit <= 100 or timeout < 0:
        raise FormError("limit", "limit must be 1 to 100, timeout not negative")
    line, queue = sim.lines[bot.id], sim.lines[bot.id].queue
    if line.webhook is not None:
        raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
    if queue.pollers:
        raise Refusal(409, "Conflict: terminated by other getUpdates request")
    _remember_kinds(sim, bot, form)
    queue.pollers += 1
    try:
        if offset > 0:
            queue.confirm_below(offset)
        elif offset < 0:
            queue.keep_last(-offset)
        again: list[Any] = []
        if queue.last_batch and sim.faults.take({"repeat_updates"}, "getUpdates"):
            again = queue.last_batch
        if not again and not len(queue) and timeout:
            await queue.wait(min(timeout, LONGEST_POLL))
        batch = queue.batch(limit)
        if len(batch) > 1 and sim.faults.take({"reorder_updates"}, "getUpdates"):
            batch = chats_turned_round(batch)
        queue.last_batch = batch or queue.last_batch
        return again + batch
    finally:
        queue.pollers -= 1


async def set_webhook(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    url = form.text("url", "")
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if url and scheme != "https" and not sim.options.webhook_anywhere:
        raise FormError("url", "bad webhook: an HTTPS URL must be provided for webhook")
    _remember_kinds(sim, bot, form)
    if form.flag("drop_pending_updates"):
        sim.lines[bot.id].queue.clear()
    sim.set_webhook(bot, url)
    return True


async def delete_webhook(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    if form.flag("drop_pending_updates"):
        sim.lines[bot.id].queue.clear()
    sim.set_webhook(bot, "")
    return True


async def get_webhook_info(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    line = sim.lines[bot.id]
    found: dict[str, Any] = {
        "url": line.webhook.url if line.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(line.queue),
    }
    if line.webhook is not None and line.webhook.last_error is not None:
        found["last_error_message"] = line.webhook.last_error
    return found


async def get_file(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    stored = sim.files.find(form.text("file_id"))
    if stored is None:
        raise FormError("file_id", "invalid file_id")
    size = len(stored.upload.body)
    if size > DOWNLOAD_LIMIT:
        raise Refusal(400, "Bad Request: file is too big")
    return stored.ids() | {"file_size": size, "file_path": stored.path}


# -- commands


def _scope(form: Form) -> str:
    scope = form.nested("scope")
    if scope is None:
        scope = {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind not in ("default", "all_private_chats", "chat"):
        raise FormError("scope", "can't parse BotCommandScope")
    return f"{kind}/{scope.get('chat_id', '')}"


async def set_my_commands(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    given = form.nested("commands")
    if not isinstance(given, list) or not 1 <= len(given) <= 100:
        raise FormError("commands", "commands must be an array of 1 to 100")
    for each in given:
        if not isinstance(each, dict) or not all(isinstance(each.get(k), str) for k in ("command", "description")):
            raise FormError("commands", "can't parse BotCommand")
    sim.lines[bot.id].commands[_scope(form)] = given
    return True


async def get_my_commands(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    return sim.lines[bot.id].commands.get(_scope(form), [])


async def delete_my_commands(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    sim.lines[bot.id].commands.pop(_scope(form), None)
    return True


# -- chats and members


async def get_chat(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    if not sim.options.get_chat_works:
        raise Refusal(400, "Bad Request: NOT_SUPPORTED")
    return chat_object(chat_of(sim, bot, form))


def unproven(method: Method) -> Method:
    """A method that the vendor's page lacks and some libraries have."""

    async def asked(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
        if not sim.options.member_methods:
            raise Refusal(404, "Not Found: method not found")
        return await method(sim, bot, form)

    return asked


async def get_chat_member(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    chat = chat_of(sim, bot, form)
    person = sim.world.people.get(str(form.integer("user_id")))
    if person is None:
        raise Refusal(404, "Not Found: user not found")
    return member_object(person, chat.role(person))


async def get_chat_administrators(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    chat = chat_of(sim, bot, form)
    return [
        member_object(sim.world.people[member], role)
        for member, role in chat.members.items()
        if role in ("creator", "admin")
    ]


async def get_chat_member_count(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    return len(chat_of(sim, bot, form).members)


async def leave_chat(sim: SoroushSimulator, bot: Bot, form: Form) -> Any:
    chat = chat_of(sim, bot, form)
    if chat.kind == "private":
        raise Refusal(400, "Bad Request: a private chat can't be left")
    sim.set_role(chat, bot, "left")
    return True


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "logOut": nothing_to_do,
    "close": nothing_to_do,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": sending.send_message,
    "forwardMessage": sending.forward_message,
    "copyMessage": sending.copy_message,
    "sendPhoto": sending.send_media("photo"),
    "sendAudio": sending.send_media("audio"),
    "sendDocument": sending.send_media("document"),
    "sendVideo": sending.send_media("video"),
    "sendAnimation": sending.send_media("animation"),
    "sendVoice": sending.send_media("voice"),
    "sendVideoNote": sending.send_media("video_note", captioned=False),
    "sendSticker": sending.send_media("sticker", captioned=False),
    "sendMediaGroup": sending.send_media_group,
    "sendLocation": sending.send_location,
    "sendContact": sending.send_contact,
    "getFile": get_file,
    "answerCallbackQuery": sending.answer_callback_query,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "editMessageText": sending.edit_message_text,
    "editMessageCaption": sending.edit_message_caption,
    "editMessageMedia": sending.edit_message_media,
    "editMessageReplyMarkup": sending.edit_message_reply_markup,
    "deleteMessage": sending.delete_message,
    "sendChatAction": sending.send_chat_action,
    "getChat": get_chat,
    "pinChatMessage": not_supported,
    "unpinChatMessage": not_supported,
    "getUserProfilePhotos": not_supported,
    "getStickerSet": not_supported,
    "getChatMember": unproven(get_chat_member),
    "getChatAdministrators": unproven(get_chat_administrators),
    "getChatMemberCount": unproven(get_chat_member_count),
    "leaveChat": unproven(leave_chat),
}
