"""`/export`: everything that is held about a person, as one page for them to read.

What is somebody else's does not stand there: what others decided about the person, who reported them, and whether
somebody whom they asked for is here at all. The person knows those who asked them, and those with whom they talked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bridge.core.identity import Users, title_of
from bridge.core.people.page import Page, isolated
from bridge.core.rooms import Rooms
from bridge.store.ghosts import Ghosts
from bridge.store.holdings import Asked, Chatted, Decision, Holdings, Reported
from bridge.store.inbox import Inbox
from bridge.texts import say
from bridge.texts.dates import date_words, moment_words
from bridge.texts.sentences import SENTENCES
from bridge.texts.words import HANDLES

TALKED = ("open", "ended")
"""States of a request from which its asker knows that somebody is there."""


class Export:
    """`keeps` is for how many days the homeserver keeps messages, and files that nobody opens (0: for ever)."""

    def __init__(
        self,
        holdings: Holdings,
        ghosts: Ghosts,
        inbox: Inbox,
        users: Users,
        titles: Mapping[str, Mapping[str, str]],
        *,
        keeps: tuple[int, int],
        clock: Callable[[], int],
    ) -> None:
        self._holdings = holdings
        self._ghosts = ghosts
        self._inbox = inbox
        self._users = users
        self._titles = titles
        self._keeps = keeps
        self._clock = clock

    async def of(self, person: str, language: str) -> bytes:
        """A page of HTML about a person (a Matrix id). Nobody but them may get it."""
        chats = await self._holdings.chats(person)
        asked = await self._holdings.asked(person)
        reports = await self._holdings.reports(person)
        people = {each.other for each in asked if each.other is not None and self._knows(each)}
        known = _Known(self, language, people | {each.about for each in reports})
        known.names = await self._holdings.partners(chats)
        speak = (language,)
        page = Page(language, say("export_title", speak))
        page.say(
            say("export_made", speak, moment=moment_words(self._clock(), language)),
            say("export_yours", speak),
            say("export_no_words", speak),
        )
        page.section(say("export_you", speak), await self._who(person, chats, language))
        page.section(
            say("export_decisions", speak),
            [*await self._decisions(person, known, language), say("export_others_decide", speak)],
        )
        page.section(
            say("export_conversations", speak),
            [await self._asked(each, known, language) for each in asked] or [say("export_none", speak)],
        )
        page.section(say("export_handles", speak), await self._handles(person, language))
        page.section(say("export_groups", speak), await self._groups(person, language))
        page.section(say("export_messages", speak), [await self._messages(person, language)])
        page.section(
            say("export_reports", speak),
            [await self._report(each, known, language) for each in reports] or [say("export_none", speak)],
        )
        page.section(say("export_traces", speak), await self._traces(person, chats, language))
        page.section(say("export_elsewhere", speak), self._elsewhere(person, language))
        page.say(say("export_forget", speak))
        return page.written()

    @staticmethod
    def _knows(asked: Asked) -> bool:
        return not asked.theirs or asked.state in TALKED

    def title(self, platform: str, language: str) -> str:
        titles = self._titles.get(platform)
        return title_of(titles, language) if titles is not None else platform

    async def called(self, person: str, language: str) -> str:
        """What somebody whom the person knows is called, and where they are."""
        ghost = await self._ghosts.get(person)
        name = Rooms.name_of(ghost) if ghost is not None else person
        known = self._users.person_of(person)
        return f"{isolated(name)} ({self.title(known[0] if known is not None else 'matrix', language)})"

    # --- sections

    async def _who(self, person: str, chats: Sequence[Chatted], language: str) -> list[str]:
        speak = (language,)
        lines = []
        known = self._users.person_of(person)
        if known is not None:
            lines.append(say("export_app", speak, platform=self.title(known[0], language)))
            lines.append(say("export_id", speak, id=isolated(known[1])))
        lines.append(say("export_matrix_id", speak, id=isolated(person)))
        ghost = await self._ghosts.get(person)
        if ghost is not None and ghost.name:
            lines.append(say("export_told", speak, name=isolated(ghost.name)))
        if ghost is not None and ghost.chosen:
            lines.append(say("export_chosen", speak, name=isolated(ghost.chosen)))
        if ghost is None or not (ghost.name or ghost.chosen):
            lines.append(say("export_no_name", speak))
        pictured = ghost is not None and bool(ghost.avatar or ghost.picture)
        lines.append(say("export_picture" if pictured else "export_no_picture", speak))
        for chat in chats:
            platform = chat.login.partition(":")[0].partition(".")[0]
            tongue = "export_persian" if chat.language == "fa" else "export_english"
            day = date_words(chat.seen_at, language)
            platform = self.title(platform, language)
            lines.append(say("export_desk", speak, platform=platform, tongue=say(tongue, speak), day=day))
        since = await self._holdings.banned(person)
        if since is None:
            return [*lines, say("export_not_banned", speak)]
        return [*lines, say("export_banned", speak, day=date_words(since, language))]

    async def _decisions(self, person: str, known: _Known, language: str) -> list[str]:
        decisions = await self._holdings.decisions(person)
        numbers = {int(each.about) for each in decisions if each.scope == "room" and each.about.isdecimal()}
        rooms = await self._holdings.titles(sorted(numbers))
        lines = [await self._decision(each, known, rooms, language) for each in decisions]
        return lines or [say("export_none", (language,))]

    async def _decision(self, decision: Decision, known: _Known, rooms: Mapping[int, str], language: str) -> str:
        moment = moment_words(decision.at, language)
        key = f"decided_{decision.scope}_{decision.verb}"
        if key not in SENTENCES:
            return say("decided_otherwise", (language,), moment=moment, what=f"{decision.scope} {decision.verb}")
        if decision.scope == "person":
            name = await known.name(decision.about)
        elif decision.scope == "platform":
            name = self.title(decision.about, language)
        else:
            title = rooms.get(int(decision.about)) if decision.about.isdecimal() else None
            name = isolated(title) if title else say("export_some_group", (language,))
        return say(key, (language,), moment=moment, name=name)

    async def _asked(self, asked: Asked, known: _Known, language: str) -> str:
        key = "export_you_asked" if asked.theirs else "export_they_asked"
        name = await known.name(asked.other)
        moment = moment_words(asked.made_at, language)
        return say(key, (language,), moment=moment, name=name, became=self._became(asked, language))

    @staticmethod
    def _became(asked: Asked, language: str) -> str:
        speak = (language,)
        if asked.state == "ended" and asked.ended_at is not None:
            return say("became_ended_on", speak, day=date_words(asked.ended_at, language))
        if asked.state in TALKED:
            return say("became_open" if asked.state == "open" else "became_ended", speak)
        if asked.theirs:
            return say("became_nothing", speak)
        return say({"asked": "became_asked", "denied": "became_denied"}.get(asked.state, "became_over"), speak)

    async def _handles(self, person: str, language: str) -> list[str]:
        speak = (language,)
        lines = []
        for handle in await self._holdings.handles(person):
            words = HANDLES.get(handle.kind)
            kind = words[language] if words is not None else handle.kind
            state = say("export_handle_open" if handle.open else "export_handle_shut", speak)
            day = date_words(handle.made_at, language)
            lines.append(say("export_handle", speak, kind=kind, state=state, day=day))
        return [*lines, say("export_hashed", speak)] if lines else [say("export_none", speak)]

    async def _groups(self, person: str, language: str) -> list[str]:
        speak = (language,)
        lines = [
            say(
                "export_group",
                speak,
                title=isolated(title),
                platform=self.title(platform, language),
                name=isolated(name),
            )
            for title, platform, name in await self._holdings.groups(person)
        ]
        lines += [say("export_hosted", speak, title=isolated(each)) for each in await self._holdings.hosted(person)]
        return lines or [say("export_none", speak)]

    async def _messages(self, person: str, language: str) -> str:
        mapped = await self._holdings.messages(person)
        told = say("export_mapped", (language,), count=mapped.count)
        if mapped.first is None or mapped.last is None:
            return told
        first, last = moment_words(mapped.first, language), moment_words(mapped.last, language)
        return f"{told}: {say('export_between', (language,), first=first, last=last)}"

    async def _report(self, report: Reported, known: _Known, language: str) -> str:
        state = "export_report_open" if report.closed_at is None else "export_report_closed"
        moment = moment_words(report.made_at, language)
        name = await known.name(report.about)
        return say("export_report", (language,), moment=moment, name=name, state=say(state, (language,)))

    async def _traces(self, person: str, chats: Sequence[Chatted], language: str) -> list[str]:
        speak = (language,)
        makers = [person]
        known = self._users.person_of(person)
        if known is not None:
            logins = await self._inbox.logins()
            makers = [f"{login.id}/{known[1]}" for login in logins if login.platform == known[0]]
        traces = await self._holdings.traces(person, makers, chats)
        lines = []
        if traces.events:
            lines.append(say("export_events", speak, count=traces.events))
        if traces.codes:
            lines.append(say("export_codes", speak, count=traces.codes))
        if traces.budgets:
            lines.append(say("export_budgets", speak, count=traces.budgets))
        if traces.waiting:
            lines.append(say("export_waiting", speak, count=traces.waiting))
        return lines or [say("export_none", speak)]

    def _elsewhere(self, person: str, language: str) -> list[str]:
        speak = (language,)
        messages, files = self._keeps
        domain = isolated(self._users.domain)
        known = self._users.person_of(person)
        if known is not None:
            lines = [say("export_homeserver", speak, domain=domain, id=isolated(person))]
        else:
            lines = [say("export_homeserver_own", speak, domain=domain)]
        if messages:
            lines.append(say("export_message_days", speak, count=messages))
        else:
            lines.append(say("export_messages_for_ever", speak))
        if files:
            lines.append(say("export_file_days", speak, count=files))
        else:
            lines.append(say("export_files_for_ever", speak))
        own = known[0] if known is not None else "matrix"
        others = [self.title(name, language) for name in self._titles if name not in (own, "matrix")]
        between = "، " if language == "fa" else ", "
        return [*lines, say("export_apps", speak, platforms=between.join(others))]


class _Known:
    """What others are called towards the person; nobody whom they do not know is named."""

    def __init__(self, export: Export, language: str, people: set[str]) -> None:
        self._export = export
        self._language = language
        self._people = people
        self.names: Mapping[str, str] = {}

    async def name(self, other: str | None) -> str:
        if other is not None and not other.startswith("@"):
            return say("export_departed", (self._language,))
        if other is None or other not in self._people:
            return say("export_somebody", (self._language,))
        if other in self.names:
            return isolated(self.names[other])
        return await self._export.called(other, self._language)
