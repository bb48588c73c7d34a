"""The simulated gateway before, around and after a login: codes, passwords, tokens."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene, Wire

NEW = "989350001122"


def word(number: int) -> bytes:
    return number.to_bytes(4, "little")


def string(value: str | bytes) -> bytes:
    body = value.encode() if isinstance(value, str) else value
    head = bytes([len(body)]) if len(body) < 254 else b"\xfe" + len(body).to_bytes(3, "little")
    return head + body + bytes(-len(head + body) % 4)


SETTINGS = word(0xDEBEBE83) + word(0)
APP = word(0x61796DE9) + word(2496) + b"".join(map(string, ("Firefox", "Linux", "4.6.12 K", "fa", "")))


def send_code(phone: str) -> tuple[int, bytes]:
    return 0xA677244F, string(phone) + word(2496) + string("hash") + SETTINGS


def sign_in(phone: str, code_hash: str, code: str) -> tuple[int, bytes]:
    return 0xBCD51581, string(phone) + string(code_hash) + string(code)


@pytest.fixture
def fresh(scene: Scene) -> Wire:
    """A device that nobody has logged in on."""
    return replace(scene.wire, token="", imei="mtpasdsxfgabcdef__web")


async def code(scene: Scene, phone: str) -> str:
    return str((await scene.hand.own("code", phone=phone))["code"])


async def begun(scene: Scene, wire: Wire, phone: str) -> tuple[str, str]:
    sent = await wire(*send_code(phone))
    return sent["hash"], await code(scene, phone)


async def test_a_login_asks_for_a_phone_and_its_code_and_gives_a_token(scene: Scene, fresh: Wire) -> None:
    sent = await fresh(*send_code(scene.phone))
    assert (sent["_"], sent["type"], sent["next"]["_"]) == ("sentCode", {"_": "sms", "length": 5}, "nextCall")
    wrong = "00000" if (right := await code(scene, scene.phone)) != "00000" else "11111"
    assert await fresh.refused(*sign_in(scene.phone, sent["hash"], wrong)) == "400 PHONE_CODE_INVALID"
    assert await fresh.refused(*sign_in(scene.phone, "other", right)) == "400 PHONE_CODE_EXPIRED"
    done = await fresh(*sign_in(scene.phone, sent["hash"], right))
    assert (done["_"], done["user"]["id"], done["user"]["phone"]) == ("authorization", int(scene.me), scene.phone)
    assert (await replace(fresh, token=done["token"]).state())["_"] == "state"
    assert await fresh.refused(*sign_in(scene.phone, sent["hash"], right)) == "400 PHONE_CODE_EXPIRED"


async def test_codes_run_out_by_time_tries_and_cancelling(scene: Scene, fresh: Wire) -> None:
    await scene.hand.options(code_requests=50, code_tries=2)
    for _ in range(2):
        code_hash, right = await begun(scene, fresh, scene.phone)
        await fresh(*sign_in(scene.phone, code_hash, "x"))
        await fresh(*sign_in(scene.phone, code_hash, "x"))
        assert await fresh.refused(*sign_in(scene.phone, code_hash, right)) == "400 PHONE_CODE_EXPIRED"
    code_hash, right = await begun(scene, fresh, scene.phone)
    assert (await fresh(0x1F040578, string(scene.phone) + string(code_hash)))["_"] == "true"
    assert await fresh.refused(*sign_in(scene.phone, code_hash, right)) == "400 PHONE_CODE_EXPIRED"
    code_hash, right = await begun(scene, fresh, scene.phone)
    again = await fresh(0x3EF1A9BF, string(scene.phone) + string(code_hash))
    assert (again["type"]["_"], again["hash"] == code_hash) == ("call", False)
    await scene.hand.options(code_seconds=-1)
    assert await fresh.refused(*sign_in(scene.phone, again["hash"], await code(scene, scene.phone))) == (
        "400 PHONE_CODE_EXPIRED"
    )


async def test_a_phone_that_asks_too_often_or_is_none_is_refused(scene: Scene, fresh: Wire) -> None:
    assert await fresh.refused(*send_code("12")) == "400 PHONE_NUMBER_INVALID"
    assert await fresh.refused(*send_code("نه یک شماره")) == "400 PHONE_NUMBER_INVALID"
    await scene.hand.options(code_requests=2)
    for _ in range(2):
        assert (await fresh(*send_code(NEW)))["_"] == "sentCode"
    assert await fresh.refused(*send_code(NEW)) == "420 PHONE_NUMBER_FLOOD"
    phone = (await scene.hand.own("phone", person=scene.sara, phone="989120000099"))["phone"]
    taken = await begun(scene, fresh, phone)
    assert await fresh.refused(*sign_in(phone, *taken)) == "400 PHONE_NUMBER_BANNED"


async def test_a_new_number_signs_up(scene: Scene, fresh: Wire) -> None:
    code_hash, right = await begun(scene, fresh, NEW)
    assert (await fresh(*sign_in(NEW, code_hash, right)))["_"] == "signUpRequired"
    names = string("نو") + string("آمده")
    done = await fresh(0x80EEE427, string(NEW) + string(code_hash) + string(right) + names + APP)
    assert (done["_"], done["user"]["first"], done["user"]["phone"]) == ("authorization", "نو آمده", NEW)
    assert (await replace(fresh, token=done["token"]).dialogs())["_"] == "dialogs"


async def test_a_code_may_reach_only_devices_of_the_known_form(scene: Scene, fresh: Wire) -> None:
    await scene.hand.options(imei_rule="pattern", code_message=True)
    other = replace(fresh, imei="abc")
    assert (await other(*send_code(NEW)))["message"]
    with pytest.raises(Exception, match="404"):
        await code(scene, NEW)
    await fresh(*send_code(NEW))
    assert len(await code(scene, NEW)) == 5


# -- the second password


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def proof(password: str, asked: dict[str, Any]) -> bytes:
    """inputCheckPasswordSRP, as the published description of Telegram's check has it."""
    algo = asked["algo"]
    salt1, salt2, g, p = algo["salt1"], algo["salt2"], algo["g"], int.from_bytes(algo["p"], "big")

    def pad(number: int) -> bytes:
        return number.to_bytes(256, "big")

    def salted(data: bytes, salt: bytes) -> bytes:
        return sha(salt, data, salt)

    once = salted(salted(password.encode(), salt1), salt2)
    x = int.from_bytes(salted(hashlib.pbkdf2_hmac("sha512", once, salt1, 100_000), salt2), "big")
    k, b = int.from_bytes(sha(pad(p), pad(g)), "big"), int.from_bytes(asked["B"], "big")
    private = secrets.randbits(2048) % p
    a = pow(g, private, p)
    scramble = int.from_bytes(sha(pad(a), pad(b)), "big")
    key = sha(pad(pow((b - k * pow(g, x, p)) % p, private + scramble * x, p)))
    mixed = bytes(m ^ n for m, n in zip(sha(pad(p)), sha(pad(g)), strict=True))
    m1 = sha(mixed, sha(salt1), sha(salt2), pad(a), pad(b), key)
    srp_id = int(asked["srp_id"]).to_bytes(8, "little", signed=True)
    return word(0xD27FF082) + srp_id + string(pad(a)) + string(m1)


