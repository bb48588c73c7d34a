from __future__ import annotations

import pytest

from bridge.keys import Keys
from bridge.model import Batch, Update
from bridge.ports import Identity
from bridge.store import Store
from bridge.store.inbox import Inbox, Login

NOW = 1_800_000_000_000


@pytest.fixture
async def inbox(store: Store, keys: Keys) -> Inbox:
    return Inbox(store, keys)


@pytest.fixture
async def login(inbox: Inbox) -> Login:
    return await inbox.login("bale", Identity("9007199254740993", "hampayam_bot", "هم‌پیام"))


def update(number: int, chat: str = "g1", raw: bytes = b"{}") -> Update:
    return Update(f"{chat}/{number}/new", chat, raw)


async def waiting(inbox: Inbox, login: Login, chat: str = "g1") -> list[str]:
    return [taken.update.key for taken in await inbox.next(login.id, chat, 100)]


async def test_a_login_is_known_by_its_id_and_takes_a_new_name(inbox: Inbox, login: Login) -> None:
    assert login.id == "bale:9007199254740993"
    renamed = await inbox.login("bale", Identity("9007199254740993", None, "Bridge"))
    assert await inbox.logins() == [renamed]


async def test_updates_and_the_cursor_are_stored_together(inbox: Inbox, login: Login) -> None:
    assert await inbox.cursor(login.id) is None
    await inbox.take(login.id, Batch((update(1), update(2)), "7"), NOW)
    assert await inbox.cursor(login.id) == "7"
    assert await waiting(inbox, login) == ["g1/1/new", "g1/2/new"]
    await inbox.take(login.id, Batch((), "8"), NOW)
    assert await inbox.cursor(login.id) == "8"
    await inbox.take(login.id, Batch((), None), NOW)
    assert await inbox.cursor(login.id) is None


async def test_a_cursor_stays_where_it_is_when_an_update_cannot_be_stored(
    store: Store, inbox: Inbox, login: Login
) -> None:
    await inbox.take(login.id, Batch((update(1),), "7"), NOW)
    broken = Update("g1/3/new", None, b"{}")  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"(?i)not.null"):
        await inbox.take(login.id, Batch((update(2), broken), "9"), NOW)
    assert await inbox.cursor(login.id) == "7"
    assert await waiting(inbox, login) == ["g1/1/new"]


async def test_an_update_that_comes_again_is_stored_once(inbox: Inbox, login: Login) -> None:
    for _ in range(2):
        await inbox.take(login.id, Batch((update(1), update(1), update(2)), "7"), NOW)
    assert await waiting(inbox, login) == ["g1/1/new", "g1/2/new"]
    assert await inbox.depth() == 2


async def test_the_same_key_of_another_login_is_another_update(inbox: Inbox, login: Login) -> None:
    other = await inbox.login("bale", Identity("5", None, "Other"))
    for each in (login, other):
        await inbox.take(each.id, Batch((update(1),), "7"), NOW)
    assert await waiting(inbox, login) == await waiting(inbox, other) == ["g1/1/new"]


async def test_each_chat_is_worked_off_in_the_order_of_arrival(inbox: Inbox, login: Login) -> None:
    batch = tuple(update(number, chat) for number, chat in ((9, "g1"), (3, "g2"), (4, "g1"), (1, "g2"), (5, "g1")))
    await inbox.take(login.id, Batch(batch, None), NOW)
    assert sorted(await inbox.waiting(login.id)) == ["g1", "g2"]
    assert await waiting(inbox, login, "g1") == ["g1/9/new", "g1/4/new", "g1/5/new"]
    assert await waiting(inbox, login, "g2") == ["g2/3/new", "g2/1/new"]
    first, second = await inbox.next(login.id, "g1", 2)
    await inbox.done([first.seq, second.seq])
    assert await waiting(inbox, login, "g1") == ["g1/5/new"]
    assert second.taken_at == NOW


async def test_what_people_said_is_not_readable_in_the_database(store: Store, inbox: Inbox, login: Login) -> None:
    raw = "سلام دنیا".encode()
    await inbox.take(login.id, Batch((update(1, raw=raw),), None), NOW)
    assert raw not in bytes(await store.fetchval("SELECT body FROM inbox"))
    (taken,) = await inbox.next(login.id, "g1", 1)
    assert taken.update == update(1, raw=raw)


async def test_what_another_key_sealed_comes_out_empty_and_stops_nobody(store: Store, login: Login) -> None:
    await Inbox(store, Keys(b"x" * 32)).take(login.id, Batch((update(1, raw=b"{...}"), update(2)), None), NOW)
    taken = await Inbox(store, Keys(b"k" * 32)).next(login.id, "g1", 5)
    assert [each.update.raw for each in taken] == [b"", b""]
