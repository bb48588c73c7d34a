"""A Soroush Plus of your own on loopback: its Bot API as bots see it, and its people.

The dialect is an old Telegram's: modern field names are not seen at all. Bots are told of messages, edits and button
presses, never of deletions, joins or leaves; they cannot speak to anybody who has not written first.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

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
    Simulator,
    TooLarge,
    UpdateQueue,
    Upload,
    Webhook,
    read_form,
    run,
)

from .simulator_keyboards import BadData, press
from .simulator_media import MEDIA_KINDS, UPLOAD_LIMIT, Files, FileTooLarge
from .simulator_methods import METHODS, UPDATE_KINDS
from .simulator_objects import message_object
from .simulator_sending import TEXT_LIMIT, Refusal
from .simulator_text import looks_of, made_entities, typed_entities
from .simulator_things import origin, thing_fields

BODY_LIMIT = UPLOAD_LIMIT + 1024 * 1024
FIRST_UPDATE = 51_001


@dataclass(frozen=True, kw_only=True, slots=True)
class SoroushOptions:
    """Defaults: what is documented, else what is likeliest. What else was reported is a switch."""

    privacy: bool = False
    """A bot that is a plain member hears only commands, its name, and replies to it."""
    hears_bots: bool = True
    echo_edits: bool = False
    """A bot's own edits come back to it as updates."""
    same_edit: Literal["refused", "fine"] = "refused"
    """An edit that changes nothing: "message is not modified", or done without a trace."""
    edit_seconds: int = 0
    """How long a bot may edit what it said; nobody knows a limit, and 0 is none."""
    channel_posts: Literal["none", "channel_post", "message"] = "none"
    """Receiving channel posts is unproven, and so is their form."""
    positive_ids: bool = False
    """Groups get positive ids; asked when a group is made."""
    get_chat_works: bool = False
    chat_action_works: bool = False
    """Both are "coming soon" in the vendor's list, and reported to work."""
    member_methods: bool = False
    """getChatMember and its kin, leaveChat: absent from the vendor's list."""
    media_replies: Literal["works", "ignored", "refused"] = "works"
    webhook_anywhere: bool = False
    """Accepts webhooks without https."""
    any_case: bool = False
    """Method names are taken in any case."""
    errors_as_200: bool = False
    """Refusals come with HTTP status 200 and ok false."""
    retry_after_in_words: bool = False
    """A flood's seconds are only in its description."""
    empty_when_reused: bool = False
    """A file that is asked for over a connection that was used before comes as 200 with nothing in it."""
    query_alone: bool = False
    """A press comes without the message that its button stands below, which is optional."""
    missing_from: bool = False
    """Messages come without their optional author, as in the vendor's examples of edits."""


@dataclass(slots=True, eq=False)
class Line:
    """How one bot gets its updates, and what the server remembers about it."""

    queue: UpdateQueue
    kinds: frozenset[str] = frozenset(UPDATE_KINDS)
    webhook: Webhook | None = None
    pushing: asyncio.Task[None] | None = None
    stopped: set[str] = field(default_factory=set)
    """People who stopped the bot."""
    commands: dict[str, list[Any]] = field(default_factory=dict)
    private_messages: int = 0
    """All private chats of a bot share one count of messages."""


