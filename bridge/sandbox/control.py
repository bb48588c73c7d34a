"""A client of a simulator's control interface: the hand from outside, for tests, the demo and the sandbox."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

import aiohttp

Role = Literal["creator", "admin", "member", "left"]


class ControlRefused(Exception):
    """The simulator said no; the words are its own."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{status}: {words}")
        self.status = status
        self.words = words


@dataclass(frozen=True, slots=True)
class NewBot:
    id: str
    token: str
    username: str | None
    details: Mapping[str, Any] = field(default_factory=dict)
    """What else this platform tells of a new bot."""


@dataclass(frozen=True, slots=True)
class Said:
    """`at`: Unix seconds when it became visible in the chat."""

    message_id: str
    at: float


Look = tuple[str, str, str]
"""Kind, words and value of what looks different in a text; "" for no value."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that a person sends."""

    body: bytes
    name: str | None = None
    mime: str | None = None

    def row(self) -> dict[str, Any]:
        return {"name": self.name, "mime": self.mime, "base64": base64.b64encode(self.body).decode()}


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as the app has it; `sha256` in hexadecimal."""

    name: str | None
    mime: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SeenButton:
    """`asks_number`: a tap sends the person's own phone number."""

    text: str
    data: str = ""
    url: str = ""
    asks_number: bool = False


SeenRows = tuple[tuple[SeenButton, ...], ...]


