"""The few ways in which a call to the outside can end badly.

Every wire (a platform's API, the homeserver) translates its own errors into these in one function, and
the two retry loops (outbox and polling) read nothing else. No text of these errors carries a message
body, a token or a URL: they are shown to people and written into logs.
"""

from __future__ import annotations

from typing import Literal


class BridgeError(Exception):
    """The root of our own errors. `str()` of it is safe to log."""


class Retry(BridgeError):
    """Not done, and worth another try: unreachable, overloaded, a 5xx before any work.

    `after` is the other side's own wish in seconds, or None where it gave none. `flood`: we said too much, in that chat
    or with this login; "" for every other trouble, such as an outage.
    """

    def __init__(
        self, reason: str = "", *, after: float | None = None, flood: Literal["", "chat", "login"] = ""
    ) -> None:
        super().__init__(reason or "come back later")
        self.reason = reason
        self.after = after
        self.flood = flood


class Refused(BridgeError):
    """Not done and never will be: this message, for good. A person is told `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotAllowed(Refused):
    """Refused because of who we are there: not a member, no right to write, stopped by the person."""


class InDoubt(BridgeError):
    """The request went out and no answer came back: it may have been done. Never repeated blindly."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or "no answer")
        self.reason = reason


class LoginLost(BridgeError):
    """The token or session is no longer accepted: an operator must log in again."""

    def __init__(self, platform: str, reason: str = "") -> None:
        super().__init__(f"{platform}: {reason or 'the login is no longer accepted'}")
        self.platform = platform
        self.reason = reason


class ConfigError(BridgeError):
    """The configuration cannot be used. `problems` are lines for a person: where, what, what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StartError(BridgeError):
    """The program cannot start (port in use, a database of a newer version, a second bridge)."""
