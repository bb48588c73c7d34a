"""Rubika's bot API on loopback, with the people and groups behind it.

`RubikaSimulator` is what happens there and who is told; `simulator_api` has the methods, `simulator_forms` what a
call may look like, `simulator_log` a bot's updates, `simulator_objects` what is in them. Run it with
`python -m bridge.platforms.rubika.simulator`; clients replace https://botapi.rubika.ir by the printed url.
"""

from __future__ import annotations

import random
import string
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Literal

from aiohttp import web

from bridge.platforms.simulation import (
    PLAIN,
    Bot,
    Button,
    Chat,
    ChatKind,
    ControlError,
    Extra,
    Look,
    Message,
    Person,
    Role,
    Simulator,
    Thing,
    Upload,
    run,
)

from .simulator_api import Api
from .simulator_endpoints import Endpoints
from .simulator_files import Files
from .simulator_forms import (
    INVALID_INPUT,
    Parameters,
    Refused,
    bad_input,
    looks_of,
    metadata_of,
    no_access,
    read_parameters,
)
from .simulator_keypads import Keypads
from .simulator_log import UpdateLog
from .simulator_objects import FILE_NAMES, KINDS, fields_of, made_up, membership_object, message_object, wire_id
from .simulator_options import RubikaOptions
from .simulator_things import origin_fields

ALPHANUMERICS = string.ascii_letters + string.digits
PREFIX = {"private": "b0", "group": "g0", "channel": "c0"}
FIRST_MESSAGE = 1_170_000_000_000_000_000
FIRST_COLLIDING_MESSAGE = 1_180_000_000_000_000_000


