"""The config file → `Config`. Driven by the dataclasses of `config.py`: a new field needs no line here.

All problems of a file are found in one go and raised together. An environment variable for a secret wins over
the file: HAMPAYAM_SECRET, HAMPAYAM_<PLATFORM>_TOKEN (and so on, for whatever else a platform calls a secret).
"""

from __future__ import annotations

import collections.abc
import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bridge import config_values as values
from bridge.config import PLACEHOLDER, AppserviceConfig, Between, Config, Kind, PlatformSettings, Role, Shape
from bridge.config_values import Wrong
from bridge.yaml_reading import (
    Problems,
    entries,
    found,
    is_null,
    nearest,
    read_mapping,
    scalar,
    suggest,
    under,
)

_IN_ENVIRONMENT = (Kind.SECRET, Kind.KEY)
_NEVER_SHOWN = (Kind.SECRET, Kind.KEY, Kind.PROXY, Kind.DATABASE)
_NO_DEFAULT = dataclasses.MISSING
_TOKEN_LIKE = 8
"""Characters from which a token is not in an address by chance."""
_SERVER_NAME = r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?"


def load_config(file: Path, platforms: Mapping[str, type[PlatformSettings]], environ: Mapping[str, str]) -> Config:
    """Read and check the whole file; `platforms` are the names and settings that there can be, by name.
    Reads the CA bundles that it names, too. Raises ConfigError with every problem."""
    problems = Problems(str(file))
    root = read_mapping(file, "copy config.example.yaml to config.yaml and edit it")
    config = _Reader(problems, file.absolute().parent, platforms, environ).record(Config, root, "")
    problems.raise_if_any()
    return cast(Config, config)


