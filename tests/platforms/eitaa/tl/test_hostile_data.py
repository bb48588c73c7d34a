"""Whatever comes, reading ends soon, with a value or with one kind of error, and without laying out memory for lies."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.platforms.eitaa.tl import BadGzip, Codec, TLError, TooDeep, Truncated
from bridge.platforms.eitaa.tl.schema import Definition
from tests.bench.decoding import difference_sample

CODEC = Codec()
VALID = CODEC.encode(difference_sample(CODEC, 40))
KEYS = st.sampled_from([*sorted(CODEC.schema.by_key), *map(bytes.fromhex, ("15c4b51c", "a1cf7230", "b5757299"))])
MEGABYTE = 2**20

calm = settings(deadline=None, database=None)


@contextmanager
def at_most(bytes_: int) -> Iterator[None]:
    """Memory in use, at its highest."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < bytes_
    finally:
        tracemalloc.stop()


def tries(data: bytes) -> None:
    started = time.perf_counter()
    with suppress(TLError):
        CODEC.decode(data)
    assert time.perf_counter() - started < 5


def string(data: bytes) -> bytes:
    head = bytes([len(data)]) if len(data) < 254 else b"\xfe" + len(data).to_bytes(3, "little")
    return head + data + bytes(-(len(head) + len(data)) & 3)


def packed(data: bytes) -> bytes:
    return bytes.fromhex("a1cf7230") + string(gzip.compress(data))


def vector(count: int) -> bytes:
    return bytes.fromhex("15c4b51c") + count.to_bytes(4, "little")


@calm
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    tries(data)


@settings(calm, max_examples=300)
@given(st.lists(st.one_of(KEYS, st.binary(min_size=4, max_size=4), st.just(bytes(4))), max_size=40).map(b"".join))
def test_any_ids_in_any_order_are_read_or_refused(data: bytes) -> None:
    tries(data)


@settings(calm, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4))
def test_what_was_damaged_on_the_way_is_read_or_refused(damages: list[tuple[int, bytes]]) -> None:
    data = bytearray(VALID)
    for at, put in damages:
        data[at : at + len(put)] = put
    tries(bytes(data))
    tries(packed(bytes(data)))


@settings(calm, max_examples=100)
@given(st.integers(0, len(VALID) - 1), st.integers(0, 40))
def test_what_lost_a_part_on_the_way_is_refused(at: int, size: int) -> None:
    tries(VALID[:at] + VALID[at + size :])
    with pytest.raises(TLError):
        CODEC.decode(VALID[:at])


@pytest.mark.parametrize("count", [1, 2**16, 2**31, 2**32 - 1])
@pytest.mark.parametrize("name", ["updateDeleteMessages", "updatePrivacy", "updateMessagePollVote", "contacts.found"])
def test_a_vector_that_lies_about_its_length_costs_nothing(name: str, count: int) -> None:
    """Numbers, objects, bytes: the three ways in which vectors are read."""
    start = {"updatePrivacy": bytes.fromhex("30ab2ebc"), "updateMessagePollVote": bytes(16)}.get(name, b"")
    data = CODEC.schema.by_name[name].key + start + vector(count)
    with at_most(MEGABYTE), pytest.raises(Truncated):
        CODEC.decode(data)


def test_a_string_that_lies_about_its_length_costs_nothing() -> None:
    with at_most(MEGABYTE), pytest.raises(Truncated):
        CODEC.decode(CODEC.schema.by_name["error"].key + bytes(4) + b"\xfe\xff\xff\xff" + bytes(8))


def test_gzip_that_unpacks_to_too_much_is_refused_while_it_unpacks() -> None:
    bomb = packed(bytes(200 * MEGABYTE))
    codec = Codec(unpacked=MEGABYTE)
    with at_most(5 * MEGABYTE), pytest.raises(BadGzip, match="more than is allowed"):
        codec.decode(bomb)


def test_many_small_bombs_share_one_allowance() -> None:
    one = packed(string(b"") + bytes(100_000))
    codec = Codec(unpacked=MEGABYTE)
    good = packed(CODEC.encode(CODEC.new("error", code=1, text="x" * 100_000)))
    assert len(codec.decode(vector(10) + good * 10)) == 10
    with pytest.raises(BadGzip, match="more than is allowed"):
        codec.decode(vector(11) + good * 11)
    with pytest.raises(TLError):
        codec.decode(vector(1000) + one * 1000)


def test_the_allowance_is_an_answers_own() -> None:
    codec = Codec(unpacked=MEGABYTE)
    data = packed(CODEC.encode(CODEC.new("error", code=1, text="x" * 600_000)))
    assert codec.decode(data) == codec.decode(data)


@pytest.mark.parametrize("depth", [65, 1000, 100_000])
def test_objects_within_objects_end_at_a_limit(depth: int) -> None:
    bold = CODEC.schema.by_name["textBold"].key
    with pytest.raises(TooDeep):
        CODEC.decode(bold * depth + CODEC.schema.by_name["textEmpty"].key)


def test_vectors_within_objects_end_at_the_limit_too() -> None:
    inner = CODEC.schema.by_name["textConcat"].key + vector(1)
    with pytest.raises(TooDeep):
        CODEC.decode(inner * 10_000 + CODEC.schema.by_name["textEmpty"].key)


def test_vectors_within_vectors_end_at_a_limit() -> None:
    with pytest.raises(TLError):
        CODEC.decode(vector(1) * 100_000 + bytes(4))


def test_gzip_within_gzip_ends_at_a_limit() -> None:
    data = CODEC.encode(CODEC.new("updatesTooLong"))
    for _ in range(63):
        data = packed(data)
    assert CODEC.decode(data).tl_name == "updatesTooLong"
    with pytest.raises(TooDeep):
        CODEC.decode(packed(packed(data)))


def test_what_real_pages_need_is_within_the_limit() -> None:
    text = CODEC.new("textPlain", text="x")
    for _ in range(40):
        text = CODEC.new("textConcat", texts=[text])
    assert CODEC.decode(CODEC.encode(text)) == text


def _swelling(definition: Definition) -> float:
    """Fields a byte, for what can be had by zeros."""
    fields = definition.fields
    if any(not each.word and each.type not in ("#", "int", "long", "string", "bytes") for each in fields):
        return 0.0
    sizes = {"long": 8}
    return len(fields) / (4 + sum(sizes.get(each.type, 4) for each in fields if not each.word or each.is_word))


@pytest.mark.parametrize("definition", sorted(CODEC.schema, key=_swelling)[-3:], ids=lambda each: each.name)
def test_what_is_small_as_data_is_not_huge_as_objects(definition: Definition) -> None:
    size = sum(8 if each.type == "long" else 4 for each in definition.fields if not each.word or each.is_word)
    data = vector(5000) + (definition.key + bytes(size)) * 5000
    with at_most(40 * len(data)):
        assert len(CODEC.decode(data)) == 5000


def test_errors_of_reading_show_nothing_of_the_data() -> None:
    data = CODEC.encode(CODEC.new("error", code=1, text="فردا ساعت پنج"))
    with pytest.raises(TLError) as caught:
        CODEC.decode(data + b"1234")
    assert str(caught.value) == f"4 bytes too many at byte {len(data)}"
    assert caught.value.__cause__ is None
