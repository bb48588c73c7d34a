"""Values for the tests, drawn as the schema says. What nests is kept low: each type knows its lowest constructors."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bridge.platforms.eitaa.tl import TL, Codec
from bridge.platforms.eitaa.tl.schema import REST, Definition, Field, element

PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
    "int128": st.binary(min_size=16, max_size=16),
    "int256": st.binary(min_size=32, max_size=32),
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=9) | st.sampled_from(["س" * 126, "ا" * 127]),
    "bytes": st.binary(max_size=9) | st.sampled_from([bytes(253), bytes(254), bytes(70_000)]),
    "Bool": st.booleans(),
}


class Drawing:
    """Strategies for a codec's schema."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self._constructors: dict[str, list[Definition]] = {}
        for each in codec.schema:
            if not each.is_method:
                self._constructors.setdefault(each.type, []).append(each)
        self._heights = self._measured()

    def of(self, definition: Definition, depth: int = 2) -> st.SearchStrategy[TL]:
        @st.composite
        def drawn(draw: st.DrawFn) -> TL:
            return self._object(draw, definition, depth)

        return drawn()

    def _object(self, draw: st.DrawFn, definition: Definition, depth: int) -> TL:
        """Bits are drawn first: what shares one is there together, and of what may be cut off a beginning is."""
        fields = [each for each in definition.fields if not each.is_word]
        conditional = sorted({(each.word, each.bit) for each in fields if each.word and each.word != REST})
        chosen = {at for at in conditional if draw(st.booleans())}
        low = {(each.word, each.bit) for each in fields if each.word and self._height(each.type) > depth}
        kept = draw(st.integers(0, sum(each.word == REST for each in fields)))
        values: dict[str, Any] = {}
        for field in fields:
            if field.word == REST:
                kept -= 1
                there = kept >= 0
            else:
                there = not field.word or (field.word, field.bit) in chosen - low
            if there:
                values[field.name] = True if field.is_true else self._value(draw, field.type, depth)
        return self.codec.new(definition.name, **values)

    def _value(self, draw: st.DrawFn, kind: str, depth: int) -> Any:
        inner = element(kind)
        if inner is not None:
            room = 2 if self._height(inner) <= depth else 0
            return [self._value(draw, inner, depth) for _ in range(draw(st.integers(0, room)))]
        if kind in PLAIN:
            return draw(PLAIN[kind])
        candidates = self._constructors[kind]
        fitting = [each for each in candidates if self._height_of(each) < max(depth, self._height(kind))]
        return self._object(draw, draw(st.sampled_from(fitting)), depth - 1)

    def _height(self, kind: str) -> int:
        return 0 if element(kind) is not None or kind in PLAIN or kind == "true" else self._heights[kind]

    def _height_of(self, definition: Definition) -> int:
        return max((self._height(each.type) for each in _always(definition)), default=0)

    def _measured(self) -> dict[str, int]:
        """How many objects must stand within one another for each type."""
        heights = dict.fromkeys(self._constructors, 99)
        self._heights = heights
        changed = True
        while changed:
            found = {kind: 1 + min(map(self._height_of, all_)) for kind, all_ in self._constructors.items()}
            changed = found != heights
            heights.update(found)
        return heights


def _always(definition: Definition) -> list[Field]:
    return [each for each in definition.fields if not each.word and not each.is_word]