@dataclasses.dataclass(frozen=True)
class _Reader:
    problems: Problems
    folder: Path
    platforms: Mapping[str, type[PlatformSettings]]
    environ: Mapping[str, str]

    def record(
        self,
        cls: type[Any],
        node: Node | None,
        path: str,
        key: Node | None = None,
        switched_off: bool = False,
    ) -> Any:
        """An instance of a dataclass, None when anything in it is wrong (the problems are noted).
        `key`: where the section begins. `switched_off`: its secrets may be missing, and are "" then."""
        pairs = {}
        if isinstance(node, MappingNode):
            pairs = entries(node, path, self.problems)
        elif node is not None and not is_null(node):
            self.problems.add(path, f'expected settings ("key: value"), found {found(node, hide=True)}', node)
            return None
        before = len(self.problems)
        hints = hints_of(cls)
        fields = {field.name: field for field in dataclasses.fields(cls)}
        misspelt = {nearest(name, fields) for name in pairs if name not in fields}
        for name, (at, _) in pairs.items():
            if name not in fields:
                self.problems.add(under(path, name), f"unknown key{suggest(name, fields)}", at)
        read = {}
        for name, field in fields.items():
            hint, where = hints[name], under(path, name)
            variable = environment_name(where)
            if kind_of(hint) in _IN_ENVIRONMENT and self.environ.get(variable):
                try:
                    read[name] = self._text(hint, self.environ[variable].strip(), where)
                except Wrong as wrong:
                    self.problems.add_outside(f"environment {variable}", str(wrong))
            elif switched_off and kind_of(hint) is Kind.SECRET and _is_left_open(pairs.get(name)):
                read[name] = ""
            elif name in pairs:
                at, value = pairs[name]
                try:
                    read[name] = self._value(hint, value, where, at)
                except Wrong as wrong:
                    self.problems.add(where, str(wrong), wrong.at or value)
            elif field.default is not dataclasses.MISSING:
                read[name] = self._default(hint, field.default, where)
            elif field.default_factory is dataclasses.MISSING and name not in misspelt:
                self.problems.add(where, f"missing{_how_to_give(hint, variable)}", key)
        # What is neither read nor missing has a default_factory, and gets its value from there.
        return cls(**read) if len(self.problems) == before else None

    def _default(self, hint: Any, default: Any, path: str) -> Any:
        """What a file without the key means: the default, its paths relative to the file."""
        if dataclasses.is_dataclass(hint):
            return self.record(cast("type[Any]", hint), None, path)
        if isinstance(default, Path):
            return self.folder / default
        return self._text(hint, default, path) if kind_of(hint) is Kind.DATABASE else default

    def _value(self, hint: Any, node: Node, path: str, key: Node | None = None) -> Any:
        """The value of any hint. Raises Wrong."""
        base, marks = _unwrap(hint)
        origin, arguments = get_origin(base), get_args(base)
        if dataclasses.is_dataclass(base):
            return self._section(cast("type[Any]", base), node, path, key)
        if origin in (Union, UnionType):
            return self._either(arguments, node, path)
        if origin is tuple:
            return self._list(arguments[0], node, path)
        if origin is collections.abc.Mapping:
            return self._permissions(node, path) if arguments[1] is Role else self._platforms(node, path, key)
        if origin is Literal:
            return values.choice(arguments, node)
        if base is bool:
            return values.flag(node)
        if base in (int, float):
            between = next((mark for mark in marks if isinstance(mark, Between)), None)
            return values.number(base, between, node)
        hidden = kind_of(hint) in _NEVER_SHOWN
        # A key or a token may be made of digits: its spelling counts.
        text = scalar(node, "str", "int", "float") if hidden else scalar(node, "str")
        if text is None:
            raise Wrong(f"expected text, found {found(node, hide=hidden)}")
        return self._text(hint, text, path)

    def _either(self, options: tuple[Any, ...], node: Node, path: str) -> Any:
        """One thing or nothing, or one thing or a list: the only unions that settings have."""
        if is_null(node) and NoneType in options:
            return None
        lists = [option for option in options if get_origin(option) is tuple]
        if lists and isinstance(node, SequenceNode):
            return self._value(lists[0], node, path)
        single = next(option for option in options if option is not NoneType and option not in lists)
        try:
            return self._value(single, node, path)
        except Wrong as wrong:
            raise Wrong(f"{wrong}; a list such as [one, two] is fine, too" if lists else str(wrong)) from None

    def _section(self, cls: type[Any], node: Node, path: str, key: Node | None) -> Any:
        section = self.record(cls, node, path, key)
        if isinstance(section, AppserviceConfig) and section.is_called_everywhere:
            words = "missing: where the bridge listens on every address, say by which one it is called"
            self.problems.add(under(path, "url"), words, key)
        return section

    def _list(self, hint: Any, node: Node, path: str) -> tuple[Any, ...]:
        if not isinstance(node, SequenceNode):
            raise Wrong(f"expected a list such as [one, two], found {found(node)}")
        items: list[Any] = []
        for item in node.value:
            if hint is str:
                # Ids are often made of digits: their spelling counts.
                value = scalar(item, "str", "int")
                if not value:
                    raise Wrong(f"expected text in the list, found {found(item)}", item)
            else:
                try:
                    value = self._value(hint, item, path)
                except Wrong as wrong:
                    raise Wrong(str(wrong), item) from None
            if value in items:
                raise Wrong(f"{value} stands twice in the list", item)
            items.append(value)
        if not items and get_origin(hint) is Literal:
            raise Wrong(f"expected at least one of {', '.join(get_args(hint))}")
        return tuple(items)

    def _permissions(self, node: Node, path: str) -> dict[str, Role]:
        if not isinstance(node, MappingNode):
            raise Wrong(f'expected lines such as "@admin:example.org": admin, found {found(node)}')
        roles = {role.name.lower(): role for role in Role}
        read = {}
        for who, (key, value) in entries(node, path, self.problems).items():
            if who != "*" and not re.fullmatch(rf"(@[^:\s*]+:)?({_SERVER_NAME})", who):
                words = 'expected "*", a domain such as example.org, or a user such as "@admin:example.org"'
                self.problems.add(under(path, who), words, key)
            try:
                read[who] = roles[values.choice(tuple(roles), value)]
            except Wrong as wrong:
                self.problems.add(under(path, who), str(wrong), value)
        return read

    def _platforms(self, node: Node, path: str, section: Node | None) -> dict[str, PlatformSettings]:
        if not isinstance(node, MappingNode):
            raise Wrong(f"expected a section for each of {', '.join(self.platforms)}; found {found(node)}")
        before = len(self.problems)
        pairs = entries(node, path, self.problems)
        for name, (key, _) in pairs.items():
            if name not in self.platforms:
                self.problems.add(under(path, name), f"no such platform{suggest(name, self.platforms)}", key)
        read: dict[str, PlatformSettings] = {}
        for name, cls in self.platforms.items():
            if name not in pairs:
                continue
            where, (key, value) = under(path, name), pairs[name]
            settings = self.record(cls, value, where, key, _is_switched_off(value))
            if settings is None:
                continue
            if len(settings.token) >= _TOKEN_LIKE and settings.token in settings.url:
                words = "contains the token; give the address alone, the bridge adds the rest"
                self.problems.add(under(where, "url"), words, key)
            read[name] = settings
        if len(self.problems) == before and not any(settings.enabled for settings in read.values()):
            raise Wrong(f"no platform is enabled; there are {', '.join(self.platforms)}", section)
        return read

    def _text(self, hint: Any, text: str, path: str) -> Any:
        """Text that is checked by its marks. Raises Wrong."""
        if not text:
            if kind_of(hint) is Kind.PUBLIC_URL:
                return text
            raise Wrong("is empty")
        base, marks = _unwrap(hint)
        match kind_of(hint):
            case Kind.SECRET:
                return values.secret(text, environment_name(path))
            case Kind.KEY:
                return values.key_bytes(text)
            case Kind.URL:
                return values.base_url(text)
            case Kind.PUBLIC_URL:
                return values.public_url(text)
            case Kind.PROXY:
                return values.proxy(text)
            case Kind.ADDRESS:
                return values.address(text)
            case Kind.DATABASE:
                return values.database(text, self.folder)
            case Kind.CERTIFICATES:
                return values.certificates(self.folder / text)
        for mark in marks:
            if isinstance(mark, Shape) and not re.fullmatch(mark.pattern, text):
                raise Wrong(f'expected {mark.words}; found "{text[:60]}"')
        if base is Path:
            return self.folder / text
        if base is str:
            return text
        raise TypeError(f"{path}: the loader does not know how to read a {base}")


