"""What is read and written: one class a constructor, made when it is first met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bridge.platforms.eitaa.tl.schema import Definition


class TL:
    """An object of the protocol, or a call of a method: its fields are attributes.

    An optional field that is not there is None, a bit that is not set False, a vector a list. Two are equal when
    their constructors and all their fields are. The repr names the constructor and shows nothing of the content.
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    tl_name: ClassVar[str]
    """The constructor's name in the schema, such as `message`."""
    tl_type: ClassVar[str]
    """What it is one of, such as `Message`; for a method its answer behind an exclamation mark."""
    tl_fields: ClassVar[tuple[str, ...]]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TL):
            return NotImplemented
        return self.tl_name == other.tl_name and all(getattr(self, at) == getattr(other, at) for at in self.tl_fields)

    def __repr__(self) -> str:
        return f"<TL {self.tl_name}>"


def class_of(definition: Definition) -> type[TL]:
    fields = tuple(each.name for each in definition.fields if not each.is_word)
    members = {
        "__slots__": fields,
        "__module__": __name__,
        "tl_name": definition.name,
        "tl_type": ("!" if definition.is_method else "") + definition.type,
        "tl_fields": fields,
    }
    return type(definition.name, (TL,), members)