async def test_a_second_password_is_checked_without_being_sent(scene: Scene, fresh: Wire) -> None:
    await scene.hand.own("password", bot=scene.me, password="رمز دوم", hint="همان")
    assert await fresh.refused(0x548A30F5) == "401 AUTH_KEY_UNREGISTERED"
    assert await fresh.refused(*sign_in(scene.phone, *await begun(scene, fresh, scene.phone))) == (
        "401 SESSION_PASSWORD_NEEDED"
    )
    asked = await fresh(0x548A30F5)
    assert (asked["hint"], len(asked["algo"]["p"]), len(asked["B"])) == ("همان", 256, 256)
    wrong = proof("رمز", asked)
    assert await fresh.refused(0xD18B4D16, wrong) == "400 PASSWORD_HASH_INVALID"
    assert await fresh.refused(0xD18B4D16, wrong) == "400 SRP_ID_INVALID"
    done = await fresh(0xD18B4D16, proof("رمز دوم", await fresh(0x548A30F5)))
    assert (done["_"], done["user"]["id"]) == ("authorization", int(scene.me))
    await scene.hand.own("password", bot=scene.me)
    none = await replace(fresh, token=done["token"])(0x548A30F5)
    assert "algo" not in none


# -- tokens


async def test_a_second_password_is_checked_in_the_old_way(scene: Scene, fresh: Wire) -> None:
    await scene.hand.options(passwords="salted")
    await scene.hand.own("password", bot=scene.me, password="رمز دوم", hint="همان")
    code_hash, digits = await begun(scene, fresh, scene.phone)
    assert await fresh.refused(*sign_in(scene.phone, code_hash, digits)) == "401 SESSION_PASSWORD_NEEDED"
    assert await fresh.refused(0x548A30F5) == "404 INVALID_CONSTRUCTOR"
    who = word(3) + string(digits) + string(scene.phone)
    assert await fresh.refused(0xD74AD174, word(3), string("1"), string(scene.phone)) == "400 PHONE_CODE_INVALID"
    asked = await fresh(0xD74AD174, who)
    assert (asked["_"], asked["hint"]) == ("oldPassword", "همان")
    wrong = hashlib.sha256(asked["salt"] + "نه".encode() + asked["salt"]).digest()
    assert await fresh.refused(0x898BDA1F, string(wrong), who) == "400 PASSWORD_HASH_INVALID"
    right = hashlib.sha256(asked["salt"] + "رمز دوم".encode() + asked["salt"]).digest()
    assert (await fresh(0x898BDA1F, string(right), who))["user"]["id"] == int(scene.me)
    await scene.hand.options(passwords="srp")
    assert await fresh.refused(0xD74AD174, who) == "404 INVALID_CONSTRUCTOR"


