"""Whom a person means by what they type, and how often they may try."""

from __future__ import annotations

import re

from bridge.core.identity import Users
from bridge.store.desks import Desk

_MATRIX = re.compile(r"@[a-z0-9._=/+-]+:[A-Za-z0-9.:\[\]-]+")


class Finding:
    """Implements `asking.Finder`, and reads what is typed behind `/to`."""

    def __init__(self, users: Users) -> None:
        self._users = users

    async def find(self, wanted: str) -> list[str]:
        typed = wanted.strip()
        return [typed] if _MATRIX.fullmatch(typed) and not self._users.is_steward(typed) else []

    async def attempt(self, desk: Desk, typed: str) -> tuple[str, str]:
        words = " ".join(typed.split())
        return (words[:60], "") if words else ("", "to_whom")
