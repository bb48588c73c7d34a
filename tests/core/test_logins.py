from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.texts.sentences import SENTENCES
from tests.core.accounts import SETTINGS
from tests.core.office import office

if TYPE_CHECKING:
    from tests.core.kit import Core
    from tests.core.office import Office


@pytest.fixture
async def desk(small_core: Core) -> AsyncIterator[Office]:
    async with office(small_core) as desk:
        yield desk
        desk.logins.close()


def words(key: str) -> str:
    return SENTENCES[key]["en"]


PHONE, CODE, WRONG = words("link_which_chat"), words("join_which_code"), words("code_unknown")


async def test_a_login_is_a_talk_and_ends_with_credentials_that_nobody_can_read(desk: Office) -> None:
    assert await desk.writes("login eitaa") == PHONE
    assert await desk.writes("0912") == f"{CODE}\n{words('ask_secret')}"
    assert (await desk.writes("99999")).startswith(f"{WRONG}\n{CODE}")
    assert await desk.credentials.get("eitaa") is None
    assert await desk.writes("12345") == words("login_done").format(platform="Eitaa")
    assert await desk.credentials.get("eitaa") == b"token of 0912"
    assert desk.changed == ["eitaa"]
    kept = await desk.core.store.fetchval("SELECT body FROM credentials")
    assert b"0912" not in bytes(kept)
    assert await desk.writes("12345") == words("no_such_command")  # the talk is over


async def test_a_login_that_the_platform_refuses_or_that_cannot_reach_it_says_why(desk: Office) -> None:
    await desk.writes("login eitaa")
    assert words("nobody") in await desk.writes("666")
    await desk.writes("login eitaa")
    assert (await desk.writes("000")).startswith(words("login_failed").partition("{")[0])
    assert desk.changed == []
    assert await desk.writes("version") == "Hampayam 1.2.3"  # taken as a command again, not as an answer


async def test_a_login_can_be_left_and_begun_again(desk: Office) -> None:
    await desk.writes("login eitaa")
    await desk.writes("0912")
    assert await desk.writes("لغو") == words("login_cancelled")
    assert await desk.writes("12345") == words("no_such_command")
    await desk.writes("login eitaa")
    assert await desk.writes("login eitaa") != words("logged_in_already")  # taken as an answer: the phone number
    await desk.writes("cancel")
    assert await desk.credentials.get("eitaa") is None


async def test_two_operators_log_in_from_rooms_of_their_own(desk: Office) -> None:
    async with desk.core.store.transaction():
        await desk.core.tasks.add_management("!other", "@operator:hs.test")
    await desk.writes("login eitaa")
    assert await desk.writes("version", room="!other") == "Hampayam 1.2.3"


async def test_only_an_admin_logs_in_and_only_where_there_are_accounts(desk: Office) -> None:
    assert await desk.writes("login eitaa", sender="@mod:hs.test", room="!desk") == words("not_your_role")
    for line in ("login", "login bale", "login nowhere", "logout bale"):
        assert await desk.writes(line) == words("no_account_there")
    assert await desk.writes("logout eitaa") == words("not_logged_in")
    SETTINGS.account = False
    try:
        assert await desk.writes("login eitaa") == words("account_not_wanted")
    finally:
        SETTINGS.account = True


@pytest.mark.parametrize(("phone", "told"), [("0912", "logout_done"), ("111", "logout_half_done")])
async def test_after_a_logout_the_account_is_forgotten_whether_the_platform_heard_of_it_or_not(
    desk: Office, phone: str, told: str
) -> None:
    for line in ("login eitaa", phone, "12345"):
        await desk.writes(line)
    assert await desk.writes("login eitaa") == words("logged_in_already")
    assert await desk.writes("logout eitaa") == words(told)
    assert await desk.credentials.get("eitaa") is None
    assert desk.changed == ["eitaa", "eitaa"]


async def test_an_account_that_was_lost_can_log_in_again_at_once(desk: Office) -> None:
    for line in ("login eitaa", "0912", "12345"):
        await desk.writes(line)
    desk.live.leg("eitaa", "account").state = "login_lost"
    assert await desk.writes("login eitaa") == PHONE
    await desk.writes("0913")
    await desk.writes("12345")
    assert await desk.credentials.get("eitaa") == b"token of 0913"


async def test_credentials_of_another_secret_count_as_none(desk: Office) -> None:
    await desk.credentials.keep("eitaa", b"token")
    async with desk.core.store.transaction():
        await desk.core.store.execute("UPDATE credentials SET body = $1", b"sealed with something else entirely")
    assert await desk.credentials.get("eitaa") is None