async def test_a_token_belongs_to_its_device(scene: Scene) -> None:
    for wire, text in (
        (replace(scene.wire, token="stolen"), "AUTH_KEY_UNREGISTERED"),
        (replace(scene.wire, token=""), "AUTH_KEY_UNREGISTERED"),
        (replace(scene.wire, imei="another__web"), "INVALID_LOGIN"),
        (replace(scene.wire, imei=""), "INVALID_LOGIN"),
    ):
        assert await wire.refused(0xEDD4882A) == f"401 {text}"
    await scene.hand.own("revoke", bot=scene.me)
    assert await scene.wire.refused(0xEDD4882A) == "401 SESSION_REVOKED"


async def test_logging_out_ends_the_token(scene: Scene) -> None:
    assert (await scene.wire(0x5717DA40))["_"] == "true"
    assert await scene.wire.refused(0xEDD4882A) == "401 AUTH_KEY_UNREGISTERED"


REFRESH = (0xDC452369, APP)


async def test_an_expired_token_is_refreshed_and_the_old_one_waits_until_the_new_is_used(scene: Scene) -> None:
    await scene.hand.own("expire", bot=scene.me)
    assert (await scene.wire.state())["_"] == "expired"
    lost = await scene.wire(*REFRESH)
    given = await scene.wire(*REFRESH)
    assert (given["_"], lost["token"] == given["token"], given["expire"] > 0) == ("token", False, True)
    new = replace(scene.wire, token=given["token"])
    assert await replace(scene.wire, token=lost["token"]).refused(0xEDD4882A) == "401 INVALID_LOGIN"
    assert (await new.state())["_"] == "state"
    assert await scene.wire.refused(*REFRESH) == "401 AUTH_KEY_UNREGISTERED"


async def test_tokens_expire_by_time_by_calls_and_on_order(scene: Scene) -> None:
    await scene.hand.options(expire_every=3, updating_calls=2)
    assert [(await scene.wire.state())["_"] for _ in range(4)] == ["state", "state", "expired", "expired"]
    wire = replace(scene.wire, token=(await scene.wire(*REFRESH))["token"])
    await scene.hand.options(expire_every=0)
    assert [(await wire.state())["_"] for _ in range(3)] == ["updating", "updating", "state"]
    await scene.hand.options(updating_calls=0)
    await scene.hand.fault("token_updating", method="getState")
    await scene.hand.fault("expire_token")
    assert [(await wire.state())["_"] for _ in range(3)] == ["updating", "expired", "expired"]
    wire = replace(wire, token=(await wire(*REFRESH))["token"])
    await scene.hand.options(token_seconds=1000)
    assert (await wire.state())["_"] == "state"
    scene.simulator.accounts.sessions[wire.token].made -= 2000
    assert (await wire.state())["_"] == "expired"


async def test_the_config_tells_limits_and_periods_without_a_login(scene: Scene, fresh: Wire) -> None:
    await scene.hand.options(gzip="never", text_limit=77, foreground_ms=1234)
    status, body = await fresh.post(word(0xC4F9186B))
    assert (status, body[:4]) == (200, word(0x330B4067))
    numbers = [int.from_bytes(body[at : at + 4], "little") for at in range(0, len(body), 4)]
    assert numbers[-7:] == [77, 1, 1234, 14808, 1234, 512, 128]