class SoroushSimulator(Simulator[SoroushOptions]):
    platform = "soroush"
    own_faults = frozenset({"empty_download"})
    kinds = frozenset({"text", "location", "contact", *MEDIA_KINDS})

    def __init__(self, options: SoroushOptions | None = None, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(options or SoroushOptions(), clock=clock)
        self.files = Files()
        self.lines: dict[str, Line] = {}
        self._users = 0
        self._groups = 0
        self._outgoing: aiohttp.ClientSession | None = None
        self._peers: set[object] = set()

    # -- the wire

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self._on_call),
            web.get("/file/bot{token}/{path:.+}", self._on_file),
        ]

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        self._used_before(request)
        if self.options.any_case:
            name = next((known for known in METHODS if known.lower() == name.lower()), name)
        bot = self.world.tokens.get(request.match_info["token"])
        try:
            form = await read_form(request, BODY_LIMIT)
        except TooLarge:
            return await self.call(request, name, None, lambda: self._refuse(413, "Request Entity Too Large"))
        except FormError:
            return await self.call(request, name, None, lambda: self._refuse(400, "Bad Request"))
        given = form.values.get("chat_id")
        chat = str(given) if isinstance(given, int | str) else None
        if chat is not None and chat.startswith("@"):
            named = self.world.named(chat)
            chat = named.id if named is not None else chat

        async def work() -> web.Response:
            if bot is None:
                return self.refusal(401, "Unauthorized")
            if name not in METHODS:
                return self.refusal(404, "Not Found: method not found")
            try:
                return web.json_response({"ok": True, "result": await METHODS[name](self, bot, form)})
            except FormError as error:
                return self.refusal(400, f"Bad Request: {error.words}")
            except BadData:
                return self.refusal(400, "Bad Request: BUTTON_DATA_INVALID")
            except FileTooLarge:
                return self.refusal(413, "Request Entity Too Large")
            except Refusal as error:
                return self.refusal(error.status, error.words)

        return await self.call(request, name, chat, work, ends_with_client=name == "getUpdates")

    async def _refuse(self, status: int, words: str) -> web.Response:
        return self.refusal(status, words)

    def _used_before(self, request: web.Request) -> bool:
        """Whether something else came over the same connection."""
        if not self.options.empty_when_reused or request.transport is None:
            return False
        peer = request.transport.get_extra_info("peername")
        used = peer in self._peers
        self._peers.add(peer)
        return used

    async def _on_file(self, request: web.Request) -> web.StreamResponse:
        used_before = self._used_before(request)

        async def work() -> web.Response:
            if request.match_info["token"] not in self.world.tokens:
                return self.refusal(401, "Unauthorized")
            stored = self.files.at(request.match_info["path"])
            if stored is None:
                return self.refusal(404, "Not Found")
            empty = used_before or self.faults.take({"empty_download"}, "file") is not None
            body = b"" if empty else stored.upload.body
            return web.Response(body=body, content_type="application/octet-stream")

        return await self.call(request, "file", None, work)

    def refusal(self, status: int, words: str) -> web.Response:
        body = {"ok": False, "error_code": status, "description": words}
        return web.json_response(body, status=200 if self.options.errors_as_200 else status)

    def flood(self, retry_after: int | None, *, plain_text: bool) -> web.Response:
        words = "Too Many Requests" if retry_after is None else f"Too Many Requests: retry after {retry_after}"
        if plain_text:
            return web.Response(status=429, text=words)
        body: dict[str, Any] = {"ok": False, "error_code": 429, "description": words}
        if retry_after is not None and not self.options.retry_after_in_words:
            body["parameters"] = {"retry_after": retry_after}
        return web.json_response(body, status=200 if self.options.errors_as_200 else 429)

    def pending(self) -> int:
        return sum(len(line.queue) for line in self.lines.values())

    async def stop(self) -> None:
        await super().stop()
        if self._outgoing is not None:
            await self._outgoing.close()
            self._outgoing = None

    # -- updates

    def tell(self, message: Message, kind: str = "message") -> None:
        """Queues an update for every bot that hears it."""
        if message.chat.kind == "channel":
            if self.options.channel_posts == "none":
                return
            if self.options.channel_posts == "channel_post":
                kind = "channel_post" if kind == "message" else "edited_channel_post"
        made: dict[str, Any] | None = None
        for bot in message.chat.bots.values():
            if not self._hears(bot, message, edited=kind.startswith("edited")):
                continue
            if made is None:
                made = message_object(message)
                if self.options.missing_from:
                    made.pop("from", None)
            self.queue(bot, kind, made)

    def queue(self, bot: Bot, kind: str, content: dict[str, Any]) -> None:
        line = self.lines[bot.id]
        if kind in line.kinds or kind not in UPDATE_KINDS:
            line.queue.put({kind: content})

    def _hears(self, bot: Bot, message: Message, *, edited: bool) -> bool:
        chat, sender = message.chat, message.sender
        if sender is bot:
            return edited and self.options.echo_edits
        if sender is not None and sender.is_bot and not self.options.hears_bots:
            return False
        if chat.kind == "private" or not self.options.privacy or chat.is_admin(bot):
            return True
        target = chat.by_id.get(message.reply_to) if message.reply_to else None
        if target is not None and target.sender is bot:
            return True
        return message.text.startswith("/") or f"@{bot.username}".lower() in message.text.lower()

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

    def next_message_id(self, chat: Chat) -> str:
        if chat.bot is None:
            return str(chat.next_number())
        line = self.lines[chat.bot.id]
        line.private_messages += 1
        return str(line.private_messages)

    # -- people

    def _user_id(self) -> str:
        self._users += 1
        return str(70_000_000 + self._users)

    def new_bot(self, name: str, username: str | None) -> Bot:
        user_id = self._user_id()
        secret = secrets.token_urlsafe(40)[:35]
        bot = Bot(user_id, name, username or f"sim{user_id}bot", True, token=f"{user_id}:{secret}")
        self.lines[user_id] = Line(UpdateQueue(self.world.clock, first=FIRST_UPDATE))
        return bot

    def new_person(self, name: str, username: str | None, *, is_bot: bool) -> Person:
        return Person(self._user_id(), name, username, is_bot)

    def new_chat(self, kind: ChatKind, title: str, username: str | None) -> Chat:
        self._groups += 1
        number = 1_001_234_567 + self._groups
        return Chat(str(number) if self.options.positive_ids else f"-100{number}", kind, title, username)

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
        if chat.bot is not None and person.id in self.lines[chat.bot.id].stopped:
            raise ControlError(f"{person.id} has stopped the bot")
        wire: dict[str, Any] = {}
        match kind:
            case "text":
                if not text.strip() or len(text) > TEXT_LIMIT:
                    raise ControlError("a text has 1 to 4096 characters")
            case _ if extra.thing is not None:
                wire = thing_fields(kind, extra.thing)
            case _:
                stored = self.files.add(kind, file)
                file, wire = stored.upload, stored.fields()
        if extra.album is not None:
            wire["media_group_id"] = str(extra.album)
        if extra.author is not None:
            wire |= origin(extra.author, int(self.world.clock()))
        entities = typed_entities(text) + made_entities(text, looks)
        message = self.world.post(
            chat,
            self.next_message_id(chat),
            person,
            text,
            by="person",
            reply_to=reply_to.message_id if reply_to else None,
            kind=kind,
            looks=looks_of(text, entities),
            file=file,
            thing=extra.thing,
            wire={"entities": entities, **wire},
        )
        self.tell(message)
        return message

    def person_edited(self, message: Message, text: str, looks: tuple[Look, ...] = ()) -> None:
        if message.by == "api":
            raise ControlError("nobody edits another's message")
        if message.kind == "text" and (not text.strip() or len(text) > TEXT_LIMIT):
            raise ControlError("a text has 1 to 4096 characters")
        entities = typed_entities(text) + made_entities(text, looks)
        message.wire["entities"] = entities
        self.world.edit(message, text, looks=looks_of(text, entities))
        self.tell(message, "edited_message")

    def person_renamed(self, chat: Chat, person: Person, title: str) -> None:
        chat.title = title
        self._service(chat, person, {"new_chat_title": title})

    def person_pinned(self, message: Message, person: Person) -> None:
        super().person_pinned(message, person)
        self._service(message.chat, person, {"pinned_message": message_object(message, with_reply=False)})

    def _service(self, chat: Chat, by: Person, fields: dict[str, Any]) -> None:
        number = self.next_message_id(chat)
        self.tell(self.world.post(chat, number, by, "", by="person", kind="service", service=True, wire=fields))

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
        press(self, message, person, button)

    def person_tapped(self, chat: Chat, person: Person, button: Button) -> None:
        """It says what stands on it."""
        self.person_said(chat, person, button.text, None, "text")

    def number_shared(self, chat: Chat, person: Person) -> Message:
        own = {"name": person.name, "phone": person.phone, "owner": person.id}
        return self.person_said(chat, person, "", None, "contact", extra=Extra(own))

    def put_raw(self, bot: Bot, raw: Any, *, numbered: bool) -> None:
        self.lines[bot.id].queue.put_raw(raw, numbered=numbered)


if __name__ == "__main__":
    raise SystemExit(run(SoroushSimulator()))
