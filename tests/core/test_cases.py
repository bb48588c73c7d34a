"""Reports, bans, and the commands of moderators."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.people.policy import RULE, rule_key
from bridge.errors import NotAllowed, Retry
from bridge.model import Chat, ChatKind, MessageEdited, MessageSaid, Person, Started, Text
from bridge.texts.digits import persian_digits
from bridge.texts.sentences import SENTENCES
from tests.core.fakes import SARA
from tests.core.office import ADMIN, DESK, office

if TYPE_CHECKING:
    from tests.core.kit import Core
    from tests.core.office import Office

NIMA, REZA = "@hampayam_bale_nima:hs.test", "@hampayam_rubika_reza:hs.test"
MOD, POLICY = "@mod:hs.test", "!made1"
G1 = Chat("g1", ChatKind.GROUP, "گروه g1")


@pytest.fixture
async def desk(core: Core) -> AsyncIterator[Office]:
    """On both databases: groups of Bale and Rubika share a room."""
    async with office(core) as desk:
        await desk.open("bale")
        await desk.open("rubika", edits=True)
        await core.portal("bale")
        await core.portal("rubika")
        yield desk


def in_the_room(desk: Office) -> list[str]:
    return desk.core.homeserver.said_in("!family")


def sentence(key: str, **values: Any) -> str:
    return SENTENCES[key]["en"].format(**values)


def rules(desk: Office) -> list[tuple[str, dict[str, str]]]:
    """What was written into the policy room, by the state's key."""
    calls = [call for call in desk.core.homeserver.called("set_state") if call[3] == RULE]
    assert all((room, sender) == (POLICY, "@hampayam:hs.test") for _, room, sender, *_ in calls)
    return [(key, json.loads(content)) for _, _, _, _, key, content in calls]


async def room(desk: Office) -> int:
    portal = await desk.portal("bale")
    assert portal is not None
    return portal.room


async def nima_said(desk: Office, *bodies: str) -> list[str]:
    """Messages of Nima's that have come back, so that the homeserver can be asked for them."""
    core, events = desk.core, []
    for number, body in enumerate(bodies):
        (placement,) = await core.receive("bale", core.heard(body, id=f"n{number}", sender=Person("nima", "Nima")))
        event = core.echo(placement, f"$nima{number}")
        core.homeserver.events[event.id] = {"content": {"msgtype": "m.text", "body": body}}
        await desk.accept(event)
        events.append(event.id)
    return events


# --- reports


async def test_a_report_opens_a_case_with_events_and_no_words_and_tells_the_moderators(desk: Office) -> None:
    events = await nima_said(desk, "یک حرف زشت", "حرف زشت دوم")
    number = await desk.cases.report(REZA, NIMA, await room(desk))
    assert desk.core.homeserver.said_in(DESK) == [sentence("case_opened", number=number)]
    shown = await desk.writes(f"case {number}")
    for value in (NIMA, REZA, "Bale", "Rubika", "!family", *events):
        assert value in shown
    assert "زشت" not in shown
    report = await desk.core.reports.get(number)
    assert report is not None
    assert len(report.digest) == 64
    assert report.digest in shown


async def test_the_fingerprint_changes_with_what_the_events_say(desk: Office) -> None:
    await nima_said(desk, "یک حرف زشت")
    found = []
    reporters = ("@a:hs.test", "@b:hs.test", "@c:hs.test", "@d:hs.test", "@e:hs.test")
    for reporter, content, error in (
        (reporters[0], {"body": "یک حرف زشت"}, None),
        (reporters[1], {"body": "یک حرف زشت"}, None),
        (reporters[2], {"body": "سلام"}, None),
        (reporters[3], {}, None),
        (reporters[4], {"body": "سلام"}, Retry("homeserver")),
    ):
        desk.core.homeserver.events["$nima0"] = {"content": content}
        desk.core.homeserver.fails("event", error)
        report = await desk.core.reports.get(await desk.cases.report(reporter, NIMA, await room(desk)))
        assert report is not None
        found.append(report.digest)
    same, again, other, gone, unreachable = found
    assert same == again
    assert len({same, other, gone}) == 3
    assert unreachable == gone, "what cannot be fetched counts as gone"


