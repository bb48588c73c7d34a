"""One simulated messenger as its people use it: groups, what they say, what they see."""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bridge.platforms.simulation import Simulator
from bridge.sandbox.control import Control, NewBot, Said, Seen
from bridge.sandbox.processes import Child, ChildFailed
from bridge.sandbox.reading import copied

START_WITHIN_S = 20.0
WAIT_S = 30.0


@dataclass(frozen=True)
class Group:
    """A group or channel. `admin` is its creator's name, `username` only a channel's."""

    id: str
    title: str
    admin: str
    username: str | None = None


class Messenger:
    """`two_way` False: our bot only posts there, so its chats are channels. People are called by their names,
    which are unique in a messenger here.

    With `simulator` it runs in this process, without one as a child of its own (`python -m ….simulator`).
    """

    def __init__(
        self,
        name: str,
        titles: Mapping[str, str],
        *,
        two_way: bool,
        simulator: Simulator[Any] | None = None,
        log_path: Path | None = None,
    ) -> None:
        self.name = name
        self.titles = titles
        self.two_way = two_way
        self.simulator = simulator
        self.url = ""
        self.urls: Mapping[str, Any] = {}
        """Addresses beside `url`, where a messenger has several."""
        self.people: dict[str, str] = {}
        """Their ids by their names."""
        self.groups: dict[str, Group] = {}
        """By id."""
        self.said: list[str] = []
        """Every text that a person said here, commands aside: none of it may be found in a log."""
        self._child: Child | None = None
        if simulator is None:
            if log_path is None:
                raise ValueError("a simulator in a process of its own needs a log")
            program = [sys.executable, "-m", f"bridge.platforms.{name}.simulator"]
            self._child = Child(f"the {name} simulator", program, log_path, folder=log_path.parent)
        self._control: Control | None = None
        self._bot: NewBot | None = None

    @property
    def control(self) -> Control:
        if self._control is None:
            raise ChildFailed(f"{self.name} is not started")
        return self._control

    @property
    def bot(self) -> NewBot:
        """The bridge's own bot."""
        if self._bot is None:
            raise ChildFailed(f"{self.name} is not started")
        return self._bot

    async def start(self) -> None:
        if self.simulator is not None:
            await self.simulator.start()
            self.url, control_url = self.simulator.url, self.simulator.control_url
            self.urls = self.simulator.urls()
        else:
            self.url, control_url = await self._start_child()
        self._control = Control(control_url)
        self._bot = await self._control.bots("هم‌پیام", "hampayambot")

    async def stop(self) -> None:
        if self._control is not None:
            await self._control.close()
            self._control = None
        if self.simulator is not None:
            await self.simulator.stop()
        if self._child is not None:
            await self._child.stop()

    async def _start_child(self) -> tuple[str, str]:
        child = self._child
        assert child is not None
        child.start()
        found: dict[str, Any] = {}

        async def told() -> bool:
            for line in child.log_path.read_text().splitlines():
                if line.startswith("{"):
                    found.update(json.loads(line))
            return bool(found)

        await child.until(told, within=START_WITHIN_S)
        self.urls = found.get("urls", {})
        return found["url"], found["control_url"]

    # --- people and groups

    async def person(self, name: str) -> str:
        """The id of the person of that name, who comes into being when first asked for."""
        if name not in self.people:
            self.people[name] = await self.control.people(name)
        return self.people[name]

    async def group(
        self, title: str, admin: str, *members: str, bot: Literal["admin", "member", "left"] = "admin"
    ) -> Group:
        """A new group (a channel, where our bot only posts) with our bot in it."""
        kind: Literal["group", "channel"] = "group" if self.two_way else "channel"
        username = None if self.two_way else f"channel{secrets.token_hex(4)}"
        creator = await self.person(admin)
        chat = await self.control.chats(kind, title, username=username, creator=creator)
        for name in members:
            await self.control.members(chat, await self.person(name))
        if bot != "left":
            await self.control.members(chat, self.bot.id, bot)
        group = Group(chat, title, admin, username)
        self.groups[chat] = group
        return group

    async def kick_bot(self, group: Group) -> None:
        await self.control.members(group.id, self.bot.id, "left")

    # --- saying and seeing

    async def says(self, group: Group, name: str, text: str, reply_to: str | None = None, *, kind: str = "text") -> str:
        """Returns the message's id."""
        return (await self.say(group, name, text, reply_to, kind=kind)).message_id

    async def say(
        self,
        group: Group,
        name: str,
        text: str,
        reply_to: str | None = None,
        *,
        kind: str = "text",
        thing: Mapping[str, Any] | None = None,
        author: tuple[str, str] | None = None,
    ) -> Said:
        """As `Control.say`."""
        if not text.startswith("/"):
            self.said.append(text)
        self.said += [value for value in (thing or {}).values() if isinstance(value, str)]
        person = await self.person(name)
        return await self.control.say(group.id, person, text, reply_to=reply_to, kind=kind, thing=thing, author=author)

    async def corrects(self, group: Group, message_id: str, text: str) -> None:
        self.said.append(text)
        await self.control.edit(group.id, message_id, text)

    async def transcript(self, group: Group, after: int = 0) -> list[Seen]:
        return await self.control.transcript(group.id, after)

    async def conversation(self, group: Group) -> list[Seen]:
        """The transcript without commands, deleted messages and the bridge's own words."""
        return [
            seen
            for seen in await self.transcript(group)
            if not seen.deleted
            and not (seen.by == "person" and seen.text.startswith("/"))
            and not (seen.by == "api" and copied(seen.text) is None)
        ]

    async def wait_for(
        self, group: Group, matches: Callable[[Seen], bool], timeout: float = WAIT_S, *, after: int = 0
    ) -> Seen:
        """The first line behind index `after` that matches, now or later. Raises TimeoutError."""
        until = time.monotonic() + timeout
        seen = after
        while (left := until - time.monotonic()) > 0:
            for line in await self.control.transcript(group.id, seen, wait=min(left, 10.0)):
                if matches(line):
                    return line
                seen = line.index
        raise TimeoutError(f"nothing like it in «{group.title}» on {self.name} within {timeout:.0f} s")

    async def copy_of(self, group: Group, text: str, timeout: float = WAIT_S) -> Seen:
        """The copy of somebody's words here, once it is there."""

        def is_it(seen: Seen) -> bool:
            return seen.by == "api" and (copied(seen.text) or ("", ""))[1] == text

        return await self.wait_for(group, is_it, timeout)

    async def answer_to(
        self, group: Group, name: str, command: str, timeout: float = WAIT_S, *, reply_to: str | None = None
    ) -> Seen:
        """Somebody gives a command; the bridge's answer, which is a reply to it."""
        said = await self.says(group, name, command, reply_to)
        return await self.wait_for(group, lambda seen: seen.by == "api" and seen.reply_to == said, timeout)

    async def pending(self) -> int:
        return await self.control.pending()
