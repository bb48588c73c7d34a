"""The smallest messenger that can be built on the simulators' kit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bridge.platforms.simulation import (
    PLAIN,
    Bot,
    Chat,
    ChatKind,
    Extra,
    Look,
    Message,
    Person,
    Simulator,
    UpdateQueue,
    Upload,
    read_form,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PigeonOptions:
    shout: bool = False


class Pigeon(Simulator[PigeonOptions]):
    platform = "pigeon"

    def __init__(self, *, clock: Callable[[], float] | None = None) -> None:
        super().__init__(PigeonOptions(), **({"clock": clock} if clock else {}))
        self.queue = UpdateQueue(self.world.clock)
        self._ids = 0

    def _id(self) -> str:
        self._ids += 1
        return str(self._ids)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.route("*", "/{token}/send", self.on_send), web.route("*", "/{token}/read", self.on_read)]

    def refusal(self, status: int, words: str) -> web.Response:
        return web.json_response({"wrong": words}, status=status)

    def flood(self, retry_after: int | None, *, plain_text: bool) -> web.Response:
        if plain_text:
            return web.Response(status=429, text="slow down")
        return web.json_response({"wait": retry_after}, status=429)

    def pending(self) -> int:
        return len(self.queue)

    def new_bot(self, name: str, username: str | None) -> Bot:
        return Bot(self._id(), name, username, True, token=f"token{self._ids}")

    def new_person(self, name: str, username: str | None, *, is_bot: bool) -> Person:
        return Person(self._id(), name, username, is_bot)

    def new_chat(self, kind: ChatKind, title: str, username: str | None) -> Chat:
        return Chat(self._id(), kind, title, username)

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
        reply = reply_to.message_id if reply_to else None
        said = self.world.post(
            chat, str(chat.next_number()), person, text, by="person", reply_to=reply, looks=looks, file=file
        )
        for _ in chat.bots:
            self.queue.put({"text": text})
        return said

    def person_edited(self, message: Message, text: str, looks: tuple[Look, ...] = ()) -> None:
        self.world.edit(message, text, looks=looks)

    def person_started(self, person: Person, bot: Bot, payload: str | None) -> Chat:
        chat = self.world.private(bot, person.id) or Chat(person.id, "private", person.name, person=person, bot=bot)
        self.world.add_chat(chat)
        return chat

    def put_raw(self, bot: Bot, raw: Any, *, numbered: bool) -> None:
        self.queue.put_raw(raw, numbered=numbered)

    async def on_send(self, request: web.Request) -> web.StreamResponse:
        form = await read_form(request, 1000)
        bot = self.world.tokens[request.match_info["token"]]
        chat = self.world.chat(form.text("chat"))

        async def work() -> web.Response:
            text = form.text("text").upper() if self.options.shout else form.text("text")
            said = self.world.post(chat, str(chat.next_number()), bot, text, by="api", raw=form.text("text"))
            return web.json_response({"sent": said.message_id})

        return await self.call(request, "send", chat.id, work)

    async def on_read(self, request: web.Request) -> web.StreamResponse:
        async def work() -> web.Response:
            form = await read_form(request, 1000)
            self.queue.confirm_below(form.integer("from", 0))
            await self.queue.wait(float(form.integer("wait", 0)))
            return web.json_response(self.queue.batch(10))

        return await self.call(request, "read", None, work)
