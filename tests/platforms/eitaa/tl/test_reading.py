"""Bytes written by hand, as Eitaa's servers and clients would, and what is not quite so."""

from __future__ import annotations

import gzip
import statistics

import pytest

from bridge.platforms.eitaa.tl import (
    TL,
    BadGzip,
    Codec,
    Misplaced,
    Schema,
    TrailingBytes,
    Truncated,
    UnknownConstructor,
)
from tests.bench import decoding

CODEC = Codec()
PEER_USER = "22 17 51 59 2a 00 00 00 00 00 00 00"
MESSAGE = f"e2 cb d6 85 02 20 00 00 07 00 00 00 {PEER_USER} 00 65 e7 68 08 d8 b3 d9 84 d8 a7 d9 85 00 00 00"
VECTOR = "15 c4 b5 1c"


def hexed(*parts: str) -> bytes:
    return bytes.fromhex("".join(parts))


def packed(data: bytes) -> bytes:
    inner = gzip.compress(data)
    assert len(inner) < 254
    body = bytes([len(inner)]) + inner
    return hexed("a1 cf 72 30") + body + bytes(-len(body) & 3)


def test_a_message_is_read_field_by_field() -> None:
    message = CODEC.decode(hexed(MESSAGE))
    assert isinstance(message, TL)
    assert (message.tl_name, message.tl_type) == ("message", "Message")
    assert (message.id, message.date, message.message) == (7, 1_759_995_136, "سلام")
    assert (message.out, message.silent, message.post) == (True, True, False)
    assert message.peer_id == CODEC.new("peerUser", user_id=42)
    assert message.from_id is None
    assert message.entities is None


def test_a_user_has_three_flag_words() -> None:
    """Bit 9 of the first: a virtual user, who is another bridge's copy of somebody."""
    data = hexed(
        "cb 6d d2 ec", "02 02 00 00", "00 10 00 00", "02 00 00 00", "2a" + "00" * 7, "03 41 6c 69", "01 78 00 00"
    )
    user = CODEC.decode(data + hexed("05 00 00 00"))
    assert (user.id, user.first_name, user.badge_name, user.bot_active_users) == (42, "Ali", "x", 5)
    assert (user.MXB_VIRTUAL_USER, user.MXB_REGISTERED_USER, user.access_hash) == (True, False, None)


def test_the_envelope_is_the_one_that_the_web_client_sends() -> None:
    written = hexed(
        "ed 77 be 7a", "01 74 00 00", "01 69 00 00", "04 6b 18 f9 c4 00 00 00", "87 00 00 00", "20 00 00 00"
    )
    call = CODEC.encode(CODEC.new("help.getConfig"))
    envelope = CODEC.new("eitaaObject", token="t", imei="i", packed_data=call, layer=135, flags=32)
    assert CODEC.encode(envelope) == written
    assert CODEC.decode(written) == envelope


def test_the_envelope_may_end_without_its_last_field() -> None:
    envelope = CODEC.new("eitaaObject", token="t", imei="i", packed_data=b"", layer=137)
    assert len(CODEC.encode(envelope)) == 20
    assert CODEC.decode(CODEC.encode(envelope)).flags is None


def test_a_new_token_comes_with_and_without_its_socket() -> None:
    short = CODEC.new("eitaa_updates_token", token="t", expire=300, date=100)
    long = CODEC.new("eitaa_updates_token", token="t", expire=300, date=100, msg_id=7, socket_token="s")
    assert CODEC.decode(CODEC.encode(short)) == short
    assert CODEC.decode(CODEC.encode(long)) == long


@pytest.mark.parametrize("name", ["error", "eitta_error"])
def test_an_error_is_an_object_like_another(name: str) -> None:
    key = CODEC.schema.by_name[name].key
    error = CODEC.decode(key + hexed("a4 01 00 00", "0d") + b"FLOOD_WAIT_60" + bytes(2))
    assert (error.tl_name, error.tl_type, error.code, error.text) == (name, "Error", 420, "FLOOD_WAIT_60")


@pytest.mark.parametrize(("data", "value"), [("b5 75 72 99", True), ("37 97 79 bc", False)])
def test_an_answer_can_be_a_bool(data: str, value: bool) -> None:
    assert CODEC.decode(hexed(data)) is value
    assert CODEC.decode(packed(hexed(data))) is value


def test_an_answer_can_be_a_vector_of_objects() -> None:
    data = hexed(VECTOR, "02 00 00 00", PEER_USER, PEER_USER)
    assert CODEC.decode(data) == CODEC.decode(packed(data)) == [CODEC.new("peerUser", user_id=42)] * 2


def test_a_vector_of_numbers_is_read_for_the_method_that_asked() -> None:
    codec = Codec(Schema("---functions---\ncontacts.getContactIDs#7adc669d hash:long = Vector<int>;\n"))
    data = hexed(VECTOR, "02 00 00 00", "ff ff ff ff", "2a 00 00 00")
    assert codec.decode(data, answer_to="contacts.getContactIDs") == [-1, 42]


