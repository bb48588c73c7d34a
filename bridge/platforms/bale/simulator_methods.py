"""The methods of Bale's Bot API, each by its name in lower case: Bale does not tell cases apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridge.platforms.simulation import Bot, Chat, Form, FormError, chats_turned_round

from . import simulator_sending as sending
from .simulator_media import DOWNLOAD_LIMIT, MEDIA_KINDS
from .simulator_objects import chat_object, member_object, user_object
from .simulator_sending import Method, Refusal, chat_id_of, group_of, no_such_chat, place_of

if TYPE_CHECKING:
    from .simulator import BaleSimulator

LONGEST_POLL = 600
WEBHOOK_PORTS = (443, 88)


# -- chats and members


async def get_me(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    return user_object(bot)


async def get_chat(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    place = place_of(sim, bot, form)
    face = sim.faces_of.of(place.id)
    if isinstance(place, Chat):
        return chat_object(place) | face
    return {"type": "private"} | {k: v for k, v in user_object(place).items() if k != "is_bot"} | face


async def get_chat_member(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    chat = group_of(sim, bot, form)
    if not chat.is_admin(bot):
        raise Refusal(403, "Forbidden: permission_denied")
    person = sim.world.people.get(chat_id_of(form, "user_id"))
    if person is None:
        raise no_such_chat(sim)
    return member_object(person, chat.role(person), in_channel=chat.kind == "channel")


async def get_chat_administrators(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    chat = group_of(sim, bot, form)
    return [
        member_object(sim.world.people[member], role, in_channel=chat.kind == "channel")
        for member, role in chat.members.items()
        if role in ("creator", "admin")
    ]


async def get_chat_members_count(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    return len(group_of(sim, bot, form).members)


async def leave_chat(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    sim.set_role(group_of(sim, bot, form), bot, "left")
    return True


# -- receiving


async def get_updates(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    """Asking from a number confirms what is below; a negative one keeps that many of the last."""
    offset, limit, timeout = form.integer("offset", 0), form.integer("limit", 100), form.integer("timeout", 0)
    if not 1 <= limit <= 100:
        raise FormError("limit", "limit: must be between 1 and 100")
    if timeout < 0:
        raise FormError("timeout", "timeout: must be a valid value")
    line, queue = sim.lines[bot.id], sim.lines[bot.id].queue
    if sim.options.poller_conflict and line.webhook is not None:
        raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
    if sim.options.poller_conflict and queue.pollers:
        raise Refusal(409, "Conflict: terminated by other getUpdates request")
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


async def set_webhook(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    url = form.text("url", "")
    if url and not sim.options.webhook_anywhere:
        try:
            parts = urlsplit(url)
            allowed = parts.scheme == "https" and (parts.port or 443) in WEBHOOK_PORTS
        except ValueError:
            allowed = False
        if not allowed:
            raise FormError("url", "url: must be https on port 443 or 88")
    sim.set_webhook(bot, url)
    return True


async def delete_webhook(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    """`drop_pending_updates` is ignored: what waits is still to be asked for."""
    sim.set_webhook(bot, "")
    return True


async def get_webhook_info(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    webhook = sim.lines[bot.id].webhook
    return {"url": webhook.url if webhook else ""}


async def get_file(sim: BaleSimulator, bot: Bot, form: Form) -> Any:
    stored = sim.files.find(form.text("file_id"))
    if stored is None:
        raise FormError("file_id", "wrong file identifier specified")
    if stored.size > DOWNLOAD_LIMIT:
        raise Refusal(400, "Bad Request: file is too big")
    sim.files.link(stored)
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
        "file_path": stored.file_id,
    }


METHODS: dict[str, Method] = {
    "getme": get_me,
    "getupdates": get_updates,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "sendmessage": sending.send_message,
    **{f"send{kind}": sending.send_media(kind) for kind in MEDIA_KINDS},
    "sendmediagroup": sending.send_media_group,
    "sendlocation": sending.send_location,
    "sendcontact": sending.send_contact,
    "sendchataction": sending.send_chat_action,
    "forwardmessage": sending.forward_message,
    "copymessage": sending.copy_message,
    "editmessagetext": sending.edit("text", 1),
    "editmessagecaption": sending.edit("caption", 0),
    "editmessagereplymarkup": sending.edit(None, 0),
    "pinchatmessage": sending.pin(True),
    "unpinchatmessage": sending.pin(False),
    "deletemessage": sending.delete_message,
    "answercallbackquery": sending.answer_callback_query,
    "getchat": get_chat,
    "getchatmember": get_chat_member,
    "getchatadministrators": get_chat_administrators,
    "getchatmemberscount": get_chat_members_count,
    "getchatmembercount": get_chat_members_count,
    "leavechat": leave_chat,
    "getfile": get_file,
}