@dataclass(frozen=True, slots=True)
class SeenPress:
    """`awaited`: the app turns a wheel until the bot has `answered`; `words` are what it shows then. `over`: the bot
    can answer no more."""

    id: str
    bot: str
    chat: str
    message_id: str
    person: str
    data: str
    awaited: bool
    answered: bool
    words: str
    over: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of a transcript. `text` is what a person sees, `raw` what was sent; `chat` only in the whole
    one."""

    index: int
    message_id: str
    sender_id: str | None
    sender_name: str | None
    sender_is_bot: bool
    text: str
    raw: str
    reply_to: str | None
    at: float
    by: Literal["person", "api"]
    kind: str
    deleted: bool
    pinned: bool
    edited_at: float | None
    chat: str | None = None
    looks: tuple[Look, ...] = ()
    file: SeenFile | None = None
    thing: Mapping[str, Any] | None = None
    """A place, a phone number or a poll, as the person sees it."""
    buttons: SeenRows = ()
    """What stands below it to be tapped."""


@dataclass(frozen=True, slots=True)
class Called:
    """`status` is None for a call that was never answered."""

    method: str
    at: float
    status: int | None
    chat: str | None


@dataclass(frozen=True, slots=True)
class Hit:
    """How often a fault (of this `status`, if it has one) has hit a method of a chat."""

    fault: str
    status: int | None
    method: str
    chat: str | None
    count: int


class Control:
    """`async with Control(simulator.control_url) as hand: ...`; ids are strings. Raises ControlRefused."""

    def __init__(self, url: str, session: aiohttp.ClientSession | None = None) -> None:
        self.url = url.rstrip("/")
        self._own = session is None
        self._session = session

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the session if it was made here."""
        if self._own and self._session is not None:
            await self._session.close()
            self._session = None

    async def bots(self, name: str, username: str | None = None) -> NewBot:
        made = await self._post("bots", name=name, username=username)
        return NewBot(made["id"], made["token"], made.get("username"), made)

    async def people(
        self,
        name: str,
        username: str | None = None,
        *,
        is_bot: bool = False,
        language: str | None = None,
        phone: str | None = None,
    ) -> str:
        """`language`: the code of what their app speaks, where it tells. `phone`: None for one that is made up."""
        about = {"name": name, "username": username, "is_bot": is_bot, "language": language, "phone": phone}
        return str((await self._post("people", **about))["id"])

    async def chats(
        self,
        kind: Literal["group", "channel"],
        title: str,
        *,
        username: str | None = None,
        creator: str | None = None,
    ) -> str:
        made = await self._post("chats", kind=kind, title=title, username=username, creator=creator)
        return str(made["id"])

    async def members(self, chat: str, person: str, role: Role = "member") -> None:
        await self._post("members", chat=chat, person=person, role=role)

    async def start(self, person: str, bot: str, payload: str | None = None) -> str:
        """Presses Start; returns the private chat's id as the bot sees it."""
        return str((await self._post("start", person=person, bot=bot, payload=payload))["chat"])

    async def stop(self, person: str, bot: str) -> None:
        await self._post("stop", person=person, bot=bot)

    async def say(
        self,
        chat: str,
        person: str,
        text: str,
        *,
        reply_to: str | None = None,
        kind: str = "text",
        looks: Sequence[Look] = (),
        file: NewFile | None = None,
        thing: Mapping[str, Any] | None = None,
        author: tuple[str, str] | None = None,
        album: int | None = None,
        bot: str | None = None,
    ) -> Said:
        """`looks`: how words of the text are formatted, as far as the app lets people do that. `file`: what they send,
        where `kind` is a file; `thing`, where it is a location, a contact or a poll. `author`: of a forward, whether
        they are a person, a channel or hidden, and their name. `album`: what files that are sent together share. `bot`
        tells apart the private chats of one person with several bots; so it does below."""
        said = await self._post(
            "say",
            chat=chat,
            person=person,
            text=text,
            reply_to=reply_to,
            kind=kind,
            looks=_formatted(looks),
            file=None if file is None else file.row(),
            thing=thing,
            author=None if author is None else {"kind": author[0], "name": author[1]},
            album=album,
            bot=bot,
        )
        return Said(said["message_id"], said["at"])

    async def edit(
        self, chat: str, message_id: str, text: str, *, looks: Sequence[Look] = (), bot: str | None = None
    ) -> None:
        await self._post("edit", chat=chat, message_id=message_id, text=text, looks=_formatted(looks), bot=bot)

    async def delete(self, chat: str, message_id: str, *, bot: str | None = None) -> None:
        await self._post("delete", chat=chat, message_id=message_id, bot=bot)

    async def title(self, chat: str, person: str, title: str, *, bot: str | None = None) -> None:
        await self._post("title", chat=chat, person=person, title=title, bot=bot)

    async def pin(self, chat: str, message_id: str, person: str, *, bot: str | None = None) -> None:
        await self._post("pin", chat=chat, message_id=message_id, person=person, bot=bot)

    async def unpin(self, chat: str, message_id: str, person: str, *, bot: str | None = None) -> None:
        await self._post("unpin", chat=chat, message_id=message_id, person=person, bot=bot)

    async def press(self, chat: str, message_id: str, button: str, person: str, *, bot: str | None = None) -> None:
        await self._post("press", chat=chat, message_id=message_id, button=button, person=person, bot=bot)

    async def tap(self, chat: str, button: str, person: str, *, bot: str | None = None) -> None:
        """A button below the text field."""
        await self._post("tap", chat=chat, button=button, person=person, bot=bot)

    async def share_number(self, chat: str, person: str, *, bot: str | None = None) -> Said:
        """A person's own, by the button below the text field that asks for it."""
        said = await self._post("share_number", chat=chat, person=person, bot=bot)
        return Said(said["message_id"], said["at"])

    async def press_again(self, press: str) -> None:
        """The bot is told of a press once more."""
        await self._post("press_again", press=press)

    async def press_over(self, press: str) -> None:
        """The time to answer a press has passed."""
        await self._post("press_over", press=press)

    async def update(self, bot: str, raw: Any, *, numbered: bool = True) -> None:
        """Any JSON into the bot's queue; an object without a number gets one unless `numbered` is False."""
        body = json.dumps({"bot": bot, "raw": raw, "numbered": numbered}).encode()
        await self._request("POST", "update", data=io.BytesIO(body), headers={"Content-Type": "application/json"})

    async def own(self, verb: str, **body: Any) -> dict[str, Any]:
        """What only this platform's simulator can do."""
        return await self._post(f"own/{verb}", **body)

    async def options(self, **changes: Any) -> None:
        """Switches the simulator's options while it runs."""
        await self._request("POST", "options", json=changes)

    async def transcript(
        self, chat: str | None = None, after: int = 0, wait: float = 0.0, *, bot: str | None = None
    ) -> list[Seen]:
        """What was said after that index; waits up to `wait` seconds until there is something."""
        query = {"after": str(after), "wait": str(wait)}
        query |= {"chat": chat} if chat is not None else {}
        query |= {"bot": bot} if bot is not None else {}
        answer = await self._request("GET", "transcript", params=query)
        return [_seen(row) for row in answer["messages"]]

    async def file(self, chat: str, message_id: str) -> bytes:
        """The file of a message, as the app has it."""
        found = await self._request("GET", "file", params={"chat": chat, "message_id": message_id})
        return base64.b64decode(found["base64"])

    async def bar(self, chat: str, *, bot: str | None = None) -> SeenRows:
        """The buttons below a chat's text field."""
        query = {"chat": chat} | ({"bot": bot} if bot is not None else {})
        return _rows((await self._request("GET", "bar", params=query))["bar"])

    async def presses(self) -> list[SeenPress]:
        """Every press that a bot was told of as such, in their order."""
        return [SeenPress(**row) for row in (await self._request("GET", "presses"))["presses"]]

    async def pending(self) -> int:
        """Updates that the bots have not confirmed."""
        return int((await self._request("GET", "pending"))["updates"])

    async def calls(self, method: str | None = None) -> list[Called]:
        answer = await self._request("GET", "calls", params={} if method is None else {"method": method})
        return [Called(c["method"], c["at"], c["status"], c.get("chat")) for c in answer["calls"]]

    async def state(self) -> dict[str, Any]:
        return await self._request("GET", "state")

    async def fault(
        self,
        fault: str,
        *,
        method: str | None = None,
        chat: str | None = None,
        times: int | None = 1,
        after: int = 0,
        host: str | None = None,
        **detail: Any,
    ) -> None:
        """`times` None: until cleared. `after`: how many matching calls pass first."""
        where = {k: v for k, v in (("method", method), ("chat", chat), ("host", host)) if v is not None}
        body = {"fault": fault, "times": times, "after": after, **where, **detail}
        await self._request("POST", "faults", json=body)

    async def clear_faults(self) -> None:
        await self._request("DELETE", "faults")

    async def fault_hits(self) -> list[Hit]:
        return [Hit(**row) for row in (await self._request("GET", "faults"))["hits"]]

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        """JSON that may hold a whole file."""
        told = json.dumps({k: v for k, v in body.items() if v is not None}).encode()
        headers = {"Content-Type": "application/json"}
        return await self._request("POST", path, data=io.BytesIO(told), headers=headers)

    async def _request(self, verb: str, path: str, **rest: Any) -> dict[str, Any]:
        if self._session is None:
            # Transcripts may wait long on purpose.
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        async with self._session.request(verb, f"{self.url}/{path}", **rest) as answer:
            body = await answer.json()
            if answer.status != 200 or not isinstance(body, dict):
                raise ControlRefused(answer.status, str(body.get("error")) if isinstance(body, dict) else "")
            return body


def _formatted(looks: Sequence[Look]) -> list[dict[str, str]] | None:
    return [{"kind": kind, "words": words, "value": value} for kind, words, value in looks] or None


def _seen(row: dict[str, Any]) -> Seen:
    sender = row.get("sender") or {}
    return Seen(
        index=row["index"],
        message_id=row["message_id"],
        sender_id=sender.get("id"),
        sender_name=sender.get("name"),
        sender_is_bot=bool(sender.get("is_bot")),
        text=row["text"],
        raw=row["raw"],
        reply_to=row["reply_to"],
        at=row["at"],
        by=row["by"],
        kind=row["kind"],
        deleted=row["deleted"],
        pinned=row["pinned"],
        edited_at=row["edited_at"],
        chat=row.get("chat"),
        looks=tuple((look["kind"], look["words"], look["value"]) for look in row.get("looks", [])),
        file=None if row.get("file") is None else SeenFile(**row["file"]),
        thing=row.get("thing"),
        buttons=_rows(row.get("buttons", [])),
    )


def _rows(rows: list[list[dict[str, Any]]]) -> SeenRows:
    return tuple(tuple(SeenButton(**each) for each in row) for row in rows)
