"""Soroush Plus's Bot API in its own words: POST {url}/bot<TOKEN>/<METHOD>, a JSON object in and out; a multipart form
in where a file goes with it. Files come from {url}/file/bot<TOKEN>/<file_path>.

It speaks Telegram's older dialect: `reply_to_message_id`, not `reply_parameters`. Without a `parse_mode` a
text is plain text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import quote

from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.outgoing import OutgoingFile
from bridge.platforms import botapi, fields
from bridge.platforms.changes import refused_change
from bridge.platforms.http import Answer, Http, gave_up, remote_words, seconds_after, segment, unreadable

Markup = Mapping[str, object]
"""A keyboard as `reply_markup` has it."""
MOST_UPDATES = 100
TOO_LARGE = "too_large"
MEDIA_METHODS: Mapping[str, str] = MappingProxyType(
    {
        "photo": "sendPhoto",
        "video": "sendVideo",
        "animation": "sendAnimation",
        "voice": "sendVoice",
        "audio": "sendAudio",
        "document": "sendDocument",
    }
)
"""By the parameter that holds the file."""


class Call(Enum):
    """What a refusal is about: the token, somebody we asked about, the message, or one that was sent before."""

    OURSELVES = auto()
    LOOKUP = auto()
    SEND = auto()
    CHANGE = auto()

    @property
    def acts(self) -> bool:
        """Whether a call without an answer may have done something."""
        return self in (Call.SEND, Call.CHANGE)


class SoroushApi:
    """`files` fetches files. Over a connection that was used before they were seen to come empty, so it has fresh
    ones."""

    def __init__(self, http: Http, token: str, files: Http) -> None:
        self._http = http
        self._token = token
        self._files = files

    async def get_me(self) -> object:
        return await self._call("getMe", {}, Call.OURSELVES)

    async def delete_webhook(self) -> object:
        """While a webhook is set getUpdates gives nothing. Fine if none is set; what waits is kept."""
        return await self._call("deleteWebhook", {}, Call.LOOKUP)

    async def get_updates(self, offset: int | None, limit: int, timeout: int) -> list[object]:
        """Wait up to `timeout` seconds; `offset` confirms every update with a smaller id."""
        wanted: dict[str, object] = {"limit": limit, "timeout": timeout}
        if offset is not None:
            wanted["offset"] = offset
        result = await self._call("getUpdates", wanted, Call.OURSELVES, held=timeout)
        if not isinstance(result, list):
            raise Retry("Soroush Plus answered getUpdates without a list")
        return result

    async def send_message(
        self,
        chat_id: int | str,
        text: str,
        reply_to_message_id: int | None,
        parse_mode: str | None = None,
        reply_markup: Markup | None = None,
    ) -> object:
        message = {"chat_id": chat_id, "text": text, **_manner(reply_to_message_id, parse_mode, reply_markup)}
        return await self._call("sendMessage", message, Call.SEND)

    async def edit_message_text(
        self,
        chat_id: int | str,
        message_id: int,
        text: str,
        parse_mode: str | None = None,
        reply_markup: Markup | None = None,
    ) -> None:
        """Without `reply_markup` the buttons go. Raises Unchanged, Gone."""
        manner = _manner(None, parse_mode, reply_markup)
        edited = {"chat_id": chat_id, "message_id": message_id, "text": text, **manner}
        await self._call("editMessageText", edited, Call.CHANGE)

    async def delete_message(self, chat_id: int | str, message_id: int) -> None:
        """Raises Gone."""
        await self._call("deleteMessage", {"chat_id": chat_id, "message_id": message_id}, Call.CHANGE)

    async def send_media(
        self,
        kind: str,
        chat_id: int | str,
        media: OutgoingFile | str,
        details: Mapping[str, object],
        caption: str,
        reply_to_message_id: int | None,
        parse_mode: str | None = None,
        reply_markup: Markup | None = None,
    ) -> object:
        """One of `MEDIA_METHODS`. `media`: a file, or the id of one that was sent or heard of before; `details`: what
        else the method takes."""
        method = MEDIA_METHODS[kind]
        manner = _manner(reply_to_message_id, parse_mode, reply_markup)
        message = {"chat_id": chat_id, "caption": caption, **details, **manner}
        if isinstance(media, str):
            return await self._call(method, {**message, kind: media}, Call.SEND)
        form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in message.items()}
        answer = await self._http.post_file(self._path(method), form, kind, media, sends=True)
        said = {"caption": caption, "reply_markup": reply_markup, "name": media.name}
        return result_of(answer, Call.SEND, secret=self._token, said=said)

    async def send_location(self, chat_id: int | str, latitude: float, longitude: float) -> object:
        where = {"chat_id": chat_id, "latitude": latitude, "longitude": longitude}
        return await self._call("sendLocation", where, Call.SEND)

    async def send_contact(self, chat_id: int | str, phone_number: str, first_name: str) -> object:
        card = {"chat_id": chat_id, "phone_number": phone_number, "first_name": first_name}
        return await self._call("sendContact", card, Call.SEND)

    async def edit_message_caption(
        self,
        chat_id: int | str,
        message_id: int,
        caption: str,
        parse_mode: str | None = None,
        reply_markup: Markup | None = None,
    ) -> None:
        """The words below a file; editMessageText is for texts only. As edit_message_text."""
        manner = _manner(None, parse_mode, reply_markup)
        message = {"chat_id": chat_id, "message_id": message_id, "caption": caption, **manner}
        await self._call("editMessageCaption", message, Call.CHANGE)

    async def answer_callback_query(self, callback_query_id: str, text: str) -> None:
        """`text` may be "". Raises Refused for a query that is too old, or was answered."""
        answer = {"callback_query_id": callback_query_id} | ({"text": text} if text else {})
        await self._call("answerCallbackQuery", answer, Call.LOOKUP)

    async def get_file(self, file_id: str) -> object:
        """Raises Refused("too_large") for what bots cannot fetch."""
        return await self._call("getFile", {"file_id": file_id}, Call.LOOKUP)

    async def download(self, file_path: str, into: BinaryIO, limit: int) -> None:
        """As `Http.download`."""
        path = f"/file/bot{segment(self._token)}/{quote(file_path.lstrip('/'))}"
        await self._files.download(path, into, limit)

    async def get_chat(self, chat_id: int | str) -> object:
        """ "Coming soon" on the vendor's page: a refusal is normal."""
        return await self._call("getChat", {"chat_id": chat_id}, Call.LOOKUP)

    async def close(self) -> None:
        await self._http.close()
        await self._files.close()

    async def _call(self, method: str, parameters: Mapping[str, object], call: Call, held: float = 0.0) -> object:
        answer = await self._http.post(self._path(method), parameters, sends=call.acts, held=held)
        return result_of(answer, call, secret=self._token, said=parameters)

    def _path(self, method: str) -> str:
        return f"/bot{segment(self._token)}/{method}"


