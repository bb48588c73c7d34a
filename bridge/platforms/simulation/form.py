"""Reads the parameters of a call, however they were encoded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web


class FormError(Exception):
    """The parameters cannot be read; `name` is the one at fault, None when it is the whole body."""

    def __init__(self, name: str | None, words: str) -> None:
        super().__init__(words)
        self.name = name
        self.words = words


class TooLarge(Exception):
    """A body beyond the limit."""


@dataclass(slots=True)
class Upload:
    filename: str | None
    content_type: str
    body: bytes


@dataclass(slots=True)
class Form:
    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    is_json: bool = False

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        value = self.values.get(name)
        if value is None:
            if default is None:
                raise FormError(name, f"{name} is missing")
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise FormError(name, f"{name} must be a string")
        return value if isinstance(value, str) else str(value)

    def integer(self, name: str, default: int | None = None) -> int:
        value = self.values.get(name)
        if value is None or value == "":
            if default is None:
                raise FormError(name, f"{name} is missing")
            return default
        if isinstance(value, str):
            try:
                return int(value, 10)
            except ValueError:
                raise FormError(name, f"{name} must be a number") from None
        if type(value) is float and value.is_integer():
            return int(value)
        if type(value) is not int:
            raise FormError(name, f"{name} must be a number")
        return value

    def number(self, name: str) -> float:
        value = self.values.get(name)
        try:
            if value is None or isinstance(value, bool):
                raise ValueError
            return float(value)
        except (TypeError, ValueError):
            raise FormError(name, f"{name} must be a number") from None

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        return value is True or value == 1 or (isinstance(value, str) and value.lower() in ("true", "1", "yes"))

    def nested(self, name: str) -> Any:
        """JSON in JSON bodies, a string of JSON in the others; None when absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise FormError(name, f"can't parse {name} as JSON") from None


async def read_form(request: web.Request, limit: int) -> Form:
    """Query, urlencoded, JSON and multipart; the body wins over the query. Raises FormError, TooLarge."""
    form = Form(dict(request.query))
    if not request.body_exists:
        return form
    if request.content_length is not None and request.content_length > limit:
        raise TooLarge
    if request.content_type == "application/json":
        form.is_json = True
        _read_json(form, await _read_bounded(request, limit))
    elif request.content_type.startswith("multipart/"):
        await _read_multipart(form, request, limit)
    elif request.content_type == "application/x-www-form-urlencoded":
        try:
            form.values.update(await request.post())
        except (web.HTTPRequestEntityTooLarge, ValueError) as error:
            raise (TooLarge() if isinstance(error, web.HTTPException) else FormError(None, "malformed")) from None
    return form


async def _read_bounded(request: web.Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


def _read_json(form: Form, body: bytes) -> None:
    if not body.strip():
        return
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise FormError(None, "malformed request") from None
    if not isinstance(values, dict):
        raise FormError(None, "malformed request")
    form.values.update(values)


async def _read_multipart(form: Form, request: web.Request, limit: int) -> None:
    size = 0
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise FormError(None, "malformed request")
            body = bytearray()
            while chunk := await part.read_chunk(
                2**30
            ):  # whatever has come; a smaller bound makes aiohttp warn at times
                body += chunk
                size += len(chunk)
                if size > limit:
                    raise TooLarge
            if part.filename is None:
                form.values[part.name] = body.decode()
            else:
                kind = part.headers.get("Content-Type", "application/octet-stream")
                form.files[part.name] = Upload(part.filename, kind, bytes(body))
    except (ValueError, AssertionError):
        raise FormError(None, "malformed request") from None
