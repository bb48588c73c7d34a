"""The policy room: who is banned, as Matrix's policy rules tell it to whoever wants to follow them.

Source of the rules' form: the Matrix specification, "Moderation policy lists".
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Any

from bridge.config import Role
from bridge.core.identity import Users
from bridge.errors import Refused
from bridge.ports import Homeserver
from bridge.store.database import Store
from bridge.store.notices import Tasks
from bridge.store.reports import Ban
from bridge.texts import LANGUAGES, say

log = logging.getLogger("hampayam.policy")

RULE = "m.policy.rule.user"
POWERS = {"events_default": 100, "state_default": 100, "invite": 0}
"""The bot alone writes; moderators read, and may bring in a moderation bot of their own."""
_SETTING = "policy_room"
"""Under which the room's id is remembered; with "/" and a person behind it, that they were invited."""


def rule_key(person: str) -> str:
    """The state key of a person's rule: a Matrix id there would belong to that user alone, and may be too long."""
    return hashlib.sha256(person.encode()).hexdigest()


class PolicyRoom:
    """Made when somebody is banned first. Nobody but one worker writes into it at a time."""

    def __init__(
        self, store: Store, tasks: Tasks, homeserver: Homeserver, users: Users, role_of: Callable[[str], Role | None]
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._homeserver = homeserver
        self._users = users
        self._role_of = role_of

    async def show(self, ban: Ban) -> None:
        """A ban is a rule while it holds. May be repeated. Raises Retry."""
        room = await self._store.setting(_SETTING)
        if room is None:
            if ban.ended_at is not None:
                return
            name = say("policy_room", LANGUAGES, between=" · ")
            room = await self._homeserver.create_room(self._users.bot, name=name, invite=[], powers=POWERS)
            async with self._store.transaction():
                await self._store.set(_SETTING, room)
        rule: dict[str, Any] = {}
        if ban.ended_at is None:
            reason = say("policy_case", LANGUAGES, between=" · ", number=ban.report) if ban.report else ""
            rule = {
                "entity": ban.person,
                "recommendation": "m.ban",
                "reason": reason or say("policy_reason", LANGUAGES, between=" · "),
            }
        try:
            await self._homeserver.set_state(room, self._users.bot, RULE, rule_key(ban.person), rule)
        except Refused as error:
            log.warning("the policy room does not take a rule: %s", error.reason)
        await self._invite(room)

    async def _invite(self, room: str) -> None:
        """Moderators are invited once: whoever leaves is not asked again."""
        for _, person in await self._tasks.management_rooms():
            key = f"{_SETTING}/{person}"
            if (self._role_of(person) or Role.USER) < Role.MODERATOR or await self._store.setting(key) is not None:
                continue
            try:
                await self._homeserver.invite(room, person, inviter=self._users.bot)
            except Refused as error:
                log.warning("a moderator was not invited to the policy room: %s", error.reason)
            async with self._store.transaction():
                await self._store.set(key, room)
