"""The bridge's configuration, written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any


def yaml_lines(values: Mapping[str, Any], indent: str = "") -> Iterable[str]:
    """Nested mappings as block YAML; everything else is JSON, which YAML includes."""
    for key, value in values.items():
        name = key if key.isidentifier() else json.dumps(key)
        if isinstance(value, Mapping):
            yield f"{indent}{name}:"
            yield from yaml_lines(value, indent + "  ")
        else:
            yield f"{indent}{name}: {json.dumps(value, ensure_ascii=False)}"