def hints_of(cls: type[Any]) -> dict[str, Any]:
    """The annotations of a dataclass. What `PlatformSettings` says of a common field holds for every platform
    that gives it another default, too. Raises TypeError where a secret would be in the repr."""
    hints = get_type_hints(cls, include_extras=True)
    if issubclass(cls, PlatformSettings):
        hints |= get_type_hints(PlatformSettings, include_extras=True)
    for field in dataclasses.fields(cls):
        if field.repr and kind_of(hints[field.name]) in _NEVER_SHOWN:
            raise TypeError(f"{cls.__name__}.{field.name} is secret and needs field(repr=False)")
    return hints


def kind_of(hint: Any) -> Kind | None:
    """The Kind in an annotation, also of an optional one."""
    for option in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
        for mark in _unwrap(option)[1]:
            if isinstance(mark, Kind):
                return mark
    return None


def environment_name(path: str) -> str:
    """The variable that overrides the secret at `path`: "platforms.bale.token" → HAMPAYAM_BALE_TOKEN."""
    return "HAMPAYAM_" + path.removeprefix("platforms.").replace(".", "_").upper()


def _unwrap(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(hint) is Annotated:
        base, *marks = get_args(hint)
        return base, tuple(marks)
    return hint, ()


def _how_to_give(hint: Any, variable: str) -> str:
    match kind_of(hint):
        case Kind.KEY:
            return f", here or in the environment as {variable}; make one with: {values.MAKE_SECRET}"
        case Kind.SECRET:
            return f", here or in the environment as {variable}"
    return ""


def _is_left_open(pair: tuple[Node, Node] | None) -> bool:
    """Not written, empty, or still as in the example."""
    if pair is None or is_null(pair[1]):
        return True
    written = scalar(pair[1], "str")
    return written is not None and (not written or written.startswith(PLACEHOLDER))


def _is_switched_off(node: Node) -> bool:
    if not isinstance(node, MappingNode):
        return False
    return any(
        scalar(key, "str") == "enabled" and (scalar(value, "bool") or "").lower() == "false"
        for key, value in node.value
    )
