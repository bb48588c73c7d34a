from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import BridgeError, InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.platforms.eitaa.api import EitaaApi
from bridge.platforms.http import Http

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

TOKEN = "bot1234:00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def api(remote: Remote) -> AsyncIterator[EitaaApi]:
    api = EitaaApi(Http(remote.url + "/api", seconds=2), TOKEN)
    yield api
    await api.close()


async def send_error(api: EitaaApi) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        await api.send_message("demo_channel", "a private word", None)
    assert "0000-4000" not in str(caught.value)
    assert "private" not in str(caught.value)
    return caught.value


async def login_error(api: EitaaApi) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        await api.get_me()
    return caught.value


async def test_the_token_stands_in_the_path_as_the_panel_gave_it(api: EitaaApi, remote: Remote) -> None:
    done = remote.json({"ok": True, "result": {"message_id": 4711}})
    remote.will(done, done)
    assert await api.send_message("demo_channel", "سلام", 4710) == {"message_id": 4711}
    await api.send_message("77", "x", None)
    assert remote.asked[0].path == f"/api/{TOKEN}/sendMessage"
    assert remote.asked[0].body == {
        "chat_id": "demo_channel",
        "text": "سلام",
        "reply_to_message_id": 4710,
    }
    assert remote.asked[1].body == {"chat_id": "77", "text": "x"}


@pytest.mark.parametrize(
    ("told", "status", "send", "login"),
    [
        ({"ok": False}, 200, Refused, LoginLost),
        ({"ok": False, "error_code": 400, "description": "…"}, 400, Refused, LoginLost),
        ({"ok": False, "error_code": 401, "description": "Unauthorized"}, 200, LoginLost, LoginLost),
        ({"ok": False, "error_code": 403}, 200, NotAllowed, LoginLost),
        ({"ok": False}, 429, Retry, Retry),
        ({"ok": False, "error_code": 500}, 500, Retry, Retry),
        ({"ok": False}, 503, Retry, Retry),
        ({"ok": False}, 504, InDoubt, Retry),
        ([], 200, InDoubt, Retry),
        ({}, 200, InDoubt, Retry),
    ],
)
async def test_an_error_needs_no_more_than_ok_false(
    api: EitaaApi,
    remote: Remote,
    told: object,
    status: int,
    send: type[BridgeError],
    login: type[BridgeError],
) -> None:
    remote.will(remote.json(told, status), remote.json(told, status))
    assert type(await send_error(api)) is send
    assert type(await login_error(api)) is login


async def test_a_page_of_html_loses_neither_the_login_nor_the_message(api: EitaaApi, remote: Remote) -> None:
    for status in (403, 404, 502):
        page = remote.body(b"<html>WAF</html>", status)
        remote.will(page, page)
        assert type(await send_error(api)) is Retry
        assert type(await login_error(api)) is Retry


async def test_truncated_json_and_silence_leave_a_send_in_doubt(api: EitaaApi, remote: Remote) -> None:
    remote.will(remote.body(b'{"ok": true, "resul'), remote.silence(), remote.hang_up())
    for _ in range(3):
        assert type(await send_error(api)) is InDoubt


async def test_a_platform_that_is_down_has_surely_not_sent(refusing_url: str) -> None:
    api = EitaaApi(Http(refusing_url), TOKEN)
    assert type(await send_error(api)) is Retry
    await api.close()
