"""What an administrator can do to our users, tried on a real Synapse."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.errors import LoginLost, NotAllowed, Refused, Retry
from bridge.matrix.admin import SynapseAdmin
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.sandbox.client import Account
from bridge.sandbox.person import Person
from bridge.sandbox.synapse import Synapse

GHOST, STEWARD = "@hampayam_bale_1:localhost", "@hampayam_bale.steward1:localhost"
NOBODY = "@hampayam_bale_2:localhost"


@dataclass
class House:
    synapse: Synapse
    homeserver: MatrixHomeserver
    admin: SynapseAdmin
    administrator: Account
    mina: Person
    room: str

    def with_token(self, token: str) -> SynapseAdmin:
        return SynapseAdmin(self.synapse.url, token, "localhost")


@pytest.fixture
async def house(tmp_path: Path, synapse_template: Path) -> AsyncIterator[House]:
    """A ghost and Mina in a room of a steward."""
    registration = tmp_path / "registration.yaml"
    users = [{"exclusive": True, "regex": "@hampayam.*"}]
    tokens = {"id": "hampayam", "url": None, "as_token": "as", "hs_token": "hs", "sender_localpart": "hampayam"}
    namespaces = {"namespaces": {"users": users, "rooms": [], "aliases": []}, "rate_limited": False}
    registration.write_text(json.dumps(tokens | namespaces))
    synapse = Synapse(tmp_path / "homeserver", template=synapse_template, registrations=[registration])
    async with synapse:
        administrator = await synapse.register("boss", admin=True)
        homeserver = MatrixHomeserver(synapse.url, "as")
        admin = SynapseAdmin(synapse.url, administrator.access_token, "localhost")
        async with Person(synapse.url, await synapse.register("mina")) as mina:
            await homeserver.register(STEWARD)
            await homeserver.register(GHOST)
            room = await homeserver.create_room(STEWARD, name="خانواده", invite=[mina.mxid], powers={})
            await mina.join(room)
            await homeserver.join(room, GHOST, inviter=STEWARD, name="Sara · بله")
            yield House(synapse, homeserver, admin, administrator, mina, room)
        await admin.close()
        await homeserver.close()


async def test_the_files_of_a_user_are_deleted_and_no_others(house: House) -> None:
    stored = [
        await house.homeserver.upload(user, io.BytesIO(b"picture"), 7, "text/plain", "x.txt")
        for user in (GHOST, GHOST, STEWARD)
    ]
    assert sorted(await house.admin.delete_files(GHOST)) == sorted(stored[:2])
    assert await house.admin.delete_files(GHOST) == []
    with pytest.raises(Refused, match="gone"):
        await house.homeserver.download(STEWARD, stored[0], io.BytesIO(), 100)
    await house.homeserver.download(STEWARD, stored[2], io.BytesIO(), 100)


async def test_whoever_is_erased_is_gone_and_can_come_back_as_somebody_whom_all_can_hear(house: House) -> None:
    back: list[str] = []

    async def was_there(user: str) -> None:
        back.append(user)
        await house.admin.revive(user)

    await house.homeserver.send(house.room, GHOST, {"msgtype": "m.text", "body": "before"}, "t1")
    await house.admin.erase(GHOST)
    await house.admin.erase(GHOST)
    await house.mina.first(house.room, lambda e: e.sender == GHOST and e.content.get("membership") == "leave")
    assert GHOST not in await house.mina.members(house.room)
    house.homeserver.was_there = was_there
    await house.homeserver.register(GHOST)
    await house.homeserver.register(NOBODY)
    assert back == [GHOST]
    await house.admin.revive(GHOST)
    await house.homeserver.join(house.room, GHOST, inviter=STEWARD, name="Somebody · بله")
    await house.homeserver.send(house.room, GHOST, {"msgtype": "m.text", "body": "after"}, "t2")
    await house.mina.first(house.room, lambda event: event.body == "after")
    async with Person(house.synapse.url, await house.synapse.register("late")) as late:
        await house.homeserver.invite(house.room, late.mxid, inviter=STEWARD)
        await late.join(house.room)
        await late.first(house.room, lambda event: event.body == "after")


async def test_a_user_whom_the_homeserver_does_not_know_is_forgotten_already(house: House) -> None:
    assert await house.admin.delete_files(NOBODY) == []
    await house.admin.erase(NOBODY)
    await house.admin.check(NOBODY)


async def test_a_token_that_is_none_and_one_that_is_not_an_administrators_are_told_apart(house: House) -> None:
    nonsense = house.with_token("very-secret-nonsense")
    with pytest.raises(LoginLost) as lost:
        await nonsense.check(GHOST)
    assert "very-secret-nonsense" not in str(lost.value)
    await nonsense.close()
    minas = house.with_token((await house.synapse.register("nima")).access_token)
    for call in (minas.erase(GHOST), minas.revive(GHOST), minas.check(GHOST)):
        with pytest.raises(NotAllowed):
            await call
    with pytest.raises(NotAllowed):
        await minas.delete_files(GHOST)
    await minas.close()
    assert GHOST in await house.mina.members(house.room)


async def test_a_homeserver_that_is_away_is_asked_again_later(house: House) -> None:
    await house.synapse.stop()
    with pytest.raises(Retry):
        await house.admin.erase(GHOST)
    await house.synapse.start()


async def test_the_events_by_which_a_user_bears_a_name_lose_it(house: House) -> None:
    await house.homeserver.join(house.room, GHOST, inviter=STEWARD, name="Sara · روبیکا", invited=True)
    worn = await house.homeserver.memberships(house.room, GHOST)
    assert len(worn) == 2
    for number, event in enumerate(worn):
        await house.homeserver.redact(house.room, GHOST, event, f"r{number}", {})
    assert await house.homeserver.memberships(house.room, GHOST) == []
    await house.homeserver.leave(house.room, GHOST)
    await house.mina.first(house.room, lambda e: e.sender == GHOST and e.content.get("membership") == "leave")
    assert GHOST not in await house.mina.members(house.room)
    assert "Sara" not in json.dumps(await house.mina.state(house.room))
    async with Person(house.synapse.url, await house.synapse.register("late")) as late:
        await house.homeserver.invite(house.room, late.mxid, inviter=STEWARD)
        await late.join(house.room)
        await late.first(house.room, lambda event: event.sender == GHOST)
        assert not [event for event in late.events(house.room) if "Sara" in str(event.content)]
    with pytest.raises(NotAllowed):
        await house.homeserver.memberships(house.room, NOBODY)