async def test_at_most_twenty_messages_are_named_and_the_homeserver_is_asked_in_vain_once(desk: Office) -> None:
    events = await nima_said(desk, *[f"حرف {n}" for n in range(25)])
    desk.core.homeserver.fails("event", Retry("homeserver"))
    before = len(desk.core.homeserver.called("event"))
    report = await desk.core.reports.get(await desk.cases.report(REZA, NIMA, await room(desk)))
    assert report is not None
    assert list(report.evidence) == events[5:]
    assert len(desk.core.homeserver.called("event")) == before + 1


async def test_the_same_report_within_a_day_is_the_same_case(desk: Office) -> None:
    first = await desk.cases.report(REZA, NIMA, None)
    desk.core.clock.hours(23)
    assert await desk.cases.report(REZA, NIMA, None) == first
    assert await desk.cases.report(SARA, NIMA, None) != first
    desk.core.clock.hours(2)
    assert await desk.cases.report(REZA, NIMA, None) != first
    assert len(desk.core.homeserver.said_in(DESK)) == 3
    shown = await desk.writes(f"رسیدگی {first}")
    assert "Reports about this person so far: 3, by people: 2." in shown


async def test_cases_are_listed_until_they_are_closed(desk: Office) -> None:
    assert await desk.writes("cases") == sentence("no_cases")
    one = await desk.cases.report(REZA, NIMA, None)
    two = await desk.cases.report(SARA, REZA, None)
    assert [line.split(" · ")[::2] for line in (await desk.writes("گزارش‌ها")).splitlines()] == [
        [str(one), NIMA],
        [str(two), REZA],
    ]
    assert await desk.writes(f"case {one} close") == sentence("case_closed", number=one)
    assert await desk.writes(f"case {one} بستن") == sentence("case_closed_already", number=one)
    assert (await desk.writes("cases")).startswith(f"{two} · ")
    assert f"· {ADMIN}" in (await desk.writes(f"case {one}")).splitlines()[-1]
    assert await desk.writes(f"case {one} burn") == sentence("case_which")
    for wrong in ("case", "case 99", "case x", "case 99999999999999999999"):
        assert await desk.writes(wrong) == sentence("no_such_case")


# --- bans


async def test_nothing_that_a_banned_person_says_crosses(desk: Office) -> None:
    await desk.says("bale", "پیش از آن", sender="nima", id="first")
    assert await desk.writes(f"ban {NIMA}") == sentence("banned", person=NIMA)
    assert await desk.cases.is_banned(NIMA)
    assert desk.core.homeserver.called("leave") == [("leave", "!family", NIMA, "")]
    await desk.says("bale", "نمی‌رود", sender="nima")
    await desk.happens("bale", MessageEdited(MessageSaid(G1, "first", Person("nima"), Text("تغییر")), "v2", 1))
    await desk.says("bale", "من می‌روم", sender="mina")
    assert in_the_room(desk) == ["پیش از آن", "من می‌روم"]
    rows = await desk.core.messages("kind", "state", "reason")
    assert [row for row in rows if row[2] == "banned"] == [
        ("message", "withheld", "banned"),
        ("edit", "withheld", "banned"),
    ]
    assert await desk.writes(f"unban {NIMA}") == sentence("unbanned", person=NIMA)
    await desk.says("bale", "برگشتم", sender="nima")
    assert in_the_room(desk)[-1] == "برگشتم"


async def test_a_banned_person_on_matrix_is_not_copied_and_hears_nothing_of_it_there(desk: Office) -> None:
    core, portal = desk.core, await desk.portal("rubika")
    assert portal is not None
    await desk.writes(f"ban {SARA}")
    (event,) = await core.people_say("سلام")
    reaction: dict[str, object] = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "❤️"}}
    await core.hub.accept([core.state("m.reaction", reaction, id="$reaction")])
    session = desk.sessions["rubika"]
    await core.drained(portal, session)
    assert session.asked == []
    assert {row for row in await core.copies("state", "reason") if row[0] != "queued"} == {("withheld", "banned")}
    assert await core.notes_in("!family") == []


