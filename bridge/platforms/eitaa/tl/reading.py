"""Bytes → objects. A reader is Python made from a definition, compiled when its id is first met.

    reader(data, position behind the id, depth left) → (value, position behind the value)

Which reader comes next is looked up by the four bytes of the id in a table of the type that belongs there, so that
what is wrong, unknown or packed is met on the one path that is not fast (`Readers.find`).

No reader asks whether a string's bytes are all there: a slice is never longer than the data, and whoever has gone
past the end is caught by the next read, or by the last check of the position. Everything in TL is a multiple of
four bytes from the start, so what is padded is skipped by rounding the position up.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from bridge.platforms.eitaa.tl.errors import (
    BadGzip,
    DecodeError,
    Misplaced,
    TooDeep,
    TrailingBytes,
    Truncated,
    UnknownConstructor,
)
from bridge.platforms.eitaa.tl.objects import TL, class_of
from bridge.platforms.eitaa.tl.schema import REST, Definition, Field, Schema, element

VECTOR: Final = (0x1CB5C415).to_bytes(4, "little")
TRUE: Final = (0x997275B5).to_bytes(4, "little")
FALSE: Final = (0xBC799737).to_bytes(4, "little")
GZIP_PACKED: Final = (0x3072CFA1).to_bytes(4, "little")

FIXED: Final = {"#": "I", "int": "i", "long": "q", "double": "d", "int128": "16s", "int256": "32s"}
"""Bare types of a fixed size, as struct writes them. The two longest integers stay bytes."""
ANYTHING: Final = "an object"
"""The type of what may stand at the top of an answer."""

_COUNT = struct.Struct("<I").unpack_from
_WITH_OR_WITHOUT_GZIP_HEADER: Final = 32 + zlib.MAX_WBITS


class Allowance:
    """How many bytes gzip may still unpack to, in the whole of one answer."""

    def __init__(self, left: int) -> None:
        self.left = left


class Data(bytes):
    """Bytes being read, and what may be unpacked from them."""

    allowance: Allowance


Reader: TypeAlias = Callable[[Data, int, int], tuple[Any, int]]


class Table(dict[bytes, Reader]):
    """The readers that may follow where `kind`, or a vector of `vector_of`, belongs."""

    def __init__(self, kind: str, vector_of: str | None, find: Callable[[Table, bytes], Reader]) -> None:
        super().__init__()
        self.kind = kind
        self.vector_of = vector_of
        self._find = find

    def __missing__(self, key: bytes) -> Reader:
        return self._find(self, key)


class Readers:
    """The readers of a schema, made as they are needed. They only ever grow by what the schema has."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._classes: dict[str, type[TL]] = {}
        self._made: dict[bytes, Reader] = {}
        self._tables: dict[tuple[str, str | None], Table] = {}

    def class_of(self, definition: Definition) -> type[TL]:
        known = self._classes.get(definition.name)
        if known is None:
            known = self._classes[definition.name] = class_of(definition)
        return known

    def read(self, data: Data, depth: int, vector_of: str | None) -> Any:
        """The one value that all of `data` is: an object, a Bool or a vector. Raises TLError."""
        try:
            return _whole(self.table(ANYTHING, vector_of or ANYTHING), data, depth)
        except (struct.error, IndexError):
            raise Truncated("the data ends", len(data)) from None
        except RecursionError:
            raise TooDeep("objects nested too deeply for the stack") from None

    def table(self, kind: str, vector_of: str | None) -> Table:
        known = self._tables.get((kind, vector_of))
        if known is None:
            known = self._tables[kind, vector_of] = Table(kind, vector_of, self.find)
        return known

    def find(self, table: Table, key: bytes) -> Reader:
        """The reader for `key` where it is met first in a table; one that raises for what does not belong there."""
        definition = self._schema.by_key.get(key)
        anything = table.kind == ANYTHING
        if definition is not None and (anything or (definition.type == table.kind and not definition.is_method)):
            reader = self._made.get(key)
            if reader is None:
                reader = self._made[key] = self._compiled(definition)
        elif key == VECTOR and table.vector_of is not None:
            reader = self._vector(table.vector_of)
        elif key in (TRUE, FALSE) and (anything or table.kind == "Bool"):
            reader = _constant(key == TRUE)
        elif key == GZIP_PACKED:
            reader = _packed(table)
        else:
            return _failing(table.kind, key, definition)
        table[key] = reader
        return reader

    def _vector(self, kind: str) -> Reader:
        if kind in FIXED:
            return _numbers(struct.Struct("<" + FIXED[kind]))
        if kind in ("string", "bytes"):
            return _strings(text if kind == "string" else raw)
        return _objects(self.table(kind, element(kind)))

    def _compiled(self, definition: Definition) -> Reader:
        cls = self.class_of(definition)
        if not cls.tl_fields:
            return _constant(cls())
        source = _Source(self, definition)
        code = compile(source.written(), f"<reader of {definition.name}>", "exec")
        names: dict[str, Any] = {**source.names, "cls": cls, "new": object.__new__}
        names |= {"text": text, "raw": raw, "too_deep": _too_deep}
        exec(code, names)
        reader: Reader = names["read"]
        return reader


