"""Bale's Bot API in its own words: POST {url}/bot<token>/<method>, a JSON object out. Files come from
{url}/file/bot<token>/<file_path>.

Text methods take JSON; those of files a multipart form, because a file's id in JSON is malformed to some of them.
`chat_id` always goes as a string, because some methods refuse a number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import BinaryIO, Literal
from urllib.parse import quote

from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.model import MediaKind
from bridge.outgoing import OutgoingFile
from bridge.platforms import botapi, fields
from bridge.platforms.changes import refused_change
from bridge.platforms.http import Answer, Http, gave_up, remote_words, seconds_after, segment, unreadable

Markup = Mapping[str, object]
"""A keyboard as `reply_markup` has it."""
MOST_UPDATES = 100
TOO_LARGE = "too_large"
_MEDIA_METHODS: Mapping[MediaKind, str] = MappingProxyType(
    {
        "photo": "sendPhoto",
        "video": "sendVideo",
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


class BaleApi:
    def __init__(self, http: Http, token: str) -> None:
        self._http = http
        self._token = token

    async def get_me(self) -> object:
        return await self._call("getMe", {}, Call.OURSELVES)

    async def get_updates(self, offset: int | None, limit: int, timeout: int) -> list[object]:
        """Wait up to `timeout` seconds; `offset` confirms every update with a smaller id."""
        wanted: dict[str, object] = {"limit": limit, "timeout": timeout}
        if offset is not None:
            wanted["offset"] = offset
        result = await self._call("getUpdates", wanted, Call.OURSELVES, held=timeout)
        if not isinstance(result, list):
            raise Retry("Bale answered getUpdates without a list")
        return result

    async def send_message(
        self, chat_id: str, text: str, reply_to_message_id: int | None, reply_markup: Markup | None = None
    ) -> object:
        message: dict[str, object] = {"chat_id": chat_id, "text": text, **_below(reply_markup)}
        if reply_to_message_id is not None:
            message["reply_to_message_id"] = reply_to_message_id
        return await self._call("sendMessage", message, Call.SEND)

    async def send_media(
        self,
        kind: MediaKind,
        chat_id: str,
        media: OutgoingFile | str,
        details: Mapping[str, str],
        caption: str,
        reply_to_message_id: int | None,
        reply_markup: Markup | None = None,
    ) -> object:
        """`media`: a file, or the id of one of this kind that was sent before; `details`: what else is told of it."""
        form = {"chat_id": chat_id, **details}
        if caption:
            form["caption"] = caption
        if reply_to_message_id is not None:
            form["reply_to_message_id"] = str(reply_to_message_id)
        if reply_markup is not None:
            form["reply_markup"] = json.dumps(reply_markup, ensure_ascii=False)
        said = {"chat_id": chat_id, "caption": caption, "reply_markup": reply_markup}
        path = self._path(_MEDIA_METHODS[kind])
        if isinstance(media, str):
            answer = await self._http.post_form(path, {**form, kind: media}, sends=True)
            return result_of(answer, Call.SEND, secret=self._token, said=said)
        answer = await self._http.post_file(path, form, kind, media, sends=True)
        return result_of(answer, Call.SEND, secret=self._token, said={**said, "name": media.name})

    async def send_location(self, chat_id: str, latitude: float, longitude: float) -> object:
        where = {"chat_id": chat_id, "latitude": latitude, "longitude": longitude}
        return await self._call("sendLocation", where, Call.SEND)

    async def send_contact(self, chat_id: str, phone_number: str, first_name: str) -> object:
        card = {"chat_id": chat_id, "phone_number": phone_number, "first_name": first_name}
        return await self._call("sendContact", card, Call.SEND)

    async def get_file(self, file_id: str) -> object:
        """Makes a link that holds for an hour. Raises Refused("too_large") for what bots cannot fetch."""
        return await self._call("getFile", {"file_id": file_id}, Call.LOOKUP)

    async def download(self, file_path: str, into: BinaryIO, limit: int) -> None:
        """As `Http.download`."""
        path = f"/file/bot{segment(self._token)}/{quote(file_path)}"
        await self._http.download(path, into, limit)

    async def edit_message_text(
        self, chat_id: str, message_id: int, text: str, reply_markup: Markup | None = None
    ) -> None:
        """Without `reply_markup` the buttons go. The answer is a stub with nothing to read in it. Raises Unchanged,
        Gone."""
        edited = {"chat_id": chat_id, "message_id": message_id, "text": text, **_below(reply_markup)}
        await self._call("editMessageText", edited, Call.CHANGE)

    async def edit_message_caption(
        self, chat_id: str, message_id: int, caption: str, reply_markup: Markup | None = None
    ) -> None:
        """The words below a file; editMessageText is for texts only. As edit_message_text."""
        edited = {"chat_id": chat_id, "message_id": message_id, "caption": caption, **_below(reply_markup)}
        await self._call("editMessageCaption", edited, Call.CHANGE)

    async def delete_message(self, chat_id: str, message_id: int) -> None:
        """Within 48 hours. Raises Gone."""
        await self._call("deleteMessage", {"chat_id": chat_id, "message_id": message_id}, Call.CHANGE)

    async def pin_chat_message(self, chat_id: str, message_id: int) -> None:
        """Needs the right to, but in private chats. Raises Gone."""
        await self._call("pinChatMessage", {"chat_id": chat_id, "message_id": message_id}, Call.CHANGE)

    async def unpin_chat_message(self, chat_id: str, message_id: int) -> None:
        """As pin_chat_message."""
        await self._call("unPinChatMessage", {"chat_id": chat_id, "message_id": message_id}, Call.CHANGE)

    async def answer_callback_query(self, callback_query_id: str, text: str) -> None:
        """Until then the button spins. `text` may be ""; people with old clients, whose queries have an id that begins
        with 1, do not see it."""
        answer = {"callback_query_id": callback_query_id} | ({"text": text} if text else {})
        await self._call("answerCallbackQuery", answer, Call.LOOKUP)

    async def get_chat(self, chat_id: str) -> object:
        return await self._call("getChat", {"chat_id": chat_id}, Call.LOOKUP)

    async def get_chat_member(self, chat_id: str, user_id: str) -> object:
        """Raises NotAllowed where the bot is no admin."""
        asked = {"chat_id": chat_id, "user_id": fields.integer(user_id) or user_id}
        return await self._call("getChatMember", asked, Call.LOOKUP)

    async def get_chat_administrators(self, chat_id: str) -> object:
        return await self._call("getChatAdministrators", {"chat_id": chat_id}, Call.LOOKUP)

    async def close(self) -> None:
        await self._http.close()

    async def _call(self, method: str, parameters: Mapping[str, object], call: Call, held: float = 0.0) -> object:
        answer = await self._http.post(self._path(method), parameters, sends=call.acts, held=held)
        return result_of(answer, call, secret=self._token, said=parameters)

    def _path(self, method: str) -> str:
        return f"/bot{segment(self._token)}/{method}"


def _below(reply_markup: Markup | None) -> dict[str, object]:
    return {} if reply_markup is None else {"reply_markup": reply_markup}


def _limited(by_bale: bool, said: Mapping[str, object]) -> Literal["chat", "login"]:
    """Bale counts the messages of each group and channel; what stands in front of it, all of ours."""
    return "chat" if by_bale and "chat_id" in said else "login"


def result_of(answer: Answer, call: Call, *, secret: str, said: Mapping[str, object]) -> object:
    """The `result` of a success; otherwise one of our errors.

    `ok` decides, whatever the HTTP status. What is no envelope may still be a line of text: a limit in
    front of Bale answers `local_rate_limited`, a bad token now and then "Token not found".
    """
    envelope = fields.mapping(answer.json())
    if envelope is not None and isinstance(envelope.get("ok"), bool):
        if envelope["ok"]:
            return envelope.get("result")
        code = fields.integer(envelope.get("error_code")) or answer.status
        description = fields.text(envelope.get("description")) or ""
        parameters = fields.mapping(envelope.get("parameters")) or {}
        after = seconds_after(parameters.get("retry_after")) or answer.retry_after
        told = remote_words(description, secret=secret, said=botapi.spoken(said))
    else:
        code, description, after = answer.status, answer.plain(), answer.retry_after
        told = ""
        if call is Call.SEND and code == 413:
            raise Refused(TOO_LARGE)
        if not _speaks_bale(code, description, call):
            raise unreadable(answer, sends=call.acts)
    words = description.lower()
    reason = f"Bale answered {code}" + (f" ({told})" if told else "")
    if code in (429, 420) or "rate_limited" in words or "limit exceed" in words:
        raise Retry("Bale says too many requests", after=after, flood=_limited(envelope is not None, said))
    if code == 409:
        raise Retry("another program polls with this token, or a webhook is set")
    if "token not found" in words or code == 401:
        raise LoginLost("bale", reason)
    if gave_up(code):
        raise InDoubt(reason) if call.acts else Retry(reason)
    if code >= 500:
        raise Retry(reason, after=after)
    if call is Call.OURSELVES:
        raise LoginLost("bale", reason) if code in (403, 404) else Retry(reason)
    if code == 413 or "too big" in words or "too large" in words:
        raise Refused(TOO_LARGE)
    # "permission_denied" is said of single messages, too: of a channel's own ones without the right to delete.
    lacking = call is Call.CHANGE and "permission_denied" in words
    if (code == 403 and not lacking) or "no such group or user" in words:
        raise NotAllowed(reason)
    if code == 404 and words == "not found" and call is Call.SEND:
        raise LoginLost("bale", reason)
    raise refused_change(words, reason) if call is Call.CHANGE else Refused(reason)


def _speaks_bale(status: int, line: str, call: Call) -> bool:
    """Whether an answer without an envelope is Bale's own: a line of text, not a page of a firewall."""
    known = ("rate_limited", "limit exceed", "token not found", "no such group or user")
    denied = call is Call.OURSELVES and status in (401, 403, 404)
    return any(words in line for words in known) or (denied and line != "")