async def test_a_reaction_of_a_banned_person_is_not_told_with_those_of_others(desk: Office) -> None:
    core, portal = desk.core, await desk.portal("rubika")
    assert portal is not None
    session = desk.sessions["rubika"]
    (event,) = await core.people_say("سلام")
    await core.drained(portal, session)
    await desk.writes("ban @bad:hs.test")
    for sender, id in (("@bad:hs.test", "$bad"), (SARA, "$good")):
        content: dict[str, object] = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "❤️"}}
        core.homeserver.annotations[event].append({"event_id": id, "sender": sender, "content": content})
        await core.hub.accept([core.state("m.reaction", content, sender=sender, id=id)])
    await core.drained(portal, session)
    told = session.done[-1][1].text
    assert "sara" in told
    assert "bad" not in told


async def test_a_message_that_waits_for_the_homeserver_while_its_author_is_banned_does_not_go_there(
    desk: Office,
) -> None:
    core = desk.core
    (placement,) = await core.receive("bale", core.heard("در راه", id="n1", sender=Person("nima", "Nima")))
    await desk.writes(f"ban {NIMA}")
    await desk.says("bale", "در راه", sender="nima", id="n1")  # the inbox repeats it
    assert placement.portal.mxid == "!family"
    assert in_the_room(desk) == []
    assert ("refused", "banned") in await core.messages("state", "reason")


async def test_a_ban_is_a_policy_rule_until_it_ends(desk: Office) -> None:
    core = desk.core
    async with core.store.transaction():
        await core.tasks.add_management("!mod", MOD)
        await core.tasks.add_management("!sara", SARA)
    number = await desk.cases.report(REZA, NIMA, None)
    assert await desk.writes(f"ban case {number}") == sentence("banned", person=NIMA)
    assert await desk.writes(f"ban {NIMA}") == sentence("banned_already", person=NIMA)
    await desk.writes("ban @bad:hs.test")
    assert core.homeserver.called("create_room") == [
        ("create_room", "@hampayam:hs.test", "مسدودشده‌های هم‌پیام · Hampayam bans")
    ]
    assert [call[1:3] for call in core.homeserver.called("invite")] == [(POLICY, ADMIN), (POLICY, MOD)]
    assert rules(desk) == [
        (
            rule_key(NIMA),
            {
                "entity": NIMA,
                "recommendation": "m.ban",
                "reason": f"گزارش {persian_digits(str(number))} · report {number}",
            },
        ),
        (
            rule_key("@bad:hs.test"),
            {
                "entity": "@bad:hs.test",
                "recommendation": "m.ban",
                "reason": "تصمیم گردانندگان · decided by the moderators",
            },
        ),
    ]
    await desk.writes(f"unban case {number}")
    assert rules(desk)[2:] == [(rule_key(NIMA), {})]
    assert await desk.writes(f"unban case {number}") == sentence("not_banned", person=NIMA)


async def test_what_follows_from_a_ban_is_done_when_the_homeserver_is_back(desk: Office) -> None:
    core = desk.core
    await desk.says("bale", "سلام", sender="nima")
    core.homeserver.fails("leave", Retry("homeserver"))
    core.homeserver.fails("create_room", Retry("homeserver"))
    core.homeserver.fails("set_state", Retry("homeserver"), Retry("homeserver"))
    ended: list[str] = []

    async def end(person: str) -> None:
        ended.append(person)

    desk.cases.on_ban.append(end)
    await desk.writes(f"ban {NIMA}")
    assert set(ended) == {NIMA}
    assert await core.reports.unsettled() == []
    assert [key for key, _ in rules(desk)][-1] == rule_key(NIMA)
    assert len(core.homeserver.called("create_room")) == 2


async def test_what_follows_from_a_ban_is_done_after_a_restart(desk: Office) -> None:
    core = desk.core
    async with core.store.transaction():  # the process ended right behind the commit
        await core.reports.ban(NIMA, ADMIN, core.clock(), None)
    await desk.cases.resume()
    await desk.idle()
    assert [key for key, _ in rules(desk)] == [rule_key(NIMA)]
    assert await core.reports.unsettled() == []
    await desk.cases.resume()
    await desk.idle()
    assert len(rules(desk)) == 1


async def test_a_policy_room_that_takes_nothing_holds_nobody_up(desk: Office) -> None:
    desk.core.homeserver.fails("set_state", NotAllowed("M_FORBIDDEN"))
    await desk.writes(f"ban {NIMA}")
    await desk.writes(f"ban {REZA}")
    assert await desk.core.reports.unsettled() == []
    assert await desk.core.reports.banned() == {NIMA, REZA}


