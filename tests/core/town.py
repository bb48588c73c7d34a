"""Whom people can find, as a test says it."""

from __future__ import annotations

from bridge.core.people.directory import Directory
from bridge.core.people.wanted import read
from bridge.store.desks import Desk


class Town:
    """Who can be found by what, and whom the moderators know. What it does not know itself is in the directory."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.found: dict[str, list[str]] = {}
        self.tried: list[str] = []
        self.forgotten: list[str] = []
        self.reports: list[tuple[str, str, int]] = []
        self.names: dict[str, str] = {}

    async def find(self, wanted: str) -> list[str]:
        return self.found.get(wanted) or await self.directory.find(wanted)

    async def siblings(self, person: str) -> list[str]:
        return await self.directory.siblings(person)

    async def attempt(self, desk: Desk, typed: str) -> tuple[str, str]:
        self.tried.append(typed)
        if read(typed) is not None:
            return await self.directory.attempt(desk, typed)
        return typed, "request_unknown" if typed == "nonsense" else ""

    async def report(self, reporter: str, reported: str, room: int) -> None:
        self.reports.append((reporter, reported, room))

    async def forget(self, person: str, login: str, chat: str, language: str) -> str:
        self.forgotten.append(person)
        return "it has begun"

    async def known_as(self, person: str, name: str) -> None:
        self.names[person] = name
        await self.directory.known_as(person, name)
