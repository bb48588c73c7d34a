"""What is switched in a simulator while it runs."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from .records import ControlError

O = TypeVar("O")  # noqa: E741
"""The platform's options: a frozen dataclass, every field with the platform's own behaviour as default."""


def replace_options(options: O, changes: dict[str, Any]) -> O:
    """Raises ControlError for an unknown name or a value of another type than the default's."""
    if not dataclasses.is_dataclass(options) or isinstance(options, type):
        raise TypeError("options must be an instance of a dataclass")
    hints = get_type_hints(type(options))
    for name, value in changes.items():
        if name not in (known := {f.name for f in dataclasses.fields(options)}):
            raise ControlError(f"unknown option {name!r}; known: {', '.join(sorted(known))}")
        now = getattr(options, name)
        if get_origin(hints[name]) is Literal and value not in (choices := get_args(hints[name])):
            raise ControlError(f"the option {name} must be one of {choices}")
        whole_for_float = isinstance(now, float) and type(value) is int
        if None not in (now, value) and type(value) is not type(now) and not whole_for_float:
            raise ControlError(f"the option {name} must be a {type(now).__name__}")
    return dataclasses.replace(options, **changes)
