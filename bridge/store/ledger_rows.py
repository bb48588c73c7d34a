"""What stands in the ledger, as values: messages, where they go, copies that are due, and what came of them."""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """`room`, `portal` and `target` are row ids; `sender` a Matrix id. `login` and `chat` are None for what was said in
    the room itself, and `said_at` is Unix ms."""

    id: int
    room: int | None
    portal: int | None
    sender: str | None
    event_id: str | None
    state: str
    kind: str
    target: int | None
    login: str | None
    chat: str | None
    said_at: int


class Key(NamedTuple):
    """What a platform said, unique for ever. `kind` and `version` tell an edit or a deletion from its message."""

    login: str
    chat: str
    remote_id: str
    kind: str = "message"
    version: str = ""

    @property
    def signed(self) -> tuple[str, ...]:
        """What our signature is about."""
        return self[:3] if self.kind == "message" else tuple(self)


class Route(NamedTuple):
    """What was decided for a remote message. `state` is `routed`, or a final one with a `reason`; `at` is Unix ms."""

    key: Key
    state: str
    at: int
    room: int | None = None
    portal: int | None = None
    sender: str | None = None
    reason: str | None = None
    target: int | None = None


class Sent(NamedTuple):
    """A copy whose last part has arrived as `remote_id`; `at` is Unix ms."""

    copy: int
    part: int
    login: str
    chat: str
    remote_id: str
    at: int


class Source(NamedTuple):
    """Where a message came from: a chat's message, or (`login` None) an event that was said in the room."""

    login: str | None
    chat: str | None
    remote_id: str | None
    event_id: str
    sender: str
    kind: str


class Due(NamedTuple):
    """A copy whose turn it is. `part` is the first part that is still to be sent; `interrupted`, that it was under way
    when something (a crash, most likely) kept us from writing down what became of it. `version` and `shape` are as
    `Ledger.rendered` has them. `message` is the row of what was said, `target` that of what an edit or a deletion is
    about. `said_at` is when that was said, `queued_at` since when the copy waits (Unix ms)."""

    id: int
    event_id: str
    part: int
    doubt: bool
    interrupted: bool
    version: str | None
    shape: str | None
    message: int
    target: int | None
    said_at: int
    queued_at: int
    source: Source


class Part(NamedTuple):
    """One remote message of a copy; `settled`: nothing of that copy is in doubt."""

    copy: int
    part: int
    remote_id: str
    settled: bool
