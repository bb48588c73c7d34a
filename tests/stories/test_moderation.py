"""Somebody is reported and banned, and the ban ends: by the commands of the management room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from bridge.config_loading import load_config
from bridge.core.bodies import Bodies
from bridge.core.identity import Users
from bridge.core.lanes import Lanes
from bridge.core.people.cases import Cases
from bridge.core.people.policy import RULE, PolicyRoom, rule_key
from bridge.core.people.voices import Voices
from bridge.core.rooms import Rooms
from bridge.core.space import Space
from bridge.keys import Keys
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.matrix.registration import load_registration
from bridge.platforms import PLATFORMS
from bridge.sandbox.reading import heard
from bridge.sandbox.world import DOMAIN, PREFIX, World
from bridge.store import Store
from bridge.store.consent import Consents
from bridge.store.ghosts import Ghosts
from bridge.store.notices import Tasks
from bridge.store.portals import Portals
from bridge.store.reports import Reports

if TYPE_CHECKING:
    from bridge.sandbox.sharing import Shared

pytestmark = pytest.mark.asyncio(loop_scope="session")

PEOPLE = {"bale": ("سارا", "بهمن"), "rubika": ("رضا", "ریحانه")}
"""Bahman is in no other story: a ban takes somebody out of every room."""

LATEST = 20.0


def ghost(world: World, name: str) -> str:
    """Somebody's on Bale."""
    return f"@hampayam_bale_{world['bale'].people[name]}:{DOMAIN}"


async def policy_room(world: World) -> str:
    """Where the operator is, too, from now on."""
    await until(lambda: world.books.rows("SELECT 1 FROM setting WHERE key LIKE 'policy_room/%'"))
    [(room,)] = await world.books.rows("SELECT value FROM setting WHERE key = 'policy_room'")
    return await world.operator.person.join(str(room))


