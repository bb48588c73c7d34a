"""Somebody is forgotten: what goes, what stays, and that it goes on wherever it was interrupted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bridge.core.lanes import Lanes
from bridge.core.people.consent import Answer
from bridge.core.people.forget import Forget
from bridge.core.people.log import ConsentLog
from bridge.errors import LoginLost, NotAllowed, Retry
from bridge.model import ChatKind, Person, RoomEvent
from bridge.store.consent import Consents
from bridge.store.ghosts import Ghost
from bridge.store.holdings import Holdings
from bridge.store.leaving import Farewells
from bridge.store.notices import ROOMS
from bridge.store.portals import Portal
from bridge.texts.sentences import SENTENCES
from tests.core.fakes import ROOM, SARA, TITLES
from tests.core.kit import Core

REZA = Person("u0Reza", "Reza")
ALL_TABLES = (
    "consent", "desk", "handle", "request", "budget", "report", "portal", "room", "ghost", "ghost_room", "message",
    "copy", "copy_part", "inbox", "notice", "task", "link_code", "farewell", "ban", "file",
)  # fmt: skip


PRIVATE = Portal(0, "rubika:bot", "p1", "rubika", ChatKind.PRIVATE, "", 0, None, "open", None, None, 0)
"""The private chat in which Reza is told."""


class Crash(BaseException):
    """The process ends."""


@dataclass
class FakeAdmin:
    files: list[str] = field(default_factory=lambda: ["mxc://hs.test/1", "mxc://hs.test/2"])
    done: list[tuple[str, str]] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)

    def _do(self, what: str, user: str) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.done.append((what, user))

    async def delete_files(self, user: str) -> list[str]:
        self._do("files", user)
        files, self.files = self.files, []
        return files

    async def erase(self, user: str) -> None:
        self._do("erase", user)

    async def revive(self, user: str) -> None:
        self._do("revive", user)


@dataclass
class Leaving:
    core: Core
    admin: FakeAdmin | None = field(default_factory=FakeAdmin)
    ended: list[str] = field(default_factory=list)
    lives: int = 0
    """After how many sleeps the process dies; 0: it does not."""
    returned: int = 0

    @property
    def reza(self) -> str:
        return self.core.users.ghost("rubika", REZA.id)

    def forget(self, lanes: Lanes) -> Forget:
        async def end_all(person: str) -> None:
            self.ended.append(person)

        core = self.core
        return Forget(
            core.store, Farewells(core.store), Holdings(core.store), core.ledger, core.portals, core.ghosts, core.inbox,
            core.notices, core.keys, core.users, core.homeserver, self.admin, core.hub, lanes,
            end_all=end_all, wake_chat=lambda login, chat: core.told.append((login, chat)), titles=TITLES,
            clock=core.clock,
        )  # fmt: skip

    async def sleep(self, seconds: float) -> None:
        """Meanwhile the homeserver gives our redactions back, as it does in life."""
        if self.lives:
            self.lives -= 1
            if not self.lives:
                raise Crash
        await self.come_back()
        await self.core.sleep(seconds)

    async def come_back(self) -> None:
        core = self.core
        new, self.returned = core.homeserver.redacted[self.returned :], len(core.homeserver.redacted)
        await core.hub.accept(
            [
                RoomEvent(gone.id, gone.room, "m.room.redaction", gone.sender, core.clock(), dict(gone.content))
                for gone in new
            ]
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Forget]:
        async with self.core.running() as lanes:
            lanes.sleep = self.sleep
            yield self.forget(lanes)

    async def all_of(self, person: str, login: str = "rubika:bot", chat: str = "p1", language: str = "en") -> str:
        async with self.running() as forget:
            return await forget.begin(person, login, chat, language)

    async def says(self, *bodies: str) -> list[str]:
        """Reza says something in the Rubika group, and the homeserver has it."""
        events = []
        for body in bodies:
            (placement,) = await self.core.receive("rubika", self.core.heard(body, id=body, sender=REZA))
            event = self.core.echo(placement, f"${body}")
            self.core.homeserver.events[event.id] = {"content": {**event.content, "body": body}}
            await self.core.hub.accept([event])
            self.core.bodies.forget(event.id)
            events.append(event.id)
        return events

    async def deleted_on(self, portal: Portal) -> list[str]:
        """The copies that are deleted in a chat, once all that waits there has gone out."""
        session = self.core.session(portal.platform, deletes=True)
        await self.core.drained(portal, session)
        return [id for _, id, text in session.changed if text is None]


@pytest.fixture
async def leaving(core: Core) -> Leaving:
    leaving = Leaving(core)
    await core.ghosts.put(Ghost(leaving.reza, "rubika", REZA.id, "Reza", None, True))
    return leaving


async def group(core: Core) -> tuple[Portal, Portal]:
    rubika, bale = await core.portal("rubika"), await core.portal("bale")
    await core.ghosts.entered(rubika.id, core.users.ghost("rubika", REZA.id), "Reza · روبیکا", None)
    return rubika, bale


async def names(core: Core, *words: str, tables: Sequence[str] = ALL_TABLES) -> list[tuple[str, str]]:
    """(table, value) wherever one of some words stands in the database."""
    found = []
    for table in tables:
        for row in await core.store.fetch(f"SELECT * FROM {table}"):
            found += [(table, str(value)) for value in tuple(row) if any(word in str(value) for word in words)]
    return found


async def test_what_they_said_is_deleted_everywhere_the_newest_first(leaving: Leaving, core: Core) -> None:
    _, bale = await group(core)
    events = await leaving.says("one", "two", "three")
    session = core.session("bale", deletes=True)
    await core.drained(bale, session)
    assert session.texts == ["one", "two", "three"]
    told = await leaving.all_of(leaving.reza)
    assert told == SENTENCES["forget_begun"]["en"]
    assert [gone.content["redacts"] for gone in core.homeserver.redacted] == events[::-1]
    assert {gone.sender for gone in core.homeserver.redacted} == {leaving.reza}
    await leaving.come_back()
    assert await leaving.deleted_on(bale) == ["bale-3", "bale-2", "bale-1"]
    ((text, _),) = await core.notes(PRIVATE)
    assert "3 messages of yours were deleted." in text
    assert "in rooms which" not in text


async def test_what_waits_goes_nowhere(leaving: Leaving, core: Core) -> None:
    _, bale = await group(core)
    await leaving.says("soon")
    await core.notices.put("rubika:bot", "p1", "a request of somebody")
    await leaving.all_of(leaving.reza)
    session = core.session("bale", deletes=True)
    await core.drained(bale, session)
    assert session.asked == []
    assert await core.copies("state", "reason") == [("withheld", "deleted"), ("withheld", "not_there")]
    assert len(await core.notes(PRIVATE)) == 1, "only what was told in the end"


@pytest.mark.parametrize("sleeps", range(1, 9))
async def test_after_a_crash_it_goes_on_where_it_was(leaving: Leaving, core: Core, sleeps: int) -> None:
    await group(core)
    events = await leaving.says("one", "two", "three")
    leaving.lives = sleeps
    with pytest.raises(BaseExceptionGroup):
        await leaving.all_of(leaving.reza)
    leaving.lives = 0
    core.ghosts._ghosts.clear()
    async with leaving.running() as forget:
        await forget.resume()
    assert sorted(gone.content["redacts"] for gone in core.homeserver.redacted) == sorted(events), "each of them once"
    assert leaving.admin is not None
    assert leaving.admin.done == [("files", leaving.reza), ("erase", leaving.reza)]
    assert "3 messages of yours were deleted." in (await core.notes(PRIVATE))[0][0]
    assert await names(core, leaving.reza) == []
    async with leaving.running() as forget:
        assert not await forget.under_way(leaving.reza)


async def test_a_homeserver_that_is_away_is_waited_for(leaving: Leaving, core: Core) -> None:
    await group(core)
    events = await leaving.says("one", "two")
    core.homeserver.fails("redact", Retry(), Retry(after=7), None, Retry())
    await leaving.all_of(leaving.reza)
    assert [gone.content["redacts"] for gone in core.homeserver.redacted] == events[::-1]
    assert 7 in core.slept


async def test_a_room_in_which_none_of_us_is_any_more_counts_as_done_and_it_is_said(
    leaving: Leaving, core: Core
) -> None:
    await group(core)
    await leaving.says("one", "two", "three")
    core.homeserver.fails("redact", *[NotAllowed("M_FORBIDDEN")] * 20)
    await leaving.all_of(leaving.reza)
    assert len(core.homeserver.called("redact")) < 9, "a room that is closed to us is asked once"
    ((text, _),) = await core.notes(PRIVATE)
    assert "0 messages of yours were deleted." in text
    assert "3 messages are in rooms which the bridge has left" in text


async def test_names_go_from_the_rooms_and_their_ghost_leaves(leaving: Leaving, core: Core) -> None:
    await group(core)
    core.homeserver.worn_by[ROOM, leaving.reza] = ["$joined", "$renamed"]
    await leaving.all_of(leaving.reza)
    assert [gone.content["redacts"] for gone in core.homeserver.redacted] == ["$joined", "$renamed"]
    assert ("leave", ROOM, leaving.reza, "") in core.homeserver.calls
    assert leaving.ended == [leaving.reza]


async def test_our_tables_name_them_no_more(leaving: Leaving, core: Core) -> None:
    reza, sara, store = leaving.reza, core.users.ghost("bale", "1"), core.store
    await group(core)
    await leaving.says("one")
    await core.login("rubika")
    log = ConsentLog(Consents(store), core.users, core.keys, core.clock)
    async with store.transaction():
        room = await core.portals.make_room("Reza and Sara", None)
        await core.portals.room_state(room, "ended")
        await core.portals.tie("rubika:bot", "u0Reza", "rubika", ChatKind.PRIVATE, "Sara", room, "closed", 0, sara)
        await core.portals.tie("bale:bot", "1", "bale", ChatKind.PRIVATE, "Reza", room, "closed", 0, reza)
        await log.record("request", "person", sara, reza, actor=reza)
        await log.record("grant", "person", sara, reza)
        await log.record("grant", "person", reza, sara)
        await log.record("deny", "platform", reza, "bale")
    for statement in (
        "INSERT INTO desk VALUES ('rubika:bot', 'u0Reza', $1, 'fa', NULL, '', '', '', 0)",
        "INSERT INTO handle VALUES ('phone', 'abc', $1, TRUE, 0)",
        "INSERT INTO budget VALUES ($1, 'requests', 1, 1)",
        "INSERT INTO request (asker, target, state, shown, made_at, due_at) "
        "VALUES ($1, '@x:hs.test', 'open', 'open', 0, 0)",
        "INSERT INTO request (asker, target, state, shown, made_at, due_at, ended_by, room) "
        "SELECT '@x:hs.test', CAST($1 AS TEXT), 'ended', 'ended', 0, 0, CAST($1 AS TEXT), MAX(id) FROM room",
        "INSERT INTO report (reporter, reported, evidence, digest, made_at) VALUES ($1, '@x:hs.test', '[]', '', 0)",
        "INSERT INTO report (reporter, reported, evidence, digest, made_at, closed_at) "
        "VALUES ('@x:hs.test', $1, '[]', '', 0, 1)",
        "INSERT INTO ban (person, actor, at, ended_at, settled) VALUES ($1, '@x:hs.test', 0, 1, TRUE)",
        "INSERT INTO task (event_id, kind, room, sender, state_key, done) "
        "VALUES ('$t', 'command', '!r', $1, NULL, TRUE)",
        "INSERT INTO task (event_id, kind, room, sender, state_key, done) "
        "VALUES ('$u', 'invite', '!r', '@x', $1, TRUE)",
        "INSERT INTO room (title, state, host) VALUES ('', 'ended', $1)",
    ):
        await store.execute(statement, reza)
    await store.execute(
        "INSERT INTO link_code (hash, purpose, room, made_by, expires_at) VALUES ('h', 'join', $1, $2, 0)",
        room, "rubika:bot/u0Reza",
    )  # fmt: skip
    await store.execute("INSERT INTO file VALUES ('mxc://hs.test/1', 'bale:bot', 'photo', 'known')")
    await leaving.all_of(reza, chat="u0Reza")
    assert await core.notices.waiting("rubika:bot") == ["u0Reza"]
    tables = [table for table in ALL_TABLES if table != "notice"]
    assert await names(core, reza, "u0Reza", "Reza", "mxc://hs.test/1", tables=tables) == []
    assert await core.ghosts.get(reza) is None
    assert (await core.messages("sender"))[0] == ("~",)
    assert await log.answer(sara, reza) is Answer.ASK, "who agreed is asked again"


async def test_no_of_others_and_words_that_stay_at_home_hold_when_they_come_back(leaving: Leaving, core: Core) -> None:
    reza, sara, nima = leaving.reza, core.users.ghost("bale", "1"), core.users.ghost("bale", "2")
    consents = Consents(core.store)
    log = ConsentLog(consents, core.users, core.keys, core.clock)

    async def record(*said: tuple[str, str, str, str]) -> None:
        async with core.store.transaction():
            for verb, scope, whose, about in said:
                await log.record(verb, scope, whose, about)  # type: ignore[arg-type]

    await record(
        ("grant", "person", sara, reza), ("revoke", "person", sara, reza), ("deny", "person", nima, reza),
        ("deny", "room", reza, "7"), ("cancel", "room", reza, "8"),
    )  # fmt: skip
    await core.store.execute("INSERT INTO ban (person, actor, at) VALUES ($1, '@x:hs.test', 0)", reza)
    refused = core.clock()
    await leaving.all_of(reza)
    await core.store.execute("UPDATE ban SET ended_at = 1")
    assert await log.answer(sara, reza) is Answer.NO
    assert (await log.standing(nima, reza)).person is not None
    assert (await log.standing(nima, reza)).person.at == refused  # type: ignore[union-attr]
    assert await consents.silent(7) == {reza}
    assert len(await names(core, reza, tables=["consent"])) == 2, "whose and actor of what they keep at home"
    assert len(await core.store.fetch("SELECT id FROM consent")) == 3
    await record(("grant", "person", sara, reza))
    assert await log.answer(sara, reza) is Answer.YES, "Sara has changed her mind"
    await leaving.all_of(reza)
    assert await log.answer(sara, reza) is Answer.ASK, "and does not block a stranger because of what was long ago"


async def test_whoever_was_erased_lives_again_when_they_come_back(leaving: Leaving, core: Core) -> None:
    assert leaving.admin is not None
    await leaving.all_of(leaving.reza)
    async with leaving.running() as forget:
        await forget.came_back(core.users.ghost("bale", "1"))
        leaving.admin.trouble = [Retry()]
        with pytest.raises(Retry):
            await forget.came_back(leaving.reza)
        await forget.came_back(leaving.reza)
        await forget.came_back(leaving.reza)
    assert leaving.admin.done[2:] == [("revive", leaving.reza)]


@pytest.mark.parametrize("trouble", [LoginLost("homeserver"), NotAllowed("M_FORBIDDEN"), None])
async def test_without_an_administrators_token_it_is_said_what_remains(
    leaving: Leaving, core: Core, trouble: Exception | None
) -> None:
    if trouble is None:
        leaving.admin = None
    else:
        assert leaving.admin is not None
        leaving.admin.trouble = [trouble]
    await leaving.all_of(leaving.reza, language="fa")
    ((text, _),) = await core.notes(PRIVATE)
    assert SENTENCES["forget_not_erased"]["fa"] in text
    assert SENTENCES["forget_erased"]["fa"] not in text
    assert "(بله، سروش پلاس، ایتا)" in text


async def test_what_somebody_on_matrix_said_is_deleted_by_a_steward_and_their_account_is_left_alone(
    leaving: Leaving, core: Core
) -> None:
    rubika, bale = await group(core)
    (event,) = await core.people_say("hello")
    for portal in (rubika, bale):
        await core.drained(portal, core.session(portal.platform, deletes=True))
    await leaving.all_of(SARA, ROOMS, "!management")
    (gone,) = core.homeserver.redacted
    assert (gone.content["redacts"], gone.sender) == (event, core.users.steward("rubika", rubika.room))
    await leaving.come_back()
    assert await leaving.deleted_on(bale) == ["bale-1"]
    assert await leaving.deleted_on(rubika) == ["rubika-1"]
    assert leaving.admin is not None
    assert leaving.admin.done == []
    ((told),) = core.homeserver.said_in("!management")
    assert SENTENCES["forget_own_account"]["en"] in told
    assert core.homeserver.sent[-1].sender == core.users.bot
    assert await names(core, SARA) == []


async def test_to_ask_twice_is_to_be_forgotten_once(leaving: Leaving, core: Core) -> None:
    async with leaving.running() as forget:
        first = await forget.begin(leaving.reza, "rubika:bot", "p1", "en")
        second = await forget.begin(leaving.reza, "rubika:bot", "p1", "en")
        assert await forget.under_way(leaving.reza)
    assert (first, second) == (SENTENCES["forget_begun"]["en"], SENTENCES["forget_under_way"]["en"])
    assert leaving.ended == [leaving.reza]
    assert Forget.explain("fa") == SENTENCES["forget_sure"]["fa"]
