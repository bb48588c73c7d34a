"""The frame of a simulated messenger: two listeners, faults around every call, and what a person can do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from types import TracebackType
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from aiohttp import web

from .buttons import Button, asking, found
from .control import control_routes
from .faults import CALL_FAULTS, COMMON_FAULTS, Fault, Faults, Journal
from .form import Upload
from .options import O, replace_options
from .records import Bot, Chat, ChatKind, ControlError, Look, Message, Person, Role, World
from .things import PLAIN, Extra, whole

Work = Callable[[], Awaitable[web.Response]]
Verb = Callable[[dict[str, Any]], dict[str, Any]]
T = TypeVar("T")

LOOPBACK = "127.0.0.1"


class Tongue(Protocol):
    """How one interface of a platform says no, for a platform that has several."""

    def refusal(self, status: int, words: str) -> web.Response: ...

    def flood(self, retry_after: int | None, *, plain_text: bool) -> web.Response: ...


class Coded(web.Response):
    """An answer whose outcome is not its HTTP status: the journal shows `code`."""

    code = 200


class Simulator(ABC, Generic[O]):
    """A platform gives its wire (`routes`) and says what happens there when a person does something.

    The methods with a person as their subject (`person_said` …) are called after the kit has checked ids and
    membership. They change `self.world` and queue updates; they don't wait.
    """

    platform: ClassVar[str]
    own_faults: ClassVar[frozenset[str]] = frozenset()
    """Faults beyond the common ones, taken by the platform's own code with `self.faults.take`."""
    method_names: ClassVar[Mapping[str, str]] = {}
    """For a fault: what is meant here by a method's name on other platforms."""
    kinds: ClassVar[frozenset[str]] = frozenset({"text"})
    """What a person can say, by /say's `kind`."""

    def __init__(self, options: O, *, clock: Callable[[], float] = time.time) -> None:
        self.options = options
        self.world = World(clock)
        self.faults = Faults(COMMON_FAULTS | self.own_faults)
        self.journal = Journal(clock)
        self._port = 0
        self._hold: socket.socket | None = None
        self._wire: web.AppRunner | None = None
        self._control: web.AppRunner | None = None
        self._control_port = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- the platform's part: the wire

    @abstractmethod
    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Each handler answers by way of `self.call`."""

    @abstractmethod
    def refusal(self, status: int, words: str) -> web.Response:
        """An error in the platform's form."""

    @abstractmethod
    def flood(self, retry_after: int | None, *, plain_text: bool) -> web.Response:
        """ "Too many requests" in the platform's form; `plain_text` as an edge proxy would put it."""

    @abstractmethod
    def pending(self) -> int:
        """Updates that no bot has confirmed yet."""

    def urls(self) -> dict[str, Any]:
        """Where each of its interfaces is, for a platform that has several."""
        return {}

    def verbs(self) -> Mapping[str, Verb]:
        """What else the outside hand can do, by the name that follows /own/; each takes and gives JSON."""
        return {}

    def details(self, person: Person) -> dict[str, Any]:
        """What the control interface tells of a new person or bot beside the id."""
        return {}

    # -- the platform's part: what people do

    @abstractmethod
    def new_bot(self, name: str, username: str | None) -> Bot:
        """A record with a fresh id and token; the kit adds it to the world."""

    @abstractmethod
    def new_person(self, name: str, username: str | None, *, is_bot: bool) -> Person: ...

    @abstractmethod
    def new_chat(self, kind: ChatKind, title: str, username: str | None) -> Chat: ...

    @abstractmethod
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
        """`looks`: words of the text that the person formatted, as far as the app lets them. `file`: what they send,
        for a kind that is a file (without it, one that is made up). `extra`: what else there is, a forward's author
        as far as the app tells one."""

    def role_changed(self, chat: Chat, person: Person, before: Role, after: Role) -> None:
        """The world has the new role already."""

    def person_edited(self, message: Message, text: str, looks: tuple[Look, ...] = ()) -> None:
        """`looks` as in `person_said`; what was formatted before is not any more."""
        raise ControlError("people cannot edit here")

    def person_deleted(self, message: Message) -> None:
        self.world.delete(message)

    def person_renamed(self, chat: Chat, person: Person, title: str) -> None:
        """A group is called otherwise; where the platform tells bots of that, they hear of it."""
        chat.title = title

    def person_pinned(self, message: Message, person: Person) -> None:
        """Where the platform tells bots of a pinned message, they hear of it."""
        message.pinned = True

    def person_unpinned(self, message: Message, person: Person) -> None:
        """Where the platform tells bots of a message that was taken down, they hear of it."""
        message.pinned = False

    def person_started(self, person: Person, bot: Bot, payload: str | None) -> Chat:
        raise ControlError("there is no Start here")

    def person_stopped(self, person: Person, bot: Bot) -> None:
        raise ControlError("there is no Stop here")

    def person_pressed(self, message: Message, person: Person, button: str) -> None:
        """`button`: what stands on one below the message, or its data."""
        raise ControlError("there are no buttons here")

    def person_tapped(self, chat: Chat, person: Person, button: Button) -> None:
        """One of the bar, which asks for no number."""
        raise ControlError("nothing stands below the text field here")

    def number_shared(self, chat: Chat, person: Person) -> Message:
        """Because a button asked for it."""
        raise ControlError("nobody asks for numbers here")

    def put_raw(self, bot: Bot, raw: Any, *, numbered: bool) -> None:
        raise ControlError("there are no updates here")

    # -- what people do, checked

    def add_bot(self, name: str, username: str | None = None) -> Bot:
        bot = self.new_bot(name, username)
        self.world.add_person(bot)
        return bot

    def add_person(
        self, name: str, username: str | None = None, *, is_bot: bool = False, language: str = "", phone: str = ""
    ) -> Person:
        """`phone`: "" for one that is made up."""
        person = self.new_person(name, username, is_bot=is_bot)
        person.language, person.phone = language, phone or f"98912{len(self.world.people):07d}"
        self.world.add_person(person)
        return person

    def add_chat(self, kind: ChatKind, title: str, username: str | None = None, creator: Person | None = None) -> Chat:
        chat = self.new_chat(kind, title, username)
        self.world.add_chat(chat)
        if creator is not None:
            self.set_role(chat, creator, "creator")
        return chat

    def set_role(self, chat: Chat, person: Person, role: Role) -> None:
        if chat.kind == "private":
            raise ControlError("a private chat has no roles")
        before = self.world.set_role(chat, person, role)
        if before != role:
            self.role_changed(chat, person, before, role)

    def say(
        self,
        chat: Chat,
        person: Person,
        text: str,
        reply_to: Message | None = None,
        kind: str = "text",
        looks: tuple[Look, ...] = (),
        file: Upload | None = None,
        extra: Extra = PLAIN,
    ) -> Message:
        if kind not in self.kinds:
            raise ControlError(f"unknown kind {kind!r}; known: {', '.join(sorted(self.kinds))}")
        if not chat.has(person):
            raise ControlError(f"{person.id} is not a member of {chat.id}")
        if chat.kind == "channel" and not chat.is_admin(person):
            raise ControlError(f"{person.id} may not post in the channel {chat.id}")
        if any(look.words not in text for look in looks):
            raise ControlError("formatted words must be in the text")
        return self.person_said(chat, person, text, reply_to, kind, looks, file, whole(extra, kind))

    def tap(self, chat: Chat, person: Person, words: str) -> None:
        button = found(chat.bar, words)
        if not chat.has(person) or button is None or button.asks_number:
            raise ControlError(f"{person.id} cannot tap that in {chat.id}")
        self.person_tapped(chat, person, button)

    def share_number(self, chat: Chat, person: Person) -> Message:
        if not chat.has(person) or asking(chat.bar) is None:
            raise ControlError(f"nobody asks {person.id} for a number in {chat.id}")
        return self.number_shared(chat, person)

    # -- faults around a call

    async def call(
        self,
        request: web.Request,
        method: str,
        chat: str | None,
        work: Work,
        *,
        ends_with_client: bool = False,
        host: str | None = None,
        tongue: Tongue | None = None,
    ) -> web.StreamResponse:
        """Does `work` and answers, unless a fault says otherwise. `chat`: the control side's id.

        `ends_with_client`: a slow call (a poll) is given up with its client, not carried out all the same.
        """
        entry = self.journal.open(method, chat)
        fault = self.faults.take(CALL_FAULTS, method, chat, host)
        if fault is None:
            response = await work()
        else:
            answered = await self._with_fault(fault, work, ends_with_client, tongue or self)
            if answered is None:
                # Nothing can be written any more: the client sees the connection close, without an answer.
                if request.transport is not None:
                    request.transport.close()
                return web.Response()
            response = answered
        entry.status = response.code if isinstance(response, Coded) else response.status
        return response

    async def _with_fault(
        self, fault: Fault, work: Work, ends_with_client: bool, tongue: Tongue
    ) -> web.Response | None:
        detail = fault.detail
        match fault.name:
            case "status":
                status = int(detail.get("status", 502))
                if detail.get("html"):
                    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
                    return web.Response(status=status, text=page, content_type="text/html")
                return tongue.refusal(status, "Internal Server Error" if status >= 500 else "Bad Request")
            case "flood":
                wait = detail.get("retry_after")
                return tongue.flood(None if wait is None else int(wait), plain_text=bool(detail.get("plain_text")))
            case "hang":
                await self.faults.cleared()
                return None
            case "hang_up":
                return None
            case "drop_answer":
                await work()
                return None
            case "slow":
                late = _later(float(detail.get("seconds", 1)), work)
                return await (late if ends_with_client else asyncio.shield(self.spawn(late)))
            case _:
                response = await work()
                body = response.body if isinstance(response.body, bytes) else b""
                return web.Response(
                    status=200,
                    body=body[: len(body) // 2],
                    content_type=response.content_type,
                    charset="utf-8" if response.content_type != "application/octet-stream" else None,
                )

    # -- life

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that ends with the simulator at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def start(self, port: int = 0, control_port: int = 0) -> None:
        # Bound but never listening: keeps the port ours while the wire is down and connections are refused.
        self._hold = _bound_socket(port)
        self._port = self._hold.getsockname()[1]
        await self.up()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(control_routes(self))
        self._control = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._control.setup()
        site = web.TCPSite(self._control, LOOPBACK, control_port)
        await site.start()
        self._control_port = self._control.addresses[0][1]

    async def stop(self) -> None:
        for runner in (self._control, self._wire):
            if runner is not None:
                await runner.cleanup()
        self._control = self._wire = None
        if self._hold is not None:
            self._hold.close()
            self._hold = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def up(self) -> None:
        if self._wire is not None:
            return
        app = web.Application()
        app.add_routes(self.routes())
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        listener = _bound_socket(self._port)
        await web.SockSite(runner, listener, backlog=1024).start()
        self._wire = runner

    async def down(self) -> None:
        """Connections are refused, and those that were open are closed, until `up`."""
        if self._wire is not None:
            runner, self._wire = self._wire, None
            await runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def control_url(self) -> str:
        return f"http://{LOOPBACK}:{self._control_port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # -- options, switchable while it runs

    def set_options(self, changes: dict[str, Any]) -> None:
        self.options = replace_options(self.options, changes)


async def _later(seconds: float, work: Work) -> web.Response:
    await asyncio.sleep(seconds)
    return await work()


def _bound_socket(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with contextlib.ExitStack() as undo:
        undo.callback(sock.close)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
        undo.pop_all()
    return sock
