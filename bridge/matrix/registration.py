"""The registration: the file that tells the homeserver about us. Made once, read by both sides.

Source of the fields: the Matrix specification, Application Service API, "Registration". Two of them decide
whether the bridge works at all: `rate_limited: false` (left out, Synapse answers a ghost's twelfth message in
a row with 429) and namespaces that cover everybody we speak for, and nobody else.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bridge.config import PLACEHOLDER, Config
from bridge.errors import ConfigError
from bridge.yaml_reading import Problems, entries, found, is_null, read_mapping, scalar

_MAKE = "make one with: python -m bridge registration"
_MAKE_ANEW = "make it anew with: python -m bridge registration --force"
_TOKEN_BYTES = 32

_TEMPLATE = """\
# Tells the homeserver about Hampayam; both need this file, and it is secret because of its tokens.
# Synapse finds it through app_service_config_files in homeserver.yaml, and reads it when it starts.
id: {id}
url: {url}
as_token: {as_token}
hs_token: {hs_token}
sender_localpart: {sender_localpart}
rate_limited: false
receive_ephemeral: false
namespaces:
  users:
  - exclusive: true
    regex: '{bot}'
  - exclusive: true
    regex: '{others}'
  aliases: []
  rooms: []
"""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What the running bridge needs of it: `as_token` is ours, `hs_token` the homeserver's when it calls."""

    id: str
    url: str
    sender_localpart: str
    as_token: str = field(repr=False)
    hs_token: str = field(repr=False)


def make_registration(config: Config) -> str:
    """The text of a registration that fits the config, with fresh random tokens."""
    appservice = config.appservice
    bot, others = namespaces(config)
    # Quoted, since an id such as "on" or "12" would be read as something else than text.
    return _TEMPLATE.format(
        id=json.dumps(appservice.id),
        url=json.dumps(appservice.url),
        as_token=json.dumps(secrets.token_urlsafe(_TOKEN_BYTES)),
        hs_token=json.dumps(secrets.token_urlsafe(_TOKEN_BYTES)),
        sender_localpart=json.dumps(appservice.prefix),
        bot=bot,
        others=others,
    )


def namespaces(config: Config) -> tuple[str, str]:
    """The regular expressions of the users that are ours: the bot, and the rest (ghosts, stewards)."""
    prefix, domain = re.escape(config.appservice.prefix), re.escape(config.homeserver.domain)
    return f"^@{prefix}:{domain}$", f"^@{prefix}_.*:{domain}$"


