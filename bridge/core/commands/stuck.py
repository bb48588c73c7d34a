"""explain · queue · retry · drop: what waits or did not arrive, and what can be done about it.

Nothing here shows what anybody said. Copies are written c12, links as in `rooms`. Who tried again or took out what is
kept with the message, and `explain` shows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from bridge.core.commands import Answer, Asker, fold
from bridge.core.commands.linking import room_number
from bridge.core.endings import Endings
from bridge.core.live import Live
from bridge.core.patience import Patience
from bridge.errors import Refused
from bridge.store.database import Store
from bridge.store.inbox import Inbox
from bridge.store.ledger import Ledger
from bridge.store.portals import Portal, Portals
from bridge.store.queue import Copied, Queue, Waiting
from bridge.texts import reason_words, say, say_kind
from bridge.texts.dates import span_words, stamp
from bridge.texts.digits import ascii_digits

_MOST = 40
"""Lines that are listed."""
_EVENT = re.compile(r"\$[A-Za-z0-9_+/=.:-]+")


class Stuck:
    """`titles` are the messengers' names, by language; `clock` tells Unix milliseconds."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        ledger: Ledger,
        portals: Portals,
        inbox: Inbox,
        live: Live,
        endings: Endings,
        patience: Patience,
        titles: Mapping[str, Mapping[str, str]],
        languages: tuple[str, ...],
        *,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._queue = queue
        self._ledger = ledger
        self._portals = portals
        self._inbox = inbox
        self._live = live
        self._endings = endings
        self._patience = patience
        self._titles = titles
        self._languages = languages
        self._clock = clock

    def answers(self) -> dict[str, Answer]:
        return {"explain": self.explain, "queue": self.queue, "retry": self.retry, "drop": self.drop}

    # --- looking

    async def explain(self, asker: Asker, args: list[str]) -> str:
        """`explain EVENT` · `explain PLATFORM CHAT MESSAGE`"""
        number = await self._message(args)
        path = await self._queue.path(number) if number is not None else None
        if path is None:
            raise Refused("explain_unknown")
        place = say("explain_in_room", self._languages, " / ")
        if path.login is not None:
            place = f"{path.login} {path.chat} {path.remote_id}"
        lines = [
            say(
                "explain_said",
                self._languages,
                what=path.kind if path.kind == "message" else say_kind(path.kind, self._languages),
                place=place,
                at=stamp(path.said_at),
                room=path.room if path.room is not None else "—",
                event=path.event_id or "—",
                state=path.state,
                reason=self._reason(path.reason),
            )
        ]
        copies = await self._queue.copies(path.id)
        lines += [await self._copy_line(copy) for copy in copies]
        if not copies:
            lines.append(say("explain_no_copies", self._languages))
        for deed in await self._queue.deeds(path.id):
            what, where = deed.verb, deed.portal or "—"
            lines.append(
                say("explain_deed", self._languages, at=stamp(deed.at), verb=what, portal=where, by=deed.actor)
            )
        return "\n".join(lines)

    async def _copy_line(self, copy: Copied) -> str:
        portal = await self._portals.get(copy.portal)
        return say(
            "explain_copy",
            self._languages,
            number=str(copy.id),
            portal=str(copy.portal),
            platform=self._titles.get(portal.platform, "—") if portal is not None else "—",
            title=portal.title if portal is not None else "—",
            state=copy.state,
            reason=self._reason(copy.reason),
            queued=stamp(copy.queued_at) if copy.queued_at is not None else "—",
            done=stamp(copy.done_at) if copy.done_at is not None else "—",
            part=min(copy.part + 1, copy.parts),
            parts=copy.parts,
            ids=", ".join(copy.remote_ids) or "—",
        )

    @staticmethod
    def _reason(reason: str | None) -> str:
        return f" ({reason})" if reason else ""

    async def _message(self, args: list[str]) -> int | None:
        if len(args) == 1 and (found := _EVENT.findall(unquote(args[0]))):
            known = await self._ledger.by_event(found[-1])
            return known.id if known is not None else None
        if len(args) != 3:
            raise Refused("explain_which")
        wanted, chat, remote_id = args
        for login in await self._inbox.logins():
            if wanted == login.id or self._platform(wanted) == login.platform:
                for each in (remote_id, ascii_digits(remote_id)):
                    if (message := await self._queue.find(login.id, ascii_digits(chat), each)) is not None:
                        return message
        return None

    async def queue(self, asker: Asker, args: list[str]) -> str:
        platform = self._platform(args[0]) if args else None
        if args and platform is None:
            raise Refused("no_such_platform")
        lines = []
        for waiting in await self._queue.waiting():
            portal = await self._portals.get(waiting.portal)
            if portal is not None and platform in (None, portal.platform):
                lines.append(self._queue_line(portal, waiting))
        if len(lines) > _MOST:
            lines[_MOST:] = ["…"]
        return "\n".join(lines) or say("queue_empty", self._languages)

    def _queue_line(self, portal: Portal, waiting: Waiting) -> str:
        return say(
            "queue_line",
            self._languages,
            portal=str(portal.id),
            platform=self._titles[portal.platform],
            title=portal.title,
            number=waiting.number,
            copy=str(waiting.copy),
            age=span_words(self._clock() - waiting.since),
            why=self._why(portal),
        )

    def _why(self, portal: Portal) -> Mapping[str, str]:
        leg = self._live.named(portal.login)
        if portal.partner is not None and portal.state in ("asking", "linking"):
            return self._said("why_asking")
        if portal.state != "open":
            return self._said("why_closed")
        if portal.muted:
            return self._said("why_muted")
        if leg is not None and leg.state != "running":
            return self._said("why_leg", state=self._said("leg_" + leg.state))
        if portal.trouble is not None:
            return self._said("why_trouble", reason=reason_words(portal.trouble))
        return self._said("why_going")

    def _said(self, key: str, state: object = "", reason: object = "") -> Mapping[str, str]:
        return {language: say(key, (language,), state=state, reason=reason) for language in self._languages}

    # --- acting

    async def retry(self, asker: Asker, args: list[str]) -> str:
        """`retry LINK` · `retry cNUMBER`"""
        portal, copy = await self._meant(args)
        state, message = "queued", None
        if copy is not None:
            message, _, state = await self._queue.where(copy) or (0, 0, "")
        if state in ("queued", "sending"):
            async with self._store.transaction():
                await self._queue.note(self._clock(), asker.by, "retry", message=message, portal=portal.id)
            self._live.hurry(portal.login, portal.id)
            waiting = [each.number for each in await self._queue.waiting() if each.portal == portal.id]
            return say("retry_woken", self._languages, title=portal.title, number=sum(waiting), why=self._why(portal))
        if copy is None or portal.state != "open":
            raise Refused("not_linked")
        async with self._store.transaction():
            again = await self._queue.requeue(copy, self._clock())
            if again is not None:
                await self._patience.put_back(portal, again)
                await self._queue.note(self._clock(), asker.by, "retry", message=message, portal=portal.id)
        if again is None:
            return say("retry_not", self._languages, state=state)
        self._live.wake(portal.login, portal.id)
        return say("retry_again", self._languages, old=str(copy), new=str(again), title=portal.title)

    async def drop(self, asker: Asker, args: list[str]) -> str:
        """`drop LINK` · `drop cNUMBER`"""
        portal, copy = await self._meant(args)
        first = await self._ledger.due(portal.id, 1)
        if copy is not None:
            _, _, state = await self._queue.where(copy) or (0, 0, "")
            if state == "sending":
                return say("drop_under_way", self._languages)
            if state != "queued":
                return say("drop_final", self._languages, state=state)
            number = await self._endings.take_out(portal, [copy], "withheld", "dropped", by=asker.by)
        else:
            number = 0
            while due := [each for each in await self._ledger.due(portal.id, 100) if not each.interrupted]:
                ids = [each.id for each in due]
                number += await self._endings.take_out(portal, ids, "withheld", "dropped", by=asker.by)
        if first and copy in (None, first[0].id):
            self._live.hurry(portal.login, portal.id)  # what was behind it need not wait for it
        return say("drop_done", self._languages, title=portal.title, number=number)

    async def _meant(self, args: list[str]) -> tuple[Portal, int | None]:
        """A link, and the copy into its chat, if it is a copy that was named."""
        word = ascii_digits(args[0]).casefold() if args else ""
        copy = room_number(word[1:]) if word.startswith("c") else None
        number = room_number(word)
        if copy is None and number is None:
            raise Refused("which_copy")
        if copy is not None:
            known = await self._queue.where(copy)
            if known is None:
                raise Refused("no_such_copy")
            number = known[1]
        portal = await self._portals.get(number or 0)
        if portal is None:
            raise Refused("no_such_link")
        return portal, copy

    def _platform(self, word: str) -> str | None:
        for platform, titles in self._titles.items():
            if fold(word) in {fold(name) for name in (platform, *titles.values())}:
                return platform
        return None
