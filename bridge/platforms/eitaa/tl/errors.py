"""The ways in which TL data, or an object to be written, can be wrong. No text of these carries content."""

from __future__ import annotations


class TLError(ValueError):
    """The root: bytes that are no TL of this schema, or an object that is none. `str()` of it is safe to log."""


class DecodeError(TLError):
    """Bytes that cannot be read. `offset` counts from their start (inside gzip: from the unpacked start)."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"{reason} at byte {offset}")
        self.offset = offset


class UnknownConstructor(DecodeError):
    """An id that the schema does not have. What follows it cannot be read, for TL tells no lengths: the
    rest of the answer is lost with it, and has to be asked for in smaller parts."""

    def __init__(self, id: int, offset: int, expected: str) -> None:
        super().__init__(f"unknown constructor {id:08x} where {expected} belongs", offset)
        self.id = id
        self.expected = expected


class Misplaced(DecodeError):
    """A constructor of the schema, or a number in an id's place, where another type belongs."""


class Truncated(DecodeError):
    """The data ends before the object does, or a vector counts more elements than there is room for."""


class TrailingBytes(DecodeError):
    """The object ends before the data does."""


class TooDeep(TLError):
    """Objects within objects beyond the limit, when reading or when writing."""


class BadGzip(DecodeError):
    """gzip_packed data that is no gzip, or that unpacks to more than is allowed."""


class Unwritable(TLError):
    """A name or a value that the schema does not allow. Says the constructor, the field and the kind of the
    value, never the value."""
