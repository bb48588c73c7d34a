"""Logging in with an account, against the simulated gateway, over real HTTP."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from bridge.errors import LoginLost, Refused
from bridge.platforms.eitaa.account import log_in, log_out, open_account
from bridge.platforms.eitaa.account_login import international
from bridge.platforms.eitaa.gateway import Credentials
from bridge.ports import Ask
from tests.platforms.eitaa.ours import settings_of

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene


def answers(*given: str) -> tuple[list[tuple[str, str]], Ask]:
    """Somebody who answers questions in turn; which were asked, and why again."""
    asked: list[tuple[str, str]] = []
    left = iter(given)

    async def ask(question: str, *, reason: str = "", secret: bool = False) -> str:
        asked.append((question, reason))
        return next(left)

    return asked, ask


@pytest.mark.parametrize(
    ("written", "number"),
    [("09121234567", "989121234567"), ("+98 912 123 4567", "989121234567"), ("۰۹۱۲۱۲۳۴۵۶۷", "989121234567"),
     ("0098-912-1234567", "989121234567"), ("989121234567", "989121234567"), ("سلام", None), ("12", None)],
)  # fmt: skip
def test_a_phone_number_is_taken_however_it_is_written(written: str, number: str | None) -> None:
    assert international(written) == number


async def test_somebody_logs_in_with_phone_and_code_and_out_again(scene: Scene) -> None:
    codes: list[str] = []

    async def ask(question: str, *, reason: str = "", secret: bool = False) -> str:
        if question == "eitaa_ask_phone":
            return scene.phone
        assert secret
        codes.append("00000" if not codes else (await scene.hand.own("code", phone=scene.phone))["code"])
        assert reason == ("" if len(codes) == 1 else "eitaa_code_wrong")
        return codes[-1]

    kept = await log_in(settings_of(scene), ask)
    session = open_account(settings_of(scene), kept, lambda _: asyncio.sleep(0))
    assert (await session.whoami()).id == scene.me
    await log_out(settings_of(scene), kept)
    with pytest.raises(LoginLost):
        await session.whoami()
    await session.close()


@pytest.mark.parametrize("way", ["srp", "salted"])
async def test_the_second_password_is_proved_and_a_wrong_one_is_asked_for_again(scene: Scene, way: str) -> None:
    await scene.hand.options(passwords=way)
    await scene.hand.own("password", bot=scene.me, password="رازِ ما", hint="")
    passwords = iter(("نه", "رازِ ما"))
    asked: list[tuple[str, str]] = []

    async def ask(question: str, *, reason: str = "", secret: bool = False) -> str:
        asked.append((question, reason))
        match question:
            case "eitaa_ask_phone":
                return scene.phone
            case "eitaa_ask_code":
                return str((await scene.hand.own("code", phone=scene.phone))["code"])
            case _:
                return next(passwords)

    assert Credentials.from_bytes(await log_in(settings_of(scene), ask)).token
    assert asked[2:] == [("eitaa_ask_password", ""), ("eitaa_ask_password", "eitaa_password_wrong")]


async def test_the_long_sums_of_a_password_hold_nobody_up(scene: Scene) -> None:
    """The loop's own thread does none of them."""
    threads: list[int] = []

    class Watched(str):
        def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
            threads.append(threading.get_ident())
            return super().encode(encoding, errors)

    await scene.hand.own("password", bot=scene.me, password="رازِ ما", hint="")

    async def ask(question: str, *, reason: str = "", secret: bool = False) -> str:
        match question:
            case "eitaa_ask_phone":
                return scene.phone
            case "eitaa_ask_code":
                return str((await scene.hand.own("code", phone=scene.phone))["code"])
            case _:
                return Watched("رازِ ما")

    assert Credentials.from_bytes(await log_in(settings_of(scene), ask)).token
    assert threads
    assert threading.get_ident() not in threads


async def test_wrong_numbers_and_codes_end_with_a_word(scene: Scene) -> None:
    asked, ask = answers("۱۲", "x", "سلام")
    with pytest.raises(Refused, match="eitaa_phone_wrong"):
        await log_in(settings_of(scene), ask)
    assert asked == [("eitaa_ask_phone", ""), *[("eitaa_ask_phone", "eitaa_phone_wrong")] * 2]
    _, ask = answers(scene.phone, "1", "2", "3")
    with pytest.raises(Refused, match="eitaa_code_wrong"):
        await log_in(settings_of(scene), ask)


async def test_nothing_of_a_login_shows_in_what_is_printed(scene: Scene) -> None:
    credentials = Credentials("very-secret-token", "very-secret-device")
    assert "secret" not in repr(credentials)
    with pytest.raises(LoginLost):
        Credentials.from_bytes(b"{}")
