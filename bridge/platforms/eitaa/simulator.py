"""Eitaa on loopback, by all its interfaces over one world: the gateway of its own apps, the public page of channels,
and Eitaayar, the official way in, which only sends. Run it with `python -m bridge.platforms.eitaa.simulator`.

`urls` (in the printed line and in /state) says where each is: `eitaayar` in place of https://eitaayar.ir, `page` in
place of https://eitaa.com, and for the gateway lists of hosts, `client`, `download` and `upload`, each in place of
https://<host>.eitaa.com.

By way of the control interface: a bot is the account of a client under test. What /bots answers has its phone, and
`session` with `imei`, a login of it that is ready to use; its `token` and `id` are those of an Eitaayar panel. A chat
with a username is public, one without is private and has an invite code; the username "joinchat/CODE" makes a private
chat with that code. Every chat is registered in every panel: /members with a panel's id and the role "left" takes it
out. "@sender" is the person by whom Eitaayar writes: an admin of every chat until /members says otherwise. /press with
the button "view" is a look at a message. What else can be done is in `simulator_verbs`. Parameters that Eitaayar's
documents don't know are in /calls as "undocumented:NAME", beside the call itself.
"""

from __future__ import annotations

import itertools
import json
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal

from aiohttp import web

from bridge.platforms.simulation import (
    PLAIN,
    Bot,
    Chat,
    ChatKind,
    ControlError,
    Extra,
    Form,
    FormError,
    Look,
    Message,
    Person,
    Role,
    Simulator,
    TooLarge,
    Upload,
    Verb,
    read_form,
    run,
)

from .simulator_accounts import Accounts
from .simulator_api import Api, Refused, undocumented
from .simulator_files import MEDIA_KINDS, Files
from .simulator_gateway import FAULTS, Gateway
from .simulator_looks import looks_of, made_entities
from .simulator_options import MB, EitaaOptions
from .simulator_page import Page
from .simulator_scene import SENDER, Scene
from .simulator_shapes import ODD_MEDIA, UNKNOWN
from .simulator_things import KINDS, first_said
from .simulator_tl import blob
from .simulator_verbs import own_verbs

INVITE = "joinchat/"
Entrance = Literal["link", "request", "name"]
"""How somebody comes in by themselves: by an invite link, let in by an admin, or by a public chat's name."""
FIRST_NUMBER = 7_000_900_100
"""Ids do not fit into 32 bits."""