def _manner(reply_to_message_id: int | None, parse_mode: str | None, reply_markup: Markup | None) -> dict[str, object]:
    manner: dict[str, object] = {} if parse_mode is None else {"parse_mode": parse_mode}
    if reply_markup is not None:
        manner["reply_markup"] = reply_markup
    if reply_to_message_id is not None:
        manner |= {"reply_to_message_id": reply_to_message_id, "allow_sending_without_reply": True}
    return manner


def result_of(answer: Answer, call: Call, *, secret: str, said: Mapping[str, object]) -> object:
    """The `result` of a success; otherwise one of our errors. `ok` decides, whatever the HTTP status."""
    envelope = fields.mapping(answer.json())
    if envelope is not None and isinstance(envelope.get("ok"), bool):
        if envelope["ok"]:
            return envelope.get("result")
        code = fields.integer(envelope.get("error_code")) or answer.status
        description = fields.text(envelope.get("description")) or ""
        parameters = fields.mapping(envelope.get("parameters")) or {}
        after = seconds_after(parameters.get("retry_after")) or answer.retry_after
    elif call is Call.OURSELVES and answer.status in (401, 403, 404) and answer.plain():
        code, description, after = answer.status, answer.plain(), answer.retry_after
    elif call is Call.SEND and answer.status == 413:
        raise Refused(TOO_LARGE)
    else:
        raise unreadable(answer, sends=call.acts)
    words = description.lower()
    told = remote_words(description, secret=secret, said=botapi.spoken(said))
    reason = f"Soroush Plus answered {code}" + (f" ({told})" if told else "")
    if code in (429, 420):
        raise Retry("Soroush Plus says too many requests", after=after or _number_in(words), flood="login")
    if code == 409 or "conflict" in words:
        raise Retry("another program polls with this token, or a webhook is set")
    if code == 401 or "unauthorized" in words:
        raise LoginLost("soroush", reason)
    if gave_up(code):
        raise InDoubt(reason) if call.acts else Retry(reason)
    if code >= 500:
        raise Retry(reason, after=after)
    if call is Call.OURSELVES:
        raise LoginLost("soroush", reason) if code in (403, 404) else Retry(reason)
    if code == 413 or "file is too big" in words:
        raise Refused(TOO_LARGE)
    if code == 403 or "chat not found" in words:
        raise NotAllowed(reason)
    raise refused_change(words, reason) if call is Call.CHANGE else Refused(reason)


def _number_in(words: str) -> float | None:
    """The wait as the description tells it: "Too Many Requests: retry after 7"."""
    found = re.search(r"\d+", words, re.ASCII)
    return seconds_after(found.group()) if found else None
