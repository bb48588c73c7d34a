from __future__ import annotations

import datetime
import ipaddress
import math
import ssl
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BridgeError, ConfigError, InDoubt, Refused, Retry
from bridge.platforms.http import Answer, Http, TooLarge, remote_words, seconds_after, segment, unreadable

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

TOKEN = "1234:very-secret"
Open = Callable[..., Http]


@pytest.fixture
async def open_http() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        def make(url: str, **options: object) -> Http:
            http = Http(url, **options)  # type: ignore[arg-type]
            stack.push_async_callback(http.close)
            return http

        yield make


async def failure_of(http: Http, *, sends: bool) -> BridgeError:
    """The error of one call, which must not lead anybody to the token."""
    with pytest.raises(BridgeError) as caught:
        await http.post(f"/bot{TOKEN}/sendMessage", {"text": "a private word"}, sends=sends)
    shown = "".join(traceback.format_exception(caught.value))
    assert "very-secret" not in shown
    assert "private word" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize("sends", [True, False])
async def test_what_was_surely_not_sent_may_be_tried_again(open_http: Open, refusing_url: str, sends: bool) -> None:
    problem = await failure_of(open_http(refusing_url), sends=sends)
    assert type(problem) is Retry
    assert str(problem) == "the host cannot be reached"


@pytest.mark.parametrize("fault", ["silence", "hang_up", "cut_off"])
async def test_a_send_without_an_answer_is_in_doubt_and_a_read_is_asked_again(
    open_http: Open, remote: Remote, fault: str
) -> None:
    faults = {
        "silence": remote.silence(),
        "hang_up": remote.hang_up(),
        "cut_off": remote.cut_off(b'{"ok": tr', promised=100),
    }
    remote.will(faults[fault], faults[fault])
    http = open_http(remote.url, seconds=1)
    assert type(await failure_of(http, sends=True)) is InDoubt
    assert type(await failure_of(http, sends=False)) is Retry
    assert len(remote.asked) == 2


async def test_a_long_poll_may_be_held_longer_than_an_answer_may_take(open_http: Open, remote: Remote) -> None:
    remote.will(remote.silence())
    with pytest.raises(Retry, match="no answer in time"):
        await open_http(remote.url, seconds=1).post("/x", {}, sends=False, held=0.2)


async def test_an_answer_is_never_held_in_memory_beyond_its_bound(open_http: Open, remote: Remote) -> None:
    huge = remote.body(b"x" * 5000)
    remote.will(huge, huge, remote.body(b"x" * 4096))
    http = open_http(remote.url, largest=4096)
    assert type(await failure_of(http, sends=True)) is InDoubt
    assert type(await failure_of(http, sends=False)) is TooLarge
    assert len((await http.post("/x", {}, sends=False)).body) == 4096


async def test_a_redirect_is_not_followed_with_the_token(open_http: Open, remote: Remote) -> None:
    remote.will(remote.body(b"", status=302, headers={"Location": remote.url + "/elsewhere"}))
    answer = await open_http(remote.url).post("/x", {}, sends=True)
    assert answer.status == 302
    assert type(unreadable(answer, sends=True)) is Retry
    assert [asked.path for asked in remote.asked] == ["/x"]


async def test_a_body_is_json_in_utf8_under_the_literal_token(open_http: Open, remote: Remote) -> None:
    remote.will(remote.json({}))
    await open_http(remote.url + "/v3/").post(f"/{segment('bot1:a%2Fb/c?d')}/send", {"text": "سلام \ud800"}, sends=True)
    assert remote.asked[0].path == "/v3/bot1:a%252Fb%2Fc%3Fd/send"
    assert remote.asked[0].body == {"text": "سلام ?"}
    assert remote.asked[0].content_type == "application/json"


async def test_fields_go_out_as_a_multipart_form(open_http: Open, remote: Remote, refusing_url: str) -> None:
    remote.will(remote.json({"ok": True}), remote.hang_up())
    http = open_http(remote.url)
    told = {"file": "1:-2:1", "caption": "سلام"}
    assert (await http.post_form("/send", told, sends=True)).status == 200
    assert remote.asked[0].content_type == "multipart/form-data"
    for name, value in told.items():
        assert f'name="{name}"'.encode() in remote.asked[0].body
        assert f"\r\n\r\n{value}\r\n".encode() in remote.asked[0].body
    with pytest.raises(InDoubt):
        await http.post_form("/send", told, sends=True)
    with pytest.raises(Retry):
        await open_http(refusing_url).post_form("/send", told, sends=True)


