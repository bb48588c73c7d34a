from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import BridgeError, InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.platforms.bale.api import BaleApi
from bridge.platforms.http import Http

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote, Reply

TOKEN = "77:secret-part"


@pytest.fixture
async def api(remote: Remote) -> AsyncIterator[BaleApi]:
    api = BaleApi(Http(remote.url, seconds=2), TOKEN)
    yield api
    await api.close()


def refusal(code: int | None, description: str | None = None, **parameters: object) -> dict[str, object]:
    told: dict[str, object] = {"ok": False}
    if code is not None:
        told["error_code"] = code
    if description is not None:
        told["description"] = description
    if parameters:
        told["parameters"] = parameters
    return told


async def send_error(api: BaleApi) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        await api.send_message("5", "a private word", None)
    assert "secret-part" not in str(caught.value)
    assert "private" not in str(caught.value)
    return caught.value


async def poll_error(api: BaleApi) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        await api.get_updates(None, 100, 0)
    return caught.value


async def test_a_message_goes_out_as_json_with_its_chat_as_text(api: BaleApi, remote: Remote) -> None:
    remote.will(remote.json({"ok": True, "result": {"message_id": 57}}))
    assert await api.send_message("4695281546", "سلام", 55) == {"message_id": 57}
    [asked] = remote.asked
    assert asked.path == "/bot77:secret-part/sendMessage"
    assert asked.content_type == "application/json"
    assert asked.body == {"chat_id": "4695281546", "text": "سلام", "reply_to_message_id": 55}


async def test_ok_decides_whatever_the_status(api: BaleApi, remote: Remote) -> None:
    remote.will(remote.json({"ok": True, "result": []}, status=500))
    assert await api.get_updates(7, 100, 0) == []
    assert remote.asked[0].body == {"offset": 7, "limit": 100, "timeout": 0}


async def test_the_id_of_a_file_goes_out_in_a_form_because_its_colons_break_json(api: BaleApi, remote: Remote) -> None:
    remote.will(remote.json({"ok": True, "result": {"message_id": 57}}))
    await api.send_media("video", "4695281546", "1:-2:1", {"duration": "3"}, "سلام", 55)
    [asked] = remote.asked
    assert (asked.path, asked.content_type) == ("/bot77:secret-part/sendVideo", "multipart/form-data")
    told = {"chat_id": "4695281546", "duration": "3", "caption": "سلام", "reply_to_message_id": "55"}
    for name, value in {**told, "video": "1:-2:1"}.items():
        assert f'name="{name}"'.encode() in asked.body
        assert f"\r\n\r\n{value}\r\n".encode() in asked.body


async def test_words_below_a_file_are_changed_by_a_method_of_their_own(api: BaleApi, remote: Remote) -> None:
    remote.will(remote.json({"ok": True, "result": {"message_id": 0, "date": 0, "chat": {"id": 0, "type": ""}}}))
    await api.edit_message_caption("5", 57, "سلام")
    assert remote.asked[0].path == "/bot77:secret-part/editMessageCaption"
    assert remote.asked[0].body == {"chat_id": "5", "message_id": 57, "caption": "سلام"}


async def test_what_is_too_large_is_called_so_however_bale_says_it(api: BaleApi, remote: Remote) -> None:
    remote.will(
        remote.json(refusal(400, "Bad Request: file is too big")),
        remote.json(refusal(413, "Request Entity Too Large"), 413),
        remote.body(b"<html>413</html>", 413),
    )
    with pytest.raises(Refused, match=r"^too_large$"):
        await api.get_file("1:-2:1")
    for _ in range(2):
        with pytest.raises(Refused, match=r"^too_large$"):
            await api.send_media("photo", "5", "1:-2:1", {}, "", None)


@pytest.mark.parametrize("status", [200, 429])
async def test_too_many_requests_carries_the_wait(api: BaleApi, remote: Remote, status: int) -> None:
    remote.will(remote.json(refusal(429, "Too Many Requests", retry_after=7), status))
    problem = await send_error(api)
    assert isinstance(problem, Retry)
    assert problem.after == 7


@pytest.mark.parametrize(
    "told", [refusal(429), refusal(429, "bot limit exceed"), refusal(400, "bot limit exceed"), refusal(420)]
)
async def test_too_many_requests_may_come_without_a_wait(api: BaleApi, remote: Remote, told: dict[str, object]) -> None:
    remote.will(remote.json(told, 429))
    problem = await send_error(api)
    assert isinstance(problem, Retry)
    assert problem.after is None