class _Source:
    """The Python of one reader. `names` are the unpackers and tables that it uses."""

    def __init__(self, readers: Readers, definition: Definition) -> None:
        self.names: dict[str, Any] = {}
        self._readers = readers
        self._definition = definition
        self._lines: list[str] = []
        self._run: list[Field] = []
        self._bits: list[Field] = []

    def written(self) -> str:
        fields = self._definition.fields
        if any(_is_boxed(each.type) for each in fields):
            self._lines += ["if deep < 1: too_deep()", "deep -= 1"]
        self._lines.append("o = new(cls)")
        for field in fields:
            if field.is_true:
                self._bits.append(field)
            elif field.type in FIXED and not field.word:
                self._run.append(field)
            else:
                self._end_run()
                self._field(field)
        self._end_run()
        self._lines.append("return o, p")
        return "def read(d, p, deep):\n" + "".join(f"    {line}\n" for line in self._lines)

    def _end_run(self) -> None:
        """Numbers that stand in a row are unpacked together."""
        if self._run:
            unpacker = struct.Struct("<" + "".join(FIXED[each.type] for each in self._run))
            name = f"u{len(self.names)}"
            self.names[name] = unpacker.unpack_from
            targets = ", ".join(f"f_{each.name}" if each.is_word else f"o.{each.name}" for each in self._run)
            self._lines += [f"{targets}, = {name}(d, p)", f"p += {unpacker.size}"]
            self._run.clear()
        self._lines += [f"o.{each.name} = f_{each.word} & {1 << each.bit} != 0" for each in self._bits]
        self._bits.clear()

    def _field(self, field: Field) -> None:
        target = f"o.{field.name}"
        lines = self._value(field, target)
        if field.word:
            there = "p < len(d)" if field.word == REST else f"f_{field.word} & {1 << field.bit}"
            lines = [f"if {there}:", *(f"    {line}" for line in lines), f"else: {target} = None"]
        self._lines += lines

    def _value(self, field: Field, target: str) -> list[str]:
        if field.type in ("string", "bytes"):
            read, decoded = ("text", '.decode("utf-8", "replace")') if field.type == "string" else ("raw", "")
            return [
                "n = d[p]",
                "if n < 254:",
                "    q = p + 1 + n",
                f"    {target} = d[p + 1:q]{decoded}",
                "    p = q + 3 & -4",
                f"else: {target}, p = {read}(d, p)",
            ]
        name = f"t{len(self.names)}"
        if field.type in FIXED:
            unpacker = struct.Struct("<" + FIXED[field.type])
            self.names[name] = unpacker.unpack_from
            return [f"{target}, = {name}(d, p)", f"p += {unpacker.size}"]
        self.names[name] = self._readers.table(field.type, element(field.type))
        return [f"{target}, p = {name}[d[p:p + 4]](d, p + 4, deep)"]


