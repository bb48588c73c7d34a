"""Every constructor and every method of the schema, with values drawn from the schema itself."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from bridge.platforms.eitaa.tl import TL, Codec
from bridge.platforms.eitaa.tl.schema import Definition
from tests.platforms.eitaa.tl.strategies import Drawing

CODEC = Codec()
DRAWING = Drawing(CODEC)
FAMILIES: dict[str, list[Definition]] = defaultdict(list)
for _each in CODEC.schema:
    FAMILIES[f"methods of {_each.name.rpartition('.')[0]}" if _each.is_method else _each.type].append(_each)

few = settings(
    max_examples=3,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_what_was_written_is_read_as_it_was(family: str) -> None:
    for definition in FAMILIES[family]:
        comes_back(definition)


def comes_back(definition: Definition) -> None:
    @few
    @given(DRAWING.of(definition))
    def property_(value: TL) -> None:
        data = CODEC.encode(value)
        assert data[:4] == definition.key
        assert len(data) % 4 == 0
        assert CODEC.decode(data) == value
        assert CODEC.encode(CODEC.decode(data)) == data

    property_()


def test_no_constructor_and_no_method_is_left_out() -> None:
    assert sum(map(len, FAMILIES.values())) == len(CODEC.schema.by_key) > 800