async def until(true: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(LATEST):
        while not await true():  # noqa: ASYNC110 (another process, which tells nobody)
            await asyncio.sleep(0.05)


async def rule(world: World, room: str, person: str, *, holds: bool) -> dict[str, Any]:
    """The state of the policy room about somebody, once it says what it should."""
    async with asyncio.timeout(LATEST):
        while True:
            for event in await world.operator.person.state(room):
                if (event["type"], event["state_key"]) == (RULE, rule_key(person)) and bool(event["content"]) is holds:
                    content: dict[str, Any] = event["content"]
                    return content
            await asyncio.sleep(0.05)


async def gone(world: World, room: str, person: str) -> None:
    async def is_gone() -> bool:
        return person not in await world.members(room)

    await until(is_gone)


async def arrived(world: World, shared: Shared, platform: str) -> list[str]:
    lines = await world[platform].conversation(shared.groups[platform])
    return [line.text.partition("\n")[2] for line in lines if line.by == "api"]


async def reported(world: World, reporter: str, person: str, room: str) -> tuple[int, list[str]]:
    """Somebody reports somebody while the bridge stands still; the case's number, and what moderators would be told."""
    config = load_config(world.config_path, {name: PLATFORMS[name].settings for name in PLATFORMS}, {})
    users, keys, told = Users(PREFIX, DOMAIN, config.appservice.stewards), Keys(config.secret), list[str]()

    async def tell(text: str) -> None:
        told.append(text)

    await world.bridge_stop()
    store = Store(config.database)
    homeserver = MatrixHomeserver(world.synapse.url, load_registration(world.registration_path, config).as_token)
    try:
        await store.open()
        portals, ghosts, reports = Portals(store), Ghosts(store), Reports(store)
        space = Space(store, portals, homeserver, users)
        voices = Voices(Consents(store), reports)
        async with asyncio.TaskGroup() as group:
            cases = Cases(
                store,
                reports,
                portals,
                ghosts,
                Rooms(store, portals, ghosts, homeserver, users, {}, space, lambda _: None, voices),
                PolicyRoom(store, Tasks(store), homeserver, users, config.role_of),
                Bodies(homeserver),
                users,
                keys,
                Lanes(group),
                clock=lambda: 1_800_000_000_000,
                languages=config.languages,
                tell_moderators=tell,
            )
            place = await portals.room_by_mxid(room)
            assert place is not None
            return await cases.report(reporter, person, place.id), told
    finally:
        await store.close()
        await homeserver.close()
        await world.bridge_start()
        await world.running()


async def test_a_ban_holds_in_a_group_and_stands_as_a_rule_until_it_ends(either_world: World) -> None:
    world = either_world
    shared = await world.share("آرام", "bale", "rubika", people=PEOPLE)
    bale, group = world["bale"], shared.groups["bale"]
    await bale.says(group, "بهمن", "من هنوز اینجا هستم")
    await world["rubika"].copy_of(shared.groups["rubika"], "من هنوز اینجا هستم")
    person = ghost(world, "بهمن")

    assert heard("banned", await world.operator.command(f"ban bale {bale.people['بهمن']}")) is not None
    room = await policy_room(world)
    content = await rule(world, room, person, holds=True)
    assert (content["entity"], content["recommendation"]) == (person, "m.ban")
    assert "decided by the moderators" in content["reason"]
    [name] = [e["content"]["name"] for e in await world.operator.person.state(room) if e["type"] == "m.room.name"]
    assert name == "مسدودشده‌های هم‌پیام · Hampayam bans"
    await gone(world, shared.room, person)

    await bale.says(group, "بهمن", "کسی این را نباید بخواند")
    await bale.says(group, "سارا", "چه آرام شد اینجا")
    await world["rubika"].copy_of(shared.groups["rubika"], "چه آرام شد اینجا")
    answer = await bale.answer_to(group, "بهمن", "/status")
    assert heard("you_are_banned", answer.text) is not None
    assert heard("banned_already", await world.operator.command(f"ban {person}")) is not None

    assert heard("unbanned", await world.operator.command(f"unban {person}")) is not None
    await rule(world, room, person, holds=False)
    await bale.says(group, "بهمن", "قول می‌دهم آرام باشم")
    await world["rubika"].copy_of(shared.groups["rubika"], "قول می‌دهم آرام باشم")
    await world.settled()
    assert await arrived(world, shared, "rubika") == [
        "من هنوز اینجا هستم",
        "چه آرام شد اینجا",
        "قول می‌دهم آرام باشم",
    ]
    assert person in await world.members(shared.room)


async def test_a_banned_person_on_matrix_is_read_in_no_app(world: World) -> None:
    troll = await world.matrix_manager("troll")
    shared = await world.share("دور از مزاحم", "bale", "rubika", host=troll)
    await world["rubika"].control.fault("down")
    try:
        await world.matrix_says(troll.person, shared.room, "این در صف می‌ماند")
        await world["bale"].copy_of(shared.groups["bale"], "این در صف می‌ماند")
        assert heard("banned", await world.operator.command(f"ban {troll.mxid}")) is not None
    finally:
        await world["rubika"].control.fault("up")
    await world.matrix_says(troll.person, shared.room, "این هم به کسی نمی‌رسد")
    await world["bale"].says(shared.groups["bale"], "سارا", "ما همدیگر را می‌شنویم")
    await world["rubika"].copy_of(shared.groups["rubika"], "ما همدیگر را می‌شنویم")
    await world.settled()
    assert await arrived(world, shared, "rubika") == ["ما همدیگر را می‌شنویم"]
    assert await arrived(world, shared, "bale") == ["این در صف می‌ماند"]
    assert heard("you_are_banned", await troll.command("version")) is not None
    assert heard("unbanned", await world.operator.command(f"unban {troll.mxid}")) is not None
    assert "Hampayam" in await troll.command("version")


async def test_a_report_becomes_a_case_and_the_case_a_ban(world: World) -> None:
    shared = await world.share("رسیدگی", "bale", "rubika", people=PEOPLE)
    bale, group = world["bale"], shared.groups["bale"]
    for text in ("ناسزای یکم از بهمن", "ناسزای دوم از بهمن"):
        await bale.says(group, "بهمن", text)
        await world["rubika"].copy_of(shared.groups["rubika"], text)
    await world.settled()
    person, reporter = ghost(world, "بهمن"), ghost(world, "سارا")
    number, told = await reported(world, reporter, person, shared.room)
    assert [heard("case_opened", text) for text in told] == [{"number": str(number).translate(PERSIAN)}]
    again, told = await reported(world, reporter, person, shared.room)
    assert (again, told) == (number, [])

    assert any(line.startswith(f"{number} · ") for line in (await world.operator.command("cases")).splitlines())
    shown = await world.operator.command(f"case {number}")
    assert person in shown
    assert reporter in shown
    assert "ناسزا" not in shown
    rows = await world.books.rows(f"SELECT digest FROM report WHERE id = {number}")
    assert str(rows[0][0]) in shown
    events = [line for line in shown.splitlines() if line.startswith("$")]
    rows = await world.books.rows(f"SELECT event_id FROM message WHERE sender = '{person}' AND kind = 'message'")
    assert len(events) == 2
    assert set(events) <= {row[0] for row in rows}

    assert heard("banned", await world.operator.command(f"ban case {number}")) is not None
    room = await policy_room(world)
    assert f"report {number}" in (await rule(world, room, person, holds=True))["reason"]
    assert heard("case_closed", await world.operator.command(f"case {number} close")) is not None
    assert str(number) not in [line.split(" ")[0] for line in (await world.operator.command("cases")).splitlines()]
    about = await world.operator.command(f"whois case {number}")
    assert about.startswith(f"{person}\nبله")
    assert "بهمن" in about
    assert "banned" in about
    assert "ناسزا" not in about
    assert heard("unbanned", await world.operator.command(f"unban case {number}")) is not None
    await rule(world, room, person, holds=False)
    assert "banned" not in await world.operator.command(f"whois {person}")


async def test_a_ban_is_carried_out_after_a_restart(world: World) -> None:
    shared = await world.share("از نو", "bale", "rubika", people=PEOPLE)
    bale, group = world["bale"], shared.groups["bale"]
    await bale.says(group, "بهمن", "پیش از آن که بروم")
    await world["rubika"].copy_of(shared.groups["rubika"], "پیش از آن که بروم")
    await world.settled()
    person = ghost(world, "بهمن")
    await world.bridge_kill()
    await world.books.change(
        "INSERT INTO ban (person, actor, at, settled) VALUES "
        f"('{person}', '{world.operator.mxid}', 1, FALSE) "
        "ON CONFLICT (person) DO UPDATE SET ended_at = NULL, settled = FALSE"
    )
    await world.bridge_start()
    await world.running()
    await gone(world, shared.room, person)
    await rule(world, await policy_room(world), person, holds=True)
    assert heard("unbanned", await world.operator.command(f"unban {person}")) is not None


PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
