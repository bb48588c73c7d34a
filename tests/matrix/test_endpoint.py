from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bridge.matrix.endpoint import BODY_LIMIT, Endpoint
from bridge.matrix.events import read_event
from bridge.model import RoomEvent

TOKEN = "the-homeservers-token"
NEW = "/_matrix/app/v1"
AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Bridge:
    """Our end, listening; what it was given; and the homeserver's client."""

    url: str = ""
    client: aiohttp.ClientSession = field(init=False)
    taken: list[list[RoomEvent]] = field(default_factory=list)
    transactions: list[str] = field(default_factory=list)
    aside: list[tuple[str, str | None, str]] = field(default_factory=list)
    failures: int = 0
    breaks: Exception | None = None
    waits: bool = False

    async def take(self, events: list[RoomEvent], transaction: str) -> None:
        if self.breaks is not None:
            raise self.breaks
        self.taken.append(events)
        self.transactions.append(transaction)

    async def set_aside(self, event: str, room: str | None, error: str) -> None:
        event.encode()
        self.aside.append((event, room, error))

    async def known(self, user: str) -> bool:
        return user == "@hampayam_bale_5:hs.test"

    def failed(self) -> None:
        self.failures += 1

    async def push(self, events: object, txn: str = "1", prefix: str = NEW) -> int:
        return (await self.put(json.dumps({"events": events}).encode(), txn, prefix))[0]

    async def put(self, body: bytes, txn: str = "1", prefix: str = NEW) -> tuple[int, Any]:
        url = f"{self.url}{prefix}/transactions/{txn}"
        async with self.client.put(url, data=io.BytesIO(body), headers=AUTHORISED) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, method: str = "GET", **options: Any) -> tuple[int, Any]:
        async with self.client.request(method, self.url + path, **options) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def bridge() -> AsyncIterator[Bridge]:
    bridge = Bridge()
    endpoint = Endpoint(
        TOKEN,
        take=bridge.take,
        may_take=lambda _: not bridge.waits,
        set_aside=bridge.set_aside,
        known_user=bridge.known,
        failed=bridge.failed,
    )
    runner = web.AppRunner(endpoint.app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    bridge.url = f"http://{host}:{port}"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as bridge.client:
        yield bridge
    await runner.cleanup()


def event(number: int = 1, **fields: object) -> dict[str, object]:
    return {
        "event_id": f"${number}",
        "room_id": "!family",
        "type": "m.room.message",
        "sender": "@sara:hs.test",
        "origin_server_ts": 1_800_000_000_000,
        "content": {"msgtype": "m.text", "body": "سلام"},
        **fields,
    }


# --- who asks


@pytest.mark.parametrize(
    ("headers", "query", "status", "code"),
    [
        ({}, "", 401, "M_MISSING_TOKEN"),
        ({"Authorization": ""}, "", 401, "M_MISSING_TOKEN"),
        ({"Authorization": f"Basic {TOKEN}"}, "", 401, "M_MISSING_TOKEN"),
        ({"Authorization": "Bearer "}, "", 401, "M_MISSING_TOKEN"),
        ({"Authorization": "Bearer wrong"}, "", 403, "M_FORBIDDEN"),
        ({"Authorization": f"Bearer {TOKEN}x"}, "", 403, "M_FORBIDDEN"),
        ({"Authorization": f"Bearer {TOKEN[:-1]}"}, "", 403, "M_FORBIDDEN"),
        ({"Authorization": "Bearer \u062f"}, "", 403, "M_FORBIDDEN"),
        ({"Authorization": "Bearer wrong"}, f"?access_token={TOKEN}", 403, "M_FORBIDDEN"),
        ({}, "?access_token=wrong", 403, "M_FORBIDDEN"),
        ({}, "?access_token=%FF%00", 403, "M_FORBIDDEN"),
        ({}, f"?access_token={TOKEN}", 200, None),
        (AUTHORISED, "", 200, None),
        (AUTHORISED, "?access_token=wrong", 200, None),
    ],
)
async def test_only_the_homeserver_is_let_in_by_header_or_query(
    bridge: Bridge, headers: dict[str, str], query: str, status: int, code: str | None
) -> None:
    for method, path in (
        ("PUT", f"{NEW}/transactions/1"),
        ("PUT", "/transactions/1"),
        ("GET", f"{NEW}/users/@hampayam_bale_5:hs.test"),
        ("GET", "/users/@hampayam_bale_5:hs.test"),
        ("POST", f"{NEW}/ping"),
    ):
        body = {"PUT": b'{"events": []}', "POST": b'{"transaction_id": "x"}'}.get(method)
        told, answer = await bridge.get(path + query, method, headers=headers, data=body)
        assert (told, answer.get("errcode")) == (status, code)
        assert TOKEN not in json.dumps(answer)
    assert len(bridge.taken) == (2 if status == 200 else 0)


async def test_a_ping_is_answered(bridge: Bridge) -> None:
    assert await bridge.get(f"{NEW}/ping", "POST", headers=AUTHORISED, json={"transaction_id": "x"}) == (200, {})


@pytest.mark.parametrize("prefix", [NEW, ""])
async def test_users_are_known_and_aliases_are_not_made(bridge: Bridge, prefix: str) -> None:
    assert await bridge.get(f"{prefix}/users/%40hampayam_bale_5%3Ahs.test", headers=AUTHORISED) == (200, {})
    status, answer = await bridge.get(f"{prefix}/users/@hampayam_bale_6:hs.test", headers=AUTHORISED)
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
    status, answer = await bridge.get(f"{prefix}/rooms/%23hampayam:hs.test", headers=AUTHORISED)
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")


async def test_a_health_check_needs_no_token(bridge: Bridge) -> None:
    assert await bridge.get("/_hampayam/live") == (200, {"live": True})


# --- transactions


@pytest.mark.parametrize("prefix", [NEW, ""])
async def test_a_transaction_is_taken_whole_and_in_order(bridge: Bridge, prefix: str) -> None:
    assert await bridge.push([event(1), event(2, state_key="")], "17", prefix) == 200
    (taken,) = bridge.taken
    assert taken == [
        RoomEvent("$1", "!family", "m.room.message", "@sara:hs.test", 1_800_000_000_000, event()["content"]),  # type: ignore[arg-type]
        RoomEvent("$2", "!family", "m.room.message", "@sara:hs.test", 1_800_000_000_000, event()["content"], ""),  # type: ignore[arg-type]
    ]
    assert bridge.transactions == ["17"]


@pytest.mark.parametrize("megabytes", [3.5, 20])
async def test_a_transaction_of_many_megabytes_is_taken(bridge: Bridge, megabytes: float) -> None:
    each = int(megabytes * 10_000)
    assert await bridge.push([event(n, content={"body": "x" * each}) for n in range(100)]) == 200
    assert [len(str(taken.content["body"])) for taken in bridge.taken[0]] == [each] * 100
    assert BODY_LIMIT > 4 * 100 * 65_536


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "M_NOT_JSON"),
        (json.dumps({"events": [event()]}).encode()[:-9], "M_NOT_JSON"),
        (b'{"events": [' + b"\xff" + b"]}", "M_NOT_JSON"),
        (b'{"events": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "M_NOT_JSON"),
        (b"[]", "M_BAD_JSON"),
        (b"5", "M_BAD_JSON"),
        (b"{}", "M_BAD_JSON"),
        (b'{"events": {}}', "M_BAD_JSON"),
        (b'{"events": null}', "M_BAD_JSON"),
    ],
)
async def test_a_transaction_that_is_none_is_refused_in_words(bridge: Bridge, body: bytes, code: str) -> None:
    status, answer = await bridge.put(body)
    assert (status, answer["errcode"]) == (400, code)
    assert bridge.taken == []
    assert await bridge.push([event()]) == 200