def test_gzip_may_stand_wherever_an_object_may() -> None:
    plain = hexed(VECTOR, "02 00 00 00", MESSAGE, MESSAGE)
    inside = hexed(VECTOR, "02 00 00 00", MESSAGE) + packed(hexed(MESSAGE))
    assert CODEC.decode(inside) == CODEC.decode(packed(inside)) == CODEC.decode(packed(packed(plain)))
    peer = hexed("22 17 51 59 2a 00 00 00 00 00 00 00")
    message = hexed(MESSAGE).replace(peer, packed(peer))
    assert CODEC.decode(message) == CODEC.decode(hexed(MESSAGE))


def test_a_vector_inside_an_object_may_be_packed_too() -> None:
    update = CODEC.new("updateDeleteMessages", messages=[1, 2, 3], pts=9, pts_count=3)
    vector = hexed(VECTOR, "03 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00")
    data = CODEC.encode(update)
    assert CODEC.decode(data.replace(vector, packed(vector))) == update


@pytest.mark.parametrize("size", [0, 1, 2, 3, 253, 254, 255, 256, 65_536, 2**24 - 1])
def test_a_string_of_any_length_is_padded_to_words(size: int) -> None:
    error = CODEC.new("error", code=1, text="x" * size)
    data = CODEC.encode(error)
    assert len(data) == 8 + (size + (1 if size < 254 else 4) + 3) // 4 * 4
    assert CODEC.decode(data) == error


def test_what_is_no_utf8_becomes_a_replacement_character() -> None:
    error = CODEC.decode(hexed("bb f9 b9 c4 01 00 00 00 03 d8 ff 41"))
    assert error.text == "\ufffd\ufffdA"
    error.text.encode()


def test_a_bit_that_the_schema_does_not_know_is_passed_over() -> None:
    known = CODEC.decode(hexed(MESSAGE))
    assert CODEC.decode(hexed(MESSAGE.replace("02 20 00 00", "02 20 00 80", 1))) == known


def test_an_unknown_constructor_says_its_id_and_where() -> None:
    data = hexed(MESSAGE.replace("22 17 51 59", "ef be ad de"))
    with pytest.raises(UnknownConstructor, match="deadbeef where Peer belongs at byte 12") as caught:
        CODEC.decode(data)
    assert (caught.value.id, caught.value.offset, caught.value.expected) == (0xDEADBEEF, 12, "Peer")


def test_an_unknown_answer_says_its_id() -> None:
    with pytest.raises(UnknownConstructor) as caught:
        CODEC.decode(hexed("ef be ad de 00 00 00 00"))
    assert (caught.value.id, caught.value.offset) == (0xDEADBEEF, 0)


@pytest.mark.parametrize(
    "there",
    ["e3 0b 0d 7f", VECTOR, "b5 75 72 99", "6b 18 f9 c4"],
    ids=["another type", "a vector", "a Bool", "a method"],
)
def test_what_does_not_belong_there_is_told(there: str) -> None:
    known = CODEC.schema.by_name["userEmpty"].key.hex() if there.startswith("e3") else there
    with pytest.raises(Misplaced, match="where Peer belongs at byte 12"):
        CODEC.decode(hexed(MESSAGE.replace("22 17 51 59", known)))


def test_a_length_that_there_is_not_is_told() -> None:
    with pytest.raises(Misplaced, match="length"):
        CODEC.decode(hexed("bb f9 b9 c4 01 00 00 00 ff ff ff ff"))


def test_data_that_goes_on_is_not_passed_over() -> None:
    with pytest.raises(TrailingBytes, match="4 bytes too many"):
        CODEC.decode(hexed(MESSAGE, "00 00 00 00"))
    with pytest.raises(TrailingBytes):
        CODEC.decode(packed(hexed(MESSAGE, "00 00 00 00")))


@pytest.mark.parametrize("size", range(len(hexed(MESSAGE))))
def test_data_that_ends_early_is_told(size: int) -> None:
    with pytest.raises(Truncated):
        CODEC.decode(hexed(MESSAGE)[:size])


@pytest.mark.parametrize(
    ("inner", "reason"),
    [(b"not gzip", "no gzip"), (b"", "cut off"), (gzip.compress(b"x" * 99)[:-9], "cut off")],
)
def test_what_is_no_gzip_is_told(inner: bytes, reason: str) -> None:
    body = bytes([len(inner)]) + inner
    with pytest.raises(BadGzip, match=reason):
        CODEC.decode(hexed("a1 cf 72 30") + body + bytes(-len(body) & 3))


def test_what_was_met_before_is_read_as_at_first() -> None:
    fresh = Codec()
    assert [fresh.decode(hexed(MESSAGE)) for _ in range(2)] == [CODEC.decode(hexed(MESSAGE))] * 2


def test_reading_tl_is_not_much_dearer_than_reading_json() -> None:
    assert statistics.median(ours / theirs for ours, theirs in decoding.compared(chunks=5, reads=2)) < decoding.TARGET
