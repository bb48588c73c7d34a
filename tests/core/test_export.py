"""What somebody is told about themselves, and what not."""

from __future__ import annotations

import re
from html import unescape

import pytest

from bridge.core.identity import FSI, PDI
from bridge.core.people.export import Export
from bridge.model import ChatKind, Person
from bridge.store.ghosts import Ghost
from bridge.store.holdings import Holdings
from tests.core.fakes import TITLES
from tests.core.kit import Core

DAY = 24 * 3600 * 1000


@pytest.fixture
def export(core: Core) -> Export:
    return Export(Holdings(core.store), core.ghosts, core.inbox, core.users, TITLES, keeps=(180, 1), clock=core.clock)


async def page(export: Export, person: str, language: str = "en") -> str:
    """The words of the page, without marks of direction."""
    written = (await export.of(person, language)).decode()
    assert written.startswith("<!DOCTYPE html>")
    assert f'dir="{"rtl" if language == "fa" else "ltr"}"' in written
    words = unescape(re.sub("<[^>]+>", "\n", written.partition("<body>")[2]))
    assert words.count(FSI) == words.count(PDI)
    return words.replace(FSI, "").replace(PDI, "")


async def decided(core: Core, verb: str, scope: str, whose: str, about: str, actor: str = "") -> None:
    await core.store.execute(
        "INSERT INTO consent (at, verb, scope, whose, about, actor, place, wording) "
        "VALUES ($1, $2, $3, $4, $5, $6, 'desk', 1)",
        core.clock(), verb, scope, whose, about, actor or whose,
    )  # fmt: skip


async def asked(core: Core, asker: str, target: str | None, state: str) -> None:
    await core.store.execute(
        "INSERT INTO request (asker, target, state, shown, made_at, due_at, ended_at) "
        "VALUES ($1, $2, $3, $3, $4, 0, $5)",
        asker, target, state, core.clock(), core.clock() + DAY if state == "ended" else None,
    )  # fmt: skip


async def known(core: Core, platform: str, id: str, name: str) -> str:
    mxid = core.users.ghost(platform, id)
    await core.ghosts.put(Ghost(mxid, platform, id, name, None, True))
    return mxid


async def test_somebody_of_whom_nothing_is_known_is_told_so(export: Export, core: Core) -> None:
    words = await page(export, core.users.ghost("bale", "1"))
    for told in ("Your app: Bale", "Your id there: 1", "No name of yours is kept.", "You are not banned."):
        assert told in words
    assert "The ids of 0 messages of yours are kept" in words