@pytest.mark.parametrize("status", [200, 429, 503])
async def test_a_limit_in_front_of_bale_answers_plain_text(api: BaleApi, remote: Remote, status: int) -> None:
    limited = remote.body(b"local_rate_limited", status, "text/plain", {"Retry-After": "3"})
    remote.will(limited, limited)
    for problem in (await send_error(api), await poll_error(api)):
        assert type(problem) is Retry
        assert problem.after == 3


@pytest.mark.parametrize(
    ("code", "description", "kind"),
    [
        (403, "Forbidden: permission_denied", NotAllowed),
        (403, "Forbidden: bot was blocked by the user", NotAllowed),
        (400, "Bad Request: no such group or user", NotAllowed),
        (404, "Not Found: no such group or user", NotAllowed),
        (400, "Bad Request: malformed request", Refused),
        (404, "Not Found: message to be replied", Refused),
        (None, None, Refused),
        (413, None, Refused),
        (401, "Unauthorized", LoginLost),
        (400, "Bad Request: Token not found", LoginLost),
        (404, "Not Found", LoginLost),
        (409, "Conflict", Retry),
        (500, "Internal", Retry),
        (503, None, Retry),
        (504, None, InDoubt),
    ],
)
async def test_a_refused_send_says_what_it_is_about(
    api: BaleApi, remote: Remote, code: int | None, description: str | None, kind: type[BridgeError]
) -> None:
    remote.will(remote.json(refusal(code, description)))
    assert type(await send_error(api)) is kind


@pytest.mark.parametrize(
    ("code", "description", "kind"),
    [
        (401, "Unauthorized", LoginLost),
        (403, "Forbidden", LoginLost),
        (404, "Not Found", LoginLost),
        (400, "Bad Request: Token not found", LoginLost),
        (400, "Bad Request: offset", Retry),
        (409, "Conflict", Retry),
        (504, None, Retry),
        (None, None, Retry),
    ],
)
async def test_a_refused_poll_is_about_the_token_or_passes(
    api: BaleApi, remote: Remote, code: int | None, description: str | None, kind: type[BridgeError]
) -> None:
    remote.will(remote.json(refusal(code, description)))
    assert type(await poll_error(api)) is kind


async def test_a_bad_token_may_be_told_in_plain_text(api: BaleApi, remote: Remote) -> None:
    remote.will(remote.body(b"404: Not Found", 404, "text/plain"), remote.body(b"Token not found", 400, "text/plain"))
    for _ in range(2):
        with pytest.raises(LoginLost):
            await api.get_me()


async def test_a_page_of_a_firewall_loses_neither_the_login_nor_the_message(api: BaleApi, remote: Remote) -> None:
    page = remote.body(b"<html>403 Forbidden</html>", 403)
    remote.will(page, page)
    assert type(await poll_error(api)) is Retry
    assert type(await send_error(api)) is Retry


async def test_truncated_json_is_asked_again_but_a_send_stays_in_doubt(api: BaleApi, remote: Remote) -> None:
    broken: Reply = remote.body(b'{"ok": true, "result": [{"upd', content_type="application/json")
    remote.will(broken, broken)
    assert type(await poll_error(api)) is Retry
    assert type(await send_error(api)) is InDoubt


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"ok": "yes"}', b'{"result": 1}', b"", b"[" * 100_000])
async def test_json_of_another_shape_is_no_answer(api: BaleApi, remote: Remote, body: bytes) -> None:
    remote.will(remote.body(body), remote.body(body))
    assert type(await poll_error(api)) is Retry
    assert type(await send_error(api)) is InDoubt


async def test_updates_that_are_no_list_are_asked_again(api: BaleApi, remote: Remote) -> None:
    remote.will(remote.json({"ok": True, "result": {"a": 1}}))
    assert type(await poll_error(api)) is Retry


async def test_a_send_that_is_never_answered_is_in_doubt(api: BaleApi, remote: Remote) -> None:
    remote.will(remote.silence())
    assert type(await send_error(api)) is InDoubt


async def test_a_platform_that_is_down_has_surely_not_sent(refusing_url: str) -> None:
    api = BaleApi(Http(refusing_url), TOKEN)
    assert type(await send_error(api)) is Retry
    await api.close()
