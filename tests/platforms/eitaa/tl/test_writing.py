from __future__ import annotations

from typing import Any

import pytest

from bridge.platforms.eitaa.tl import TL, Codec, TLError, TooDeep, Unwritable

CODEC = Codec()
SECRET = "فردا ساعت پنج"


def new(name: str, /, **fields: Any) -> TL:
    return CODEC.new(name, **fields)


def test_a_call_is_written_byte_for_byte() -> None:
    peer = new("inputPeerUser", user_id=42, access_hash=-1)
    bold = new("messageEntityBold", offset=0, length=4)
    call = new("messages.sendMessage", peer=peer, message="سلام", random_id=7, silent=True, entities=[bold])
    assert CODEC.encode(call) == bytes.fromhex(
        "70380c52 28000000 4ca5e8dd 2a00000000000000 ffffffffffffffff 08d8b3d984d8a7d985000000 0700000000000000"
        "15c4b51c 01000000 c90b61bd 00000000 04000000"
    )


def test_a_new_object_has_every_field_that_a_read_one_has() -> None:
    peer = new("peerUser", user_id=1)
    message = new("message", id=1, peer_id=peer, date=1, message="")
    assert message == CODEC.decode(CODEC.encode(message))
    assert (message.out, message.media, message.peer_id) == (False, None, peer)


def test_fields_may_have_names_that_python_uses() -> None:
    user = new("user", self=True, id=1)
    assert CODEC.decode(CODEC.encode(user)).self is True
    assert new("inputFileBig", id=1, parts=1, name="a").name == "a"


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("message", {"id": 1}, r"^message\.peer_id: missing$"),
        ("error", {"code": 1, "text": "", "txt": SECRET}, r"^error: no field txt$"),
        ("eror", {}, r"^eror: not in the schema$"),
    ],
)
def test_a_slip_in_a_name_is_told(name: str, fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unwritable, match=reason):
        new(name, **fields)


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (SECRET, "", "error.code: int expected, not str"),
        (True, "", "error.code: int expected, not bool"),
        (1.0, "", "error.code: int expected, not float"),
        (None, "", "error.code: int expected, not NoneType"),
        (2**31, "", "error.code: int expected, not one beyond its range"),
        (1, SECRET.encode(), "error.text: string expected, not bytes"),
        (1, SECRET + "\ud800", "error.text: string expected, not one with half of a surrogate pair"),
        (1, SECRET * 2**20, "error.text: bytes expected, not more than 16 MiB"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_without_the_value(code: Any, text: Any, reason: str) -> None:
    with pytest.raises(Unwritable) as caught:
        CODEC.encode(new("error", code=code, text=text))
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("peer_id", SECRET, "message.peer_id: Peer expected, not str"),
        ("peer_id", new("inputPeerSelf"), "message.peer_id: Peer expected, not inputPeerSelf"),
        ("peer_id", None, "message.peer_id: Peer expected, not NoneType"),
        ("entities", SECRET, "message.entities: a vector expected, not str"),
        ("entities", [SECRET], "message.entities: MessageEntity expected, not str"),
        ("silent", SECRET, "message.silent: a bit expected, not str"),
        ("views", 1, "message: views and forwards go together"),
        ("forwards", 1, "message: views and forwards go together"),
    ],
)
def test_a_field_that_does_not_fit_is_told(field: str, value: Any, reason: str) -> None:
    message = new("message", id=1, peer_id=new("peerChat", chat_id=1), date=1, message=SECRET)
    setattr(message, field, value)
    with pytest.raises(Unwritable) as caught:
        CODEC.encode(message)
    assert str(caught.value) == reason


def test_a_field_is_named_by_the_object_that_has_it() -> None:
    peer = new("peerUser", user_id="1")
    with pytest.raises(Unwritable, match=r"^peerUser\.user_id: long expected, not str$"):
        CODEC.encode(new("message", id=1, peer_id=peer, date=1, message=""))


def test_a_call_is_no_object_that_another_may_hold() -> None:
    user = new("user", id=1)
    user.photo = new("help.getConfig")
    with pytest.raises(Unwritable, match=r"UserProfilePhoto expected, not help\.getConfig"):
        CODEC.encode(user)


def test_an_object_that_holds_itself_is_not_written_for_ever() -> None:
    text = new("textBold", text=None)
    text.text = text
    with pytest.raises(TooDeep):
        CODEC.encode(text)


def test_an_object_shows_what_it_is_and_nothing_that_it_says() -> None:
    error = new("error", code=1, text=SECRET)
    assert repr(error) == str(error) == f"{error}" == "<TL error>"
    assert SECRET not in repr([error])
    with pytest.raises(AttributeError) as caught:
        error.txt  # noqa: B018
    assert SECRET not in str(caught.value)


def test_objects_are_equal_by_what_they_say() -> None:
    assert new("peerUser", user_id=1) == new("peerUser", user_id=1)
    assert new("peerUser", user_id=1) == Codec().new("peerUser", user_id=1)
    assert new("peerUser", user_id=1) != new("peerUser", user_id=2)
    assert new("userEmpty", id=1) != new("chatEmpty", id=1)
    assert new("peerUser", user_id=1) != "peerUser"


def test_every_error_is_one_kind() -> None:
    assert issubclass(Unwritable, TLError)
    assert issubclass(TLError, ValueError)