async def test_everything_that_is_held_about_somebody_is_named(export: Export, core: Core) -> None:
    sara = await known(core, "bale", "1", "Sara")
    await core.ghosts.put(Ghost(sara, "bale", "1", "Sara", "سارا جان", True, "p1", "mxc://hs.test/1"))
    reza = await known(core, "rubika", "u0A", "Reza")
    group = await core.portal("bale")
    await core.ghosts.entered(group.id, sara, "سارا جان · بله", None)
    room = str(group.room)
    for verb, scope, about in (
        ("grant", "person", reza), ("revoke", "person", reza), ("deny", "platform", "soroush"), ("deny", "room", room),
    ):  # fmt: skip
        await decided(core, verb, scope, sara, about)
    await asked(core, reza, sara, "ended")
    await core.receive("bale", *(core.heard("…", id=str(n), sender=_person("1")) for n in range(3)))
    await core.store.execute(
        "INSERT INTO handle (kind, hash, person, open, made_at) VALUES ('phone', 'abc', $1, TRUE, $2)", sara, 0
    )
    await core.store.execute(
        "INSERT INTO desk (login, chat, person, language, stage, menu, bar, seen_at) "
        "VALUES ('bale:bot', 'c1', $1, 'fa', '', '', '', $2)", sara, core.clock(),
    )  # fmt: skip
    await core.store.execute(
        "INSERT INTO report (reporter, reported, evidence, digest, made_at) VALUES ($1, $2, '[]', '', $3)",
        sara, reza, core.clock(),
    )  # fmt: skip
    await core.store.execute("INSERT INTO ban (person, actor, at) VALUES ($1, '@admin:hs.test', $2)", sara, 0)
    await core.store.execute("INSERT INTO budget (person, kind, day, used) VALUES ($1, 'requests', 1, 2)", sara)
    words = await page(export, sara)
    for told in (
        "The name that the app tells: Sara", "The name that you chose: سارا جان",
        "a copy of it is on the Matrix homeserver",
        "Private chat with the bot on Bale: in Persian, last used on 15 January 2027",
        "15 January 2027, 11:30: you agreed that Reza (Rubika) writes to you.", "you blocked Reza (Rubika)",
        "you wanted nothing from people on Soroush Plus", "you wanted your words in the group خانواده to stay",
        "Reza (Rubika) wanted to talk with you; the conversation ended on 16 January 2027.",
        "phone number: others can find you by it, since 1 January 1970", "only a keyed fingerprint is kept",
        "bale's g1 on Bale; to the other apps you are سارا جان · بله there.",
        "The ids of 3 messages of yours are kept: the first on 15 January 2027, 11:30",
        "you reported Reza (Rubika); it is still open", "kept you from writing since 1 January 1970",
        "1 count of what is allowed in a day", "Messages are removed there after 180 days",
        "Files that nobody opens for 1 day are removed there", f"the account {sara} stands there for you",
        "Rubika, Soroush Plus, Eitaa",
    ):  # fmt: skip
        assert told in words, told
    persian = await page(export, sara, "fa")
    for told in ("۲۵ دی ۱۴۰۵، ساعت ۱۱:۳۰: Reza (روبیکا) را مسدود کردید.", "شناسهٔ ۳ پیام شما", "شمارهٔ تلفن: دیگران"):
        assert told in persian, told


async def test_what_others_decided_and_whether_somebody_is_here_at_all_is_not_told(export: Export, core: Core) -> None:
    sara, reza = await known(core, "bale", "1", "Sara"), await known(core, "rubika", "u0A", "Reza")
    for state in ("looking", "asked", "denied", "expired", "cancelled"):
        await asked(core, sara, reza, state) if state != "asked" else await asked(core, sara, None, state)
    for verb in ("grant", "cancel"):
        await decided(core, verb, "person", sara, reza)
    await decided(core, "request", "person", reza, sara, actor=sara)
    await decided(core, "revoke", "person", reza, sara)
    await core.store.execute(
        "INSERT INTO report (reporter, reported, evidence, digest, made_at) VALUES ($1, $2, '[]', '', $3)",
        reza, sara, core.clock(),
    )  # fmt: skip
    words = await page(export, sara)
    assert "Reza" not in words
    assert "Rubika)" not in words
    assert "blocked" not in words
    assert words.count("you wanted to talk with somebody with whom you wanted to talk; no conversation has come") == 5
    assert "reported" not in words.replace("Reports that you made", "")


async def test_the_other_of_a_conversation_is_called_as_they_are_in_the_private_chat(
    export: Export, core: Core
) -> None:
    sara, mina = await known(core, "bale", "1", "Sara"), "@mina:hs.test"
    await asked(core, sara, mina, "open")
    await core.store.execute(
        "INSERT INTO desk (login, chat, person, language, stage, menu, bar, seen_at) "
        "VALUES ('bale:bot', '1', $1, 'en', '', '', '', 0)", sara,
    )  # fmt: skip
    async with core.store.transaction():
        room = await core.portals.make_room("", None)
        await core.portals.tie("bale:bot", "1", "bale", ChatKind.PRIVATE, "Mina", room, "open", 0, mina)
    words = await page(export, sara)
    assert "you wanted to talk with Mina; the conversation is open" in words
    words = await page(export, mina)
    assert "Your id on Matrix: @mina:hs.test" in words
    assert "Sara (Bale) wanted to talk with you; the conversation is open" in words


async def test_a_name_is_read_as_a_name_and_not_as_html(export: Export, core: Core) -> None:
    sara = await known(core, "bale", "1", "<script>alert(1)</script> & \u202e")
    written = (await export.of(sara, "fa")).decode()
    assert "<script" not in written
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in written


def _person(id: str) -> Person:
    return Person(id, "Sara")
