from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import BridgeError, InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.platforms.http import Answer, Http
from bridge.platforms.rubika.api import BadOffset, Call, RubikaApi, data_of

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

TOKEN = "SECRETPART" * 6


@pytest.fixture
async def api(remote: Remote) -> AsyncIterator[RubikaApi]:
    api = RubikaApi(Http(remote.url + "/v3", seconds=2), TOKEN)
    yield api
    await api.close()


async def send_error(api: RubikaApi) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        await api.send_message("g01", "a private word", None)
    assert "SECRETPART" not in str(caught.value)
    assert "private" not in str(caught.value)
    return caught.value


async def poll_error(api: RubikaApi, offset: str | None = None) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        await api.get_updates(offset, 100)
    return caught.value


async def test_options_that_are_not_used_are_left_out(api: RubikaApi, remote: Remote) -> None:
    done = remote.json({"status": "OK", "data": {"message_id": "12"}})
    remote.will(done, done)
    assert await api.send_message("g01", "سلام", None) == {"message_id": "12"}
    await api.send_message("g01", "x", "11")
    assert remote.asked[0].path == f"/v3/{TOKEN}/sendMessage"
    assert remote.asked[0].content_type == "application/json"
    assert remote.asked[0].body == {"chat_id": "g01", "text": "سلام"}
    assert remote.asked[1].body == {"chat_id": "g01", "text": "x", "reply_to_message_id": "11"}


async def test_a_success_may_come_without_data_or_without_an_envelope(api: RubikaApi, remote: Remote) -> None:
    remote.will(remote.json({"status": "OK"}), remote.json({"message_id": 12}), remote.json({"updates": []}))
    assert await api.get_updates(None, 100) == {}
    assert await api.send_message("g01", "x", None) == {"message_id": 12}
    assert await api.get_updates(None, 100) == {"updates": []}


@pytest.mark.parametrize("form", ["status", "error_code"])
@pytest.mark.parametrize(
    ("code", "send", "poll"),
    [
        ("INVALID_INPUT", Refused, Retry),
        ("INVALID_ACCESS", NotAllowed, LoginLost),
        ("TOO_REQUESTS", Retry, Retry),
        ("SERVER_ERROR", Retry, Retry),
        ("ERROR_GENERIC", Retry, Retry),
        ("Timeout", InDoubt, Retry),
    ],
)
async def test_both_forms_of_an_error_are_understood(
    api: RubikaApi, remote: Remote, form: str, code: str, send: type[BridgeError], poll: type[BridgeError]
) -> None:
    told = {"status": code, "dev_message": None}
    if form == "error_code":
        told = {"status": "error", "error_code": code, "error_message": "some words"}
    remote.will(remote.json(told), remote.json(told))
    assert type(await send_error(api)) is send
    assert isinstance(await poll_error(api), poll)


async def test_a_limit_tells_no_wait(api: RubikaApi, remote: Remote) -> None:
    remote.will(remote.json({"status": "TOO_REQUESTS"}))
    problem = await send_error(api)
    assert isinstance(problem, Retry)
    assert problem.after is None


async def test_a_bad_token_loses_the_login(api: RubikaApi, remote: Remote) -> None:
    remote.will(remote.json({"status": "INVALID_ACCESS"}))
    with pytest.raises(LoginLost):
        await api.get_me()


async def test_a_bad_offset_is_told_from_other_refusals(api: RubikaApi, remote: Remote) -> None:
    bad = remote.json({"status": "INVALID_INPUT", "dev_message": "offset_id"})
    remote.will(bad, bad)
    assert type(await poll_error(api, "66f0")) is BadOffset
    assert type(await poll_error(api, None)) is Retry


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_page_of_html_is_tried_again(api: RubikaApi, remote: Remote, status: int) -> None:
    page = remote.body(b"<html><h1>Bad Gateway</h1></html>", status)
    remote.will(page, page)
    assert type(await send_error(api)) is Retry
    assert type(await poll_error(api)) is Retry


async def test_a_gateway_that_gave_up_leaves_a_send_in_doubt(api: RubikaApi, remote: Remote) -> None:
    remote.will(
        remote.body(b"<html>Gateway Time-out</html>", 504),
        remote.json({"status": "SERVER_ERROR"}, 504),
        remote.body(b"<html>Gateway Time-out</html>", 504),
    )
    assert type(await send_error(api)) is InDoubt
    assert type(await send_error(api)) is InDoubt
    assert type(await poll_error(api)) is Retry


async def test_http_429_carries_the_wait_of_its_header(api: RubikaApi, remote: Remote) -> None:
    remote.will(remote.body(b"slow down", 429, "text/plain", {"Retry-After": "9"}))
    problem = await poll_error(api)
    assert isinstance(problem, Retry)
    assert problem.after == 9


@pytest.mark.parametrize("body", [b"[]", b"null", b"{}", b'{"status": 5}', b'{"status": "OK", "da', b""])
async def test_json_of_another_shape_is_no_answer(api: RubikaApi, remote: Remote, body: bytes) -> None:
    remote.will(remote.body(body), remote.body(body))
    assert type(await poll_error(api)) is Retry
    assert type(await send_error(api)) is InDoubt


async def test_a_send_that_is_never_answered_is_in_doubt(api: RubikaApi, remote: Remote) -> None:
    remote.will(remote.silence(), remote.hang_up())
    assert type(await send_error(api)) is InDoubt
    assert type(await send_error(api)) is InDoubt


async def test_a_platform_that_is_down_has_surely_not_sent(refusing_url: str) -> None:
    api = RubikaApi(Http(refusing_url), TOKEN)
    assert type(await send_error(api)) is Retry
    await api.close()


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (413, b"<html>", Refused, "too_large"),
        (413, b'{"status": "INVALID_INPUT"}', Refused, "too_large"),
        (400, b"<html>", Refused, "cannot read"),
        (200, b'{"status": "INVALID_INPUT"}', Refused, "INVALID_INPUT"),
        (200, b'{"status": "INVALID_ACCESS"}', Refused, "INVALID_ACCESS"),
        (200, b'{"status": "TOO_REQUESTS"}', Retry, "too many"),
        (200, b'{"status": "SERVER_ERROR"}', Retry, "SERVER_ERROR"),
        (200, b'{"status": "Timeout"}', Retry, "Timeout"),
        (200, b'{"status": "https://x.ir/up/K3Y"}', Retry, "answered an error$"),
        (200, b'{"status": "OK", "da', Retry, "unreadable"),
        (404, b"<html>", Retry, "404"),
        (504, b"<html>", Retry, "504"),
    ],
)
def test_an_upload_is_refused_for_good_or_done_again(
    status: int, body: bytes, error: type[BridgeError], reason: str
) -> None:
    with pytest.raises(BridgeError, match=reason) as caught:
        data_of(Answer(status, body), Call.UPLOAD, secret=TOKEN)
    assert type(caught.value) is error


def test_the_answer_of_an_upload_may_come_bare() -> None:
    for body in (b'{"file_id": "f"}', b'{"status": "OK", "data": {"file_id": "f"}}'):
        assert data_of(Answer(200, body), Call.UPLOAD, secret=TOKEN) == {"file_id": "f"}
