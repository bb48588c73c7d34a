"""The outside hand over HTTP: make people and chats, speak, press, break things, and read what was seen.

Every id is a JSON string here, whatever it is on the wire. Errors are 400 or 404 with {"error": words}.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, cast

from aiohttp import web

from .buttons import Press, written
from .form import Upload
from .records import ROLES, Bot, Chat, ChatKind, ControlError, Look, Message, Person
from .things import extra_of

if TYPE_CHECKING:
    from .base import Simulator

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Answer = Callable[[web.Request], Awaitable[dict[str, Any]]]

LONGEST_WAIT = 600.0


def control_routes(simulator: Simulator[Any]) -> list[web.RouteDef]:
    hand = _Hand(simulator)
    return [
        web.post("/bots", _json(hand.bots)),
        web.post("/people", _json(hand.people)),
        web.post("/chats", _json(hand.chats)),
        web.post("/members", _json(hand.members)),
        web.post("/start", _json(hand.start)),
        web.post("/stop", _json(hand.stop)),
        web.post("/say", _json(hand.say)),
        web.post("/edit", _json(hand.edit)),
        web.post("/delete", _json(hand.delete)),
        web.post("/title", _json(hand.title)),
        web.post("/pin", _json(hand.pin)),
        web.post("/unpin", _json(hand.unpin)),
        web.post("/press", _json(hand.press)),
        web.post("/tap", _json(hand.tap)),
        web.post("/share_number", _json(hand.share_number)),
        web.post("/press_again", _json(hand.press_again)),
        web.post("/press_over", _json(hand.press_over)),
        web.post("/update", _json(hand.update)),
        web.post("/options", _json(hand.options)),
        web.post("/own/{verb}", _json(hand.own)),
        web.post("/faults", _json(hand.add_fault)),
        web.delete("/faults", _json(hand.clear_faults)),
        web.get("/faults", _json(hand.fault_hits)),
        web.get("/transcript", _json(hand.transcript)),
        web.get("/file", _json(hand.file)),
        web.get("/bar", _json(hand.bar)),
        web.get("/presses", _json(hand.presses)),
        web.get("/pending", _json(hand.pending)),
        web.get("/calls", _json(hand.calls)),
        web.get("/state", _json(hand.state)),
    ]


def _json(answer: Answer) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await answer(request))
        except ControlError as error:
            return web.json_response({"error": error.words}, status=error.status)

    return handler


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise ControlError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise ControlError("the body must be an object")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    if not isinstance(value := body.get(name), str):
        raise ControlError(f"{name} must be a string")
    return value


def _maybe(body: dict[str, Any], name: str) -> str | None:
    return None if body.get(name) is None else _text(body, name)


def _looks(body: dict[str, Any]) -> tuple[Look, ...]:
    looks = body.get("looks", [])
    if not isinstance(looks, list) or not all(isinstance(each, dict) for each in looks):
        raise ControlError("looks must be a list of objects")
    return tuple(Look(_text(each, "kind"), _text(each, "words"), _maybe(each, "value") or "") for each in looks)


def _file(body: dict[str, Any]) -> Upload | None:
    """{"name", "mime", "base64"}; what is not there is as from an app that does not tell it."""
    file = body.get("file")
    if file is None:
        return None
    if not isinstance(file, dict):
        raise ControlError("file must be an object")
    try:
        content = base64.b64decode(_text(file, "base64"), validate=True)
    except ValueError:
        raise ControlError("base64 must be base64") from None
    return Upload(_maybe(file, "name"), _maybe(file, "mime") or "application/octet-stream", content)


def _choice(body: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    if (value := body.get(name)) not in choices:
        raise ControlError(f"{name} must be one of {', '.join(choices)}")
    return cast(str, value)


class _Hand:
    def __init__(self, simulator: Simulator[Any]) -> None:
        self._sim = simulator
        self._world = simulator.world

    def _chat(self, body: dict[str, Any]) -> Chat:
        return self._world.chat(_text(body, "chat"), _maybe(body, "bot"))

    def _person(self, body: dict[str, Any], name: str = "person") -> Person:
        return self._world.person(_text(body, name))

    def _bot(self, body: dict[str, Any]) -> Bot:
        return self._world.bot(_text(body, "bot"))

    def _message(self, body: dict[str, Any]) -> Message:
        return self._world.message(self._chat(body), _text(body, "message_id"))

    async def bots(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        bot = self._sim.add_bot(_text(body, "name"), _maybe(body, "username"))
        return {"id": bot.id, "token": bot.token, "username": bot.username, **self._sim.details(bot)}

    async def people(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        person = self._sim.add_person(
            _text(body, "name"),
            _maybe(body, "username"),
            is_bot=body.get("is_bot") is True,
            language=_maybe(body, "language") or "",
            phone=_maybe(body, "phone") or "",
        )
        return {"id": person.id, **self._sim.details(person)}

    async def chats(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        kind = cast(ChatKind, _choice(body, "kind", ("group", "channel")))
        creator = None if body.get("creator") is None else self._person(body, "creator")
        chat = self._sim.add_chat(kind, _text(body, "title"), _maybe(body, "username"), creator)
        return {"id": chat.id}

    async def members(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        role = cast(Literal["creator", "admin", "member", "left"], _choice(body, "role", ROLES))
        self._sim.set_role(self._chat(body), self._person(body), role)
        return {}

    async def start(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        return {"chat": self._sim.person_started(self._person(body), self._bot(body), _maybe(body, "payload")).id}

    async def stop(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        self._sim.person_stopped(self._person(body), self._bot(body))
        return {}

    async def say(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        chat = self._chat(body)
        reply_to = _maybe(body, "reply_to")
        target = None if reply_to is None else self._world.message(chat, reply_to)
        kind = _maybe(body, "kind") or "text"
        more = (_looks(body), _file(body), extra_of(body))
        said = self._sim.say(chat, self._person(body), _text(body, "text"), target, kind, *more)
        return {"message_id": said.message_id, "at": said.at}

    async def edit(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        text, looks = _text(body, "text"), _looks(body)
        if any(look.words not in text for look in looks):
            raise ControlError("formatted words must be in the text")
        self._sim.person_edited(self._message(body), text, looks)
        return {}

    async def delete(self, request: web.Request) -> dict[str, Any]:
        self._sim.person_deleted(self._message(await _body(request)))
        return {}

    async def title(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        chat = self._chat(body)
        if chat.kind == "private" or not (title := _text(body, "title").strip()):
            raise ControlError("a group or channel gets a title that is not empty")
        self._sim.person_renamed(chat, self._person(body), title)
        return {}

    async def pin(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        self._sim.person_pinned(self._message(body), self._person(body))
        return {}

    async def unpin(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        self._sim.person_unpinned(self._message(body), self._person(body))
        return {}

    async def press(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        self._sim.person_pressed(self._message(body), self._person(body), _text(body, "button"))
        return {}

    async def tap(self, request: web.Request) -> dict[str, Any]:
        """A button below the text field."""
        body = await _body(request)
        self._sim.tap(self._chat(body), self._person(body), _text(body, "button"))
        return {}

    async def share_number(self, request: web.Request) -> dict[str, Any]:
        """By the button below the text field that asks for it; anybody's contact is sent by /say."""
        body = await _body(request)
        said = self._sim.share_number(self._chat(body), self._person(body))
        return {"message_id": said.message_id, "at": said.at}

    def _press(self, body: dict[str, Any]) -> Press:
        if (press := self._world.presses.find(_text(body, "press"))) is None:
            raise ControlError("no such press", 404)
        return press

    async def press_again(self, request: web.Request) -> dict[str, Any]:
        """The bot is told a second time."""
        self._press(await _body(request)).tell()
        return {}

    async def press_over(self, request: web.Request) -> dict[str, Any]:
        """The bot can answer no more."""
        self._press(await _body(request)).over = True
        return {}

    async def update(self, request: web.Request) -> dict[str, Any]:
        """`numbered` false leaves an object without its number too."""
        body = await _body(request)
        if "raw" not in body:
            raise ControlError("raw is missing")
        self._sim.put_raw(self._bot(body), body["raw"], numbered=body.get("numbered") is not False)
        return {}

    async def options(self, request: web.Request) -> dict[str, Any]:
        self._sim.set_options(await _body(request))
        return {}

    async def own(self, request: web.Request) -> dict[str, Any]:
        """What only this platform has."""
        verbs = self._sim.verbs()
        if (verb := verbs.get(request.match_info["verb"])) is None:
            raise ControlError(f"unknown verb; known: {', '.join(sorted(verbs)) or 'none'}", 404)
        try:
            return verb(await _body(request))
        except (KeyError, TypeError, ValueError) as error:
            raise ControlError(f"{type(error).__name__}: {error}") from None

    async def add_fault(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        name = _text(body, "fault")
        if name == "down":
            await self._sim.down()
        elif name == "up":
            await self._sim.up()
        else:
            method, chat, host = _maybe(body, "method"), _maybe(body, "chat"), _maybe(body, "host")
            detail = {k: v for k, v in body.items() if k not in ("fault", "method", "chat", "host")}
            method = self._sim.method_names.get(method, method) if method else None
            self._sim.faults.add(name, method=method, chat=chat, host=host, **detail)
        return {}

    async def clear_faults(self, _: web.Request) -> dict[str, Any]:
        self._sim.faults.clear()
        await self._sim.up()
        return {}

    async def fault_hits(self, _: web.Request) -> dict[str, Any]:
        return {"hits": self._sim.faults.hits()}

    async def transcript(self, request: web.Request) -> dict[str, Any]:
        query = request.query
        try:
            after, wait = int(query.get("after", "0")), float(query.get("wait", "0"))
        except ValueError:
            raise ControlError("after and wait must be numbers") from None
        if after < 0:
            raise ControlError("after must not be negative")
        chat = self._world.chat(query["chat"], query.get("bot")) if "chat" in query else None
        messages = chat.messages if chat else self._world.messages
        bell = chat.bell if chat else self._world.bell
        if len(messages) <= after and wait > 0:
            deadline = asyncio.get_running_loop().time() + min(wait, LONGEST_WAIT)
            while len(messages) <= after and (left := deadline - asyncio.get_running_loop().time()) > 0:
                await bell.wait(left)
        if chat:
            return {"messages": [m.row() for m in messages[after:]]}
        rows = enumerate(messages[after:], start=after + 1)
        return {"messages": [{**m.row(), "index": i, "chat": m.chat.id} for i, m in rows]}

    async def file(self, request: web.Request) -> dict[str, Any]:
        """What stands in a message, byte for byte."""
        chat, number = self._chat(dict(request.query)), request.query.get("message_id", "")
        message = next((each for each in chat.messages if each.row()["message_id"] == number), None)
        if message is None or message.file is None:
            raise ControlError("there is no file in this message", 404)
        return {"base64": base64.b64encode(message.file.body).decode()}

    async def bar(self, request: web.Request) -> dict[str, Any]:
        return {"bar": written(self._chat(dict(request.query)).bar)}

    async def presses(self, _: web.Request) -> dict[str, Any]:
        return {"presses": self._world.presses.rows()}

    async def pending(self, _: web.Request) -> dict[str, Any]:
        return {"updates": self._sim.pending()}

    async def calls(self, request: web.Request) -> dict[str, Any]:
        return {"calls": self._sim.journal.rows(request.query.get("method"))}

    async def state(self, _: web.Request) -> dict[str, Any]:
        world = self._world
        chats = [*world.chats.values(), *world.private_chats()]
        return {
            "platform": self._sim.platform,
            "url": self._sim.url,
            "urls": self._sim.urls(),
            "options": dataclasses.asdict(self._sim.options),
            "bots": [{"id": b.id, "name": b.name, "username": b.username} for b in world.bots.values()],
            "people": [
                {"id": p.id, "name": p.name, "username": p.username, "is_bot": p.is_bot}
                for p in world.people.values()
                if not isinstance(p, Bot)
            ],
            "chats": [
                {
                    "id": c.id,
                    "kind": c.kind,
                    "title": c.title,
                    "members": [{"id": member, "role": role} for member, role in c.members.items()],
                }
                for c in chats
            ],
        }
