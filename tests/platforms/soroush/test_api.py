from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import BridgeError, InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.platforms.http import Http
from bridge.platforms.soroush.api import SoroushApi

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

TOKEN = "70000001:secret-part"


@pytest.fixture
async def api(remote: Remote) -> AsyncIterator[SoroushApi]:
    api = SoroushApi(Http(remote.url, seconds=2), TOKEN, Http(remote.url))
    yield api
    await api.close()


def refusal(code: int | None, description: str | None = None) -> dict[str, object]:
    told: dict[str, object] = {"ok": False, "error_code": code, "description": description}
    return {name: value for name, value in told.items() if value is not None}


async def send_error(api: SoroushApi) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        await api.send_message(5, "a private word", None)
    assert "secret-part" not in str(caught.value)
    assert "private" not in str(caught.value)
    return caught.value


async def poll_error(api: SoroushApi) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        await api.get_updates(None, 100, 0)
    return caught.value


async def test_a_message_goes_out_as_plain_text_in_the_old_dialect(api: SoroushApi, remote: Remote) -> None:
    done = remote.json({"ok": True, "result": {"message_id": 91}})
    remote.will(done, done)
    assert await api.send_message(-1000001234567, "*سلام*", 90) == {"message_id": 91}
    await api.send_message("@demo", "x", None)
    assert remote.asked[0].path == "/bot70000001:secret-part/sendMessage"
    assert remote.asked[0].body == {
        "chat_id": -1000001234567,
        "text": "*سلام*",
        "reply_to_message_id": 90,
        "allow_sending_without_reply": True,
    }
    assert remote.asked[1].body == {"chat_id": "@demo", "text": "x"}


async def test_words_below_a_file_are_changed_by_a_method_of_their_own(api: SoroushApi, remote: Remote) -> None:
    done = remote.json({"ok": True, "result": {"message_id": 91}})
    remote.will(done, done, remote.json(refusal(400, "Bad Request: a private word"), 400))
    await api.edit_message_caption(-5, 91, "<b>x</b>", "HTML")
    await api.edit_message_caption(-5, 91, "x")
    assert remote.asked[0].path.endswith("/editMessageCaption")
    assert remote.asked[0].body == {"chat_id": -5, "message_id": 91, "caption": "<b>x</b>", "parse_mode": "HTML"}
    assert remote.asked[1].body == {"chat_id": -5, "message_id": 91, "caption": "x"}
    with pytest.raises(Refused) as caught:
        await api.edit_message_caption(-5, 91, "a private word")
    assert "private" not in str(caught.value)


@pytest.mark.parametrize("html", [True, False])
async def test_what_is_too_large_is_called_so(api: SoroushApi, remote: Remote, html: bool) -> None:
    told = remote.body(b"<html>", 413) if html else remote.json(refusal(413, "Request Entity Too Large"), 413)
    remote.will(told, remote.json(refusal(400, "Bad Request: file is too big"), 400))
    for call in (api.send_media("photo", 5, "F1", {}, "x", None), api.get_file("F1")):
        with pytest.raises(Refused, match=r"^too_large$"):
            await call


@pytest.mark.parametrize(
    ("told", "after"),
    [
        ({**refusal(429, "Too Many Requests: retry after 7"), "parameters": {"retry_after": 9}}, 9),
        (refusal(429, "Too Many Requests: retry after 7"), 7),
        (refusal(429), None),
        ({**refusal(429), "parameters": ["odd"]}, None),
    ],
)
async def test_too_many_requests_tells_its_wait_in_one_of_two_places(
    api: SoroushApi, remote: Remote, told: dict[str, object], after: float | None
) -> None:
    remote.will(remote.json(told, 429))
    problem = await send_error(api)
    assert isinstance(problem, Retry)
    assert problem.after == after


@pytest.mark.parametrize(
    ("code", "description", "send", "poll"),
    [
        (400, "Bad Request: NOT_SUPPORTED", Refused, Retry),
        (400, "Bad Request: chat not found", NotAllowed, Retry),
        (401, "Unauthorized", LoginLost, LoginLost),
        (None, "Unauthorized", LoginLost, LoginLost),
        (403, "Forbidden: bot was blocked by the user", NotAllowed, LoginLost),
        (404, "Not Found", Refused, LoginLost),
        (409, "Conflict: terminated by other getUpdates request", Retry, Retry),
        (500, None, Retry, Retry),
        (504, None, InDoubt, Retry),
        (None, None, Refused, Retry),
    ],
)
@pytest.mark.parametrize("mirrored", [True, False])
async def test_an_error_says_what_it_is_about_whatever_the_status(
    api: SoroushApi,
    remote: Remote,
    code: int | None,
    description: str | None,
    send: type[BridgeError],
    poll: type[BridgeError],
    mirrored: bool,
) -> None:
    told = remote.json(refusal(code, description), code if mirrored and code else 200)
    remote.will(told, told)
    assert type(await send_error(api)) is send
    assert type(await poll_error(api)) is poll


async def test_a_second_poller_is_named(api: SoroushApi, remote: Remote) -> None:
    remote.will(remote.json(refusal(409, "Conflict"), 409))
    problem = await poll_error(api)
    assert "another program polls" in str(problem)


@pytest.mark.parametrize("status", [403, 500, 502, 503])
async def test_a_page_of_html_is_tried_again(api: SoroushApi, remote: Remote, status: int) -> None:
    page = remote.body(b"<!doctype html>oops", status)
    remote.will(page, page)
    assert type(await send_error(api)) is Retry
    assert type(await poll_error(api)) is Retry


async def test_a_bad_token_may_be_told_in_plain_text(api: SoroushApi, remote: Remote) -> None:
    remote.will(remote.body(b"Unauthorized", 401, "text/plain"))
    with pytest.raises(LoginLost):
        await api.get_me()


@pytest.mark.parametrize("body", [b"[]", b"null", b"{}", b'{"ok": 1}', b'{"ok": true, "resu', b""])
async def test_json_of_another_shape_is_no_answer(api: SoroushApi, remote: Remote, body: bytes) -> None:
    remote.will(remote.body(body), remote.body(body))
    assert type(await poll_error(api)) is Retry
    assert type(await send_error(api)) is InDoubt


async def test_a_send_that_is_never_answered_is_in_doubt(api: SoroushApi, remote: Remote) -> None:
    remote.will(remote.silence(), remote.cut_off(b'{"ok": true', 90))
    assert type(await send_error(api)) is InDoubt
    assert type(await send_error(api)) is InDoubt


async def test_a_platform_that_is_down_has_surely_not_sent(refusing_url: str) -> None:
    api = SoroushApi(Http(refusing_url), TOKEN, Http(refusing_url))
    assert type(await send_error(api)) is Retry
    await api.close()
