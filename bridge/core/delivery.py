"""One copy into one chat: a message, its correction, its deletion.

A message becomes parts, sent one by one. A part is committed as `sending` before its call; a call whose answer is
missing is not repeated (where a platform knows our own ids it is). Label, cuts and version are committed before the
first of several parts, so that a crash in the middle neither loses words nor doubles them.

To edit and to delete is harmless to repeat, so it simply is. Where a chat cannot do it (any more), the correction is
written out as an answer to the message, and a deletion is said: nothing disappears without a word.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.core.bodies import REPLACED_BY, Bodies, new_content
from bridge.core.contents import fingerprint, reply_target, text_of
from bridge.core.identity import Users
from bridge.core.lanes import not_cut_short
from bridge.core.mentions import for_platform
from bridge.core.names import Names
from bridge.core.render import Span, cuts, parts, shown
from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.keys import Keys
from bridge.marks import moved
from bridge.model import Outgoing, Text
from bridge.ports import Session
from bridge.store.database import Store
from bridge.store.ledger import Due, Ledger, Part, Sent
from bridge.store.portals import Portal
from bridge.texts import say

log = logging.getLogger("hampayam.delivery")


@dataclass(frozen=True, slots=True)
class End:
    """What became of a copy. `quiet`: its sender need not be told."""

    state: str
    reason: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is to be sent for a copy: its first message answers `reply_to`. `before` parts of it are there already, as
    parts of something else."""

    texts: Sequence[Text]
    reply_to: str | None = None
    before: int = 0