async def test_a_transaction_beyond_all_measure_is_refused_and_the_log_says_once_what_to_do(
    bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps({"events": [event(content={"body": "x" * BODY_LIMIT})]}).encode()
    for _ in range(2):
        status, answer = await bridge.put(body, "7")
        assert (status, answer["errcode"]) == (413, "M_TOO_LARGE")
    (told,) = [
        record.getMessage() for record in caplog.records if "transaction 7 is larger than 64 MB" in record.getMessage()
    ]
    assert "application_services_txns" in told
    assert bridge.taken == []
    assert await bridge.push([event()], "8") == 200


async def test_what_could_not_be_committed_is_answered_5xx_and_taken_when_it_comes_again(bridge: Bridge) -> None:
    for number, error in enumerate((OSError("the disk is full"), ValueError(), KeyError("x")), 1):
        bridge.breaks = error
        status, answer = await bridge.put(json.dumps({"events": [event()]}).encode())
        assert (status, answer["errcode"]) == (500, "M_UNKNOWN")
        assert "disk" not in json.dumps(answer)
        assert bridge.failures == number
    bridge.breaks = None
    assert await bridge.push([event()]) == 200
    assert [[each.id for each in taken] for taken in bridge.taken] == [["$1"]]


async def test_a_transaction_that_must_wait_for_an_older_one_is_asked_for_again(bridge: Bridge) -> None:
    bridge.waits = True
    assert await bridge.push([event()], "9") == 503
    assert (bridge.taken, bridge.failures) == ([], 1)
    bridge.waits = False
    assert await bridge.push([event()], "9") == 200


MALFORMED: list[object] = [
    None,
    5,
    "event",
    [],
    {},
    {key: value for key, value in event().items() if key != "event_id"},
    event(event_id=5),
    event(event_id=""),
    event(event_id="$\0"),
    event(event_id="$\ud800"),
    event(event_id="$" + "x" * 300),
    event(9, room_id=None),
    event(9, room_id="!\ud800"),
    event(9, room_id="!\0"),
    event(9, type=5),
    event(9, type="\0"),
    event(9, sender=["@sara:hs.test"]),
    event(9, sender="@\udfff:hs.test"),
    event(9, sender="@" + "x" * 70_000),
    event(9, content=None),
    event(9, content="سلام"),
    event(9, content=[]),
    event(9, state_key="@\0:hs.test"),
    event(9, state_key="\ud800"),
]


@pytest.mark.parametrize("odd", MALFORMED, ids=lambda odd: repr(odd)[:40].encode("ascii", "replace").decode())
async def test_a_malformed_event_is_set_aside_without_its_neighbours(bridge: Bridge, odd: object) -> None:
    assert await bridge.push([event(1), odd, event(2)]) == 200
    assert [each.id for each in bridge.taken[0]] == ["$1", "$2"]
    known = isinstance(odd, dict) and odd.get("event_id") == "$9"
    assert [(each, error) for each, _, error in bridge.aside] == ([("$9", "malformed")] if known else [])
    assert all(room in (None, "!family") for _, room, _ in bridge.aside)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"body": None},
        {"body": {"a": [1, 2.5, True]}, "msgtype": 5},
        {"m.relates_to": []},
        {"membership": {"a": 1}},
        {"redacts": 5},
        {"body": "\ud800 \0 \u202e"},
        {"": {"": []}},
        {"n": 10**40},
    ],
)
async def test_content_of_any_types_comes_through_as_it_is(bridge: Bridge, content: dict[str, object]) -> None:
    assert await bridge.push([event(content=content)]) == 200
    assert bridge.taken[0][0].content == content


