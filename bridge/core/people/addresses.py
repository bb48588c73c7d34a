"""Where an address of somebody leads to: a page of ours, and from there into a private chat with our bot."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.live import Live
from bridge.core.people.wanted import read_code, shown
from bridge.ports import Door, Platform
from bridge.texts.sentences import SENTENCES

PATH = "/_hampayam/me/"
"""Where the endpoint answers; the code follows."""


class Addresses:
    """`public_url` is "" where people cannot reach the bridge: then there is no page."""

    def __init__(self, live: Live, platforms: Mapping[str, Platform], public_url: str) -> None:
        self._live = live
        self._platforms = platforms
        self._public_url = public_url

    def address_link(self, code: str) -> str:
        """The page of a code, "" where there is none."""
        return f"{self._public_url}{PATH}{code}" if self._public_url else ""

    def doors(self, code: str) -> list[Door]:
        """Our private chats on every messenger where we are heard at the moment, with a link that brings the code
        along where the messenger has such links."""
        found = []
        for platform in self._platforms.values():
            username = self._username(platform.name)
            if username:
                link = platform.deep_link(username, code) if platform.deep_link is not None else ""
                found.append(Door(platform.titles, username, link))
        return found

    def links(self, code: str) -> list[tuple[Mapping[str, str], str]]:
        """Where a code can be opened, each with what it is called, by language: the page for all first."""
        page = self.address_link(code)
        found = [(SENTENCES["address_page"], page)] if page else []
        return found + [(door.titles, door.link) for door in self.doors(code) if door.link]

    def _username(self, platform: str) -> str:
        for leg in self._live.legs(platform):
            if leg.receives and leg.login is not None and leg.login.username:
                return leg.login.username
        return ""


def address_shown(words: str) -> tuple[str, str] | None:
    """A code, and how it is shown; None for what can be none. Looks nothing up."""
    code = read_code(words)
    return (code, shown(code)) if code is not None else None
