"""What people are told of a request and of a conversation's end, in the private chats that it concerns."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.core.people.conversations import Conversations
from bridge.core.people.speech import Speech, isolated
from bridge.outgoing import Button
from bridge.store.desks import Desk, Desks
from bridge.store.portals import Portal, Portals
from bridge.store.requests import Request
from bridge.texts import say


class Telling:
    """Every method belongs inside a transaction: what is told is committed with what it tells of."""

    def __init__(self, portals: Portals, desks: Desks, conversations: Conversations, speech: Speech) -> None:
        self._portals = portals
        self._desks = desks
        self._conversations = conversations
        self._speech = speech

    async def at_desks(self, request: Request) -> list[tuple[Portal, Desk]]:
        """The private chats of a conversation."""
        found = []
        for portal in await self._portals.of_room(request.room) if request.room is not None else []:
            desk = await self._desks.get(portal.login, portal.chat)
            if desk is not None:
                found.append((portal, desk))
        return found

    async def turn_to(self, person: str, request: Request) -> None:
        """Their current conversation is that of a request that is there already."""
        for portal, desk in await self.at_desks(request):
            if desk.person == person:
                await self._desks.turn_to(desk.login, desk.chat, portal.id)
                key = "talking_already" if request.state == "open" else "asked_already"
                await self._speech.say(desk, key, title=isolated(self._speech.titled(portal, desk.language)))

    async def asked(self, request: Request) -> None:
        """The quiet request: who, from where, and nothing of their words."""
        for _portal, desk in await self.at_desks(request):
            if desk.person == request.target:
                name = isolated(await self._conversations.name_of(request.asker))
                origin = self._speech.origin(request.asker, desk.language)
                words = {each: say(each, (desk.language,)) for each in ("accept", "refuse", "block", "report")}
                rows = (
                    (Button(words["accept"], f"a:{request.id}"), Button(words["refuse"], f"r:{request.id}")),
                    (Button(words["block"], f"b:{request.id}"), Button(words["report"], f"x:{request.id}")),
                )
                await self._speech.say(desk, "request", choices=rows, name=name, platform=origin)

    async def choose(self, request: Request, people: Sequence[str]) -> None:
        """Where somebody can be reached who has let the asker in there."""
        for _portal, desk in await self.at_desks(request):
            places = dict.fromkeys(self._speech.platform_of(each) for each in people)
            named = tuple(
                Button(self._speech.messenger(each, desk.language), f"on:{request.id}/{each}") for each in places
            )
            rows = (
                *((each,) for each in named),
                (Button(say("any_messenger", (desk.language,)), f"on:{request.id}/"),),
            )
            await self._speech.say(desk, "choose_messenger", choices=rows)

    async def end(self, request: Request, late: dict[str, int]) -> None:
        for portal, desk in await self.at_desks(request):
            title = isolated(self._speech.titled(portal, desk.language))
            if request.state == "ended" and desk.person == request.ended_by:
                key = "ended_by_you_late" if late.get(desk.person) else "ended_by_you"
                await self._speech.say(desk, key, title=title, count=request.cut)
            elif request.state == "ended":
                await self._speech.say(desk, "ended", title=title)
            elif desk.person == request.asker and request.state in ("denied", "expired"):
                await self._speech.say(desk, f"request_{request.state}", title=title)
            elif request.state == "cancelled" and desk.person == request.asker == request.ended_by:
                await self._speech.say(desk, "request_cancelled", title=title)
