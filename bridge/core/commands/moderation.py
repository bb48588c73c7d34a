"""cases · case · ban · unban · whois: what moderators can learn about people, and decide.

Nothing here shows what anybody said, nor a phone number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bridge.config import Role
from bridge.core.commands import Answer, Asker, fold
from bridge.core.commands.linking import room_number
from bridge.core.identity import FSI, PDI, Users
from bridge.core.people.cases import Cases
from bridge.core.people.log import MATRIX
from bridge.errors import Refused
from bridge.store.database import Store
from bridge.store.ghosts import Ghosts
from bridge.store.portals import Portals
from bridge.store.reports import Report, Reports
from bridge.texts import say
from bridge.texts.digits import ascii_digits

_MOST = 50
"""Cases that are listed."""
_CASE = {fold(word) for word in ("case", "گزارش")}
_CLOSE = {fold(word) for word in ("close", "بستن")}


class Moderation:
    """`titles` are the messengers' names, by language; `role_of` tells who may moderate."""

    def __init__(
        self,
        cases: Cases,
        store: Store,
        reports: Reports,
        ghosts: Ghosts,
        portals: Portals,
        users: Users,
        titles: Mapping[str, Mapping[str, str]],
        languages: tuple[str, ...],
        *,
        clock: Callable[[], int],
        role_of: Callable[[str], Role | None],
    ) -> None:
        self._cases = cases
        self._store = store
        self._reports = reports
        self._ghosts = ghosts
        self._portals = portals
        self._users = users
        self._titles = titles
        self._languages = languages
        self._clock = clock
        self._role_of = role_of

    def answers(self) -> dict[str, Answer]:
        return {"cases": self.cases, "case": self.case, "ban": self.ban, "unban": self.unban, "whois": self.whois}

    async def cases(self, asker: Asker, args: list[str]) -> str:
        found = await self._reports.open(_MOST + 1)
        lines = [f"{each.id} · {_time(each.made_at)} · {each.reported}" for each in found[:_MOST]]
        if len(found) > _MOST:
            lines.append("…")
        return "\n".join(lines) or say("no_cases", self._languages)

    async def case(self, asker: Asker, args: list[str]) -> str:
        """`case N` · `case N close`"""
        report = await self._report(args[0] if args else "")
        if len(args) > 1:
            if fold(args[1]) not in _CLOSE:
                raise Refused("case_which")
            async with self._store.transaction():
                closed = await self._reports.close(report.id, asker.by, self._clock())
            return say("case_closed" if closed else "case_closed_already", self._languages, number=report.id)
        times, people = await self._reports.against(report.reported)
        room = await self._portals.room(report.room) if report.room is not None else None
        shown = say(
            "case_shown",
            self._languages,
            number=report.id,
            when=_time(report.made_at),
            reporter=report.reporter,
            reporter_app=self._app(report.reporter),
            reported=report.reported,
            reported_app=self._app(report.reported),
            room=(room.mxid or "—") if room is not None else "—",
            times=times,
            people=people,
            events=len(report.evidence),
        )
        lines = [shown, *report.evidence, *([report.digest] if report.digest else [])]
        if report.closed_at is not None:
            lines.append(say("case_was_closed", self._languages, when=_time(report.closed_at), by=report.closed_by))
        return "\n".join(lines)

    async def ban(self, asker: Asker, args: list[str]) -> str:
        """`ban PERSON` · `ban PERSON CASE`"""
        person, case, rest = await self._person(args)
        if rest:
            case = await self._report(rest[0])
            if case.reported != person:
                raise Refused("case_of_another")
        if self._users.is_ours(person) and self._users.person_of(person) is None:
            raise Refused("not_a_person")
        if (self._role_of(person) or Role.USER) >= Role.MODERATOR:
            raise Refused("not_a_moderator")
        new = await self._cases.ban(person, asker.by, case.id if case is not None else None)
        return say("banned" if new else "banned_already", self._languages, person=person)

    async def unban(self, asker: Asker, args: list[str]) -> str:
        person, _, _ = await self._person(args)
        ended = await self._cases.unban(person)
        return say("unbanned" if ended else "not_banned", self._languages, person=person)

    async def whois(self, asker: Asker, args: list[str]) -> str:
        person, _, _ = await self._person(args)
        known = await self._reports.known(person)
        ghost = await self._ghosts.get(person)
        where = self._users.person_of(person)
        names = dict.fromkeys(name for name in (ghost.name, ghost.chosen) if name) if ghost is not None else {}
        times, people = await self._reports.against(person)
        ban = await self._reports.ban_of(person)
        shown = say(
            "whois_shown",
            self._languages,
            person=person,
            app=self._app(person),
            id=where[1] if where is not None else "—",
            names="، ".join(f"{FSI}{name}{PDI}" for name in names) or "—",
            since=_time(known.first_heard) if known.first_heard is not None else "—",
            desk="✓" if known.desk else "—",
            conversations=", ".join(f"{state} {count}" for state, count in known.conversations) or "—",
            times=times,
            people=people,
        )
        if ban is not None and ban.ended_at is None:
            number = "—" if ban.report is None else ban.report
            shown += "\n" + say("whois_banned", self._languages, when=_time(ban.at), by=ban.actor, case=number)
        return shown

    # --- what they share

    def _app(self, person: str) -> Mapping[str, str]:
        where = self._users.person_of(person)
        platform = where[0] if where is not None else MATRIX
        return self._titles.get(platform) or {language: platform for language in ("fa", "en")}

    async def _report(self, word: str) -> Report:
        number = room_number(word)
        report = await self._reports.get(number) if number is not None else None
        if report is None:
            raise Refused("no_such_case")
        return report

    async def _person(self, words: list[str]) -> tuple[str, Report | None, list[str]]:
        """Whom a moderator means: `@somebody:server`, `PLATFORM ID`, or `case N` for whom that is about. With the case,
        and what follows behind."""
        head, *rest = words or [""]
        if head.startswith("@") and ":" in head:
            return head, None, rest
        if rest and fold(head) in _CASE:
            report = await self._report(rest[0])
            return report.reported, report, rest[1:]
        for platform, titles in self._titles.items():
            if rest and platform != MATRIX and fold(head) in {fold(word) for word in (platform, *titles.values())}:
                return self._users.ghost(platform, ascii_digits(rest[0])), None, rest[1:]
        raise Refused("which_person")


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
