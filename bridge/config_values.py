"""One value of the config file at a time: each function checks one kind and raises `Wrong`."""

from __future__ import annotations

import base64
import binascii
import re
import ssl
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit

from ruamel.yaml.nodes import Node

from bridge.config import PLACEHOLDER, Between
from bridge.texts.digits import ascii_digits
from bridge.yaml_reading import found, nearest, scalar

MAKE_SECRET = 'python3 -c "import secrets; print(secrets.token_hex(32))"'
"""The command that makes a key; it stands in every message about a bad one."""

_KEY_BYTES = 32


class Wrong(Exception):
    """One value cannot be used. `at` is its node where it is a part of the field's."""

    def __init__(self, words: str, at: Node | None = None) -> None:
        super().__init__(words)
        self.at = at


def choice(options: tuple[str, ...], node: Node) -> str:
    written = scalar(node, "str")
    if written in options:
        return str(written)
    close = nearest(written, options) if written else None
    hint = f" (did you mean {close}?)" if close else ""
    raise Wrong(f"expected one of {', '.join(options)}; found {found(node)}{hint}")


def flag(node: Node) -> bool:
    written = (scalar(node, "bool") or "").lower()
    if written not in ("true", "false"):
        raise Wrong(f"expected true or false, found {found(node)}")
    return written == "true"


def number(base: type[int] | type[float], between: Between | None, node: Node) -> int | float:
    pattern, words = (r"[+-]?[0-9]{1,15}", "a whole number")
    if base is float:
        pattern, words = (r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", "a number")
    words += f" from {between.low:g} to {between.high:g}" if between else " above 0"
    written = ascii_digits(scalar(node, "int", "float", "str") or "").replace("٫", ".")
    if not re.fullmatch(pattern, written):
        raise Wrong(f"expected {words}, found {found(node)}")
    read = base(written)
    if not (between.low <= read <= between.high if between else read > 0):
        raise Wrong(f"expected {words}, found {read}")
    return read


def secret(text: str, variable: str) -> str:
    """`variable` is the environment variable that can give it instead."""
    if text.startswith(PLACEHOLDER):
        raise Wrong(f"still as in the example: put the real one here, or in the environment as {variable}")
    if not re.fullmatch(r"[!-~]+", text) or set(text) & set("/?#"):
        raise Wrong("contains a character that it cannot have (a space, a slash, a letter beyond English?)")
    return text


def key_bytes(text: str) -> bytes:
    if text.startswith(PLACEHOLDER):
        raise Wrong(f"still as in the example; make one with: {MAKE_SECRET}")
    try:
        if re.fullmatch("(?:[0-9a-fA-F]{2})+", text):
            key = bytes.fromhex(text)
        else:
            bare = text.rstrip("=").replace("-", "+").replace("_", "/")
            key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(f"expected hex or base64; make one with: {MAKE_SECRET}") from None
    if len(key) < _KEY_BYTES:
        words = f"only {len(key)} bytes long, at least {_KEY_BYTES} are needed; make one with: {MAKE_SECRET}"
        raise Wrong(words)
    return key


def _latin_port(url: str) -> str:
    return re.sub(r":\d+(?=[/?#]|$)", lambda port: ascii_digits(port[0]), url)


def _split(url: str, hint: str = "") -> Any:
    """`urlsplit` that raises Wrong, and never quotes the URL."""
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            raise ValueError
    except ValueError:
        words = "not a URL that can be understood (a port is a number from 1 to 65535)"
        raise Wrong(f"{words}; {hint}" if hint else words) from None
    return parts


def _web_url(text: str) -> Any:
    if "://" not in text:
        raise Wrong("expected a URL with http:// or https:// in front, found text without it")
    parts = _split(_latin_port(text))
    if parts.scheme not in ("http", "https"):
        raise Wrong(f"expected a URL with http:// or https:// in front, found {parts.scheme}://")
    if not parts.hostname or re.search(r"\s", text):
        raise Wrong("expected a URL such as https://example.org, found one without a host or with a space")
    return parts


def base_url(text: str) -> str:
    parts = _web_url(text)
    if parts.username is not None or parts.query or parts.fragment:
        raise Wrong('expected an address alone, without a user, "?" and "#"')
    return cast(str, parts.geturl().rstrip("/"))


def public_url(text: str) -> str:
    """A link is a key to a file, so it goes over https; on this machine nobody can listen."""
    url = base_url(text)
    if not re.match(r"https://|http://(127\.0\.0\.1|localhost|\[::1\])(:|/|$)", url):
        raise Wrong("expected a URL with https:// in front, since whoever has a link has the file")
    return url


def database(url: str, folder: Path) -> str:
    """The database's URL; the path of a file relative to `folder`, made absolute and percent-encoded."""
    if url.startswith("sqlite:"):
        name = url.removeprefix("sqlite:")
        if name.startswith("///"):
            name = name[2:]
        if not name or name.startswith(("//", ":")) or "?" in name or "#" in name:
            raise Wrong("expected sqlite: and the name of a file, such as sqlite:hampayam.db")
        return "sqlite:" + quote(str(folder / name))
    url = _latin_port(url)
    parts = _split(url, "a password with special characters must be percent-encoded")
    if parts.scheme not in ("postgres", "postgresql"):
        raise Wrong("expected sqlite:FILE or postgres://user:password@host/database")
    if len(parts.path) < 2 or not (parts.hostname or "host=" in parts.query):
        raise Wrong("expected postgres://user:password@host/database, with a host and a database in it")
    return url


def proxy(text: str) -> str:
    parts = _web_url(text)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Wrong("expected http://host:port, found more behind it")
    return cast(str, parts.geturl().rstrip("/"))


def address(text: str) -> str:
    host, _, port = ascii_digits(text).rpartition(":")
    if not re.fullmatch(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]", host) or not re.fullmatch("[0-9]{1,6}", port):
        raise Wrong(f'expected host:port, such as 127.0.0.1:29300; found "{text[:60]}"')
    if not 1 <= int(port) <= 65535:
        raise Wrong(f"expected a port from 1 to 65535, found {port}")
    return f"{host}:{int(port)}"


def certificates(file: Path) -> Path:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except ssl.SSLError:
        raise Wrong(f"no CA certificates (PEM) in {file}") from None
    except OSError as error:
        raise Wrong(f"{file} cannot be read: {error.strerror}") from None
    return file
