"""Questions to the process that has a login, where that is another one.

A question goes as a word of the bell's, and so does its answer; both are sealed, since what operators type may be in
them. One that is lost is asked again or given up by whoever asks. Answers may be given twice, so none may do anything.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from bridge.errors import BridgeError, Refused, Retry
from bridge.keys import Keys

log = logging.getLogger("hampayam.neighbours")

ASK, ANSWER = "ask", "answer"

Answering = Callable[..., Awaitable[Any]]


class Inquiries:
    """`ring` tells the others a word; `run` starts a task under a key; `here` says whether a login (by what stands
    before the colon of its id, or all of it) is ours."""

    def __init__(
        self,
        ring: Callable[..., None],
        keys: Keys,
        *,
        here: Callable[[str], bool],
        run: Callable[[object, Callable[[], Awaitable[None]]], None],
    ) -> None:
        self._ring = ring
        self._keys = keys
        self._here = here
        self._run = run
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self.answers: dict[str, Answering] = {}
        """What we can be asked: called with the login and what came with the question (JSON). It raises BridgeError,
        which is raised where it was asked."""

    async def ask(self, kind: str, login: str, *what: str | int, seconds: float) -> Any:
        """Raises TimeoutError when nobody answers in time, and what was raised there."""
        id = secrets.token_hex(8)
        answer = self._waiting[id] = asyncio.get_running_loop().create_future()
        try:
            self._ring(ASK, id, kind, login, self._sealed(list(what)))
            async with asyncio.timeout(seconds):
                return await answer
        finally:
            del self._waiting[id]

    def asked(self, id: str, kind: str, login: str, what: str) -> None:
        if self._here(login) and kind in self.answers:
            self._run(("inquiry", id), lambda: self._answer(id, kind, login, what))

    async def _answer(self, id: str, kind: str, login: str, what: str) -> None:
        said: dict[str, Any]
        try:
            said = {"answer": await self.answers[kind](login, *self._open(what))}
        except Refused as error:
            said = {"refused": error.reason}
        except BridgeError as error:
            said = {"retry": str(error)}
        except Exception as error:
            log.error("a question could not be answered: %s", type(error).__name__)
            return
        self._ring(ANSWER, id, self._sealed(said))

    def answered(self, id: str, what: str) -> None:
        waiting = self._waiting.get(id)
        if waiting is None or waiting.done():
            return
        said = self._open(what)
        if "refused" in said:
            waiting.set_exception(Refused(said["refused"]))
        elif "retry" in said:
            waiting.set_exception(Retry(said["retry"]))
        else:
            waiting.set_result(said["answer"])

    def _sealed(self, what: object) -> str:
        return base64.b64encode(self._keys.seal(json.dumps(what).encode())).decode()

    def _open(self, sealed: str) -> Any:
        return json.loads(self._keys.unseal(base64.b64decode(sealed)))