class EitaaSimulator(Simulator[EitaaOptions]):
    platform = "eitaa"
    own_faults = frozenset({"bare_refusal", "unknown_action", *ODD_MEDIA}) | FAULTS
    """bare_refusal: Eitaayar's {"ok": false} with nothing else, and nothing done.

    Of the next thing that a person says (method "say"), as the gateway shows it: unknown_media, unknown_attribute (of a
    document), unknown_action: with a constructor that no schema has. misplaced_media: with one of another type.
    oversized_media: with a field of almost 16 MB, which no packing makes smaller.
    """
    kinds = frozenset(("text", *KINDS, *MEDIA_KINDS))
    method_names: ClassVar[Mapping[str, str]] = {
        "getUpdates": "updates.getDifference",
        "editMessageText": "messages.editMessage",
        "deleteMessage": "channels.deleteMessages",
    }

    def __init__(self, options: EitaaOptions | None = None, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(options or EitaaOptions(), clock=clock)
        self.accounts = Accounts(clock)
        self.files = Files()
        self.scene = Scene(self.world, lambda: self.options)
        self._api = Api(self)
        self._gateway = Gateway(self)
        self._page = Page(self)
        self._numbers = itertools.count(FIRST_NUMBER)
        self._invites: dict[str, Chat] = {}
        self.registered: set[tuple[str, str]] = set()
        """Which chat is known to which panel of Eitaayar."""
        self.sender = Person(SENDER, "Eitaayar", "sender", is_bot=True)
        self.world.add_person(self.sender)

    # -- the wire

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.route("*", "/api/{token}/{method}", self.on_call),
            *self._gateway.routes(),
            *self._page.routes(),
        ]

    def urls(self) -> dict[str, Any]:
        return {"eitaayar": self.url, "page": self.url, **self._gateway.urls()}

    def verbs(self) -> Mapping[str, Verb]:
        return own_verbs(self)

    def details(self, person: Person) -> dict[str, Any]:
        found: dict[str, Any] = {"phone": self.accounts.phone_of(person.id)}
        if isinstance(person, Bot):
            session = self.accounts.sessions_of(person)[0]
            found |= {"session": session.token, "imei": session.imei}
        return found

    async def on_call(self, request: web.Request) -> web.StreamResponse:
        found = self._api.find(request.match_info["method"])
        name = found[0] if found else request.match_info["method"]
        form = Form()
        unreadable: Refused | None = None
        try:
            form = await read_form(request, self.options.file_limit + MB)
        except FormError as error:
            unreadable = Refused(400, f"Bad Request: {error.words}")
        except TooLarge:
            unreadable = Refused(413, "Request Entity Too Large")
        chat = self._api.chat(form)
        chat_id = chat.id if chat else None

        async def work() -> web.Response:
            if self.faults.take({"bare_refusal"}, name, chat_id):
                return web.json_response({"ok": False}, status=self._status(400))
            try:
                if (bot := self.world.tokens.get(request.match_info["token"])) is None:
                    raise Refused(401, "Unauthorized")
                if found is None:
                    raise Refused(404, "Not Found")
                if unreadable is not None:
                    raise unreadable
                result = found[1](bot, form)
            except Refused as refused:
                return self._refused(refused.code, refused.words)
            except FormError as error:
                return self._refused(400, f"Bad Request: {error.words}")
            return web.json_response({"ok": True, "result": result})

        flags = [self.journal.open(f"undocumented:{each}", chat_id) for each in undocumented(name, form)]
        response = await self.call(request, name, chat_id, work)
        for flag in flags:
            flag.status = response.status
        return response

    def _status(self, code: int) -> int:
        return self.options.error_status or code

    def _refused(self, code: int, words: str) -> web.Response:
        body: dict[str, Any] = {"ok": False}
        if not self.options.bare_errors:
            body |= {"error_code": code, "description": words}
        return web.json_response(body, status=self._status(code))

    def refusal(self, status: int, words: str) -> web.Response:
        body = {"ok": False, "error_code": status, "description": words}
        return web.json_response({"ok": False} if self.options.bare_errors else body, status=status)

    def flood(self, retry_after: int | None, *, plain_text: bool) -> web.Response:
        """Nobody has seen a delay in the body; if there is one, it is in the header that every proxy knows."""
        answer = (
            web.Response(status=429, text="Too Many Requests")
            if plain_text
            else self._refused(429, "Too Many Requests")
        )
        if retry_after is not None:
            answer.headers["Retry-After"] = str(retry_after)
        return answer

    def pending(self) -> int:
        """What waits for accounts that have ever asked; nothing ever waits for a panel."""
        waiting = 0
        for account, log in self.scene.logs.items():
            waiting += log.waiting
            if log.confirmed is None or self.options.channel_news != "too_long":
                continue
            for chat_id, seen in log.channels_seen.items():
                chat = self.world.chats[chat_id]
                waiting += self.scene.channel(chat).pts - seen if chat.has(self.world.bot(account)) else 0
        return waiting

    def put_raw(self, bot: Bot, raw: Any, *, numbered: bool) -> None:
        """A string is an update's bytes in hex; anything else comes as an update that no schema has."""
        try:
            made = bytes.fromhex(raw) if isinstance(raw, str) else UNKNOWN[:4] + blob(json.dumps(raw).encode())
        except ValueError:
            raise ControlError("raw must be hex, or an object") from None
        self.scene.log(bot).add("raw", 0, raw=made)

    @property
    def pinned(self) -> dict[str, str]:
        """Message ids by chat id: the newest that is pinned."""
        found = {chat.id: self.scene.pinned(chat) for chat in self.world.chats.values()}
        return {chat: message_id for chat, message_id in found.items() if message_id is not None}

    def viewed(self, message: Message) -> None:
        """Somebody looked at it; with enough looks a message that asked for it is gone."""
        self.scene.views[message] = views = self.scene.views.get(message, 0) + 1
        if 0 < message.wire.get("views", 0) <= views:
            self.scene.delete([message])

    # -- chats

    def invited(self, code: str) -> Chat | None:
        return self._invites.get(code)

    def invite_of(self, chat: Chat) -> str | None:
        return next((code for code, each in self._invites.items() if each is chat), None)

    def new_chat(self, kind: ChatKind, title: str, username: str | None) -> Chat:
        code = None
        if username is None or username.startswith(INVITE):
            code = username.removeprefix(INVITE) if username else secrets.token_hex(8)
            if not code or code in self._invites:
                raise ControlError("this invite code is taken")
        chat = Chat(str(next(self._numbers)), kind, title, None if code else username)
        if self.options.sender_is_admin:
            self.world.set_role(chat, self.sender, "admin")
        if self.options.registered:
            self.registered.update((chat.id, panel) for panel in self.world.bots)
        if kind == "group" and self.options.new_groups == "basic":
            self.scene.basic.add(chat)
        if code:
            self._invites[code] = chat
        return chat

    def set_role(self, chat: Chat, person: Person, role: Role) -> None:
        super().set_role(chat, person, role)
        if isinstance(person, Bot):
            (self.registered.discard if role == "left" else self.registered.add)((chat.id, person.id))

    def enter(self, chat: Chat, person: Person, *, by: Entrance) -> None:
        """Somebody comes in by themselves."""
        self.world.set_role(chat, person, "member")
        self._came(chat, person)
        match by:
            case "link":
                inviter = next((p for p, role in chat.members.items() if role == "creator"), person.id)
                self.scene.service(chat, person, "messageActionChatJoinedByLink", inviter_id=self.world.people[inviter])
            case "request":
                self.scene.service(chat, person, "messageActionChatJoinedByRequest")
            case "name":
                self.scene.service(chat, person, "messageActionChatAddUser", users=[person])

    def bring_in(self, chat: Chat, people: list[Person], *, by: Person) -> None:
        """One line for all of them, as when a member chooses several."""
        for person in people:
            self.world.set_role(chat, person, "member")
            self._came(chat, person)
        self.scene.service(chat, by, "messageActionChatAddUser", users=people)

    def take_out(self, chat: Chat, person: Person, *, by: Person) -> None:
        """Somebody goes, or an admin has them go."""
        self.world.set_role(chat, person, "left")
        self.registered.discard((chat.id, person.id))
        self._went(chat, person, by)

    def _went(self, chat: Chat, person: Person, by: Person) -> None:
        self.scene.service(chat, by, "messageActionChatDeleteUser", also=person, user_id=person)
        if isinstance(person, Bot):
            self.scene.tell_place(chat, person)

    def _came(self, chat: Chat, person: Person) -> None:
        if isinstance(person, Bot):
            self.scene.tell_place(chat, person)
            last = self.scene.last(person, chat)
            self.scene.read_by[person.id, chat] = int(last.message_id) if last else 0

    def role_changed(self, chat: Chat, person: Person, before: Role, after: Role) -> None:
        if after == "left":
            self._went(chat, person, person)
        elif before == "left" and after != "creator":
            self._came(chat, person)
            by = next((self.world.people[p] for p, role in chat.members.items() if role == "creator"), person)
            self.scene.service(chat, by, "messageActionChatAddUser", users=[person])
        elif isinstance(person, Bot):
            self.scene.tell_place(chat, person)

    # -- people

    def new_bot(self, name: str, username: str | None) -> Bot:
        number = str(next(self._numbers))
        bot = Bot(number, name, username or f"panel_{number}", True, token=f"bot{number}:{uuid.uuid4()}")
        if self.options.registered:
            self.registered.update((chat, number) for chat in self.world.chats)
        self.accounts.give_phone(number)
        self.accounts.open_session(bot, f"mtpasdsxfg{secrets.token_hex(3)}__web")
        return bot

    def new_person(self, name: str, username: str | None, *, is_bot: bool) -> Person:
        person = Person(str(next(self._numbers)), name, username, is_bot)
        self.accounts.give_phone(person.id)
        return person

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
        wire: dict[str, Any] | None = None,
    ) -> Message:
        wire = dict(wire or {})
        if kind in MEDIA_KINDS:
            if "media" not in wire:
                told = () if file is None else (file.filename, file.content_type, file.body)
                wire["media"] = self.files.add(kind, *told)
            file = wire["media"].upload
        elif kind == "text" and not text.strip():
            raise ControlError("a text is not empty")
        if (odd := self.faults.take(ODD_MEDIA, "say", chat.id)) is not None:
            wire["odd"] = odd.name
        if self.faults.take({"unknown_action"}, "say", chat.id):
            wire["action"] = ("unknown", {})
        if extra.album is not None:
            wire["grouped_id"] = extra.album
        if extra.author is not None:
            wire["forward"] = first_said(self, extra.author)
        if looks:
            wire["entities"] = made_entities(text, looks)
        message = self.world.post(
            chat,
            self.scene.next_id(chat),
            person,
            text,
            by="person",
            reply_to=reply_to.message_id if reply_to else None,
            kind=kind,
            looks=looks_of(text, wire.get("entities", [])),
            file=file,
            thing=extra.thing,
            wire=wire,
        )
        self.scene.tell_new(message)
        return message

    def person_edited(self, message: Message, text: str, looks: tuple[Look, ...] = ()) -> None:
        if message.by != "person":
            raise ControlError("people edit their own messages only")
        message.wire["entities"] = made_entities(text, looks)
        message.wire.pop("edit_hide", None)
        self.world.edit(message, text, looks=looks_of(text, message.wire["entities"]))
        self.scene.tell_edit(message)

    def person_deleted(self, message: Message) -> None:
        self.scene.delete([message])

    def person_renamed(self, chat: Chat, person: Person, title: str) -> None:
        chat.title = title
        self.scene.service(chat, person, "messageActionChatEditTitle", title=title)

    def person_pinned(self, message: Message, person: Person) -> None:
        self.scene.pin(message, person, pinned=True)

    def person_unpinned(self, message: Message, person: Person) -> None:
        self.scene.pin(message, person, pinned=False)

    def person_started(self, person: Person, bot: Bot, payload: str | None) -> Chat:
        """There is no Start here: a person begins by writing, and this writes what a Start would."""
        self.scene.blocked.discard((person.id, bot.id))
        chat = self.scene.open_private(bot, person)
        self.person_said(chat, person, f"/start {payload}" if payload else "/start", None, "text")
        return chat

    def person_stopped(self, person: Person, bot: Bot) -> None:
        """Blocks the account."""
        if self.scene.private(bot, person) is None:
            raise ControlError(f"{person.id} has no chat with {bot.id}")
        self.scene.blocked.add((person.id, bot.id))

    def person_pressed(self, message: Message, person: Person, button: str) -> None:
        if button != "view":
            raise ControlError("there are no buttons here, only a view")
        self.viewed(message)


if __name__ == "__main__":
    raise SystemExit(run(EitaaSimulator()))