def _is_boxed(kind: str) -> bool:
    return kind not in FIXED and kind not in ("string", "bytes", "true")


def raw(d: Data, p: int) -> tuple[bytes, int]:
    n = d[p]
    if n < 254:
        q = p + 1 + n
        return d[p + 1 : q], q + 3 & -4
    if n == 255:
        raise Misplaced("a string's length that there is not", p)
    q = p + 4 + (d[p + 1] | d[p + 2] << 8 | d[p + 3] << 16)
    return d[p + 4 : q], q + 3 & -4


def text(d: Data, p: int) -> tuple[str, int]:
    """Bytes that are no UTF-8 become U+FFFD: what can be stored and sent on is worth more than what round-trips."""
    value, p = raw(d, p)
    return value.decode("utf-8", "replace"), p


def _whole(table: Table, data: Data, depth: int) -> Any:
    value, end = table[data[:4]](data, 4, depth)
    if end > len(data):
        raise Truncated("the data ends", len(data))
    if end < len(data):
        raise TrailingBytes(f"{len(data) - end} bytes too many", end)
    return value


def _constant(value: object) -> Reader:
    return lambda _d, p, _deep: (value, p)


def _count(d: Data, p: int, size: int) -> int:
    """How many elements a vector has: never more than there is room for, so that nothing is laid out for a lie."""
    count: int = _COUNT(d, p)[0]
    if count * size > len(d) - p - 4:
        raise Truncated("a vector is longer than the data", p)
    return count


def _numbers(number: struct.Struct) -> Reader:
    def read(d: Data, p: int, _deep: int) -> tuple[list[Any], int]:
        start = p + 4
        end = start + _count(d, p, number.size) * number.size
        return [value for (value,) in number.iter_unpack(d[start:end])], end

    return read


def _strings(one: Callable[[Data, int], tuple[Any, int]]) -> Reader:
    def read(d: Data, p: int, _deep: int) -> tuple[list[Any], int]:
        values = []
        count = _count(d, p, 4)
        p += 4
        for _ in range(count):
            value, p = one(d, p)
            values.append(value)
        return values, p

    return read


def _objects(table: Table) -> Reader:
    def read(d: Data, p: int, deep: int) -> tuple[list[Any], int]:
        values = []
        count = _count(d, p, 4)
        p += 4
        for _ in range(count):
            value, p = table[d[p : p + 4]](d, p + 4, deep)
            values.append(value)
        return values, p

    return read


def _packed(table: Table) -> Reader:
    def read(d: Data, p: int, deep: int) -> tuple[Any, int]:
        if deep < 1:
            _too_deep()
        packed, end = raw(d, p)
        data = Data(_unzipped(packed, d.allowance, p))
        data.allowance = d.allowance
        return _whole(table, data, deep - 1), end

    return read


def _unzipped(packed: bytes, allowance: Allowance, offset: int) -> bytes:
    unpacker = zlib.decompressobj(_WITH_OR_WITHOUT_GZIP_HEADER)
    try:
        data = unpacker.decompress(packed, allowance.left + 1)
    except zlib.error:
        raise BadGzip("no gzip", offset) from None
    if len(data) > allowance.left:
        raise BadGzip("gzip that unpacks to more than is allowed", offset)
    if not unpacker.eof:
        raise BadGzip("gzip that is cut off", offset)
    allowance.left -= len(data)
    return data


def _too_deep() -> None:
    raise TooDeep("objects nested too deeply")


def _failing(expected: str, key: bytes, definition: Definition | None) -> Reader:
    def read(_d: Data, p: int, _deep: int) -> tuple[Any, int]:
        raise error(p - 4)

    def error(offset: int) -> DecodeError:
        if len(key) < 4:
            return Truncated("the data ends", offset)
        if definition is None and key not in (VECTOR, TRUE, FALSE):
            return UnknownConstructor(int.from_bytes(key, "little"), offset, expected)
        met = "a vector or Bool" if definition is None else definition.name
        return Misplaced(f"{met} where {expected} belongs", offset)

    return read
