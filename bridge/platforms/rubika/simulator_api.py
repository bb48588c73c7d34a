"""The methods of the simulated Rubika bot API: what each asks for, refuses, does and answers.

Source: the official list of 19 methods, and getChatMember; names met only in single clients do not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bridge.platforms.simulation import Bot, Chat, ControlError, Message, Thing, Upload, chats_turned_round

from .simulator_files import LIMITS
from .simulator_forms import CAPTION_LIMIT, TEXT_LIMIT, Parameters, bad_input, no_access
from .simulator_log import CURSOR
from .simulator_objects import ALL_RIGHTS, wire_id
from .simulator_things import origin_object, poll_object

if TYPE_CHECKING:
    from .simulator import RubikaSimulator

Method = Callable[[Bot, Parameters], dict[str, Any]]

ENDPOINTS = frozenset(
    ("ReceiveUpdate", "ReceiveInlineMessage", "ReceiveQuery", "GetSelectionItem", "SearchSelectionItems")
)
STATUS = {"creator": "Creator", "admin": "Admin", "member": "Member"}


class Api:
    """Methods by name; each takes the bot of the token and the parameters, and gives `data`. Raises Refused."""

    def __init__(self, simulator: RubikaSimulator) -> None:
        self._sim = simulator
        named: dict[str, Method] = {
            "getMe": self.get_me,
            "sendMessage": self.send_message,
            "sendPoll": self.send_poll,
            "sendLocation": self.send_location,
            "sendContact": self.send_contact,
            "sendFile": self.send_file,
            "getChat": self.get_chat,
            "getChatMember": self.get_chat_member,
            "getUpdates": self.get_updates,
            "forwardMessage": self.forward_message,
            "editMessageText": self.edit_message_text,
            # The official heading has the first name, the sample beneath it the second.
            "editMessageKeypad": self.edit_message_keypad,
            "editInlineKeypad": self.edit_message_keypad,
            "deleteMessage": self.delete_message,
            "setCommands": self.set_commands,
            "updateBotEndpoints": self.update_bot_endpoints,
            "editChatKeypad": self.edit_chat_keypad,
            "requestSendFile": self.request_send_file,
            "getFile": self.get_file,
            "banChatMember": self.ban_chat_member,
            "unbanChatMember": self.unban_chat_member,
        }
        self._methods = {name.lower(): (name, method) for name, method in named.items()}

    def find(self, name: str) -> tuple[str, Method] | None:
        """In any letter case, as one widespread client relies on."""
        return self._methods.get(name.lower())

    # -- what most of them need

    def _chat(self, bot: Bot, parameters: Parameters, name: str = "chat_id", *, writes: bool = False) -> Chat:
        chat_id = parameters.text(name, 64)
        world = self._sim.world
        try:
            found = world.named(chat_id) if chat_id.startswith("@") else world.chat(chat_id)
        except ControlError:
            found = None
        if not isinstance(found, Chat):
            raise bad_input(f"unknown {name}")
        if not found.has(bot):
            raise no_access(f"the bot is not in {name}")
        if writes and found.kind == "channel" and not found.is_admin(bot):
            raise no_access("only an admin writes in a channel")
        return found

    def _message(self, chat: Chat, message_id: str) -> Message:
        if (message := chat.by_id.get(message_id)) is None:
            raise bad_input("unknown message_id")
        return message

    def _send(
        self,
        bot: Bot,
        chat: Chat,
        parameters: Parameters,
        text: str,
        *,
        kind: str = "text",
        fields: dict[str, Any] | None = None,
        file: Upload | None = None,
        thing: Thing | None = None,
    ) -> dict[str, Any]:
        reply_to = parameters.maybe_text("reply_to_message_id", 64, 1)
        if reply_to is not None and reply_to not in chat.by_id:
            raise bad_input("unknown reply_to_message_id")
        parameters.flag("disable_notification")
        inline = parameters.keypad("inline_keypad")
        self._set_chat_keypad(chat, parameters, required=False)
        message = self._sim.post(
            chat,
            bot,
            text,
            by="api",
            kind=kind,
            reply_to=reply_to,
            fields=fields or {},
            keypad=inline,
            file=file,
            thing=thing,
        )
        return {"message_id": wire_id(message.message_id, self._sim.options)}

    def _set_chat_keypad(self, chat: Chat, parameters: Parameters, *, required: bool) -> None:
        choices = {"New", "Remove"} if required else {"None", "New", "Remove"}
        kind = parameters.choice("chat_keypad_type", frozenset(choices), None if required else "None")
        keypad = parameters.keypad("chat_keypad")
        if (keypad is not None) != (kind == "New"):
            raise bad_input('chat_keypad goes together with chat_keypad_type "New"')
        if kind != "None" and chat.kind != "private":
            raise bad_input("a chat keypad is for private chats")
        if kind != "None":
            self._sim.keypads.stand_in(chat, keypad)

    # -- the methods

    def get_me(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        return {
            "bot": {
                "bot_id": bot.id,
                "bot_title": bot.name,
                "avatar": {"file_id": ""},
                "description": "",
                "username": bot.username,
                "start_message": "",
                "share_url": f"https://rubika.ir/{bot.username}",
            }
        }

    def send_message(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        chat = self._chat(bot, parameters, writes=True)
        text = parameters.text("text", TEXT_LIMIT)
        metadata = parameters.metadata(text)
        return self._send(bot, chat, parameters, text, fields={"metadata": metadata} if metadata else None)

    def send_poll(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        chat = self._chat(bot, parameters, writes=True)
        question = parameters.text("question", 255)
        options = parameters.strings("options", 2, 10, 100)
        parameters.choice("type", frozenset(("Regular", "Quiz")), "Regular")
        poll = poll_object(question, options)
        thing = {"question": question, "options": options, "several": False, "closed": False}
        return self._send(bot, chat, parameters, "", kind="poll", fields={"poll": poll}, thing=thing)

    def send_location(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        chat = self._chat(bot, parameters, writes=True)
        latitude, longitude = parameters.number("latitude", 90), parameters.number("longitude", 180)
        fields = {"location": {"longitude": longitude, "latitude": latitude}}
        thing = {"latitude": float(latitude), "longitude": float(longitude), "title": ""}
        return self._send(bot, chat, parameters, "", kind="location", fields=fields, thing=thing)

    def send_contact(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        chat = self._chat(bot, parameters, writes=True)
        contact = {
            "phone_number": parameters.text("phone_number", 32),
            "first_name": parameters.text("first_name", 255),
            "last_name": parameters.maybe_text("last_name", 255) or "",
        }
        name = f"{contact['first_name']} {contact['last_name']}".strip()
        thing = {"name": name, "phone": contact["phone_number"]}
        return self._send(bot, chat, parameters, "", kind="contact", fields={"contact_message": contact}, thing=thing)

    def send_file(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        chat = self._chat(bot, parameters, writes=True)
        if (stored := self._sim.files.get(parameters.text("file_id", 256))) is None:
            raise bad_input("unknown file_id")
        caption = parameters.maybe_text("text", CAPTION_LIMIT) or ""
        metadata = parameters.metadata(caption)
        fields = {"file": stored.shown(), **({"metadata": metadata} if metadata else {})}
        return self._send(bot, chat, parameters, caption, kind=stored.kind, fields=fields, file=stored.upload)

    def get_chat(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        """Only a private chat tells a person's name."""
        chat = self._chat(bot, parameters)
        shown: dict[str, Any] = {"chat_id": chat.id}
        if (person := chat.person) is not None:
            first, _, last = person.name.partition(" ")
            shown |= {"chat_type": "Bot" if person.is_bot else "User", "user_id": person.id}
            shown |= {"first_name": first, "last_name": last}
            username = person.username
        else:
            shown |= {"chat_type": chat.kind.capitalize(), "title": chat.title}
            username = chat.username
        return {"chat": shown | ({"username": username} if username else {})}

    def get_chat_member(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        """No name here."""
        chat = self._chat(bot, parameters)
        user_id = parameters.text("user_id", 64)
        if (role := chat.members.get(user_id)) is None:
            raise no_access("not a member")
        member: dict[str, Any] = {"user_id": user_id, "status": STATUS[role]}
        if role == "admin":
            member["access_list"] = list(ALL_RIGHTS)
        return {"chat_member": member}

    def get_updates(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        """Answers at once. Asking from a cursor confirms it; without one everything retained comes again."""
        faults, options, log = self._sim.faults, self._sim.options, self._sim.logs[bot.id]
        limit = parameters.whole("limit", 1, 100, 100)
        offset = parameters.maybe_text("offset_id", 64)
        if offset is not None:
            handed_out = offset == log.asked_from or log.knows(offset)
            unknown = options.unknown_offset_refused and not handed_out
            if not CURSOR.fullmatch(offset) or unknown or faults.take({"reset_offset"}, "getUpdates"):
                raise bad_input("bad offset_id")
        forgotten = offset is not None and faults.take({"forget_offset"}, "getUpdates") is not None
        log.asked_from = cursor = "" if forgotten else offset or ""
        if options.forget_confirmed:
            log.forget_until(cursor)
        if self._sim.endpoints.has(bot, "ReceiveUpdate"):
            batch, last = list[Any](), None
        else:
            batch, last = log.after(cursor, limit)
        if len(batch) > 1 and faults.take({"reorder_updates"}, "getUpdates"):
            batch = chats_turned_round(batch)
        updates = batch
        if log.last_batch and faults.take({"repeat_updates"}, "getUpdates"):
            updates = log.last_batch + batch
        if batch:
            log.last_batch = batch
        data: dict[str, Any] = {"updates": updates}
        if last is not None:
            data["next_offset_id"] = last
        elif options.next_offset_when_empty == "empty":
            data["next_offset_id"] = ""
        elif options.next_offset_when_empty == "repeat" and offset is not None:
            data["next_offset_id"] = offset
        return data

    def forward_message(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        origin = self._chat(bot, parameters, "from_chat_id")
        target = self._chat(bot, parameters, "to_chat_id", writes=True)
        message = self._message(origin, parameters.message_id())
        parameters.flag("disable_notification")
        fields = dict(message.wire["fields"])
        fields.setdefault("forwarded_from", origin_object(message))
        copy = self._sim.post(target, bot, message.text, by="api", kind=message.kind, fields=fields, file=message.file)
        return {"new_message_id": wire_id(copy.message_id, self._sim.options)}

    def edit_message_text(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        chat = self._chat(bot, parameters)
        message = self._message(chat, parameters.message_id())
        if message.sender is not bot:
            raise no_access("only own messages can be edited")
        text = parameters.text("text", TEXT_LIMIT if message.kind == "text" else CAPTION_LIMIT)
        metadata = parameters.metadata(text)
        options = self._sim.options
        if options.edit_seconds and self._sim.world.clock() - message.at > options.edit_seconds:
            raise no_access("too late to edit this message")
        keypad = parameters.keypad("inline_keypad") or message.wire["keypad"]
        if (text, metadata, keypad) == (
            message.text,
            message.wire["fields"].get("metadata"),
            message.wire["keypad"],
        ):
            if options.same_edit == "refused":
                raise bad_input("message is not modified")
            return {}
        self._sim.keypads.stand_below(message, keypad)
        self._sim.edit(message, text, metadata)
        return {}

    def edit_message_keypad(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        chat = self._chat(bot, parameters)
        message = self._message(chat, parameters.message_id())
        if message.sender is not bot:
            raise no_access("only own messages can be edited")
        if (keypad := parameters.keypad("inline_keypad")) is None:
            raise bad_input("inline_keypad is missing")
        if chat.kind != "private":
            raise bad_input("keypads of messages are edited in private chats only")
        self._sim.keypads.stand_below(message, keypad)
        return {}

    def delete_message(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        chat = self._chat(bot, parameters)
        message = self._message(chat, parameters.message_id())
        if message.sender is not bot and (chat.kind == "private" or not chat.is_admin(bot)):
            raise no_access("no right to delete this message")
        self._sim.remove(message, author=bot)
        return {}

    def set_commands(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        self._sim.commands[bot.id] = parameters.commands()
        return {}

    def update_bot_endpoints(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        url = parameters.text("url", 2048, 0)
        kind = parameters.choice("type", ENDPOINTS)
        return {"status": "Done" if self._sim.endpoints.set(bot, kind, url) else "InvalidUrl"}

    def edit_chat_keypad(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        self._set_chat_keypad(self._chat(bot, parameters), parameters, required=True)
        return {}

    def request_send_file(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        kind = parameters.choice("type", frozenset(LIMITS))
        return {"upload_url": self._sim.files.upload_url(kind)}

    def get_file(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        if (stored := self._sim.files.get(parameters.text("file_id", 256))) is None:
            raise bad_input("unknown file_id")
        return {"download_url": self._sim.files.download_url(stored)}

    def ban_chat_member(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        chat, user_id = self._moderated(bot, parameters)
        if (role := chat.members.get(user_id)) is None:
            raise no_access("not a member")
        if role == "creator":
            raise no_access("the creator stays")
        self._sim.set_role(chat, self._sim.world.person(user_id), "left")
        return {}

    def unban_chat_member(self, bot: Bot, parameters: Parameters) -> dict[str, Any]:
        self._moderated(bot, parameters)
        return {}

    def _moderated(self, bot: Bot, parameters: Parameters) -> tuple[Chat, str]:
        chat = self._chat(bot, parameters)
        user_id = parameters.text("user_id", 64)
        if chat.kind == "private" or user_id not in self._sim.world.people:
            raise bad_input("a group or channel and one of its people is needed")
        if not chat.is_admin(bot):
            raise no_access("the bot is not an admin")
        return chat, user_id
