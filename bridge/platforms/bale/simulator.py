"""A Bale of your own on loopback: its Bot API as bots see it, and its people.

Bale forgets updates beyond 2,000 or older than 24 hours, numbers messages per chat from 1 and updates per bot
from 0, shows every text as its own markdown, ignores parameters that it does not know, and tells bots nothing
of deletions.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from bridge.platforms.simulation import (
    PLAIN,
    Bot,
    Button,
    Chat,
    ChatKind,
    ControlError,
    Extra,
    FormError,
    Look,
    Message,
    Person,
    Role,
    Simulator,
    TooLarge,
    UpdateQueue,
    Upload,
    Verb,
    Webhook,
    read_form,
    run,
)

from .simulator_faces import Faces
from .simulator_keyboards import Keyboards
from .simulator_media import DOWNLOAD_LIMIT, MEDIA_KINDS, UPLOAD_LIMIT, Files, FileTooLarge
from .simulator_methods import METHODS
from .simulator_objects import message_object, user_object
from .simulator_options import BaleOptions
from .simulator_sending import Refusal
from .simulator_text import looks_of, shown, typed
from .simulator_things import origin, thing_fields

KEEP_UPDATES = 2000
KEEP_SECONDS = 24 * 3600.0
BODY_LIMIT = UPLOAD_LIMIT + 1024 * 1024


@dataclass(slots=True, eq=False)
class Line:
    """How one bot gets its updates, and what the server remembers about it."""

    queue: UpdateQueue
    webhook: Webhook | None = None
    pushing: asyncio.Task[None] | None = None
    stopped: set[str] = field(default_factory=set)
    """People who stopped the bot."""
    sends: dict[str, deque[float]] = field(default_factory=dict)


class BaleSimulator(Simulator[BaleOptions]):
    platform = "bale"
    kinds = frozenset({"text", "location", "contact", "poll", *MEDIA_KINDS})

    def __init__(self, options: BaleOptions | None = None, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(options or BaleOptions(), clock=clock)
        self.files = Files(clock)
        self.faces_of = Faces(self)
        self.keyboards = Keyboards(self)
        self.lines: dict[str, Line] = {}
        self._people = 0
        self._groups = 0
        self._outgoing: aiohttp.ClientSession | None = None

    # -- the wire

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self._on_call),
            web.get("/file/bot{token}/{path:.+}", self._on_file),
        ]

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        bot = self.world.tokens.get(request.match_info["token"])
        method = METHODS.get(name.lower())
        try:
            form = await read_form(request, BODY_LIMIT)
        except TooLarge:
            return await self.call(request, name, None, lambda: self._answer_with(413, "Request Entity Too Large"))
        except FormError as error:
            words = f"Bad Request: {error.words}"
            return await self.call(request, name, None, lambda: self._answer_with(400, words))
        given = form.values.get("chat_id")
        chat = str(given) if isinstance(given, int | str) else None
        if chat is not None and chat.startswith("@"):
            named = self.world.named(chat)
            chat = named.id if named is not None else chat

        async def work() -> web.Response:
            if bot is None:
                return self._bad_token()
            if method is None:
                return self.refusal(404, "Not Found")
            try:
                return web.json_response({"ok": True, "result": await method(self, bot, form)})
            except FormError as error:
                return self.refusal(400, f"Bad Request: {error.words}")
            except FileTooLarge:
                return self.refusal(413, "Request Entity Too Large")
            except Refusal as error:
                if error.status == 429:
                    return self.flood(error.retry_after, plain_text=error.plain_text)
                return self.refusal(error.status, error.words)

        return await self.call(request, name, chat, work, ends_with_client=name.lower() == "getupdates")

    async def _answer_with(self, status: int, words: str) -> web.Response:
        return self.refusal(status, words)

    async def _on_file(self, request: web.Request) -> web.StreamResponse:
        """The path of a file is its id, and works without getFile too."""

        async def work() -> web.Response:
            if request.match_info["token"] not in self.world.tokens:
                return self._bad_token()
            stored = self.files.linked(request.match_info["path"])
            if stored is None or stored.size > DOWNLOAD_LIMIT:
                return self.refusal(404, "Not Found")
            return web.Response(body=stored.upload.body, content_type="application/octet-stream")

        return await self.call(request, "file", None, work)

    def _bad_token(self) -> web.Response:
        status = self.options.bad_token
        words = {400: "Bad Request: Token not found", 401: "Unauthorized", 403: "Forbidden: Token not found"}
        return self.refusal(status, words.get(status, "Not Found"))

    def refusal(self, status: int, words: str) -> web.Response:
        return web.json_response({"ok": False, "error_code": status, "description": words}, status=status)

    def flood(self, retry_after: int | None, *, plain_text: bool) -> web.Response:
        if plain_text:
            return web.Response(status=429, text="local_rate_limited")
        body: dict[str, Any] = {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: bot limit exceed",
        }
        if retry_after is not None:
            body["parameters"] = {"retry_after": retry_after}
        return web.json_response(body, status=429)

    def verbs(self) -> Mapping[str, Verb]:
        return self.faces_of.verbs()

    def pending(self) -> int:
        return sum(len(line.queue) for line in self.lines.values())

    async def stop(self) -> None:
        await super().stop()
        if self._outgoing is not None:
            await self._outgoing.close()
            self._outgoing = None

    # -- updates

    def tell(self, message: Message, kind: str = "message", *, also: Bot | None = None) -> None:
        """Queues an update for every bot that hears it; `also` is one that has just left."""
        made: dict[str, Any] | None = None
        listeners = [*message.chat.bots.values()]
        if also is not None and also.id not in message.chat.bots:
            listeners.append(also)
        for bot in listeners:
            if bot is not also and not self._hears(bot, message, kind):
                continue
            if made is None:
                made = message_object(message)
                if self.options.unknown_fields:
                    made["x_from_next_year"] = {"list": [1, {"deep": None}], "flag": True}
            self.lines[bot.id].queue.put({kind: made})

    def _hears(self, bot: Bot, message: Message, kind: str) -> bool:
        chat, options = message.chat, self.options
        if message.kind == "service":
            return True
        if message.sender is bot:
            return options.echo_edits if kind == "edited_message" else options.echo_own
        if chat.kind == "private":
            return True
        if message.sender is not None and message.sender.is_bot and not options.hears_bots:
            return False
        return chat.is_admin(bot) or (chat.kind == "group" and options.sees_all == "all")

    def set_webhook(self, bot: Bot, url: str) -> None:
        """An empty address removes it."""
        line = self.lines[bot.id]
        if line.pushing is not None:
            line.pushing.cancel()
        line.webhook = line.pushing = None
        if url:
            if self._outgoing is None:
                self._outgoing = aiohttp.ClientSession()
            line.webhook = Webhook(url, line.queue)
            line.pushing = self.spawn(line.webhook.run(self._outgoing))

    # -- people

    def _user_id(self) -> str:
        # Ids of people pass 2^31 early; those of groups lie beyond 2^32.
        self._people += 1
        return str(2**31 - 2000 + 1009 * self._people)

    def new_bot(self, name: str, username: str | None) -> Bot:
        user_id = self._user_id()
        bot = Bot(user_id, name, username or f"sim{user_id}bot", True, token=f"{user_id}:{secrets.token_hex(20)}")
        self.lines[user_id] = Line(UpdateQueue(self.world.clock, keep=KEEP_UPDATES, age=KEEP_SECONDS))
        return bot

    def new_person(self, name: str, username: str | None, *, is_bot: bool) -> Person:
        return Person(self._user_id(), name, username, is_bot)

    def new_chat(self, kind: ChatKind, title: str, username: str | None) -> Chat:
        self._groups += 1
        return Chat(str(2**32 + 400_314_250 + self._groups), kind, title, username)

    def role_changed(self, chat: Chat, person: Person, before: Role, after: Role) -> None:
        if before == "left":
            owners = (p for p, role in chat.members.items() if role == "creator")
            by = self.world.people[next(owners, person.id)]
            self._service(chat, by, {"new_chat_members": [user_object(person)]})
        elif after == "left":
            gone = person if isinstance(person, Bot) else None
            self._service(chat, person, {"left_chat_member": user_object(person)}, also=gone)

    def _service(self, chat: Chat, by: Person, fields: dict[str, Any], *, also: Bot | None = None) -> None:
        number = str(chat.next_number())
        message = self.world.post(chat, number, by, "", by="person", kind="service", service=True, wire=fields)
        self.tell(message, also=also)

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
        text = typed(text, looks)
        if chat.bot is not None and person.id in self.lines[chat.bot.id].stopped:
            raise ControlError(f"{person.id} has stopped the bot")
        wire: dict[str, Any] = {}
        thing = extra.thing
        match kind:
            case "text":
                if not 1 <= len(text) <= 4096:
                    raise ControlError("a text has 1 to 4096 characters")
            case _ if thing is not None:
                wire = thing_fields(kind, thing)
            case _:
                stored = self.files.add(person.id, kind, file)
                file, wire = stored.upload, stored.fields()
        if extra.album is not None:
            wire["media_group_id"] = str(extra.album)
        if extra.author is not None:
            wire |= origin(extra.author, int(self.world.clock()), undocumented=self.options.forward_origin)
        message = self.world.post(
            chat,
            str(chat.next_number()),
            person,
            shown(text),
            raw=text,
            by="person",
            reply_to=reply_to.message_id if reply_to else None,
            kind=kind,
            looks=looks_of(text),
            file=file,
            thing=thing,
            wire=wire,
        )
        self.tell(message)
        return message

    def person_edited(self, message: Message, text: str, looks: tuple[Look, ...] = ()) -> None:
        text = typed(text, looks)
        if message.by == "api":
            raise ControlError("nobody edits another's message")
        if message.kind == "text" and not 1 <= len(text) <= 4096:
            raise ControlError("a text has 1 to 4096 characters")
        self.world.edit(message, shown(text), raw=text, looks=looks_of(text))
        self.tell(message, "edited_message")

    def person_renamed(self, chat: Chat, person: Person, title: str) -> None:
        chat.title = title
        self._service(chat, person, {"new_chat_title": title})

    def person_pinned(self, message: Message, person: Person) -> None:
        super().person_pinned(message, person)
        self._service(message.chat, person, {"pinned_message": message_object(message, with_reply=False)})

    def person_started(self, person: Person, bot: Bot, payload: str | None) -> Chat:
        chat = self.world.private(bot, person.id)
        if chat is None:
            chat = Chat(person.id, "private", person.name, person=person, bot=bot)
            self.world.add_chat(chat)
        self.lines[bot.id].stopped.discard(person.id)
        self.person_said(chat, person, f"/start {payload}" if payload else "/start", None, "text")
        return chat

    def person_stopped(self, person: Person, bot: Bot) -> None:
        if self.world.private(bot, person.id) is None:
            raise ControlError(f"{person.id} has not started the bot")
        self.lines[bot.id].stopped.add(person.id)

    def person_pressed(self, message: Message, person: Person, button: str) -> None:
        self.keyboards.pressed(message, person, button)

    def person_tapped(self, chat: Chat, person: Person, button: Button) -> None:
        """It says what stands on it."""
        self.person_said(chat, person, button.text, None, "text")

    def number_shared(self, chat: Chat, person: Person) -> Message:
        card = {"name": person.name, "phone": person.phone, "owner": person.id}
        return self.person_said(chat, person, "", None, "contact", extra=Extra(thing=card))

    def put_raw(self, bot: Bot, raw: Any, *, numbered: bool) -> None:
        self.lines[bot.id].queue.put_raw(raw, numbered=numbered)


if __name__ == "__main__":
    raise SystemExit(run(BaleSimulator()))
