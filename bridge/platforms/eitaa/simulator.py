"""Eitaayar, Eitaa's official way in, on loopback: it sends to channels and groups, and nothing comes back.

People write in the simulated chats, and the transcript has it; the API never shows it. Run it with
`python -m bridge.platforms.eitaa.simulator`; clients replace https://eitaayar.ir by the printed url.

By way of the control interface: a bot is a panel (its token, and the `id` of getMe). A chat with a username is
public, one without is private and has an invite code; the username "joinchat/CODE" makes a private chat with that
code. Every chat is registered in every panel: /members with the panel's id and the role "left" takes it out.
"@sender" is the person by whom Eitaayar writes: an admin of every chat until /members says otherwise. /press with
the button "view" is a look at a message. Parameters that the documents don't know are in /calls as
"undocumented:NAME", beside the call itself.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bridge.platforms.simulation import (
    Bot,
    Chat,
    ChatKind,
    ControlError,
    Form,
    FormError,
    Look,
    Message,
    Person,
    Simulator,
    TooLarge,
    read_form,
    run,
)

from .simulator_api import Api, Refused, undocumented

SENDER = "@sender"
INVITE = "joinchat/"
MB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class EitaaOptions:
    """What is documented nowhere, and so can be either way."""

    error_status: int = 0
    """HTTP status of refusals; 0 for the same as `error_code`."""
    bare_errors: bool = False
    """A refusal is {"ok": false} and nothing else, as the documents promise."""
    chat_id_in_answers: str = "panel"
    """`result.chat.id`: "panel" (the same as `from.id`, as in the documents' sample) or "chat"."""
    sender_is_admin: bool = True
    """Of new chats: whether @sender may write there."""
    registered: bool = True
    """Of new chats: whether every panel knows them."""
    scheduled_id_is_final: bool = True
    """A message held until its `date` keeps the message_id that was answered."""
    text_limit: int = 4096
    """In UTF-16 units; what integrators assume, and so with `caption_limit` and `file_limit` (bytes)."""
    caption_limit: int = 1024
    file_limit: int = 50 * MB

    def __post_init__(self) -> None:
        if self.chat_id_in_answers not in ("panel", "chat"):
            raise ControlError("chat_id_in_answers must be one of panel, chat")


class EitaaSimulator(Simulator[EitaaOptions]):
    platform = "eitaa"
    own_faults = frozenset({"bare_refusal"})
    """bare_refusal: {"ok": false} with nothing else, and nothing done."""
    kinds = frozenset(("text", "photo", "video", "voice", "gif", "sticker", "file"))

    def __init__(self, options: EitaaOptions | None = None, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(options or EitaaOptions(), clock=clock)
        self._api = Api(self)
        self._numbers = itertools.count(900_100)
        self._invites: dict[str, Chat] = {}
        self._views: dict[tuple[str, str], int] = {}
        self.pinned: dict[str, str] = {}
        """Message ids by chat id: the last one pinned."""
        self.sender = Person(SENDER, "Eitaayar", "sender", is_bot=True)
        self.world.add_person(self.sender)

    # -- the wire

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.route("*", "/api/{token}/{method}", self.on_call)]

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
        """Nothing ever waits for a panel."""
        return 0

    # -- messages by the API

    def post(
        self, chat: Chat, text: str, *, kind: str, reply_to: str | None, due: int, wanted: dict[str, Any]
    ) -> tuple[int, int]:
        """Now, or when `due` (Unix seconds) has come; the message_id and the date of the answer."""
        number, now = chat.next_number(), self.world.clock()
        if due <= now:
            self._appear(chat, number, text, kind, reply_to, wanted)
            return number, int(now)
        self.spawn(self._appear_at(due, chat, number, text, kind, reply_to, wanted))
        return number, due

    async def _appear_at(
        self, due: int, chat: Chat, number: int, text: str, kind: str, reply_to: str | None, wanted: dict[str, Any]
    ) -> None:
        await asyncio.sleep(max(0.0, due - self.world.clock()))
        final = number if self.options.scheduled_id_is_final else chat.next_number()
        self._appear(chat, final, text, kind, reply_to, wanted)

    def _appear(
        self, chat: Chat, number: int, text: str, kind: str, reply_to: str | None, wanted: dict[str, Any]
    ) -> None:
        message = self.world.post(
            chat, str(number), self.sender, text, by="api", kind=kind, reply_to=reply_to, wire=wanted
        )
        if wanted["pin"]:
            self.pinned[chat.id] = message.message_id

    def viewed(self, message: Message) -> None:
        """Somebody looked at it; with enough looks a message that asked for it is gone."""
        key = (message.chat.id, message.message_id)
        self._views[key] = self._views.get(key, 0) + 1
        if 0 < message.wire.get("views", 0) <= self._views[key]:
            self.world.delete(message)

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
            for panel in self.world.bots.values():
                self.world.set_role(chat, panel, "member")
        if code:
            self._invites[code] = chat
        return chat

    # -- people

    def new_bot(self, name: str, username: str | None) -> Bot:
        number = str(next(self._numbers))
        panel = Bot(number, name, username or f"panel_{number}", True, token=f"bot{number}:{uuid.uuid4()}")
        if self.options.registered:
            for chat in self.world.chats.values():
                self.world.set_role(chat, panel, "member")
        return panel

    def new_person(self, name: str, username: str | None, *, is_bot: bool) -> Person:
        return Person(str(next(self._numbers)), name, username, is_bot)

    def person_said(
        self,
        chat: Chat,
        person: Person,
        text: str,
        reply_to: Message | None,
        kind: str,
        looks: tuple[Look, ...] = (),
    ) -> Message:
        reply = reply_to.message_id if reply_to else None
        return self.world.post(
            chat, str(chat.next_number()), person, text, by="person", reply_to=reply, kind=kind, looks=looks
        )

    def person_edited(self, message: Message, text: str) -> None:
        if message.by != "person":
            raise ControlError("people edit their own messages only")
        self.world.edit(message, text)

    def person_pressed(self, message: Message, person: Person, button: str) -> None:
        if button != "view":
            raise ControlError("there are no buttons here, only a view")
        self.viewed(message)


if __name__ == "__main__":
    raise SystemExit(run(EitaaSimulator()))