class RubikaSimulator(Simulator[RubikaOptions]):
    platform = "rubika"
    own_faults = frozenset(
        {"missing_data", "reset_offset", "forget_offset", "bare_file_id", "expired_link", "half_a_file"}
    )
    """missing_data: OK without `data` · reset_offset: getUpdates refuses its offset_id · forget_offset: it
    answers as if there were none · bare_file_id: an upload answers {"file_id"} without the envelope · expired_link: a
    download_url has run out · half_a_file: a download breaks off."""
    kinds = KINDS

    def __init__(
        self,
        options: RubikaOptions | None = None,
        *,
        clock: Callable[[], float] = time.time,
        chance: random.Random | None = None,
    ) -> None:
        super().__init__(options or RubikaOptions(), clock=clock)
        self._chance = chance or random.Random()
        self._api = Api(self)
        self._last_message = FIRST_MESSAGE
        self.endpoints = Endpoints(self)
        self._rates: dict[str, tuple[int, int]] = {}
        self.files = Files(self)
        self.logs: dict[str, UpdateLog] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.keypads = Keypads(self)

    # -- the wire

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.post("/v3/{token}/{method}", self.on_call),
            web.post("/upload/{key}", self.files.on_upload),
            web.get("/download/{key}", self.files.on_download),
        ]

    async def on_call(self, request: web.Request) -> web.StreamResponse:
        found = self._api.find(request.match_info["method"])
        name = found[0] if found else request.match_info["method"]
        values: dict[str, Any] = {}
        unreadable: Refused | None = None
        try:
            values = await read_parameters(request)
        except Refused as refused:
            unreadable = refused
        chat_id = self._chat_id(values.get("chat_id") or values.get("to_chat_id"))

        async def work() -> web.Response:
            try:
                if (bot := self.world.tokens.get(request.match_info["token"])) is None:
                    raise no_access("unknown token")
                self._count_call(bot)
                if found is None:
                    if self.options.unknown_method_as_page:
                        page = "<html><body><h1>404 Not Found</h1></body></html>"
                        return web.Response(status=404, text=page, content_type="text/html")
                    raise bad_input("unknown method")
                if unreadable is not None:
                    raise unreadable
                parameters = Parameters(
                    values,
                    nulls_refused=self.options.null_parameters == "refused",
                    utf16=self.options.limits_in_utf16,
                )
                data = found[1](bot, parameters)
            except Refused as refused:
                return self.error(refused.status, refused.words)
            if self.faults.take({"missing_data"}, name, chat_id):
                return web.json_response({"status": "OK"})
            return web.json_response({"status": "OK", "data": data})

        return await self.call(request, name, chat_id, work)

    def _chat_id(self, given: Any) -> str | None:
        """What the control interface calls this chat."""
        if not isinstance(given, str):
            return None
        named = self.world.named(given) if given.startswith("@") else None
        return named.id if named else given

    def _count_call(self, bot: Bot) -> None:
        if not (most := self.options.calls_per_second):
            return
        second = int(self.world.clock())
        before, count = self._rates.get(bot.id, (second, 0))
        count = count + 1 if before == second else 1
        self._rates[bot.id] = (second, count)
        if count > most:
            raise Refused("TOO_REQUESTS", "too many requests")

    def error(self, status: str, words: str, http_status: int = 200) -> web.Response:
        if self.options.error_form == "error_code":
            body = {"status": "error", "error_code": status, "error_message": words}
        else:
            body = {"status": status, "dev_message": words}
        return web.json_response(body, status=http_status)

    def refusal(self, status: int, words: str) -> web.Response:
        return self.error("SERVER_ERROR" if status >= 500 else INVALID_INPUT, words, status)

    def flood(self, retry_after: int | None, *, plain_text: bool) -> web.Response:
        """There is never a delay to read here, so `retry_after` goes unsaid."""
        if plain_text:
            return web.Response(status=429, text="Too Many Requests")
        return self.error("TOO_REQUESTS", "too many requests")

    # -- telling the bots

    def pending(self) -> int:
        return self.endpoints.pending() + sum(log.pending() for log in self.logs.values())

    def put(self, bot: Bot, kind: str, chat: Chat, **payload: Any) -> None:
        self.deliver(bot, self.update_object(kind, chat, payload))

    def update_object(self, kind: str, chat: Chat, payload: dict[str, Any]) -> dict[str, Any]:
        update = {"type": kind, "chat_id": chat.id, "update_time": int(self.world.clock()), **payload}
        if self.options.extra_keys:
            update["new_in_the_next_version"] = {"level": [1]}
        return update

    def deliver(self, bot: Bot, update: Any) -> None:
        if not self.endpoints.put(bot, "ReceiveUpdate", {"update": update}):
            self.logs[bot.id].append(update)

    def tell(self, chat: Chat, kind: str, author: Person | None, **payload: Any) -> None:
        """To every bot in the chat that hears it."""
        for bot in chat.bots.values():
            if bot is author and not self.options.echo_own:
                continue
            deaf = self.options.sees_all == "admin_only" and chat.kind != "private"
            if not deaf or chat.is_admin(bot):
                self.put(bot, kind, chat, **payload)

    # -- messages, whoever writes them

    def post(
        self,
        chat: Chat,
        sender: Person,
        text: str,
        *,
        by: Literal["person", "api"],
        kind: str = "text",
        reply_to: str | None = None,
        fields: dict[str, Any],
        keypad: dict[str, Any] | None = None,
        file: Upload | None = None,
        thing: Thing | None = None,
    ) -> Message:
        if self.options.message_ids_collide:
            message_id = FIRST_COLLIDING_MESSAGE + chat.next_number()
        else:
            message_id = self._last_message = self._last_message + self._chance.randint(1, 10**6)
        message = self.world.post(
            chat,
            str(message_id),
            sender,
            text,
            by=by,
            reply_to=reply_to,
            kind=kind,
            looks=looks_of(text, fields.get("metadata")),
            file=file,
            thing=thing,
            wire={"fields": fields},
        )
        self.keypads.stand_below(message, keypad)
        if chat.bots:
            self.tell(chat, "NewMessage", sender, new_message=message_object(message, self.options))
        return message

    def edit(self, message: Message, text: str, metadata: dict[str, Any] | None) -> None:
        kept = {name: value for name, value in message.wire["fields"].items() if name != "metadata"}
        message.wire["fields"] = kept | ({"metadata": metadata} if metadata else {})
        self.world.edit(message, text, looks=looks_of(text, metadata))
        self.tell(message.chat, "UpdatedMessage", message.sender, updated_message=message_object(message, self.options))

    def remove(self, message: Message, author: Person | None) -> None:
        self.world.delete(message)
        removed = wire_id(message.message_id, self.options)
        self.tell(message.chat, "RemovedMessage", author, removed_message_id=removed)

    # -- what people do

    def _id(self, prefix: str) -> str:
        return prefix + "".join(self._chance.choices(ALPHANUMERICS, k=30))

    def new_bot(self, name: str, username: str | None) -> Bot:
        token = "".join(self._chance.choices(string.ascii_uppercase + string.digits, k=64))
        bot = Bot(self._id("u0"), name, username or f"bot_{len(self.logs) + 1}_bot", True, token=token)
        self.logs[bot.id] = UpdateLog(self.world.clock, lambda: self.options.retained_updates)
        return bot

    def new_person(self, name: str, username: str | None, *, is_bot: bool) -> Person:
        return Person(self._id("u0"), name, username, is_bot)

    def new_chat(self, kind: ChatKind, title: str, username: str | None) -> Chat:
        return Chat(self._id(PREFIX[kind]), kind, title, username)

    def person_said(
        self,
        chat: Chat,
        person: Person,
        text: str,
        reply_to: Message | None,
        kind: str,
        looks: tuple[Look, ...] = (),
        file: Upload | None = None,
        extra: Extra = PLAIN,
    ) -> Message:
        if chat.bot is not None and not chat.has(chat.bot):
            raise ControlError("the bot is stopped in this chat")
        reply = reply_to.message_id if reply_to else None
        sent = (file or made_up(kind)) if kind in FILE_NAMES else None
        stored = None
        if sent is not None:
            sent = replace(sent, filename=sent.filename or FILE_NAMES[kind])
            stored = self.files.keep(kind, sent)
        fields = fields_of(kind, person, text, stored, extra.thing, self.options)
        if extra.author is not None:
            fields |= origin_fields(extra.author, self.options)
        if looks:
            fields["metadata"] = metadata_of(text, looks)
        return self.post(
            chat,
            person,
            text,
            by="person",
            kind=kind,
            reply_to=reply,
            fields=fields,
            file=sent,
            thing=extra.thing,
        )

    def role_changed(self, chat: Chat, person: Person, before: Role, after: Role) -> None:
        """A bot is told of its own membership; nobody is told of anybody else's."""
        if not isinstance(person, Bot):
            return
        self.put(person, "EventData", chat, event_data=membership_object(before, after))

    def person_edited(self, message: Message, text: str, looks: tuple[Look, ...] = ()) -> None:
        if message.by != "person":
            raise ControlError("people edit their own messages only")
        self.edit(message, text, metadata_of(text, looks) if looks else None)

    def person_deleted(self, message: Message) -> None:
        self.remove(message, author=None)

    def person_started(self, person: Person, bot: Bot, payload: str | None) -> Chat:
        """Every pair of a person and a bot has a chat id of its own."""
        if (chat := self.world.private(bot, person.id)) is None:
            chat = Chat(self._id("b0"), "private", person.name, person=person, bot=bot)
            self.world.add_chat(chat)
        self.world.set_role(chat, bot, "member")
        self.put(bot, "StartedBot", chat)
        if self.options.start_message or payload is not None:
            fields = {} if payload is None else {"aux_data": {"start_id": payload}}
            self.post(chat, person, "/start", by="person", fields=fields)
        return chat

    def person_stopped(self, person: Person, bot: Bot) -> None:
        chat = self.world.private(bot, person.id)
        if chat is None or not chat.has(bot):
            raise ControlError("this person has not started the bot")
        self.put(bot, "StoppedBot", chat)
        self.world.set_role(chat, bot, "left")

    def person_pressed(self, message: Message, person: Person, button: str) -> None:
        self.keypads.pressed(message, person, button)

    def person_tapped(self, chat: Chat, person: Person, button: Button) -> None:
        self.keypads.tapped(chat, person, button)

    def number_shared(self, chat: Chat, person: Person) -> Message:
        return self.keypads.number_shared(chat, person)

    def put_raw(self, bot: Bot, raw: Any, *, numbered: bool) -> None:
        """Updates carry no number of their own here."""
        self.deliver(bot, raw)


if __name__ == "__main__":
    raise SystemExit(run(RubikaSimulator()))
