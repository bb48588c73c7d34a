"""Rubika's Bot API in its own words: POST {url}/{token}/{method}, a JSON object in and out.

Options that are not used are left out: the API dislikes null. Its own errors come with HTTP 200. Files go to and come
from addresses on other hosts, which the API gives out; who has one needs no token, so they are secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import BinaryIO

from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.outgoing import OutgoingFile
from bridge.platforms import fields
from bridge.platforms.changes import refused_change
from bridge.platforms.http import Answer, Http, gave_up, remote_words, segment, unreadable

MOST_UPDATES = 100
TOO_LARGE = "too_large"
_PAYLOADS = frozenset({"message_id", "updates", "bot", "chat", "chat_member", "file_id", "upload_url", "download_url"})
_BROWSER = MappingProxyType({"User-Agent": "Mozilla/5.0 (compatible; hampayam)"})


_SPOKEN = ("text", "latitude", "longitude", "first_name", "phone_number", "chat_keypad")
"""The parameters that no error may tell."""


class Call(Enum):
    """What a refusal is about: the token, somebody we asked about, the message, one that was sent before, or a file
    that is in no chat yet."""

    OURSELVES = auto()
    LOOKUP = auto()
    SEND = auto()
    UPLOAD = auto()
    CHANGE = auto()

    @property
    def acts(self) -> bool:
        """Whether a call without an answer may have done something."""
        return self in (Call.SEND, Call.CHANGE)


class BadOffset(Retry):
    """getUpdates does not know the `offset_id`: ask again without one."""


class BadInput(Refused):
    """An edit or a deletion names something that Rubika does not take: perhaps a chat or a message that it has not."""


class RubikaApi:
    def __init__(self, http: Http, token: str) -> None:
        self._http = http
        self._token = token

    async def get_me(self) -> Mapping[str, object]:
        return await self._call("getMe", {}, Call.OURSELVES)

    async def get_updates(self, offset_id: str | None, limit: int) -> Mapping[str, object]:
        """`updates` and `next_offset_id`; either may be missing. Answers at once. Raises BadOffset."""
        wanted: dict[str, object] = {"limit": limit}
        if offset_id is not None:
            wanted["offset_id"] = offset_id
        try:
            return await self._call("getUpdates", wanted, Call.OURSELVES)
        except Refused as refusal:
            reason = refusal.reason
        raise BadOffset(reason) if offset_id is not None else Retry(reason)

    async def send_message(
        self,
        chat_id: str,
        text: str,
        reply_to_message_id: str | None,
        metadata: Mapping[str, object] | None = None,
        keypad: Mapping[str, object] | None = None,
    ) -> Mapping[str, object]:
        """`metadata` has the formatting, at most 30 parts; there is no markup. `keypad` has `chat_keypad`
        and `chat_keypad_type`: what takes the place of the one below the text field, in private chats only."""
        message = _message({"chat_id": chat_id, "text": text}, reply_to_message_id, metadata, keypad)
        return await self._call("sendMessage", message, Call.SEND)

    async def edit_message_text(
        self, chat_id: str, message_id: str, text: str, metadata: Mapping[str, object] | None = None
    ) -> None:
        """The document lists no `metadata` here, five clients send it. Raises Unchanged, Gone; NotAllowed for another's
        message, too."""
        edited: dict[str, object] = {"chat_id": chat_id, "message_id": message_id, "text": text}
        if metadata is not None:
            edited["metadata"] = metadata
        await self._call("editMessageText", edited, Call.CHANGE)

    async def delete_message(self, chat_id: str, message_id: str) -> None:
        """Raises Gone; BadInput for an unknown message or chat; NotAllowed for a message that is not ours, too."""
        await self._call("deleteMessage", {"chat_id": chat_id, "message_id": message_id}, Call.CHANGE)

    async def request_send_file(self, type: str) -> Mapping[str, object]:
        """`upload_url`, for one file. `type` is what people see it as: File, Image, Video, Voice, Music or Gif."""
        return await self._call("requestSendFile", {"type": type}, Call.UPLOAD)

    async def upload(self, upload_url: str, file: OutgoingFile) -> Mapping[str, object]:
        """`file_id`. Raises Refused("too_large"); Retry where no answer came, since nothing is in a chat yet."""
        answer = await self._http.post_file(upload_url, {}, "file", file, sends=False)
        return data_of(answer, Call.UPLOAD, secret=self._token)

    async def send_file(
        self,
        chat_id: str,
        file_id: str,
        text: str,
        reply_to_message_id: str | None,
        metadata: Mapping[str, object] | None = None,
        keypad: Mapping[str, object] | None = None,
    ) -> Mapping[str, object]:
        """`text` stands below the file, `metadata` is its formatting; `keypad` as for `send_message`."""
        below = {"text": text} if text else {}
        file = {"chat_id": chat_id, "file_id": file_id, **below}
        return await self._call("sendFile", _message(file, reply_to_message_id, metadata, keypad), Call.SEND)

    async def send_location(self, chat_id: str, latitude: float, longitude: float) -> Mapping[str, object]:
        where: dict[str, object] = {"chat_id": chat_id, "latitude": latitude, "longitude": longitude}
        return await self._call("sendLocation", where, Call.SEND)

    async def send_contact(self, chat_id: str, phone_number: str, first_name: str) -> Mapping[str, object]:
        card = {"chat_id": chat_id, "first_name": first_name, "last_name": "", "phone_number": phone_number}
        return await self._call("sendContact", card, Call.SEND)

    async def get_file(self, file_id: str) -> Mapping[str, object]:
        """`download_url`. How long it lives is told nowhere."""
        return await self._call("getFile", {"file_id": file_id}, Call.LOOKUP)

    async def download(self, download_url: str, into: BinaryIO, limit: int, *, as_browser: bool) -> None:
        """As `Http.download`. One client had to look like a browser when it was refused."""
        await self._http.download(download_url, into, limit, headers=_BROWSER if as_browser else None)

    async def get_chat(self, chat_id: str) -> Mapping[str, object]:
        return await self._call("getChat", {"chat_id": chat_id}, Call.LOOKUP)

    async def get_chat_member(self, chat_id: str, user_id: str) -> Mapping[str, object]:
        """Raises NotAllowed for a person who is no member, and where we have no right to ask."""
        return await self._call("getChatMember", {"chat_id": chat_id, "user_id": user_id}, Call.LOOKUP)

    async def close(self) -> None:
        await self._http.close()

    async def _call(self, method: str, parameters: Mapping[str, object], call: Call) -> Mapping[str, object]:
        path = f"/{segment(self._token)}/{method}"
        answer = await self._http.post(path, parameters, sends=call.acts)
        said = " ".join(str(parameters.get(name, "")) for name in _SPOKEN)
        return data_of(answer, call, secret=self._token, said=said)


def _message(
    body: Mapping[str, object],
    reply_to_message_id: str | None,
    metadata: Mapping[str, object] | None,
    keypad: Mapping[str, object] | None,
) -> dict[str, object]:
    message = {**body, **(keypad or {})}
    if metadata is not None:
        message["metadata"] = metadata
    if reply_to_message_id is not None:
        message["reply_to_message_id"] = reply_to_message_id
    return message


def data_of(answer: Answer, call: Call, *, secret: str, said: str = "") -> Mapping[str, object]:
    """The `data` of a success ({} where there is none); otherwise one of our errors.

    Success is `status` "OK". Two forms of failure are known: the code in `status` with a `dev_message`,
    and `status` "error" with `error_code` and `error_message`. Some successes come bare, without an
    envelope. `TOO_REQUESTS` never says how long to wait. Of an upload nothing is repeated that was said: it might
    be the address.
    """
    if call is Call.UPLOAD and answer.status == 413:
        raise Refused(TOO_LARGE)
    envelope = fields.mapping(answer.json()) or {}
    status = fields.text(envelope.get("status"))
    code = fields.text(envelope.get("error_code")) or status
    if code is None:
        if answer.status == 200 and _PAYLOADS & envelope.keys():
            return envelope
        if call is Call.UPLOAD and answer.status == 400:
            raise Refused("Rubika cannot read the upload")
        raise unreadable(answer, sends=call.acts)
    if status == "OK":
        return fields.mapping(envelope.get("data")) or {}
    told = () if call is Call.UPLOAD else (envelope.get(n) for n in ("error_message", "dev_message", "status_det"))
    words = next((line for line in (remote_words(text, secret=secret, said=said) for text in told) if line), "")
    name = (remote_words(code, secret=secret) if code.isidentifier() else "") or "an error"
    reason = f"Rubika answered {name}" + (f" ({words})" if words and words != name else "")
    match code.upper():
        case "TOO_REQUESTS":
            raise Retry("Rubika says too many requests", after=answer.retry_after, flood="login")
        case "INVALID_ACCESS" if call is Call.OURSELVES:
            raise LoginLost("rubika", reason)
        case "INVALID_ACCESS" if call is not Call.UPLOAD:
            raise NotAllowed(reason)
        case "INVALID_INPUT" if call is Call.CHANGE:
            refused = refused_change(words, reason)
            raise BadInput(reason) if type(refused) is Refused and answer.status == 200 else refused
        case "INVALID_ACCESS" | "INVALID_INPUT":
            raise Refused(reason)
        case "TIMEOUT" if call.acts:
            raise InDoubt(reason)
        case _ if gave_up(answer.status) and call.acts:
            raise InDoubt(reason)
        case _:
            raise Retry(reason, after=answer.retry_after)