async def test_everything_goes_through_the_proxy_of_the_settings(open_http: Open, remote: Remote) -> None:
    remote.will(remote.json({"ok": True}))
    answer = await open_http("http://bale.invalid", proxy=remote.url).post("/x", {}, sends=True)
    assert answer.json() == {"ok": True}


async def test_a_proxy_that_is_down_is_named_and_nothing_was_sent(open_http: Open, refusing_url: str) -> None:
    problem = await failure_of(open_http("http://bale.invalid", proxy=refusing_url), sends=True)
    assert type(problem) is Retry
    assert str(problem) == "the proxy cannot be used"


async def test_a_certificate_is_checked_against_the_bundle_of_the_settings(open_http: Open, tmp_path: Path) -> None:
    bundle, server_side = _self_signed(tmp_path)
    app = web.Application()

    async def hello(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    app.router.add_post("/x", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_side).start()
    url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    try:
        problem = await failure_of(open_http(url), sends=True)
        assert type(problem) is Retry
        assert str(problem) == "the host's certificate is not trusted"
        answer = await open_http(url, ca_bundle=bundle).post("/x", {}, sends=True)
        assert answer.json() == {"ok": True}
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("url", ["", "tapi.bale.ai", "ftp://x", "https://", "https://x/?a=1", "http://[", "http://x#y"])
async def test_a_url_that_cannot_be_called_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ConfigError, match="url"):
        Http(url)


async def test_a_bundle_that_cannot_be_read_is_refused_at_the_start(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(ConfigError, match=r"\.pem"):
            Http("https://tapi.bale.ai", ca_bundle=path)


async def test_closing_twice_is_fine(open_http: Open, remote: Remote) -> None:
    http = open_http(remote.url)
    await http.close()
    await http.close()


@pytest.mark.parametrize(
    ("status", "send", "read"),
    [
        (200, InDoubt, Retry),
        (302, Retry, Retry),
        (400, Refused, Retry),
        (403, Retry, Retry),
        (413, Refused, Retry),
        (429, Retry, Retry),
        (500, Retry, Retry),
        (502, Retry, Retry),
        (503, Retry, Retry),
        (504, InDoubt, Retry),
    ],
)
def test_a_page_of_html_is_judged_by_its_status(status: int, send: type[BridgeError], read: type[BridgeError]) -> None:
    answer = Answer(status, b"<html>oops</html>", 3.0)
    assert type(unreadable(answer, sends=True)) is send
    assert type(unreadable(answer, sends=False)) is read


def test_a_limit_carries_the_wait_of_its_header() -> None:
    problem = unreadable(Answer(429, b"", 3.0), sends=True)
    assert isinstance(problem, Retry)
    assert problem.after == 3.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(7, 7.0), ("7", 7.0), (" 0.5 ", 0.5), (0, 0.0), (10**12, 3600.0), ("999999999", 3600.0)],
)
def test_a_wait_is_read_as_seconds_and_bounded(value: object, seconds: float) -> None:
    assert seconds_after(value) == seconds


@given(st.none() | st.booleans() | st.text() | st.floats(max_value=-1e-9) | st.just(math.nan) | st.lists(st.integers()))
def test_what_is_no_wait_is_none(value: object) -> None:
    assert seconds_after(value) is None or isinstance(value, str)


def test_a_remote_description_never_repeats_the_token_or_what_was_said() -> None:
    known = "Forbidden: permission_denied"
    assert remote_words(known, secret=TOKEN, said="سلام") == known
    assert remote_words("bad token 1234:very-secret", secret=TOKEN) == ""
    assert remote_words("can't parse: meet me Tuesday", secret=TOKEN, said="Tuesday at nine") == ""
    assert remote_words("پیام سلام", secret=TOKEN) == ""
    assert remote_words("x" * 500, secret=TOKEN) == ""
    assert remote_words({"a": 1}, secret=TOKEN) == ""


def _self_signed(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that vouches for itself, and the server's side of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    bundle = folder / "ca.pem"
    bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = folder / "key.pem"
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle, secret)
    return bundle, context
