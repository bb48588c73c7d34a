"""How a notice of ours goes into a chat: words, with buttons, below a picture where it has one."""

from __future__ import annotations

import io
from dataclasses import replace

from bridge.core.people.qr import qr_png
from bridge.errors import NotAllowed, Refused
from bridge.outgoing import Outgoing, OutgoingFile
from bridge.ports import Session
from bridge.store.notices import Notice


async def tell(session: Session, chat: str, notice: Notice) -> str:
    """Returns the id of the words. As `Session.send` in what it raises. A picture that the chat does not take is not
    missed: what it says stands in the words."""
    words = Outgoing(
        notice.text, notice.reply_to, client_id=f"notice-{notice.id}", buttons=notice.buttons, bar=notice.bar
    )
    able = session.capabilities
    if not notice.qr or "photo" not in able.files or len(notice.text) > able.caption_limit // 2:
        return await session.send(chat, words)
    body = qr_png(notice.qr)
    picture = OutgoingFile("photo", "qr.png", "image/png", len(body), io.BytesIO(body))
    try:
        return (await session.send_file(chat, picture, replace(words, caption=True))).id
    except NotAllowed:
        raise
    except Refused:
        return await session.send(chat, words)