@pytest.mark.parametrize("at", [None, "1", 1.5, -1, 2**63, 10**30, [], {}])
def test_a_time_that_is_none_is_0(at: object) -> None:
    read = read_event(event(origin_server_ts=at))
    assert read is not None
    assert read.at == 0


@pytest.mark.parametrize("key", [None, 5, [], {}])
def test_a_state_key_that_is_no_text_is_none(key: object) -> None:
    read = read_event(event(state_key=key))
    assert read is not None
    assert read.state_key is None


def test_a_deletion_is_found_in_both_of_its_places() -> None:
    for fields in ({"redacts": "$5", "content": {}}, {"content": {"redacts": "$5"}}):
        read = read_event(event(type="m.room.redaction", **fields))
        assert read is not None
        assert read.content == {"redacts": "$5"}
    odd = read_event(event(type="m.room.redaction", redacts=5, content={}))
    assert odd is not None
    assert odd.content == {}


async def test_nothing_that_people_say_and_no_token_is_logged(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "what nobody else may read"
    bridge.breaks = RuntimeError(secret)
    await bridge.push([event(content={"body": secret}), event(9, content=secret)])
    await bridge.put(secret.encode())
    await bridge.get(f"{NEW}/users/@x:y?access_token={TOKEN}x")
    assert caplog.records
    assert secret not in caplog.text
    assert TOKEN not in caplog.text


async def test_two_transactions_at_once_do_not_get_in_each_others_way(bridge: Bridge) -> None:
    async with asyncio.TaskGroup() as group:
        pushed = [group.create_task(bridge.push([event(n)], str(n))) for n in range(8)]
    assert [each.result() for each in pushed] == [200] * 8
    assert sorted(taken[0].id for taken in bridge.taken) == [f"${n}" for n in range(8)]
