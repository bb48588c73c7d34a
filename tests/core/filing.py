"""Files for the core: shown by somebody on a platform, posted by somebody in a room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridge.model import Media, MessageSaid
from tests.core.made import picture
from tests.core.reza import Heard

if TYPE_CHECKING:
    from tests.core.kit import Core

KINDS = {kind: 10_000 for kind in ("photo", "video", "voice", "audio", "document", "animation")}
OGG = b"OggS\0\2" + b"\0" * 22 + b"\x01\x13OpusHead" + b"\0" * 50


PNG = picture("png")


async def shows(core: Core, heard: Heard, media: Media, body: bytes | None) -> dict[str, Any]:
    """The content of the event that a file of Reza's becomes."""
    if body is not None:
        heard.session.stored[media.file] = body
    said = core.heard("", id="m1")
    await heard.hears(("g1/1", MessageSaid(said.chat, said.id, said.sender, media)))
    (sent,) = core.homeserver.sent
    return dict(sent.content)


async def posts(core: Core, body: bytes = PNG, *, caption: str = "", kind: str = "m.image", **more: Any) -> str:
    """Sara posts a file in the room."""
    mxc = f"mxc://hs.test/{len(core.homeserver.files)}"
    core.homeserver.files[mxc] = body
    content = {"msgtype": kind, "url": mxc, "filename": "p.png", "info": {"mimetype": "image/png"}, **more}
    event = core.said(caption or "p.png", **content)
    core.homeserver.events[event.id] = {"content": event.content}
    await core.hub.accept([event])
    return event.id