def write_registration(path: Path, text: str, *, force: bool = False) -> None:
    """Write the file, readable by its owner only; an old one stays whole until the new one is there. Raises
    ConfigError when it cannot be written, and when there is one (whose tokens the homeserver knows) and
    `force` is not given."""
    try:
        if not force:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        finally:
            Path(name).unlink(missing_ok=True)
    except FileExistsError:
        words = "there is one already, and the homeserver may be using it; --force replaces it"
        raise ConfigError([f"{path}: {words}"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from None


def load_registration(path: Path, config: Config) -> Registration:
    """Read the file and check that it agrees with the config. Raises ConfigError with every problem."""
    problems = Problems(str(path))
    root = entries(read_mapping(path, _MAKE), "", problems)
    given = {name: value for name, (_, value) in root.items()}
    appservice = config.appservice
    wanted = {"id": appservice.id, "url": appservice.url, "sender_localpart": appservice.prefix}
    for name, value in wanted.items():
        _compare(name, value, given.get(name), problems)
    tokens = {name: _token(name, given.get(name), problems) for name in ("as_token", "hs_token")}
    if tokens["as_token"] and tokens["as_token"] == tokens["hs_token"]:
        problems.add("hs_token", f"the same as as_token; {_MAKE_ANEW}", given["hs_token"])
    _check_rate_limit(given.get("rate_limited"), problems)
    _check_namespaces(given.get("namespaces"), config, problems)
    problems.raise_if_any()
    return Registration(**wanted, **tokens)


def _compare(name: str, wanted: str, node: Node | None, problems: Problems) -> None:
    there = scalar(node, "str", "int", "float") if node is not None else None
    if node is None:
        problems.add(name, f'missing; the config asks for "{wanted}"')
    elif (there or "").rstrip("/") != wanted:
        problems.add(name, f'"{wanted}" in the config, but {found(node)} here; make them the same', node)


def _token(name: str, node: Node | None, problems: Problems) -> str:
    token = (scalar(node, "str", "int", "float") if node is not None else None) or ""
    if node is None or not token:
        problems.add(name, f"missing; {_MAKE_ANEW}", node)
    elif token.startswith(PLACEHOLDER):
        problems.add(name, f"still as in the example; {_MAKE_ANEW}", node)
    elif not re.fullmatch(r"[!-~]+", token):
        problems.add(name, f"contains a character that no token has; {_MAKE_ANEW}", node)
    return token


def _check_rate_limit(node: Node | None, problems: Problems) -> None:
    if node is None or scalar(node, "bool") != "false":
        there = "missing, which means true" if node is None else f"{found(node)} here"
        problems.add("rate_limited", f"{there}; must be false, or the homeserver slows everybody down", node)


def _check_namespaces(node: Node | None, config: Config, problems: Problems) -> None:
    if not isinstance(node, MappingNode):
        there = "missing" if node is None else f"expected a section, found {found(node)}"
        problems.add("namespaces", f"{there}; {_MAKE_ANEW}", node)
        return
    users = entries(node, "namespaces", problems).get("users")
    if users is None or not isinstance(users[1], SequenceNode):
        problems.add("namespaces.users", f"expected a list; {_MAKE_ANEW}", users[1] if users else node)
        return
    before = len(problems)
    patterns = [pattern for item in users[1].value if (pattern := _pattern(item, problems))]
    if len(problems) > before:
        return
    bot, others = namespaces(config)
    for who, example in _ours(config):
        if not any(pattern.match(example) for pattern in patterns):
            regex = bot if who == "the bot" else others
            problems.add("namespaces.users", f"does not cover {who} ({example}); add '{regex}'", users[0])
    strangers = [who for who in _others(config) if any(pattern.match(who) for pattern in patterns)]
    if strangers:
        words = f"covers users that are not the bridge's ({strangers[0]}); use '{bot}' and '{others}'"
        problems.add("namespaces.users", words, users[0])


def _pattern(item: Node, problems: Problems) -> re.Pattern[str] | None:
    path = "namespaces.users"
    if not isinstance(item, MappingNode):
        problems.add(path, f"expected entries with exclusive and regex, found {found(item)}", item)
        return None
    pairs = {name: value for name, (_, value) in entries(item, path, problems).items()}
    regex, exclusive = pairs.get("regex"), pairs.get("exclusive")
    if exclusive is None or scalar(exclusive, "bool") != "true":
        problems.add(f"{path}.exclusive", "must be true: these users are the bridge's alone", exclusive or item)
    text = scalar(regex, "str") if regex is not None and not is_null(regex) else None
    if not text:
        problems.add(f"{path}.regex", "missing", regex or item)
        return None
    try:
        return re.compile(text)
    except re.error as error:
        problems.add(f"{path}.regex", f"not a regular expression: {error.msg}", regex)
        return None


def _ours(config: Config) -> Iterable[tuple[str, str]]:
    """Somebody of every kind that we speak for. The homeserver matches from the beginning, so do we."""
    prefix, domain = config.appservice.prefix, config.homeserver.domain
    yield "the bot", f"@{prefix}:{domain}"
    for platform in config.platforms:
        yield f"the ghosts of {platform}", f"@{prefix}_{platform}_b0_a.-=d9=87:{domain}"
        for number in range(1, config.appservice.stewards + 1):
            yield f"a steward of {platform}", f"@{prefix}_{platform}.steward{number}:{domain}"


def _others(config: Config) -> Iterable[str]:
    prefix, domain = config.appservice.prefix, config.homeserver.domain
    yield f"@somebody:{domain}"
    yield f"@{prefix}x:{domain}"
    platform = next(iter(config.platforms), "somebody")
    yield f"@x{prefix}_{platform}_1:{domain}"
    yield f"@{prefix}_{platform}_1:other.{domain}"
