"""One copy into one chat: a message, its correction, its deletion.

A message becomes parts (`sending.py`); where a chat has maps or cards, a place or a contact
stands as such behind the words for it. Label, cuts
and version are committed before the first of several parts, so that a crash in the middle neither loses words nor
doubles them.

To edit and to delete is harmless to repeat, so it simply is. Where a chat cannot do it (any more), the correction is
written out as an answer to the message, and a deletion is said: nothing disappears without a word.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridge.core.attachments import Attachment, attachment_of
from bridge.core.bodies import REPLACED_BY, Bodies, new_content
from bridge.core.contents import reply_target
from bridge.core.filelinks import file_in_words
from bridge.core.files import Carrier
from bridge.core.identity import Users, label
from bridge.core.mentions import for_platform
from bridge.core.names import Names
from bridge.core.pacing import CHANGE, Pacer
from bridge.core.people.people import People
from bridge.core.people.voices import Voices
from bridge.core.pinning import Pinned
from bridge.core.reacting import Reacting
from bridge.core.render import Span, cuts, parts, shown, whole
from bridge.core.sending import End, FileRefused, Heavy, Parts, Sender, done
from bridge.core.things import contact_of, is_plain, place_of, words_of
from bridge.core.wording import below, when_written
from bridge.errors import Refused
from bridge.keys import Keys
from bridge.marks import moved
from bridge.model import Contact, Location, Text
from bridge.outgoing import Outgoing
from bridge.ports import Session
from bridge.store.database import Store
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Due, Part
from bridge.store.portals import Portal
from bridge.texts import say
from bridge.texts.words import REASONS

log = logging.getLogger("hampayam.delivery")

LATE_MS = 60_000
"""A message that is older when it goes out says when it was written."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """How words are cut, and whether the label stands `alone`, below a file, before them. `told`: the file did not go;
    the words tell of it, and why ("" where that is nothing that people would understand). `late` is the line before the
    words that says when they were written, if they are old."""

    name: str
    title: str
    spans: list[Span]
    alone: bool = False
    told: str | None = None
    late: str = ""

    def written(self) -> str:
        shape = [self.name, self.title, self.spans, self.alone, self.told, self.late]
        return json.dumps(shape, ensure_ascii=False)

    @classmethod
    def read(cls, written: str) -> _Shape:
        name, title, spans, alone, *rest = json.loads(written)
        return cls(name, title, [(start, end) for start, end in spans], alone, *rest)


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
        carrier: Carrier,
        keys: Keys,
        voices: Voices,
        languages: tuple[str, ...],
        clock: Callable[[], int],
        people: People,
        pacer: Pacer,
    ) -> None:
        self._session = session
        self._able = session.capabilities
        self._store = store
        self._ledger = ledger
        self._bodies = bodies
        self._names = names
        self._users = users
        self._carrier = carrier
        self._languages = languages
        self._clock = clock
        self._people = people
        self._pacer = pacer
        self._sender = Sender(
            session, store=store, ledger=ledger, carrier=carrier, keys=keys, clock=clock, people=people, pacer=pacer
        )
        self._reacting = Reacting(
            session,
            self._sender,
            store=store,
            ledger=ledger,
            bodies=bodies,
            names=names,
            users=users,
            voices=voices,
            languages=languages,
        )

        self._pinned = Pinned(session, self._sender, ledger=ledger, names=names, users=users, languages=languages)

    async def deliver(self, portal: Portal, due: Due, *, heavy: bool) -> End | None:
        """None: the copy is `sent`, and that is committed. Raises Retry, LoginLost, NotAllowed, Refused; Heavy for a
        file, unless `heavy` says that we have a file's turn."""
        kind = due.source.kind
        correction = portal.partner is not None and kind not in ("message", "delete")
        if correction and not await self._people.may_hear(portal, due.source.sender or ""):
            return End("withheld", "ended", quiet=True)
        match kind:
            case "edit":
                return await self._edit(portal, due)
            case "delete":
                return await self._delete(portal, due)
            case "reaction" | "unreaction":
                return await self._reacting.deliver(portal, due)
            case "pin" | "unpin":
                return await self._pinned.deliver(portal, due)
            case _:
                return await self._message(portal, due, heavy=heavy)

    # --- a message

    async def _message(self, portal: Portal, due: Due, *, heavy: bool) -> End | None:
        assert portal.mxid is not None
        steward = self._users.steward(portal.platform, portal.room)
        begun = due.shape is not None and (due.part > 0 or due.interrupted)
        if begun or due.interrupted:  # it goes on as it began, whatever was said since: what may be there is that
            content = await self._bodies.version(portal.mxid, due.event_id, due.version, steward)
        else:
            content = await self._bodies.get(portal.mxid, due.event_id, steward)
        if content is None:
            return await self._gone_before(portal, due, steward)
        ours = due.source.login is not None or self._users.is_ours(due.source.sender)
        if content.get("msgtype") == "m.notice" and not ours:
            return End("withheld", "bot", quiet=True)
        plain = is_plain(content)
        file = None if plain else attachment_of(content)
        if file is not None and not heavy:
            raise Heavy
        text = self._words(portal, words_of(content, self._languages) if file is None else file.caption)
        if file is None and text is None:
            raise Refused("not_text")
        thing = None if plain else self._thing(content)
        target = reply_target(content)
        reply_to = await self._ledger.remote_of(target, portal.login, portal.chat) if target else None
        if begun:
            shape = _Shape.read(due.shape or "")
            if file is not None and shape.told is not None:
                text, file = self._told(portal, due, file, shape.told, text), None
            texts = self._texts(shape, _dated(shape.late, text))
            return await self._sender.send(portal, due, Parts(texts, reply_to, file=file, reader=steward, thing=thing))
        name, title = await self._names.of(portal.mxid, due.source.sender, steward)
        version = due.version if due.interrupted else content.get(REPLACED_BY)
        late = self._late(due.said_at)
        words = _dated(late, text)
        if file is None and thing is None and words is not None and (due.version, due.shape) == (version, None):
            only = whole(name, title, words, self._able)
            if only is not None:  # most messages: there is nothing to remember of how they were made
                return await self._sender.send(portal, due, Parts((only,), reply_to))
        shape = replace(self._shape(name, title, words, file is not None), late=late)
        texts = await self._begin(due, version, shape, words, more=thing is not None)
        try:
            return await self._sender.send(portal, due, Parts(texts, reply_to, file=file, reader=steward, thing=thing))
        except FileRefused as error:
            assert file is not None
            reason = error.reason if error.reason in REASONS else ""
            told = self._told(portal, due, file, reason, text)
            told = below(late, told) if late else told
            shape = _Shape(name, title, cuts(name, title, told, self._able), told=reason, late=late)
            return await self._sender.send(portal, due, Parts(await self._begin(due, version, shape, told), reply_to))

    def _late(self, said_at: int) -> str:
        now = self._clock()
        return when_written(said_at, now, self._languages) if now - said_at > LATE_MS else ""

    def _thing(self, content: Mapping[str, Any]) -> Location | Contact | None:
        """What a chat shows behind the words for it."""
        if self._able.places and (place := place_of(content)) is not None:
            return place
        return contact_of(content) if self._able.contacts else None

    async def _begin(
        self, due: Due, version: str | None, shape: _Shape, text: Text | None, *, more: int = 0
    ) -> list[Text]:
        """The texts to be sent. How they are cut is on the disk where there are several parts."""
        texts = self._texts(shape, text)
        written = shape.written() if len(texts) + more > 1 else None
        if (version, written) != (due.version, due.shape):
            async with self._store.transaction():
                await self._ledger.rendered(due.id, version, written)
        return texts

    async def _gone_before(self, portal: Portal, due: Due, steward: str) -> End:
        """A copy whose words are not there any more: they were deleted, of which nobody is told, or nobody can read
        them, of which their sender is; so they are where it may be over there, and we cannot take it back."""
        if due.interrupted or due.doubt:
            return End("unknown", "restart")
        missing = await self._bodies.missing(portal.mxid or "", due.event_id, steward)
        return End("withheld", "unreadable") if missing else End("withheld", "deleted")

    def _words(self, portal: Portal, text: Text | None) -> Text | None:
        """Words as the chat can show them."""
        if text is not None and text.marks:
            text = Text(text.body, for_platform(text.marks, self._users, portal.platform))
            return shown(text, self._able)
        return text

    def _shape(self, name: str, title: str, text: Text | None, file: bool) -> _Shape:
        """Words below a file stand there as far as there is room, else in messages of their own."""
        if text is None:
            return _Shape(name, title, [], file)
        if file:
            spans = self._caption_cuts(name, title, text)
            if len(spans) == 1:
                return _Shape(name, title, spans)
        return _Shape(name, title, cuts(name, title, text, self._able), file)

    def _caption_cuts(self, name: str, title: str, text: Text) -> list[Span]:
        able = replace(self._able, text_limit=min(self._able.caption_limit, self._able.text_limit))
        return cuts(name, title, text, able)

    def _texts(self, shape: _Shape, text: Text | None) -> list[Text]:
        head = [Text(label(shape.name, shape.title))] if shape.alone else []
        return head + (parts(shape.name, shape.title, text, shape.spans, self._able) if text is not None else [])

    def _told(self, portal: Portal, due: Due, file: Attachment, reason: str, caption: Text | None) -> Text:
        assert portal.mxid is not None
        link = []
        if reason != "gone":
            link = self._carrier.links.words(portal.mxid, due.event_id, file.mxc, self._languages)
        return file_in_words(file.kind, file.name, file.size, caption, self._languages, reason=reason, link=link)

    # --- a correction

    async def _edit(self, portal: Portal, due: Due) -> End | None:
        assert portal.mxid is not None
        assert due.target is not None
        if await self._ledger.superseded(due.message, due.target):
            return End("sent", "superseded")
        shown = await self._ledger.version(due.target, portal.id)
        if shown == due.event_id:
            return End("sent", "rendered")
        there = await self._ledger.parts(due.target, portal.id)
        others = [each for each in there if each.copy != due.id]
        if not others:
            return End("withheld", "not_there", quiet=True)
        steward = self._users.steward(portal.platform, portal.room)
        content = new_content(await self._bodies.get(portal.mxid, due.event_id, steward) or {})
        if content is None:
            return await self._gone_before(portal, due, steward)
        file = attachment_of(content)
        text = self._words(portal, words_of(content, self._languages) if file is None else file.caption)
        if file is None and text is None:
            raise Refused("not_text")
        name, title = await self._names.of(portal.mxid, due.source.sender, steward)
        if shown is not None:  # it went out as a later edit says, of which we had not heard: it is made again then
            async with self._store.transaction():
                await self._ledger.other_version(due.target, portal.id)
        apart = due.doubt or (due.interrupted and due.part == 0) or any(e.copy == due.id and e.part == 0 for e in there)
        if self._able.edits and not apart and all(each.settled for each in others):
            texts = self._texts(self._shape(name, title, text, file is not None), text)
            if await self._replaced(portal, there, texts, below_file=file is not None):
                what = Parts(texts, there[0].remote_id, before=len(there), others=len(others))
                return await self._sender.send(portal, due, what)
        return await self._sender.send(portal, due, self._written_out(name, title, "corrected", text, others[0]))

    async def _replaced(
        self, portal: Portal, there: Sequence[Part], texts: Sequence[Text], *, below_file: bool
    ) -> bool:
        """Change the parts that are there, take back those that are too many. False: the chat does not let us."""
        for number, (part, text) in enumerate(zip(there, texts, strict=False)):
            if number:
                await self._pacer.more(portal.chat, CHANGE)
            new = Outgoing(text.body, marks=text.marks, caption=below_file and number == 0)
            if not await done(self._session.edit(portal.chat, part.remote_id, new)):
                return False
        for part in there[len(texts) :]:
            if self._able.deletes and await done(self._session.delete(portal.chat, part.remote_id)):
                async with self._store.transaction():
                    await self._ledger.forget_part(portal.login, portal.chat, part.remote_id)
        return True

    def _written_out(self, name: str, title: str, key: str, text: Text | None, answered: Part) -> Parts:
        words = say(key, self._languages)
        body = words if text is None else f"{words}\n{text.body}"
        whole = Text(body, moved(text.marks, len(words) + 1) if text is not None else ())
        texts = parts(name, title, whole, cuts(name, title, whole, self._able), self._able)
        return Parts(texts, answered.remote_id if self._able.replies else None)

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
            await self._reacting.untold(portal, await self._ledger.reaction_parts(due.target, portal.id))
            return End("sent")
        return await self._sender.send(portal, due, said)

    async def _gone(self, portal: Portal, there: Sequence[Part], instead: Text) -> bool:
        """Take every part back, or, where that is too late, its words. False: some words are still there."""
        gone = True
        for number, part in enumerate(there):
            if number:
                await self._pacer.more(portal.chat, CHANGE)
            if self._able.deletes and await done(self._session.delete(portal.chat, part.remote_id)):
                continue
            new = Outgoing(instead.body, marks=instead.marks)
            if not self._able.edits or not await done(self._session.edit(portal.chat, part.remote_id, new)):
                gone = False
        return gone


def _dated(late: str, text: Text | None) -> Text | None:
    """Words below the line that says when they were written, if there is one."""
    return below(late, text or Text("")) if late else text
