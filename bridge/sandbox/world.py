"""Everything on one machine, all of it real but the messengers: Synapse, the bridge as a process of its own,
its database, and the four simulators.

::

    World ─┬─ Messenger × 4 (simulators, in this process unless they are told to run apart)
           ├─ Synapse (child process, SQLite)
           ├─ the bridge (child process `python -m bridge --config … run`, or several; log in bridge.log)
           ├─ Books (its database, read from outside)
           └─ Manager (the operator on Matrix, with their management room)

Nothing here reaches into the bridge: it is spoken to as its users do, and watched through its database and log.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from bridge.config_loading import load_config
from bridge.matrix.registration import make_registration, write_registration
from bridge.platforms import PLATFORMS
from bridge.sandbox.books import Books
from bridge.sandbox.client import Account, call
from bridge.sandbox.fleet import PROGRAM, Fleet, in_several
from bridge.sandbox.manager import Manager
from bridge.sandbox.messenger import Messenger
from bridge.sandbox.person import Person
from bridge.sandbox.postgres import Postgres
from bridge.sandbox.processes import ChildFailed, check_port, free_port
from bridge.sandbox.sharing import PEOPLE, Shared, share
from bridge.sandbox.simulators import account_settings, make_simulator, mirror_settings, settings_for
from bridge.sandbox.synapse import Synapse, silent
from bridge.sandbox.writing import yaml_lines
from bridge.texts.sentences import SENTENCES

ALL = tuple(sorted(PLATFORMS, key=lambda name: not PLATFORMS[name].capabilities.receives))
"""All platforms, those that only listen to us last."""

PREFIX = "hampayam"
DOMAIN = "localhost"
OPERATOR = "admin"
BRIDGE_WITHIN_S = 30.0
SETTLED_WITHIN_S = 60.0
LOOK_EVERY_S = 0.02


class World:
    """Use it as `async with World(folder) as world:`, or `start` and `stop`. Everything lives in `folder`, which
    must be empty or not exist. Needs one running loop from start to stop."""

    def __init__(
        self,
        folder: Path,
        *,
        platforms: Sequence[str] = ALL,
        database: str | None = None,
        template: Path | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        permissions: Mapping[str, str] | None = None,
        config: Mapping[str, Any] | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        accounts: Sequence[str] = (),
        mirrors: Sequence[str] = (),
        simulators_apart: bool = False,
        several: bool | None = None,
        program: Sequence[str | Path] = PROGRAM,
        way: Callable[[str], str] = str,
        on_progress: Callable[[str], None] = silent,
    ) -> None:
        """`database` is the bridge's, a postgres:// address or None for an SQLite file in `folder`. `template` is for
        Synapse (see its `template`). `settings` are laid over a platform's in config.yaml, `config` over the whole
        file, `options` over a simulator's. On the platforms in `accounts` an account of ours is logged in, so that
        people there are heard; on those in `mirrors` public channels can be mirrored. `permissions` are those beside
        the operator's. `several`: the bridge is a head and a process for each platform, on PostgreSQL (one of the
        world's own, where no `database` is given); None: if the environment says so. `program` starts the bridge; `way`
        makes of every address that it calls, or is called by, the one that stands in its config."""
        self.folder = folder
        self.log_path = folder / "bridge.log"
        self.config_path = folder / "config.yaml"
        self.registration_path = folder / "registration.yaml"
        self.database = database or "sqlite:hampayam.db"
        self.books = Books(database or folder / "hampayam.db")
        self.messengers = {
            name: Messenger(
                name,
                PLATFORMS[name].titles,
                two_way=PLATFORMS[name].capabilities.receives or name in accounts,
                simulator=None if simulators_apart else make_simulator(name, (options or {}).get(name, {})),
                log_path=folder / f"{name}.log",
            )
            for name in platforms
        }
        self.synapse = Synapse(
            folder / "homeserver",
            DOMAIN,
            port=free_port(),
            registrations=[self.registration_path],
            template=template,
            config={"background_updates": {"sleep_enabled": False}},
            on_progress=on_progress,
        )
        self.accounts_on = tuple(name for name in platforms if name in accounts)
        self._mirrors_on = tuple(mirrors)
        self.port = 0
        self.bot = f"@{PREFIX}:{DOMAIN}"
        self.operator_account: Account | None = None
        self.operator_password = secrets.token_urlsafe(12)
        self.accounts: dict[str, Account] = {}
        """Of everybody on Matrix, by their names there."""
        self.said: list[str] = []
        """What people on Matrix were made to say through `matrix_says`."""
        self._operator: Manager | None = None
        self._settings = {name: dict(given) for name, given in (settings or {}).items()}
        self._permissions = dict(permissions if permissions is not None else {DOMAIN: "user"})
        self._config = dict(config or {})
        self._secret = secrets.token_hex(32)
        self._apart_options = dict(options or {}) if simulators_apart else {}
        self._on_progress = on_progress
        self._undo = contextlib.AsyncExitStack()
        apart = platforms if (in_several() if several is None else several) else ()
        self.bridges = Fleet(program, self.config_path, self.log_path, apart)
        self._way = way

    def __getitem__(self, platform: str) -> Messenger:
        return self.messengers[platform]

    @property
    def operator(self) -> Manager:
        """`@admin`, whom the configuration calls an admin."""
        if self._operator is None:
            raise ChildFailed("the world is not started")
        return self._operator

    # --- life

    async def start(self) -> None:
        """Start everything, in about five seconds. Whatever fails, nothing stays behind."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        if self.bridges.several and self.database.startswith("sqlite"):
            server = await self._undo.enter_async_context(Postgres())
            self.database = await server.create_database()
            self.books = Books(self.database)
        self._on_progress("simulators: starting")
        for name, messenger in self.messengers.items():
            self._undo.push_async_callback(messenger.stop)
            await messenger.start()
            if changes := self._apart_options.get(name):
                await messenger.control.options(**changes)
        self.port = free_port()
        self.write_config()
        config = load_config(self.config_path, {name: PLATFORMS[name].settings for name in PLATFORMS}, {})
        write_registration(self.registration_path, make_registration(config))
        self._undo.push_async_callback(self.synapse.stop)
        await self.synapse.start()
        self._undo.push_async_callback(self.bridge_stop)
        await self.bridge_start()
        self.operator_account = await self.synapse.register(OPERATOR, self.operator_password, admin=True)
        self.accounts[OPERATOR] = self.operator_account
        self._operator = await self._manager(self.operator_account)
        self._on_progress("bridge: waiting for its platforms")
        await self.running()
        for name in self.accounts_on:
            await self.log_in(name)
        self._on_progress("bridge: ready")

    async def log_in(self, name: str) -> None:
        """As an operator does it, in the management room."""
        messenger = self.messengers[name]
        phone = str(messenger.bot.details["phone"])

        async def code() -> str:
            return str((await messenger.control.own("code", phone=phone))["code"])

        self._on_progress(f"{name}: logging in with an account")
        await self.operator.log_in(name, phone, code)
        account = f"{messenger.titles['fa']} ("
        async with asyncio.timeout(BRIDGE_WITHIN_S):
            while not any(line.startswith(account) for line in await self._running_lines()):  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def _running_lines(self) -> list[str]:
        """Of the answer to `platforms`, those of what runs."""
        word = SENTENCES["leg_running"]["fa"]
        return [line for line in (await self.operator.command("platforms")).splitlines() if word in line]

    async def stop(self) -> None:
        """Harmless when nothing runs."""
        undo, self._undo = self._undo, contextlib.AsyncExitStack()
        await undo.aclose()
        self._operator = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def write_config(self, path: Path | None = None, **instead: Any) -> None:
        platforms: dict[str, Any] = {
            name: settings_for(PLATFORMS[name], self._way(messenger.url), messenger.bot.token)
            | (account_settings(messenger.urls, self._way) if name in self.accounts_on else {})
            | (mirror_settings(messenger.urls) if name in self._mirrors_on else {})
            | dict(self._settings.get(name, {}))
            for name, messenger in self.messengers.items()
        }
        whole: dict[str, Any] = {
            "homeserver": {"url": self._way(self.synapse.url), "domain": DOMAIN},
            "appservice": {
                "listen": f"127.0.0.1:{self.port}",
                "url": self._way(f"http://127.0.0.1:{self.port}"),
                "registration": self.registration_path.name,
                "prefix": PREFIX,
            },
            "database": self._way(self.database),
            "secret": self._secret,
            "permissions": {f"@{OPERATOR}:{DOMAIN}": "admin", **self._permissions},
            "platforms": platforms,
            **self._config,
            **instead,
        }
        with open(os.open(path or self.config_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("\n".join(yaml_lines(whole)) + "\n")

    async def reconfigure(
        self,
        *,
        permissions: Mapping[str, str] | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """Lay these over the configuration (`permissions` replace the former) and start the bridge anew."""
        for name, changes in (settings or {}).items():
            self._settings.setdefault(name, {}).update(changes)
        self._config |= config or {}
        if permissions is not None:
            self._permissions = dict(permissions)
        await self.bridge_stop()
        self.write_config()
        await self.bridge_start()
        await self.running()

    # --- the bridge

    async def bridge_start(self, *, ready: bool = True) -> None:
        """Returns when it answers (at once, if that is not asked for). Raises ChildFailed with the end of its log."""
        check_port(self.port, "the bridge")
        self._on_progress("bridge: starting")
        self.bridges.start()
        if not ready:
            return
        async with aiohttp.ClientSession() as session:
            await self.bridges.until(lambda: self._answers(session), within=BRIDGE_WITHIN_S)

    async def bridge_stop(self) -> None:
        """SIGTERM, as systemd does it."""
        await self.bridges.stop()

    async def bridge_kill(self) -> None:
        """SIGKILL."""
        await self.bridges.kill()

    @property
    def bridge_pid(self) -> int:
        return self.bridges.pid

    def bridge_frozen(self) -> contextlib.AbstractContextManager[None]:
        return self.bridges.frozen()

    @property
    def bridge_running(self) -> bool:
        return self.bridges.running

    def bridge_log(self) -> str:
        """Of all its runs."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"http://127.0.0.1:{self.port}/_hampayam/live") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    # --- people on Matrix

    async def matrix_person(self, name: str) -> Person:
        """A person on Matrix, listening until the world stops. No rate limit holds them."""
        self.accounts[name] = await self.synapse.register(name)
        return await self._listening(self.accounts[name])

    async def matrix_manager(self, name: str) -> Manager:
        """A person on Matrix with a management room of their own."""
        self.accounts[name] = await self.synapse.register(name)
        return await self._manager(self.accounts[name])

    async def _manager(self, account: Account) -> Manager:
        manager = Manager(await self._listening(account), self.bot)
        await manager.open()
        return manager

    async def _listening(self, account: Account) -> Person:
        await self.synapse.lift_ratelimit(account.mxid)
        person = Person(self.synapse.url, account)
        await person.start()
        self._undo.push_async_callback(person.stop)
        return person

    async def matrix_says(self, person: Person, room: str, text: str, reply_to: str | None = None) -> str:
        """Returns the event's id."""
        self.said.append(text)
        return await person.say(room, text, reply_to)

    async def members(self, room: str) -> list[str]:
        """Who is in a room, as the homeserver's own administrator sees it, who need not be in it."""
        assert self.operator_account is not None
        url = f"{self.synapse.url}/_synapse/admin/v1/rooms/{quote(room, safe='')}/members"
        async with aiohttp.ClientSession() as session:
            return list((await call(session, "GET", url, token=self.operator_account.access_token))["members"])

    # --- links

    async def share(
        self,
        title: str,
        *platforms: str,
        host: Manager | None = None,
        people: Mapping[str, Sequence[str]] | None = None,
    ) -> Shared:
        """New groups on these platforms, in one room; without `people` with those of PEOPLE."""
        chosen = {name: (people or PEOPLE)[name] for name in platforms}
        return await share(title, self.messengers, chosen, self.operator, host)

    # --- waiting for states

    async def running(self, *platforms: str, timeout: float = BRIDGE_WITHIN_S) -> None:
        """Wait until the bridge says that these platforms (all, if none is named) are running."""
        titles = [self.messengers[name].titles["fa"] for name in platforms or self.messengers]
        async with asyncio.timeout(timeout):
            while True:
                lines = await self._running_lines()
                if all(any(line.startswith(title) for line in lines) for title in titles):
                    return
                await asyncio.sleep(0.1)

    async def settled(self, timeout: float = SETTLED_WITHIN_S) -> None:
        """Wait until all that was said has come to its end everywhere: no update waits on a platform, nothing is
        unfinished in the bridge's database, and the homeserver has nothing left for the bridge. Raises TimeoutError
        that says what is not finished."""
        until = time.monotonic() + timeout
        try:
            async with asyncio.timeout(timeout):
                while True:
                    await self._quiet()
                    before = await self.books.marks()
                    # The homeserver hands everything over in order: what came before our question is in by now.
                    # Twice, since rooms may overtake one another within one batch.
                    for _ in range(2):
                        await self.operator.command("version", wait=max(1.0, until - time.monotonic()))
                    if not await self._unsettled() and await self.books.marks() == before:
                        return
        except TimeoutError:
            left = await self._unsettled()
            raise TimeoutError(f"not settled within {timeout:.0f} s: {left or 'no answer to a command'}") from None

    async def _quiet(self) -> None:
        while True:
            if not await self._unsettled():
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _unsettled(self) -> dict[str, int]:
        pending = {name: await messenger.pending() for name, messenger in self.messengers.items()}
        return {name: count for name, count in pending.items() if count} | await self.books.unsettled()

    def everything_said(self) -> Iterable[str]:
        """All that people said through this world, commands aside."""
        for messenger in self.messengers.values():
            yield from messenger.said
        yield from self.said