class Delivery:
    """`session` is the login's."""

    def __init__(
        self,
        session: Session,
        *,
        store: Store,
        ledger: Ledger,
        bodies: Bodies,
        names: Names,
        users: Users,
        keys: Keys,
        languages: tuple[str, ...],
        clock: Callable[[], int],
    ) -> None:
        self._session = session
        self._able = session.capabilities
        self._store = store
        self._ledger = ledger
        self._bodies = bodies
        self._names = names
        self._users = users
        self._keys = keys
        self._languages = languages
        self._clock = clock

    async def deliver(self, portal: Portal, due: Due) -> End | None:
        """None: the copy is `sent`, and that is committed. Raises Retry, LoginLost, NotAllowed, Refused."""
        match due.source.kind:
            case "edit":
                return await self._edit(portal, due)
            case "delete":
                return await self._delete(portal, due)
            case _:
                return await self._message(portal, due)

    # --- a message

    async def _message(self, portal: Portal, due: Due) -> End | None:
        assert portal.mxid is not None
        steward = self._users.steward(portal.platform, portal.room)
        begun = due.shape is not None and (due.part > 0 or due.interrupted)
        if begun:  # it goes on as it began, whatever was said since
            content = await self._bodies.version(portal.mxid, due.event_id, due.version, steward)
        else:
            content = await self._bodies.get(portal.mxid, due.event_id, steward)
        if content is None:
            return End("withheld", "deleted")
        ours = due.source.login is not None or self._users.is_ours(due.source.sender)
        if content.get("msgtype") == "m.notice" and not ours:
            return End("withheld", "bot", quiet=True)
        text = self._text(portal, content)
        if begun:
            texts = self._as_begun(due.shape or "", text)
        else:
            name, title = await self._names.of(portal.mxid, due.source.sender, steward)
            spans = cuts(name, title, text, self._able)
            version = content.get(REPLACED_BY)
            if len(spans) > 1 or version != due.version:
                shape = json.dumps([name, title, spans], ensure_ascii=False) if len(spans) > 1 else None
                async with self._store.transaction():
                    await self._ledger.rendered(due.id, version, shape)
            texts = parts(name, title, text, spans, self._able)
        target = reply_target(content)
        reply_to = await self._ledger.remote_of(target, portal.login, portal.chat) if target else None
        return await self._send(portal, due, _Parts(texts, reply_to))

    def _text(self, portal: Portal, content: Mapping[str, Any]) -> Text:
        """The words of a content as the chat can show them."""
        text = text_of(content)
        if text is None:
            raise Refused("not_text")
        if text.marks:
            text = Text(text.body, for_platform(text.marks, self._users, portal.platform))
        return shown(text, self._able)

    def _as_begun(self, shape: str, text: Text) -> list[Text]:
        name, title, found = json.loads(shape)
        spans: list[Span] = [(start, end) for start, end in found]
        return parts(name, title, text, spans, self._able)

    async def _send(self, portal: Portal, due: Due, what: _Parts) -> End | None:
        first, doubt = max(due.part, what.before), due.doubt
        if due.interrupted and not self._able.client_ids:
            # The part may be over there. It is not repeated; the words behind it go on.
            doubt = doubt or not await self._ledger.arrived(due.id, due.part)
            first = max(first, due.part + 1)
        for number in range(first, len(what.texts)):
            again = due.interrupted and number == due.part
            doubt = await not_cut_short(self._part(portal, due.id, number, what, doubt, again))
        if first < len(what.texts) and not doubt and portal.trouble is None:
            return None
        return End("unknown", "no_answer" if first < len(what.texts) else "restart") if doubt else End("sent")

    async def _part(self, portal: Portal, copy: int, number: int, what: _Parts, doubt: bool, again: bool) -> bool:
        """Send one part and commit what became of it. Returns whether any part is in doubt by now. `again`: it may be
        over there from an earlier try."""
        part = what.texts[number]
        digest = fingerprint(self._keys, portal.login, portal.chat, part.body)
        await self._ledger.sending(copy, number, len(what.texts) - what.before, digest)
        remote_id = None
        try:
            remote_id = await self._session.send(
                portal.chat,
                Outgoing(
                    part.body,
                    what.reply_to if number == what.before else None,
                    client_id=f"{copy}/{number}",
                    marks=part.marks,
                ),
            )
        except InDoubt as error:
            if self._able.client_ids:
                raise Retry(error.reason) from None  # left as `sending`: the same part again, under the same id
        except (Retry, LoginLost, Refused):
            if not again:
                async with self._store.transaction():
                    await self._ledger.not_sent(copy, number)
            raise
        last = number == len(what.texts) - 1
        if last and not doubt and remote_id is not None and portal.trouble is None:
            await self._ledger.sent(Sent(copy, number, portal.login, portal.chat, remote_id, self._clock()))
            return False
        async with self._store.transaction():
            if remote_id is not None:
                await self._ledger.part_sent(copy, number, portal.login, portal.chat, remote_id)
            elif not await self._ledger.arrived(copy, number):  # unless our own words came back meanwhile
                doubt = True
            if not last:
                await self._ledger.next_part(copy, number + 1, doubt=doubt)
        return doubt

    # --- a correction

    async def _edit(self, portal: Portal, due: Due) -> End | None:
        assert portal.mxid is not None
        assert due.target is not None
        if await self._ledger.superseded(due.message, due.target):
            return End("sent", "superseded")
        if await self._ledger.version(due.target, portal.id) == due.event_id:
            return End("sent", "rendered")
        there = await self._ledger.parts(due.target, portal.id)
        others = [each for each in there if each.copy != due.id]
        if not others:
            return End("withheld", "not_there", quiet=True)
        steward = self._users.steward(portal.platform, portal.room)
        content = new_content(await self._bodies.get(portal.mxid, due.event_id, steward) or {})
        if content is None:
            return End("withheld", "deleted")
        text = self._text(portal, content)
        name, title = await self._names.of(portal.mxid, due.source.sender, steward)
        apart = due.doubt or (due.interrupted and due.part == 0) or any(e.copy == due.id and e.part == 0 for e in there)
        if self._able.edits and not apart and all(each.settled for each in others):
            texts = parts(name, title, text, cuts(name, title, text, self._able), self._able)
            if await self._replaced(portal, there, texts):
                return await self._send(portal, due, _Parts(texts, there[0].remote_id, len(there)))
        return await self._send(portal, due, self._written_out(name, title, "corrected", text, others[0]))

    async def _replaced(self, portal: Portal, there: Sequence[Part], texts: Sequence[Text]) -> bool:
        """Change the parts that are there, take back those that are too many. False: the chat does not let us."""
        for part, text in zip(there, texts, strict=False):
            new = Outgoing(text.body, marks=text.marks)
            if not await self._done(self._session.edit(portal.chat, part.remote_id, new)):
                return False
        for part in there[len(texts) :]:
            if self._able.deletes and await self._done(self._session.delete(portal.chat, part.remote_id)):
                async with self._store.transaction():
                    await self._ledger.forget_part(portal.login, portal.chat, part.remote_id)
        return True

    def _written_out(self, name: str, title: str, key: str, text: Text | None, answered: Part) -> _Parts:
        words = say(key, self._languages)
        body = words if text is None else f"{words}\n{text.body}"
        whole = Text(body, moved(text.marks, len(words) + 1) if text is not None else ())
        texts = parts(name, title, whole, cuts(name, title, whole, self._able), self._able)
        return _Parts(texts, answered.remote_id if self._able.replies else None)

    # --- a deletion

    async def _delete(self, portal: Portal, due: Due) -> End | None:
        assert portal.mxid is not None
        assert due.target is not None
        target = await self._ledger.by_id(due.target)
        there = [each for each in await self._ledger.parts(due.target, portal.id) if each.copy != due.id]
        if target is None or target.event_id is None or not there:
            return End("withheld", "not_there", quiet=True)
        steward = self._users.steward(portal.platform, portal.room)
        if await self._bodies.get(portal.mxid, target.event_id, steward) is not None:
            return End("withheld", "not_deleted", quiet=True)  # the homeserver did not allow it
        name, title = await self._names.of(portal.mxid, target.sender or due.source.sender, steward)
        said = self._written_out(name, title, "deleted", None, there[0])
        if due.part == 0 and not due.interrupted and not due.doubt and await self._gone(portal, there, said.texts[0]):
            return End("sent")
        return await self._send(portal, due, said)

    async def _gone(self, portal: Portal, there: Sequence[Part], instead: Text) -> bool:
        """Take every part back, or, where that is too late, its words. False: some words are still there."""
        gone = True
        for part in there:
            if self._able.deletes and await self._done(self._session.delete(portal.chat, part.remote_id)):
                continue
            new = Outgoing(instead.body, marks=instead.marks)
            if not self._able.edits or not await self._done(self._session.edit(portal.chat, part.remote_id, new)):
                gone = False
        return gone

    @staticmethod
    async def _done(call: Awaitable[None]) -> bool:
        """Whether a change was made. False: it never will be. Raises Retry (what is in doubt is made again)."""
        try:
            await call
        except InDoubt as error:
            raise Retry(error.reason) from None
        except NotAllowed:
            raise
        except Refused as error:
            log.info("a change was refused: %s", error.reason)
            return False
        return True
