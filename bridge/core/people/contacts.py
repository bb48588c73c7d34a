"""to · chats · end · block · mute · report: a person's conversations, and the buttons about them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bridge.core.commands import Answer, Asker
from bridge.core.people.asking import Asking
from bridge.core.people.consent import Verb
from bridge.core.people.speech import Speech, clip, isolated
from bridge.core.people.steps import desk_of, moved
from bridge.core.people.talk import Reply, Tap
from bridge.core.people.telling import Telling
from bridge.errors import Refused
from bridge.model import MessageSaid, Text
from bridge.outgoing import Button, Rows
from bridge.store.database import Store
from bridge.store.desks import Desk, Desks
from bridge.store.portals import Portal, Portals
from bridge.store.requests import Requests
from bridge.texts import say

PAGE = 10
"""Conversations that are listed at once."""

Try = Callable[[Desk, str], Awaitable[tuple[str, str]]]
"""Reads what somebody typed to mean a person: how it is shown, and a sentence's key where it cannot be asked for (badly
written, spent out); "" where it can."""


class Contacts:
    """`attempt` reads and counts what is typed behind `/to`; `report` opens a case about somebody, in a room (its
    row)."""

    def __init__(
        self,
        store: Store,
        desks: Desks,
        portals: Portals,
        requests: Requests,
        asking: Asking,
        telling: Telling,
        speech: Speech,
        attempt: Try,
        report: Callable[[str, str, int], Awaitable[object]],
        wake: Callable[[str, int], None],
    ) -> None:
        self._store = store
        self._desks = desks
        self._portals = portals
        self._requests = requests
        self._asking = asking
        self._telling = telling
        self._speech = speech
        self._attempt = attempt
        self._report = report
        self._wake = wake

    def answers(self) -> dict[str, Answer]:
        return {
            "to": self.to,
            "chats": self.chats,
            "end": self._about_current(self.end),
            "block": self._about_current(self.block),
            "mute": self._about_current(self.mute),
            "report": self._about_current(self.report),
        }

    def taps(self) -> Mapping[str, Tap]:
        return {
            "a": self._answering("grant"),
            "r": self._answering("deny"),
            "b": self._answering("revoke"),
            "x": self._reporting_request,
            "on": self._choosing,
            "s": self._on_portal(self._unless_asked(self.turn)),
            "c": self._on_portal(self._unless_asked(self.card)),
            "m": self._on_portal(self.mute),
            "e": self._on_portal(self.end),
            "k": self._on_portal(self.block),
            "o": self._on_portal(self.report),
            "people": self.people,
            "to": self.ask_whom,
        }

    def replies(self) -> Mapping[str, Reply]:
        return {"to": self._whom}

    # --- whom to talk with

    async def to(self, asker: Asker, args: list[str]) -> str:
        """`to CODE`, `to @name`, `to 0912…`, `to @somebody:server` in a private chat."""
        desk = desk_of(asker)
        if not args:
            await self.ask_whom(desk, "")
        else:
            await self.ask_for(desk, " ".join(args))
        return ""

    async def ask_whom(self, desk: Desk, _: str) -> None:
        async with self._store.transaction():
            now = await moved(self._desks, desk, step="to")
            await self._speech.say(now, "to_whom")

    async def _whom(self, desk: Desk, said: MessageSaid) -> bool:
        if not isinstance(said.content, Text):
            return False
        await self.ask_for(desk, said.content.body)
        return True

    async def ask_for(self, desk: Desk, typed: str) -> None:
        """Whom somebody typed, or whose link they opened, is asked."""
        shown, wrong = await self._attempt(desk, typed)
        async with self._store.transaction():
            desk = await moved(self._desks, desk, step="")
            if wrong:
                await self._speech.say(desk, wrong)
        if not wrong:
            await self._asking.ask(desk, typed, shown)

    # --- requests

    def _answering(self, verb: Verb) -> Tap:
        async def tap(desk: Desk, argument: str) -> None:
            key = await self._asking.answer(desk.person, _number(argument), verb)
            if key:
                await self._say(desk, key)

        return tap

    async def _choosing(self, desk: Desk, argument: str) -> None:
        number, _, platform = argument.partition("/")
        key = await self._asking.choose(desk.person, _number(number), platform)
        if key:
            await self._say(desk, key)

    async def _reporting_request(self, desk: Desk, argument: str) -> None:
        """Reported before anything was said: blocked, too."""
        request = await self._requests.get(_number(argument))
        if request is None or request.target != desk.person or request.room is None:
            await self._say(desk, "request_unknown")
            return
        await self._report(desk.person, request.asker, request.room)
        await self._asking.answer(desk.person, request.id, "revoke")
        await self._say(desk, "reported")

    # --- conversations

    def _on_portal(self, work: Callable[[Desk, Portal], Awaitable[None]]) -> Tap:
        """The conversation that a button names: one of this chat's, or none."""

        async def tap(desk: Desk, argument: str) -> None:
            portal = await self._portals.get(_number(argument))
            if portal is None or (portal.login, portal.chat) != (desk.login, desk.chat) or not portal.live_at_desk:
                await self._say(desk, "conversation_over")
            else:
                await work(desk, portal)

        return tap

    def _unless_asked(
        self, work: Callable[[Desk, Portal], Awaitable[None]]
    ) -> Callable[[Desk, Portal], Awaitable[None]]:
        """What somebody has not answered yet is asked again: where buttons stand below the text field, whatever else is
        said takes them away."""

        async def tap(desk: Desk, portal: Portal) -> None:
            request = await self._requests.of_room(portal.room) if portal.state == "asking" else None
            if request is not None and request.state == "asked" and request.target == desk.person:
                async with self._store.transaction():
                    await self._telling.asked(request)
            else:
                await work(desk, portal)

        return tap

    def _about_current(self, work: Callable[[Desk, Portal], Awaitable[None]]) -> Answer:
        async def answer(asker: Asker, args: list[str]) -> str:
            desk = desk_of(asker)
            portal = await self._portals.get(desk.current) if desk.current is not None else None
            if portal is None or not portal.live_at_desk:
                raise Refused("no_current")
            await work(desk, portal)
            return ""

        return answer

    async def people(self, desk: Desk, page: str) -> None:
        """The conversations of a private chat, and what they were asked and have not answered, a page of them."""
        first = _number(page) * PAGE
        portals = [
            each for each in await self._portals.of_desk(desk.login, desk.chat, first + PAGE + 1) if each.live_at_desk
        ]
        shown = portals[first : first + PAGE]
        rows: list[tuple[Button, ...]] = [
            (Button(clip(self._speech.titled(each, desk.language)), f"c:{each.id}"),) for each in shown
        ]
        if len(portals) > first + PAGE:
            rows.append((Button(say("more", (desk.language,)), f"people:{first // PAGE + 1}"),))
        rows.append((Button(say("somebody_new", (desk.language,)), "to:"),))
        async with self._store.transaction():
            await self._speech.say(desk, "chats_here" if shown else "chats_none", choices=tuple(rows))

    async def chats(self, asker: Asker, args: list[str]) -> str:
        await self.people(desk_of(asker), "0")
        return ""

    async def turn(self, desk: Desk, portal: Portal) -> None:
        """What is written without a reply goes there from now on; what was kept quiet comes."""
        async with self._store.transaction():
            await self._desks.turn_to(desk.login, desk.chat, portal.id)
            if portal.muted:
                await self._portals.mute(portal.id, False)
            await self._speech.say(desk, "turned_to", title=isolated(self._speech.titled(portal, desk.language)))
        self._wake(portal.login, portal.id)

    async def card(self, desk: Desk, portal: Portal) -> None:
        """What can be done with a conversation."""
        languages = (desk.language,)
        rows: Rows = (
            (Button(say("card_turn", languages), f"s:{portal.id}"),),
            (
                Button(say("card_unmute" if portal.muted else "card_mute", languages), f"m:{portal.id}"),
                Button(say("card_end", languages), f"e:{portal.id}"),
            ),
            (
                Button(say("block", languages), f"k:{portal.id}"),
                Button(say("report", languages), f"o:{portal.id}"),
            ),
        )
        async with self._store.transaction():
            title = isolated(self._speech.titled(portal, desk.language))
            await self._speech.say(desk, "card", choices=rows, title=title)

    async def mute(self, desk: Desk, portal: Portal) -> None:
        async with self._store.transaction():
            await self._portals.mute(portal.id, not portal.muted)
            title = isolated(self._speech.titled(portal, desk.language))
            await self._speech.say(desk, "unmuted" if portal.muted else "muted", title=title)
        self._wake(portal.login, portal.id)

    async def end(self, desk: Desk, portal: Portal) -> None:
        await self._end(desk, portal, "cancel")

    async def block(self, desk: Desk, portal: Portal) -> None:
        await self._end(desk, portal, "revoke")

    async def report(self, desk: Desk, portal: Portal) -> None:
        """Reported, and blocked."""
        request = await self._requests.of_room(portal.room)
        other = request.other(desk.person) if request is not None and portal.partner else None
        if other is not None:
            await self._report(desk.person, other, portal.room)
            await self._say(desk, "reported")
        await self._end(desk, portal, "revoke")

    async def _end(self, desk: Desk, portal: Portal, verb: Verb) -> None:
        key = await self._asking.end(desk.person, portal.room, verb)
        if key:
            await self._say(desk, key)

    async def _say(self, desk: Desk, key: str) -> None:
        async with self._store.transaction():
            await self._speech.say(desk, key)


def _number(word: str) -> int:
    return int(word) if word.isdecimal() and len(word) < 16 else 0
