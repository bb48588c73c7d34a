from __future__ import annotations

import importlib.util
import json
import os
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import psutil
import pytest
from ruamel.yaml import YAML

from bridge.config import PeopleConfig
from bridge.sandbox.client import CLIENT, Account, MatrixRefused, call
from bridge.sandbox.person import Person
from bridge.sandbox.processes import ChildFailed, PortInUse
from bridge.sandbox.synapse import Synapse, SynapseMissing


@pytest.fixture
async def synapse(tmp_path: Path, synapse_template: Path) -> AsyncIterator[Synapse]:
    async with Synapse(tmp_path / "homeserver", template=synapse_template) as server:
        yield server


async def whoami(synapse: Synapse, account: Account) -> str:
    async with aiohttp.ClientSession() as session:
        url = f"{synapse.url}{CLIENT}/account/whoami"
        return str((await call(session, "GET", url, token=account.access_token))["user_id"])


async def versions(synapse: Synapse) -> list[str]:
    async with aiohttp.ClientSession() as session:
        return list((await call(session, "GET", f"{synapse.url}/_matrix/client/versions"))["versions"])


def relative(path: Path) -> Path:
    return Path(os.path.relpath(path))


def written_registration(folder: Path) -> Path:
    """An appservice called @nobody, whose as_token is "a"."""
    registration = {
        "id": "nobody",
        "url": None,
        "as_token": "a",
        "hs_token": "b",
        "sender_localpart": "nobody",
        "namespaces": {"users": list[object]()},
    }
    path = relative(folder / "registration.yaml")
    path.write_text(json.dumps(registration))
    return path


async def test_a_homeserver_starts_from_nothing_and_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[str] = []
    async with Synapse(tmp_path / "a" / "b", "example.test", on_progress=told.append) as synapse:
        assert "v1.11" in await versions(synapse)
        sara = await synapse.register("sara")
        assert sara.mxid == "@sara:example.test"
        process = psutil.Process(synapse.pid)
        assert 0 < synapse.cpu_seconds() < 60
    assert told[0] == "Synapse: starting"
    assert told[-1] == f"Synapse: ready at {synapse.url}"
    assert not synapse.running
    assert not process.is_running()


async def test_a_template_is_made_once(tmp_path: Path, synapse_template: Path) -> None:
    told: list[str] = []
    again = await Synapse.template(synapse_template.parent, on_progress=told.append)
    assert again == synapse_template
    assert told == []


async def test_after_a_kill_everything_said_is_still_there(synapse: Synapse) -> None:
    sara = await synapse.register("sara")
    async with Person(synapse.url, sara) as one:
        room = await one.create_room()
        said = await one.say(room, "as clear as a bell")
        url, first_pid = synapse.url, synapse.pid
        await synapse.kill()
        with pytest.raises(ChildFailed, match="Synapse is not running"):
            _ = synapse.pid
        await synapse.start()
        assert synapse.url == url
        assert synapse.pid != first_pid
    async with Person(synapse.url, sara) as one:
        assert [message.event_id for message in await one.messages(room)] == [said]
    assert "as clear as a bell" not in synapse.log_path.read_text()


async def test_the_same_folder_is_the_same_homeserver_the_next_day(tmp_path: Path, synapse_template: Path) -> None:
    folder = tmp_path / "homeserver"
    async with Synapse(folder, template=synapse_template) as today:
        sara = await today.register("sara", "a password")
    async with Synapse(folder, template=synapse_template) as tomorrow:
        assert tomorrow.url == today.url
        assert await whoami(tomorrow, sara) == sara.mxid
        assert (await tomorrow.login("sara", "a password")).mxid == sara.mxid
        assert (await tomorrow.register("reza")).mxid == "@reza:localhost"


async def test_a_folder_may_be_given_relative_to_where_one_is(synapse_template: Path, tmp_path: Path) -> None:
    folder, path = relative(tmp_path / "homeserver"), written_registration(tmp_path)
    async with Synapse(folder, template=synapse_template, registrations=[path]) as synapse:
        assert await whoami(synapse, Account("", "a")) == "@nobody:localhost"


async def test_a_name_that_is_taken_is_refused(synapse: Synapse) -> None:
    await synapse.register("sara")
    with pytest.raises(MatrixRefused, match="M_USER_IN_USE"):
        await synapse.register("sara")
    with pytest.raises(MatrixRefused, match="M_FORBIDDEN"):
        await synapse.login("sara", "a wrong password")


async def test_an_ordinary_user_is_limited_until_the_limit_is_lifted(synapse: Synapse) -> None:
    sara = await synapse.register("sara")
    async with Person(synapse.url, sara) as one, aiohttp.ClientSession() as session:
        room = await one.create_room()

        async def speak_quickly(kind: str) -> None:
            for number in range(20):
                url = f"{synapse.url}{CLIENT}/rooms/{room}/send/m.room.message/{kind}{number}"
                body = {"msgtype": "m.text", "body": "quick"}
                await call(session, "PUT", url, token=sara.access_token, body=body)

        with pytest.raises(MatrixRefused, match="M_LIMIT_EXCEEDED"):
            await speak_quickly("before")
        await synapse.lift_ratelimit(sara.mxid)
        await speak_quickly("after")


async def test_a_port_in_use_is_told_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"Synapse cannot use port {port} of 127.0.0.1"):
            await Synapse(tmp_path / "homeserver", port=port).start()


async def test_a_broken_config_is_told_with_the_words_of_synapse(tmp_path: Path) -> None:
    synapse = Synapse(tmp_path / "homeserver", config={"database": {"name": "oracle"}})
    with pytest.raises(ChildFailed, match=r"Synapse ended by itself \(exit code 1\)(?s:.)*oracle"):
        await synapse.start()
    assert not synapse.running


async def test_a_registration_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "registration.yaml"
    with pytest.raises(ChildFailed, match=re.escape(str(path))):
        await Synapse(tmp_path / "homeserver", registrations=[path]).start()


async def test_a_mistake_can_be_mended_and_the_start_repeated(tmp_path: Path, synapse_template: Path) -> None:
    synapse = Synapse(tmp_path / "homeserver", template=synapse_template, config={"database": {}})
    with pytest.raises(ChildFailed):
        await synapse.start()
    synapse.config.clear()
    async with synapse:
        assert await versions(synapse)


@pytest.mark.skipif(importlib.util.find_spec("psycopg2") is not None, reason="psycopg2 is installed here")
async def test_a_homeserver_on_postgresql_asks_for_its_driver(tmp_path: Path) -> None:
    with pytest.raises(SynapseMissing, match="pip install psycopg2-binary"):
        await Synapse(tmp_path / "homeserver", database="postgres://x@127.0.0.1:1/y").start()


async def test_secrets_are_for_their_owner_only(synapse: Synapse) -> None:
    folder = synapse.log_path.parent
    for path in (folder, folder / "homeserver.yaml", folder / "signing.key"):
        assert path.stat().st_mode & 0o077 == 0


async def test_it_runs_with_the_settings_that_the_page_on_privacy_recommends(synapse: Synapse, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    recommended = YAML(typ="safe").load(page.partition("```yaml\n")[2].partition("```")[0])
    assert len(recommended) > 5
    written = json.loads((tmp_path / "homeserver" / "homeserver.yaml").read_text())
    assert {key: written.get(key) for key in recommended} == recommended
    people = PeopleConfig()
    assert recommended["retention"]["default_policy"]["max_lifetime"] == f"{people.homeserver_message_days}d"
    assert recommended["media_retention"]["local_media_lifetime"] == f"{people.homeserver_file_days}d"
