"""The two ways of a wire: `decode` and `encode`, for one schema."""

from __future__ import annotations

from typing import Any, Final

from bridge.platforms.eitaa.tl.errors import TooDeep, Unwritable
from bridge.platforms.eitaa.tl.objects import TL
from bridge.platforms.eitaa.tl.reading import Allowance, Data, Readers
from bridge.platforms.eitaa.tl.schema import Definition, Schema, element
from bridge.platforms.eitaa.tl.writing import Writers

DEPTH: Final = 64
"""How many objects may stand within one another; a web page's formatted text needs about twenty."""
UNPACKED: Final = 16 * 2**20
"""How many bytes the gzip parts of one answer may unpack to, together."""


class Codec:
    """Reads and writes what a schema describes. Nothing blocks; what a call makes for later calls is kept here.

    An object of a few bytes can take sixteen times as much memory as data: who reads answers from the network
    limits their size.
    """

    def __init__(self, schema: Schema | None = None, *, depth: int = DEPTH, unpacked: int = UNPACKED) -> None:
        self.schema = Schema.of_eitaa() if schema is None else schema
        self._depth = depth
        self._unpacked = unpacked
        self._readers = Readers(self.schema)
        self._writers = Writers(self.schema)

    def decode(self, data: bytes, answer_to: str = "") -> Any:
        """The one TL, bool or list that `data` is from its first byte to its last.

        The elements of a list are objects, unless `answer_to` names a method that answers with another vector
        (`contacts.getContactIDs`: Vector<int>). An error, or another object, may stand in any method's place.

        Raises TLError and nothing else: UnknownConstructor, Misplaced, Truncated, TrailingBytes, TooDeep, BadGzip.
        """
        held = Data(data)
        held.allowance = Allowance(self._unpacked)
        vector_of = element(self._definition(answer_to).type) if answer_to else None
        return self._readers.read(held, self._depth, vector_of)

    def encode(self, value: TL) -> bytes:
        """`value` with its id in front. Raises Unwritable, which tells the field, or TooDeep."""
        out = bytearray()
        try:
            self._writers.write(value, out, self._depth)
        except RecursionError:
            raise TooDeep("objects nested too deeply for the stack") from None
        return bytes(out)

    def new(self, name: str, /, **fields: Any) -> TL:
        """An object, or a call of a method, by name. What is left out and optional is absent.

        Raises Unwritable for a name or a field that the schema does not have, and for one that is missing. Whether
        the values fit is seen by `encode`.
        """
        definition = self._definition(name)
        made = self._readers.class_of(definition)()
        for field in definition.fields:
            if field.is_word:
                continue
            if field.name not in fields and not field.word:
                raise Unwritable(f"{name}.{field.name}: missing")
            setattr(made, field.name, fields.pop(field.name, False if field.is_true else None))
        if fields:
            raise Unwritable(f"{name}: no field {min(fields)}")
        return made

    def _definition(self, name: str) -> Definition:
        definition = self.schema.by_name.get(name)
        if definition is None:
            raise Unwritable(f"{name}: not in the schema")
        return definition
