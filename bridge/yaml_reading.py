"""YAML as a person wrote it: every value with its line, every mistake as a line that says where and what.

Values are read from ruamel's nodes and not from what it would construct, since a constructed value has lost
its line, its spelling (a token of digits) and its duplicates. No message quotes more of the file than a key,
or a value that stands where no secret belongs.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bridge.errors import ConfigError

_LAST = 10**9
_TAGS = "tag:yaml.org,2002:"
_SHOWN = 40
"""Characters of a wrong value that a message quotes."""


@dataclass(frozen=True)
class Problems:
    """The problems found in one file so far, each a line for a person."""

    file: str
    _found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, path: str, text: str, at: Node | None = None) -> None:
        """`path` is the key's, such as "platforms.bale.token" ("" for the file as a whole)."""
        where = f"{self.file}:{line_of(at)}" if at is not None else self.file
        self._found.append((line_of(at) if at else 0, ": ".join(part for part in (where, path, text) if part)))

    def add_outside(self, source: str, text: str) -> None:
        """A problem of another source than the file (the environment)."""
        self._found.append((_LAST, f"{source}: {text}"))

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self) -> None:
        """Raises ConfigError with all problems, in the order of their lines."""
        if self._found:
            raise ConfigError([text for _, text in sorted(self._found, key=lambda problem: problem[0])])


def read_mapping(file: Path, if_missing: str) -> MappingNode:
    """The one mapping that a file consists of. Raises ConfigError for a file that is missing (with the hint
    `if_missing`), unreadable, not UTF-8, not YAML, or something else than a mapping."""
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise ConfigError([f"{file}: no such file; {if_missing}"]) from None
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{file}:{line}: not UTF-8; save the file in the encoding UTF-8"]) from None
    try:
        node = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise ConfigError([f"{file}:{_explain(error)}"]) from None
    except YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise ConfigError([f"{file}:{line}: not valid YAML: there is an invisible control character"]) from None
    except RecursionError:
        raise ConfigError([f"{file}: not usable: brackets inside brackets, far too deep"]) from None
    if node is None:
        raise ConfigError([f"{file}: the file is empty; {if_missing}"])
    if not isinstance(node, MappingNode):
        raise ConfigError([f'{file}:{line_of(node)}: expected settings ("key: value"), found {found(node)}'])
    return node


def _explain(error: MarkedYAMLError) -> str:
    """ "line:column: what is wrong", without the piece of the file that ruamel's own text quotes."""
    said = str(error.problem or error.context or "cannot be understood")
    problem = re.sub(r"'([^']*)'", lambda quoted: quoted[0] if _is_syntax(quoted[1]) else "'…'", said)
    mark = error.problem_mark or error.context_mark
    hint = ""
    if "end of stream" in problem and error.context_mark is not None:
        mark = error.context_mark
        hint = " (a quote or bracket that is never closed?)"
    elif "alias" in problem or "'@'" in problem:
        hint = ' (put quotes around what begins with "*", "&" or "@")'
    elif r"'\t'" in problem:
        hint = " (indent with spaces, not with tabs)"
    elif "mapping values" in problem:
        hint = ' (wrong indentation, or text with ": " that needs quotes)'
    where = f"{mark.line + 1}:{mark.column + 1}" if mark is not None else "1"
    return f"{where}: not valid YAML: {problem}{hint}"


def _is_syntax(quoted: str) -> bool:
    return len(quoted) <= 2 or quoted.startswith("<")


def line_of(node: Node) -> int:
    """Counted from 1."""
    return int(node.start_mark.line) + 1


def entries(node: MappingNode, path: str, problems: Problems) -> dict[str, tuple[ScalarNode, Node]]:
    """A mapping's keys, each with its own node and its value's. A key given twice, or that is no word, is a
    problem; the first of two counts."""
    read: dict[str, tuple[ScalarNode, Node]] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            problems.add(path, "expected a name before the colon", key)
            continue
        name = str(key.value)
        if name in read:
            first = line_of(read[name][0])
            problems.add(under(path, name), f"given twice (the first time in line {first})", key)
            continue
        read[name] = (key, value)
    return read


def under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def is_null(node: Node) -> bool:
    return bool(node.tag == _TAGS + "null")


def scalar(node: Node, *tags: str) -> str | None:
    """The spelling of a scalar whose YAML type is among `tags` ("str", "int", "float", "bool"), else None."""
    if isinstance(node, ScalarNode) and str(node.tag).removeprefix(_TAGS) in tags:
        return str(node.value)
    return None


def found(node: Node, *, hide: bool = False) -> str:
    """What stands there, in words; `hide` where it may be a secret."""
    if isinstance(node, MappingNode):
        return 'settings ("key: value")'
    if isinstance(node, SequenceNode):
        return "a list"
    if is_null(node):
        return "nothing"
    kind = "a number" if scalar(node, "int", "float") is not None else "text"
    if hide:
        return kind
    shown = str(node.value)
    return f'{kind} "{shown[:_SHOWN]}…"' if len(shown) > _SHOWN else f'{kind} "{shown}"'


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    matches = difflib.get_close_matches(word.lower(), list(known), n=1)
    return matches[0] if matches else None


def suggest(word: str, known: Iterable[str]) -> str:
    """ " (did you mean …?)", or all that could be meant."""
    known = list(known)
    close = nearest(word, known)
    return f" (did you mean {close}?)" if close else f" (known: {', '.join(known)})"