async def test_a_banned_person_hears_so_once_a_day_and_nothing_else_works(desk: Office) -> None:
    await desk.writes("ban bale nima")
    private = Chat("p1", ChatKind.PRIVATE, "")
    told = []
    for _ in range(2):
        await desk.says("bale", "/status", sender="nima")
        await desk.says("bale", "سلام؟", chat="p1", kind=ChatKind.PRIVATE, sender="nima")
        await desk.happens("bale", Started(private, Person("nima"), ""), "p1")
        told.append(desk.told("bale") + desk.told("bale", "p1"))
        desk.core.clock.hours(24)
    assert told == [[SENTENCES["you_are_banned"]["en"]]] * 2
    await desk.says("bale", "/version", sender="mina")
    assert desk.told("bale") == ["Hampayam 1.2.3"]


async def test_a_banned_person_on_matrix_gives_no_commands_either(desk: Office) -> None:
    async with desk.core.store.transaction():
        await desk.core.tasks.add_management("!sara", SARA)
    await desk.writes(f"ban {SARA}")
    assert await desk.writes("version", sender=SARA, room="!sara") == SENTENCES["you_are_banned"]["en"]
    assert await desk.writes("version", sender=SARA, room="!sara") == ""
    await desk.writes(f"unban {SARA}")
    assert await desk.writes("version", sender=SARA, room="!sara") == "Hampayam 1.2.3"


# --- whom a command means


async def test_a_person_is_named_by_matrix_id_by_messenger_and_id_or_by_a_case(desk: Office) -> None:
    number = await desk.cases.report(REZA, NIMA, None)
    for person in (
        NIMA,
        "bale nima",
        "بله nima",
        "Bale nima",
        f"case {number}",
        f"گزارش {persian_digits(str(number))}",
    ):
        assert (await desk.writes(f"whois {person}")).startswith(f"{NIMA}\nBale · id: nima\n"), person
    assert (await desk.writes("whois bale ۱۲۳")).startswith("@hampayam_bale_123:hs.test\n")
    for wrong in ("", "nima", "bale", "telegram 5", "matrix sara", "@nima", "case"):
        assert await desk.writes(f"whois {wrong}") == sentence("which_person"), wrong
    assert await desk.writes("whois case 77") == sentence("no_such_case")
    assert await desk.writes(f"ban {REZA} {number}") == sentence("case_of_another")
    assert await desk.writes(f"ban {NIMA} {number}") == sentence("banned", person=NIMA)
    assert f"report: {number}" in await desk.writes(f"whois {NIMA}")


async def test_the_bridges_own_users_and_moderators_cannot_be_banned(desk: Office) -> None:
    for own in ("@hampayam:hs.test", "@hampayam_bale.steward1:hs.test"):
        assert await desk.writes(f"ban {own}") == sentence("not_a_person")
    for ruling in (ADMIN, MOD):
        assert await desk.writes(f"ban {ruling}") == sentence("not_a_moderator")
    assert await desk.core.count("ban") == 0


async def test_whois_tells_what_is_known_and_nothing_that_was_said(desk: Office) -> None:
    await desk.says("bale", "این را کسی نبیند", sender="nima")
    await desk.says("bale", "/name نیما", sender="nima")
    shown = await desk.writes(f"whois {NIMA}")
    assert "Names: \u2068Nima\u2069، \u2068نیما\u2069" in shown
    assert "First heard: 2027-01-15 08:00 UTC" in shown
    assert "Private chat with the bot: —" in shown
    assert "Reports: 0 by 0 people" in shown
    assert "banned" not in shown
    assert "نبیند" not in shown
    await desk.writes(f"ban {NIMA}")
    assert f"banned · 2027-01-15 08:00 UTC · {ADMIN} · report: —" in await desk.writes(f"whois {NIMA}")


async def test_who_does_not_moderate_learns_and_decides_nothing(desk: Office) -> None:
    async with desk.core.store.transaction():
        await desk.core.tasks.add_management("!sara", SARA)
    for command in ("cases", "case 1", f"ban {NIMA}", f"unban {NIMA}", f"whois {NIMA}"):
        assert await desk.writes(command, sender=SARA, room="!sara") == sentence("not_your_role")
    await desk.says("bale", f"/ban {NIMA}")
    assert desk.told("bale") == []
    assert await desk.core.count("ban") == 0
