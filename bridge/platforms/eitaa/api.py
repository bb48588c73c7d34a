"""Eitaayar, Eitaa's official API, in its own words: POST {url}/<TOKEN>/<METHOD>. It only sends.

The token goes into the path as the panel gave it, its `bot` included.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.outgoing import OutgoingFile
from bridge.platforms import fields
from bridge.platforms.http import Answer, Http, gave_up, remote_words, segment, unreadable


class Call(Enum):
    """What a refusal is about: the token, or the message."""

    OURSELVES = auto()
    SEND = auto()


class EitaaApi:
    def __init__(self, http: Http, token: str) -> None:
        self._http = http
        self._token = token

    async def get_me(self) -> object:
        return await self._call("getMe", {}, Call.OURSELVES)

    async def send_message(self, chat_id: str, text: str, reply_to_message_id: int | None) -> object:
        message: dict[str, object] = {"chat_id": chat_id, "text": text}
        if reply_to_message_id is not None:
            message["reply_to_message_id"] = reply_to_message_id
        return await self._call("sendMessage", message, Call.SEND)

    async def send_file(
        self, chat_id: str, file: OutgoingFile, caption: str, reply_to_message_id: int | None
    ) -> object:
        told = {"chat_id": chat_id}
        if caption:
            told["caption"] = caption
        if reply_to_message_id is not None:
            told["reply_to_message_id"] = str(reply_to_message_id)
        path = f"/{segment(self._token)}/sendFile"
        answer = await self._http.post_file(path, told, "file", file, sends=True)
        return result_of(answer, Call.SEND, secret=self._token, said=f"{caption} {file.name}")

    async def close(self) -> None:
        await self._http.close()

    async def _call(self, method: str, parameters: Mapping[str, object], call: Call) -> object:
        path = f"/{segment(self._token)}/{method}"
        answer = await self._http.post(path, parameters, sends=call is Call.SEND)
        return result_of(answer, call, secret=self._token, said=fields.text(parameters.get("text")) or "")


def result_of(answer: Answer, call: Call, *, secret: str, said: str = "") -> object:
    """The `result` of a success; otherwise one of our errors.

    The document promises `ok` alone: a code and a description may be missing. What getMe refuses can only
    be the token, since it takes nothing else.
    """
    envelope = fields.mapping(answer.json())
    if envelope is not None and isinstance(envelope.get("ok"), bool):
        if envelope["ok"]:
            return envelope.get("result")
        code = fields.integer(envelope.get("error_code")) or answer.status
        description = fields.text(envelope.get("description")) or ""
    elif call is Call.OURSELVES and answer.status in (401, 403, 404) and answer.plain():
        code, description = answer.status, answer.plain()
    else:
        raise unreadable(answer, sends=call is Call.SEND)
    told = remote_words(description, secret=secret, said=said)
    reason = ("Eitaa gave no reason" if code == 200 else f"Eitaa answered {code}") + (f" ({told})" if told else "")
    if code == 429:
        raise Retry("Eitaa says too many requests", after=answer.retry_after, flood="login")
    if gave_up(code):
        raise InDoubt(reason) if call is Call.SEND else Retry(reason)
    if code >= 500:
        raise Retry(reason, after=answer.retry_after)
    if code == 401 or call is Call.OURSELVES:
        raise LoginLost("eitaa", reason)
    if code == 403:
        raise NotAllowed(reason)
    raise Refused(reason)
