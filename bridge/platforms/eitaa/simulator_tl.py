"""TL as the simulated gateway speaks it: lines of a schema, and the bytes that they stand for.

Only what `simulator_schema` names can be read or written. A boxed value is `bytes` on its way out and a `Thing`
on its way in; a field that is absent is None, a bare flag that is not set is False.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

VECTOR = 0x1CB5C415
TRUE, FALSE = 0x997275B5, 0xBC799737
LINE = re.compile(r"([\w.]+)#([0-9a-f]{1,8})((?: [\w?]+:\S+)*) = (\S+?);?$")
OPTIONAL = re.compile(r"(\w+)\.(\d+)\?(.+)$")


class Unreadable(Exception):
    """These bytes are not what the schema says; `unknown` is the id that nobody here knows."""

    def __init__(self, words: str, unknown: int | None = None) -> None:
        super().__init__(words)
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    fields: Mapping[str, Any]

    def __getitem__(self, field: str) -> Any:
        return self.fields[field]


@dataclass(frozen=True, slots=True)
class Field:
    """`flags` and `bit` say when it is there: always, if `flags` is None."""

    name: str
    kind: str
    flags: str | None = None
    bit: int = 0


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    number: int
    fields: tuple[Field, ...]
    kind: str


def int32(value: int) -> bytes:
    return struct.pack("<i", value)


def uint32(value: int) -> bytes:
    return struct.pack("<I", value)


def int64(value: int) -> bytes:
    return struct.pack("<q", value)


def blob(value: bytes) -> bytes:
    size = len(value)
    head = bytes((size,)) if size < 254 else b"\xfe" + size.to_bytes(3, "little")
    return head + value + b"\0" * (-(len(head) + size) % 4)


def text(value: str) -> bytes:
    return blob(value.encode("utf-8", "replace"))


def boolean(value: bool) -> bytes:
    return uint32(TRUE if value else FALSE)


def vector(items: Iterable[bytes]) -> bytes:
    made = list(items)
    return uint32(VECTOR) + int32(len(made)) + b"".join(made)


class Reader:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def take(self, size: int) -> bytes:
        if size < 0 or self._at + size > len(self._body):
            raise Unreadable("it ends too early")
        self._at += size
        return self._body[self._at - size : self._at]

    @property
    def ended(self) -> bool:
        return self._at >= len(self._body)

    def int32(self) -> int:
        return int.from_bytes(self.take(4), "little", signed=True)

    def uint32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def int64(self) -> int:
        return int.from_bytes(self.take(8), "little", signed=True)

    def blob(self) -> bytes:
        size, head = self.take(1)[0], 1
        if size == 255:
            raise Unreadable("no such length")
        if size == 254:
            size, head = int.from_bytes(self.take(3), "little"), 4
        value = self.take(size)
        self.take(-(head + size) % 4)
        return value

    def text(self) -> str:
        try:
            return self.blob().decode()
        except UnicodeDecodeError:
            raise Unreadable("a string that is not UTF-8") from None


class Schema:
    """Lines such as `peerUser#59511722 user_id:long = Peer;`; others are left out.

    A kind written `tail#` is a flags field that may be missing, with all that follows it.
    """

    def __init__(self, lines: str) -> None:
        self.shapes: dict[str, Shape] = {}
        self.by_number: dict[int, Shape] = {}
        for line in lines.splitlines():
            if (found := LINE.match(line.strip())) is None:
                if line.strip():
                    raise ValueError(f"not a line of a schema: {line}")
                continue
            name, number, fields, kind = found.groups()
            shape = Shape(name, int(number, 16), tuple(_field(each) for each in fields.split()), kind)
            self.shapes[name] = self.by_number[shape.number] = shape

    # -- out

    def make(self, name: str, /, **values: Any) -> bytes:
        """The boxed bytes; flags are found out from what is given. Raises KeyError for a field too many or too few."""
        shape = self.shapes[name]
        known = {field.name for field in shape.fields}
        if extra := set(values) - known:
            raise KeyError(f"{name} has no {', '.join(sorted(extra))}")
        flags: dict[str, int] = {}
        for field in shape.fields:
            if field.flags is not None and _given(values.get(field.name)):
                flags[field.flags] = flags.get(field.flags, 0) | 1 << field.bit
        body = [uint32(shape.number)]
        for field in shape.fields:
            if field.kind in ("#", "tail#"):
                body.append(uint32(flags.get(field.name, 0) | int(values.get(field.name) or 0)))
            elif field.flags is None or (field.kind != "true" and _given(values.get(field.name))):
                body.append(self._out(field.kind, values[field.name]))
        return b"".join(body)

    def _out(self, kind: str, value: Any) -> bytes:
        match kind:
            case "int":
                return int32(value)
            case "long":
                return int64(value)
            case "double":
                return struct.pack("<d", value)
            case "string":
                return text(value)
            case "bytes":
                return blob(value)
            case "Bool":
                return boolean(value)
        if kind.startswith("Vector<"):
            return vector(self._out(kind[7:-1], each) for each in value)
        if not isinstance(value, bytes):
            raise TypeError(f"a {kind} must be made first")
        return value

    # -- in

    def read(self, reader: Reader, kind: str | None = None) -> Thing:
        """A boxed value, of that kind if one is given. Raises Unreadable."""
        number = reader.uint32()
        shape = self.by_number.get(number)
        if shape is None or (kind is not None and shape.kind != kind):
            raise Unreadable(f"{number:08x} is no {kind or 'method'}", number)
        return Thing(shape.name, self._fields(reader, shape))

    def _fields(self, reader: Reader, shape: Shape) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field in shape.fields:
            if field.flags is not None and not found[field.flags] >> field.bit & 1:
                found[field.name] = False if field.kind == "true" else None
            elif field.kind == "true":
                found[field.name] = True
            elif field.kind == "tail#" and reader.ended:
                found[field.name] = 0
            else:
                found[field.name] = self._in(reader, field.kind)
        return found

    def _in(self, reader: Reader, kind: str) -> Any:
        match kind:
            case "#" | "tail#":
                return reader.uint32()
            case "int":
                return reader.int32()
            case "long":
                return reader.int64()
            case "double":
                return struct.unpack("<d", reader.take(8))[0]
            case "string":
                return reader.text()
            case "bytes":
                return reader.blob()
            case "Bool":
                return self._boolean(reader)
        if kind.startswith("Vector<"):
            if reader.uint32() != VECTOR:
                raise Unreadable("a vector was expected")
            count = reader.int32()
            if not 0 <= count <= 10_000:
                raise Unreadable("a vector of that length")
            return [self._in(reader, kind[7:-1]) for _ in range(count)]
        return self.read(reader, kind)

    def _boolean(self, reader: Reader) -> bool:
        number = reader.uint32()
        if number not in (TRUE, FALSE):
            raise Unreadable("neither true nor false", number)
        return number == TRUE


def _given(value: Any) -> bool:
    return value is not None and value is not False


def _field(given: str) -> Field:
    name, _, kind = given.partition(":")
    if (found := OPTIONAL.match(kind)) is None:
        return Field(name, kind)
    flags, bit, kind = found.groups()
    return Field(name, kind, flags, int(bit))
