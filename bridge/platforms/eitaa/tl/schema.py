"""`schema.tl` as data: which constructors and methods there are, and what their fields are.

A definition is found by its name or its id when the file is read; its fields are taken apart when it is first
needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

REST: Final = "rest"
"""Stands for a flag word in `rest?T`: the field is there if the data has not ended."""

_DEFINITION = re.compile(r"^([\w.]+)#([0-9a-f]{8})(.*) = ([^;]+);(?: // (.*))?$", re.MULTILINE)
_FIELD = re.compile(r"(\w+):(?:(?:(\w+)\.(\d+)|(rest))\?)?(\S+)")
_ALIAS = re.compile(r"\bas ([\w.]+)")
_FUNCTIONS = "---functions---"


class Field(NamedTuple):
    name: str
    type: str
    word: str = ""
    """The flag word that says whether the field is there, `rest`, or nothing for one that always is."""
    bit: int = 0

    @property
    def is_word(self) -> bool:
        return self.type == "#"

    @property
    def is_true(self) -> bool:
        """A bit without bytes of its own."""
        return self.type == "true"


class Definition(NamedTuple):
    name: str
    """Unique in the schema. It differs from the name on the line where a remark says `as`."""
    id: int
    type: str
    """What a constructor makes or a method answers."""
    is_method: bool
    body: str
    remark: str

    @property
    def key(self) -> bytes:
        """The id as it stands in the data."""
        return self.id.to_bytes(4, "little")

    @property
    def is_eitaas(self) -> bool:
        """The id is not the checksum of the line: Eitaa made up the id, or changed the body."""
        return "eitaa:" in self.remark

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(
            Field(name, kind, word or rest, int(bit or 0)) for name, word, bit, rest, kind in _FIELD.findall(self.body)
        )


class Schema:
    """All definitions of a schema. Raises ValueError where a name or an id is there twice."""

    def __init__(self, text: str) -> None:
        functions = text.index(_FUNCTIONS)
        definitions = [
            Definition(
                _name(found[1], found[5]),
                int(found[2], 16),
                found[4],
                found.start() > functions,
                found[3],
                found[5] or "",
            )
            for found in _DEFINITION.finditer(text)
        ]
        self.by_name: Mapping[str, Definition] = MappingProxyType({each.name: each for each in definitions})
        self.by_key: Mapping[bytes, Definition] = MappingProxyType({each.key: each for each in definitions})
        if not len(self.by_name) == len(self.by_key) == len(definitions):
            raise ValueError("the schema has a name or an id twice")

    @classmethod
    def of_eitaa(cls) -> Schema:
        return cls(Path(__file__).with_name("schema.tl").read_text(encoding="utf-8"))

    def __iter__(self) -> Iterator[Definition]:
        return iter(self.by_name.values())


def _name(written: str, remark: str | None) -> str:
    alias = _ALIAS.search(remark) if remark else None
    return alias[1] if alias else written


def element(kind: str) -> str | None:
    """What a vector holds; None for what is no vector."""
    return kind[7:-1] if kind.startswith("Vector<") and kind.endswith(">") else None
