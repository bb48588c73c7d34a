"""login · logout: an account of ours on a platform, made by asking an operator in the management room.

A platform's login is a coroutine that asks; here each question is the answer to what the operator wrote last::

    login eitaa ──▶ "phone number?"      0912… ──▶ "the code?"      12345 ──▶ "logged in as …"

A dialogue lives in memory: a restart, ten silent minutes or `cancel` end it, and `login` begins it anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bridge.core.commands import Answer, Asker, fold
from bridge.core.identity import title_of
from bridge.core.live import Live
from bridge.errors import BridgeError, Refused
from bridge.ports import Account, Platform
from bridge.store.credentials import Credentials
from bridge.texts import reason_words, say
from bridge.texts.sentences import SENTENCES

log = logging.getLogger("hampayam.logins")

PATIENCE_S = 600.0
"""How long a question waits for its answer."""

_CANCEL = frozenset(map(fold, ("cancel", "لغو", "انصراف")))


class Dialogue:
    """One login under way. `person` is who is asked."""

    def __init__(self, platform: str, person: str, languages: tuple[str, ...]) -> None:
        self.platform = platform
        self.person = person
        self._languages = languages
        self._said: asyncio.Queue[str] = asyncio.Queue()
        self._answer: asyncio.Future[str] | None = None
        self.task: asyncio.Task[str] | None = None

    async def ask(self, question: str, *, reason: str = "", secret: bool = False) -> str:
        lines = [say(key, self._languages) for key in (reason, question, "ask_secret" if secret else "") if key]
        self._answer = asyncio.get_running_loop().create_future()
        self._said.put_nowait("\n".join(lines))
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._answer
        except TimeoutError:
            raise Refused("login_too_slow") from None

    async def begin(self, login: Callable[[], Awaitable[str]]) -> str:
        """What is said first: a question, or already how it ended."""

        async def run() -> str:
            self._said.put_nowait(ended := await login())
            return ended

        self.task = asyncio.ensure_future(run())
        return await self._said.get()

    async def answer(self, text: str) -> str:
        """What is said to an answer."""
        assert self._answer is not None
        if not self._answer.done():
            self._answer.set_result(text)
        return await self._said.get()

    @property
    def over(self) -> bool:
        return self.task is None or self.task.done()


class Logins:
    """`platforms` and `settings` by name. `changed` is called with a platform whose credentials are others now."""

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        settings: Mapping[str, Any],
        credentials: Credentials,
        live: Live,
        languages: tuple[str, ...],
        changed: Callable[[str], None],
    ) -> None:
        self._platforms = platforms
        self._settings = settings
        self._credentials = credentials
        self._live = live
        self._languages = languages
        self._changed = changed
        self._dialogues: dict[str, Dialogue] = {}

    def answers(self) -> dict[str, Answer]:
        return {"login": self.login, "logout": self.logout}

    def _account(self, args: list[str]) -> tuple[str, Account]:
        name = args[0].lower() if args else ""
        platform = self._platforms.get(name)
        if platform is None or platform.account is None:
            raise Refused("no_account_there")
        if not platform.account.wanted(self._settings[name]):
            raise Refused("account_not_wanted")
        return name, platform.account

    async def login(self, asker: Asker, args: list[str]) -> str:
        name, account = self._account(args)
        if await self._credentials.get(name) is not None and self._live.leg(name, "account").state != "login_lost":
            raise Refused("logged_in_already")
        self._end(asker.room)
        dialogue = self._dialogues[asker.room] = Dialogue(name, asker.by, self._languages)

        async def go() -> str:
            try:
                credentials = await account.login(self._settings[name], dialogue.ask)
                await self._credentials.keep(name, credentials)
            except BridgeError as error:
                reason = getattr(error, "reason", "")
                log.info("%s: a login did not succeed: %s", name, type(error).__name__)
                known = isinstance(error, Refused) and reason in SENTENCES
                why = say(reason, self._languages) if known else reason_words(reason or "unreachable")
                return say("login_failed", self._languages, reason=why)
            self._changed(name)
            title = title_of(self._platforms[name].titles, self._languages[0])
            return say("login_done", self._languages, platform=title)

        return await self._heard(asker.room, dialogue.begin(go))

    async def answered(self, room: str, person: str, text: str) -> str | None:
        """What is said to a message in a room where a question waits for this person; None where none does."""
        dialogue = self._dialogues.get(room)
        if dialogue is None or dialogue.person != person:
            return None
        if dialogue.over:  # it had waited too long
            self._end(room)
            return None
        if fold(text.strip()) in _CANCEL:
            self._end(room)
            return say("login_cancelled", self._languages)
        return await self._heard(room, dialogue.answer(text))

    async def _heard(self, room: str, said: Awaitable[str]) -> str:
        text = await said
        dialogue = self._dialogues.get(room)
        if dialogue is not None:
            await asyncio.sleep(0)  # the last words are said just before the end
            if dialogue.over:
                self._end(room)
        return text

    def _end(self, room: str) -> None:
        dialogue = self._dialogues.pop(room, None)
        if dialogue is not None and dialogue.task is not None:
            dialogue.task.cancel()

    def close(self) -> None:
        """End what is under way; the operator begins it again."""
        for room in list(self._dialogues):
            self._end(room)

    async def logout(self, asker: Asker, args: list[str]) -> str:
        """The credentials are forgotten even where the platform cannot be told."""
        name, account = self._account(args)
        credentials = await self._credentials.get(name)
        if credentials is None:
            raise Refused("not_logged_in")
        told = True
        try:
            await account.logout(self._settings[name], credentials)
        except BridgeError as error:
            log.warning("%s: the platform was not told of the logout: %s", name, type(error).__name__)
            told = False
        await self._credentials.drop(name)
        self._changed(name)
        return say("logout_done" if told else "logout_half_done", self._languages)
