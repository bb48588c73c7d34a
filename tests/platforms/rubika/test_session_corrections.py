"""How a session on Rubika changes and takes back what it sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.model import Mark
from bridge.outgoing import Outgoing
from bridge.ports import Session
from tests.platforms.rubika.test_session import session

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

__all__ = ["session"]
DONE = {"status": "OK", "data": {}}
CHAT = {"status": "OK", "data": {"chat": {"chat_id": "g01", "chat_type": "Group"}}}
NO_INPUT, NO_ACCESS = {"status": "INVALID_INPUT"}, {"status": "INVALID_ACCESS"}


def methods(remote: Remote) -> list[str]:
    return [asked.path.rpartition("/")[2] for asked in remote.asked]


async def test_an_edit_keeps_its_marks_and_goes_as_plain_words_where_they_are_refused(
    session: Session, remote: Remote
) -> None:
    remote.will(remote.json(NO_INPUT), remote.json({"status": "OK"}))
    await session.edit("g01", "7", Outgoing("😀 he dies", reply_to="5", marks=(Mark("spoiler", 5, 9),)))
    base = {"chat_id": "g01", "message_id": "7"}
    parts = [{"type": "Spoiler", "from_index": 6, "length": 4}]
    assert [asked.body for asked in remote.asked] == [
        base | {"text": "😀 he dies", "metadata": {"meta_data_parts": parts}},
        base | {"text": "😀 he ▒ dies ▒"},
    ]


async def test_a_message_that_is_not_ours_is_told_from_a_chat_that_we_are_not_in(
    session: Session, remote: Remote
) -> None:
    for call in (session.edit("g01", "7", Outgoing("x")), session.delete("g01", "7")):
        remote.will(remote.json(NO_ACCESS), remote.json(CHAT))
        with pytest.raises(Refused) as caught:
            await call
        assert not isinstance(caught.value, NotAllowed)
    for call in (session.edit("g01", "7", Outgoing("x")), session.delete("g01", "7")):
        remote.will(remote.json(NO_ACCESS), remote.json(NO_ACCESS))
        with pytest.raises(NotAllowed):
            await call
    assert methods(remote) == ["editMessageText", "getChat", "deleteMessage", "getChat"] * 2


async def test_a_message_that_is_gone_is_told_from_a_chat_that_is_none(session: Session, remote: Remote) -> None:
    remote.will(remote.json(NO_INPUT), remote.json(CHAT))
    await session.delete("g01", "7")
    remote.will(remote.json(NO_INPUT), remote.json(NO_INPUT))
    with pytest.raises(Refused):
        await session.delete("g01", "7")
    remote.will(remote.json(NO_INPUT), remote.json({"status": "TOO_REQUESTS"}))
    with pytest.raises(Retry):
        await session.delete("g01", "7")
    assert methods(remote) == ["deleteMessage", "getChat"] * 3


@pytest.mark.parametrize("status", [400, 413])
async def test_a_page_that_refuses_a_deletion_does_not_mean_that_it_is_gone(
    session: Session, remote: Remote, status: int
) -> None:
    remote.will(remote.body(b"<html>Bad Request</html>", status), remote.json(NO_INPUT, status))
    for _ in range(2):
        with pytest.raises(Refused):
            await session.delete("g01", "7")
    assert methods(remote) == ["deleteMessage"] * 2


async def test_what_says_that_already_and_what_is_gone_already_is_done(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"status": "INVALID_INPUT", "dev_message": "message is not modified"}),
        remote.json({"status": "error", "error_code": "INVALID_INPUT", "error_message": "message not found"}),
        remote.json(DONE),
    )
    await session.edit("g01", "7", Outgoing("same"))
    await session.delete("g01", "7")
    await session.delete("g01", "7")
    assert methods(remote) == ["editMessageText", "deleteMessage", "deleteMessage"]
    remote.will(remote.json({"status": "INVALID_INPUT", "dev_message": "message not found"}))
    with pytest.raises(Refused):
        await session.edit("g01", "7", Outgoing("now", marks=(Mark("bold", 0, 3),)))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [({"status": "TOO_REQUESTS"}, Retry), ({"status": "SERVER_ERROR"}, Retry), ({"status": "Timeout"}, InDoubt)],
)
async def test_a_change_that_fails_for_now_is_later_or_in_doubt(
    session: Session, remote: Remote, answer: dict[str, object], kind: type[Exception]
) -> None:
    remote.will(remote.json(answer), remote.json(answer))
    with pytest.raises(kind):
        await session.edit("g01", "7", Outgoing("x"))
    with pytest.raises(kind):
        await session.delete("g01", "7")
