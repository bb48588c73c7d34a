"""Objects → bytes. A plan a definition, walked field by field, so that an error can say which field it was."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from bridge.platforms.eitaa.tl.errors import TooDeep, Unwritable
from bridge.platforms.eitaa.tl.objects import TL
from bridge.platforms.eitaa.tl.reading import FALSE, FIXED, TRUE, VECTOR
from bridge.platforms.eitaa.tl.schema import REST, Definition, Field, Schema, element

_LONGEST: Final = 0xFFFFFF
_SIZED: Final = {"int128": 16, "int256": 32}

Writer: TypeAlias = Callable[[Any, bytearray, int], None]


class _Plan(NamedTuple):
    key: bytes
    fields: tuple[tuple[Field, Writer | None], ...]
    """With no writer: flag words, and bits that have no bytes."""
    conditional: tuple[Field, ...]


class Writers:
    """The writers of a schema, made as they are needed."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._plans: dict[str, _Plan] = {}
        self._kinds: dict[str, Writer] = {}

    def write(self, value: TL, out: bytearray, depth: int) -> None:
        """Appends `value` to `out`. Raises TLError, and `out` is then of no use."""
        if depth < 0:
            raise TooDeep("objects nested too deeply")
        name = value.tl_name
        plan = self._plans.get(name) or self._planned(name)
        words = _words(value, plan)
        out += plan.key
        for field, writer in plan.fields:
            if field.is_word:
                out += words[field.name].to_bytes(4, "little")
                continue
            content = getattr(value, field.name, None)
            if writer is None or (content is None and field.word):
                continue
            try:
                writer(content, out, depth - 1)
            except _Wrong as wrong:
                raise Unwritable(f"{name}.{field.name}: {wrong}") from None

    def _planned(self, name: str) -> _Plan:
        definition = self._schema.by_name.get(name)
        if definition is None:
            raise Unwritable(f"{name}: not in the schema")
        plan = self._plans[name] = self._plan(definition)
        return plan

    def _plan(self, definition: Definition) -> _Plan:
        fields = definition.fields
        written = tuple((each, None if each.is_word or each.is_true else self._kind(each.type)) for each in fields)
        return _Plan(definition.key, written, tuple(each for each in fields if each.word))

    def _kind(self, kind: str) -> Writer:
        known = self._kinds.get(kind)
        if known is None:
            known = self._kinds[kind] = self._writer(kind)
        return known

    def _writer(self, kind: str) -> Writer:
        inner = element(kind)
        if inner is not None:
            return _vector(self._kind(inner))
        if kind in ("int", "long", "double"):
            return _number(kind)
        if kind in _SIZED:
            return _sized(_SIZED[kind])
        return {"string": _string, "bytes": _bytes, "Bool": _bool}.get(kind) or self._boxed(kind)

    def _boxed(self, kind: str) -> Writer:
        def write(value: Any, out: bytearray, depth: int) -> None:
            if not isinstance(value, TL):
                raise _Wrong(kind, value)
            if value.tl_type != kind:
                raise _Wrong(kind, value, value.tl_name)
            self.write(value, out, depth)

        return write


class _Wrong(Exception):
    """A value of the wrong kind; caught where the field's name is known."""

    def __init__(self, expected: str, value: object, met: str = "") -> None:
        super().__init__(f"{expected} expected, not {met or type(value).__name__}")


def _words(value: TL, plan: _Plan) -> dict[str, int]:
    """The flag words. What shares a bit is there together or not at all; what may be cut off ends with the rest."""
    words = {field.name: 0 for field, _ in plan.fields if field.is_word}
    absent: dict[tuple[str, int], str] = {}
    present: dict[tuple[str, int], str] = {}
    for field in plan.conditional:
        content = getattr(value, field.name, None)
        if field.is_true and not isinstance(content, bool | None):
            raise Unwritable(f"{value.tl_name}.{field.name}: {_Wrong('a bit', content)}")
        at = field.word, field.bit
        there = bool(content) if field.is_true else content is not None
        (present if there else absent).setdefault(at, field.name)
        if there and at in absent:
            raise Unwritable(f"{value.tl_name}: {absent[at]} and {field.name} go together")
        if not there and at in present and field.word != REST:
            raise Unwritable(f"{value.tl_name}: {present[at]} and {field.name} go together")
        if there and field.word != REST:
            words[field.word] |= 1 << field.bit
    return words


def _number(kind: str) -> Writer:
    pack = struct.Struct("<" + FIXED[kind]).pack
    allowed = (int, float) if kind == "double" else (int,)

    def write(value: Any, out: bytearray, _depth: int) -> None:
        if not isinstance(value, allowed) or isinstance(value, bool):
            raise _Wrong(kind, value)
        try:
            out += pack(value)
        except (struct.error, OverflowError):
            raise _Wrong(kind, value, "one beyond its range") from None

    return write


def _sized(size: int) -> Writer:
    def write(value: Any, out: bytearray, _depth: int) -> None:
        if not isinstance(value, bytes) or len(value) != size:
            raise _Wrong(f"{size} bytes", value)
        out += value

    return write


def _string(value: Any, out: bytearray, depth: int) -> None:
    if not isinstance(value, str):
        raise _Wrong("string", value)
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        raise _Wrong("string", value, "one with half of a surrogate pair") from None
    _bytes(encoded, out, depth)


def _bytes(value: Any, out: bytearray, _depth: int) -> None:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise _Wrong("bytes", value)
    size = len(value)
    if size < 254:
        out.append(size)
    elif size <= _LONGEST:
        out += b"\xfe" + size.to_bytes(3, "little")
    else:
        raise _Wrong("bytes", value, "more than 16 MiB")
    out += value
    out += bytes(-len(out) & 3)


def _bool(value: Any, out: bytearray, _depth: int) -> None:
    if not isinstance(value, bool):
        raise _Wrong("Bool", value)
    out += TRUE if value else FALSE


def _vector(one: Writer) -> Writer:
    def write(value: Any, out: bytearray, depth: int) -> None:
        if not isinstance(value, (list, tuple)):
            raise _Wrong("a vector", value)
        out += VECTOR + len(value).to_bytes(4, "little")
        for each in value:
            one(each, out, depth)

    return write
