"""A file that does not go where it was sent to: told of in words, with a link where the operator allows one.

A link is a key to one file of one message, sealed by the bridge: it holds the room, the event, which file that had, and
until when the link can be used. Nothing is kept of it. Whoever opens it gets the file as the room has it at that
moment, so that what was deleted or replaced is gone for them, too.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.core.attachments import attachment_of, spoken_size
from bridge.core.bodies import Bodies
from bridge.core.identity import FSI, MARK, PDI
from bridge.errors import Refused
from bridge.keys import Keys
from bridge.marks import moved
from bridge.model import Mark, Text
from bridge.ports import Linked
from bridge.store.portals import Portals
from bridge.texts import reason_words, say, say_kind
from bridge.texts.words import REASONS

PATH = "/_hampayam/file/"
"""Where the endpoint answers; the token follows."""
_DIGEST = 16
"""Letters of a file's digest in a link: enough to tell the files apart that one event has had."""


class FileLinks:
    """`public_url` is "" where there are to be no links. `clock` tells Unix milliseconds."""

    def __init__(
        self, keys: Keys, portals: Portals, bodies: Bodies, public_url: str, hours: int, clock: Callable[[], int]
    ) -> None:
        self._keys = keys
        self._portals = portals
        self._bodies = bodies
        self._public_url = public_url
        self._hours = hours
        self._clock = clock

    def words(self, room: str, event: str, mxc: str, languages: tuple[str, ...]) -> list[str]:
        """Lines with a new link to a file of an event; none where there are to be no links."""
        if not self._public_url:
            return []
        until = self._clock() + self._hours * 3_600_000
        token = self._keys.token(room, event, self._keys.digest("file", mxc)[:_DIGEST], str(until))
        return [say("file_linked", languages, hours=self._hours), f"{self._public_url}{PATH}{token}"]

    async def find(self, token: str) -> Linked:
        """Raises LookupError for a token that is none of ours, Refused("file_expired"), Refused("gone"), Retry."""
        try:
            room, event, digest, until = self._keys.read_token(token)
            expires = int(until)
        except ValueError:
            raise LookupError("no link of ours") from None
        if expires < self._clock():
            raise Refused("file_expired")
        known = await self._portals.room_by_mxid(room)
        if known is None or known.steward is None:
            raise Refused("gone")
        content = await self._bodies.now(room, event, known.steward)
        file = attachment_of(content) if content is not None else None
        if file is None or self._keys.digest("file", file.mxc)[:_DIGEST] != digest:
            raise Refused("gone")
        return Linked(file.mxc, known.steward, file.name, file.mime)


def file_in_words(
    kind: str,
    name: str,
    size: int,
    caption: Text | None,
    languages: tuple[str, ...],
    *,
    reason: str = "",
    link: list[str] | None = None,
) -> Text:
    """A file in words: what it is, its name and size, why it is not there itself (a word of `texts`, else nothing), and
    what its sender wrote below it."""
    known = [f"{FSI}{name}{PDI}" if name else "", spoken_size(size) if size else ""]
    lines = [say_kind(kind, languages), f" {MARK} ".join(filter(None, known))]
    if reason in REASONS:
        lines.append(say("file_not_here", languages, reason=reason_words(reason)))
    head = "\n".join([*filter(None, lines), *(link or [])])
    if caption is None or not caption.body:
        return Text(head)
    marks: tuple[Mark, ...] = moved(caption.marks, len(head) + 1)
    return Text(f"{head}\n{caption.body}", marks)
