"""Photos, voice notes and files from the room into a chat."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.attachments import attachment_of, safe_name, spoken_size, true_mime
from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from tests.core.filing import KINDS, OGG, PNG, posts
from tests.core.reza import Heard, edit_of

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import Hold, ToldSession
    from tests.core.kit import Core


def bomb() -> bytes:
    """A small file that says it is a picture of 400 million pixels."""
    size = struct.pack(">II", 20_000, 20_000)
    header = b"IHDR" + size + PNG[24:29]
    return PNG[:12] + header + struct.pack(">I", zlib.crc32(header)) + PNG[33:]


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", files=KINDS, caption_limit=200, text_limit=400, edits=True, deletes=True)


@pytest.fixture
def heard(core: Core) -> Heard:
    return Heard(core, core.session("rubika"))


async def test_a_photo_arrives_with_label_and_caption_byte_for_byte(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    core.homeserver.names[("!family", "@sara:hs.test")] = "Sara"
    event = await posts(core, caption="باغ ما")
    await core.drained(bale, session)
    ((_, file, body),) = session.files
    assert (file.kind, file.name, file.mime, file.width, body) == ("photo", "p.png", "image/png", 40, PNG)
    assert session.texts == ["باغ ما"]
    assert "Sara" in session.done[0][1].text
    assert await core.ledger.remote_of(event, "bale:bot", "g1") == "bale-1"


async def test_a_file_is_uploaded_once_however_many_chats_get_it(core: Core, bale: Portal) -> None:
    session = core.session("bale", files=KINDS)
    other = await core.portal("bale", "g2")
    await posts(core)
    await core.drained(bale, session)
    await core.drained(other, session)
    assert [(file.known, body) for _, file, body in session.files] == [("", PNG), (f"bale-file-photo-{len(PNG)}", b"")]
    assert len(core.homeserver.called("download")) == 1


async def test_a_file_that_the_platform_has_forgotten_is_uploaded_again(core: Core, bale: Portal) -> None:
    session = core.session("bale", files=KINDS)
    other = await core.portal("bale", "g2")
    await posts(core)
    await core.drained(bale, session)
    session.will_not_change(Refused("wrong file id"))
    await core.drained(other, session)
    assert [body for _, _, body in session.files] == [PNG, PNG]


async def test_a_refused_photo_goes_as_a_document(core: Core, bale: Portal, session: ToldSession) -> None:
    session.will_not_change(Refused("PHOTO_INVALID"))
    await posts(core)
    await core.drained(bale, session)
    assert [file.kind for _, file, _ in session.files] == ["document"]


@pytest.mark.parametrize(
    ("able", "body", "line"),
    [
        ({"files": {}}, PNG, "no files can be sent here"),
        ({"files": {"photo": 5, "document": 10}}, PNG, "it is too large"),
        ({"files": KINDS}, None, "it is no longer available"),
    ],
    ids=["no files", "too large", "gone"],
)
async def test_a_file_that_cannot_go_is_told_of_with_its_words(
    core: Core, bale: Portal, able: dict[str, Any], body: bytes | None, line: str
) -> None:
    session = core.session("bale", **able)
    await posts(core, body or PNG, caption="باغ")
    if body is None:
        core.homeserver.files.clear()
    await core.drained(bale, session)
    assert session.texts == [f"[photo]\n\u2068p.png\u2069\nIt did not come here: {line}\nباغ"]
    assert await core.copies("state") == [("sent",)]


async def test_a_picture_that_would_fill_the_memory_goes_as_the_bytes_that_it_is(core: Core, bale: Portal) -> None:
    session = core.session("bale", files=KINDS, formats={"photo": frozenset({"image/jpeg"})})
    await posts(core, bomb())
    await core.drained(bale, session)
    ((_, file, body),) = session.files
    assert (file.kind, body) == ("document", bomb())


@pytest.mark.parametrize(
    ("told", "whole", "line"),
    [
        (5, b"x" * 20_000, "it is too large"),
        (0, b"x" * 20_000, "it is too large"),
        (20_000, b"x", "it is too large"),
        (5, b"", "it is no longer available"),
    ],
    ids=["says less", "says nothing", "says more", "empty"],
)
async def test_a_file_that_lies_about_its_size_is_told_of(
    core: Core, bale: Portal, session: ToldSession, told: int, whole: bytes, line: str
) -> None:
    await posts(core, whole, kind="m.file", info={"size": told})
    await core.drained(bale, session)
    assert session.files == []
    assert session.texts[0].endswith(f"It did not come here: {line}")


async def test_a_file_that_lies_about_its_type_goes_as_what_it_is(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    await posts(core, OGG, filename="a.jpg", info={"mimetype": "image/jpeg"})
    await core.drained(bale, session)
    ((_, file, body),) = session.files
    assert (file.kind, file.mime, body) == ("document", "audio/ogg", OGG)


async def test_a_caption_longer_than_all_messages_together_is_refused_in_words_and_no_file_goes_without_it(
    core: Core, bale: Portal
) -> None:
    session = core.session("bale", files=KINDS, caption_limit=200, text_limit=400, max_parts=3)
    await posts(core, caption="word " * 1000)
    await core.drained(bale, session)
    assert (session.files, session.done) == ([], [])
    assert await core.copies("state", "reason") == [("refused", "too_long")]


async def test_a_chat_that_is_closed_gets_no_words_instead_of_a_file(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    session.will_not_change(NotAllowed("not_a_member"))
    await posts(core)
    await core.drained(bale, session)
    assert session.done == []
    assert await core.copies("state", "reason") == [("refused", "not_a_member")]


async def test_a_long_caption_stands_in_messages_of_its_own(core: Core, bale: Portal, session: ToldSession) -> None:
    caption = " ".join(f"word{n:03}" for n in range(80))
    event = await posts(core, caption=caption)
    await core.drained(bale, session)
    assert session.texts[0] == ""
    assert " ".join(session.texts[1:]) == caption
    assert len(session.files) == 1
    assert len(await core.ledger.parts((await core.ledger.by_event(event)).id, bale.id)) == 3  # type: ignore[union-attr]


async def test_a_caption_is_corrected_below_its_file(core: Core, bale: Portal, session: ToldSession) -> None:
    event = await posts(core, caption="باق")
    await core.drained(bale, session)
    edit = edit_of(core, event, "باغ")
    new = {**core.homeserver.events[event]["content"], "body": "باغ"}  # type: ignore[index]
    edit.content["m.new_content"] = new
    await core.hub.accept([edit])
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", "باغ")]


async def test_a_file_whose_answer_was_lost_is_in_doubt(core: Core, bale: Portal, session: ToldSession) -> None:
    session.will_not_change(InDoubt("no answer"))
    await posts(core)
    await core.drained(bale, session)
    assert await core.copies("state") == [("unknown",)]
    assert session.done == []


async def test_a_crash_in_the_middle_of_a_file_doubles_nothing(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    caption = " ".join(f"word{n:03}" for n in range(60))
    await posts(core, caption=caption)
    session.will("p0", hold)
    await core.crash(bale, session, hold)
    await core.drained(bale, session)
    assert len(session.files) == 1
    assert len([text for text in session.texts if text == ""]) == 1
    assert await core.copies("state") == [("unknown",)]


@pytest.mark.parametrize(
    "content",
    [
        {"msgtype": "m.image"},
        {"msgtype": "m.image", "url": "http://evil/x"},
        {"msgtype": "m.image", "url": "mxc://a/../b"},
        {"msgtype": "m.image", "url": 7},
        {"msgtype": "m.image", "file": {"url": "mxc://hs/1"}},
        {"msgtype": "m.text", "url": "mxc://hs/1", "body": "x"},
    ],
    ids=str,
)
def test_what_has_no_address_is_no_file(content: dict[str, Any]) -> None:
    assert attachment_of(content) is None


VALUES = st.none() | st.integers() | st.text()
FIELDS = st.sampled_from(["body", "filename", "info", "msgtype", "url"])
INFO = st.dictionaries(st.sampled_from(["size", "w", "mimetype", "fi.mau.gif"]), VALUES)


@given(st.dictionaries(FIELDS, VALUES | INFO))
def test_any_content_is_read_without_an_error(content: dict[str, Any]) -> None:
    attachment_of({"url": "mxc://hs/1", **content})


@given(st.text(), st.sampled_from(["image/png", "", "x/y"]))
def test_a_name_leads_nowhere_and_hides_nothing(name: str, mime: str) -> None:
    safe = safe_name(name, "document", mime)
    assert safe
    assert not set(safe) & set('/\\:*?"<>|\n\r\t\u202e\u2066\0')
    assert safe not in (".", "..")
    assert len(safe) <= 140


def test_sizes_are_said_for_people() -> None:
    assert [spoken_size(n) for n in (5, 3_400, 12_000_000)] == ["5 B", "3.4 kB", "12 MB"]


@given(st.binary(max_size=100), st.text(max_size=20))
def test_a_type_is_always_one(head: bytes, claimed: str) -> None:
    assert "/" in true_mime(head, claimed)


async def test_a_file_that_is_told_of_in_many_words_loses_none_of_them_when_the_chat_stumbles(
    core: Core, bale: Portal
) -> None:
    caption = " ".join(f"word{n:03}" for n in range(60))
    session = core.session("bale", files=KINDS, text_limit=200, caption_limit=200)
    session.will_not_change(*[Refused("PHOTO_INVALID")] * 20)
    await posts(core, caption=caption)
    session.will("p0", Retry("busy"))
    await core.drained(bale, session)
    told = " ".join(session.texts)
    assert told.endswith(caption)
    assert told.count("word000") == 1
    assert session.files == []


async def test_a_file_that_is_told_of_goes_on_in_words_after_a_crash(core: Core, bale: Portal, hold: Hold) -> None:
    caption = " ".join(f"word{n:03}" for n in range(60))
    session = core.session("bale", files=KINDS, text_limit=200, caption_limit=200)
    session.will_not_change(*[Refused("PHOTO_INVALID")] * 2)
    await posts(core, caption=caption)
    session.will("p0", hold)
    await core.crash(bale, session, hold)
    session.will_not_change()
    await core.drained(bale, session)
    asked = [message.text.partition("\n")[2] for _, message in session.asked]
    assert " ".join(asked).endswith(caption)
    assert session.files == []


async def test_a_full_disk_is_waited_for_and_leaves_nothing_in_doubt(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    core.homeserver.fails("download", *[OSError(28, "No space left on device")] * 3)
    await posts(core)
    await core.drained(bale, session)
    assert [file.kind for _, file, _ in session.files] == ["photo"]
    assert await core.copies("state") == [("sent",)]
