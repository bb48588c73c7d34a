"""Somebody wants to talk with somebody: asked, answered, ended. Each step is committed before anybody sees it.

What is decided stands in the consent log and in the request's row, in one transaction; a lane for each request then
makes it so on Matrix and tells people (`conversations.py`), again after a crash. Whoever cannot be reached, or does not
want to be, is a request like any other that nobody answers: the same words in the same time."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from bridge.core.lanes import Lanes, backoff
from bridge.core.people.blocks import Blocks
from bridge.core.people.consent import Answer, Place, Verb
from bridge.core.people.conversations import Conversations
from bridge.core.people.finding import Finding
from bridge.core.people.log import ConsentLog
from bridge.core.people.speech import Speech, isolated
from bridge.core.people.telling import Telling
from bridge.errors import Refused, Retry
from bridge.store.database import Store
from bridge.store.desks import Desk, Desks
from bridge.store.portals import DIRECT, Portal, Portals
from bridge.store.queue import Queue
from bridge.store.requests import ENDS, LIVE, Request, Requests
from bridge.texts import LANGUAGES, say

log = logging.getLogger("hampayam.people")

DAY_MS = 24 * 3600 * 1000


class Asking:
    """`waits` is how long a request waits for its answer, in milliseconds; `leave` takes one of ours out of a room,
    with a reason."""

    def __init__(
        self,
        store: Store,
        requests: Requests,
        desks: Desks,
        portals: Portals,
        log: ConsentLog,
        conversations: Conversations,
        telling: Telling,
        speech: Speech,
        finding: Finding,
        blocks: Blocks,
        lanes: Lanes,
        *,
        waits: int,
        clock: Callable[[], int],
        leave: Callable[[str, str, str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._queue = Queue(store)
        self._requests = requests
        self._desks = desks
        self._portals = portals
        self._log = log
        self._conversations = conversations
        self._telling = telling
        self._speech = speech
        self._finding = finding
        self._blocks = blocks
        self._lanes = lanes
        self._waits = waits
        self._clock = clock
        self._leave = leave

    # --- asking

    async def ask(self, desk: Desk, wanted: str, shown: str) -> None:
        """A person asks for somebody in their private chat: `wanted` is what they typed, `shown` how that stands in
        their list. What they write from now on waits for the answer."""
        now = self._clock()
        async with self._store.transaction():
            room = await self._portals.make_room("Hampayam", None, DIRECT)
            request = await self._requests.make(desk.person, wanted, now, now + self._waits, room=room)
            portal = await self._conversations.tie(desk, room, shown, "", "linking")
            await self._desks.turn_to(desk.login, desk.chat, portal)
            days = max(1, self._waits // DAY_MS)
            await self._speech.say(desk, "asked", title=isolated(shown), days=days)
        self.wake(request)

    async def invited(self, person: str, ghost: str, room: str) -> None:
        """Somebody on Matrix invites a ghost into a room of theirs."""
        now = self._clock()
        desk = next(iter(await self._desks.of_person(ghost)), None)
        async with self._store.transaction():
            known = await self._portals.keep_room(room)
            if await self._requests.of_room(known) is not None:
                return  # the invitation came twice
            request = await self._requests.make(person, ghost, now, now + self._waits, room=known)
            await self._requests.invite(request, ghost)
            await self._consider(await self._the(request), ghost if desk is not None else None)
        self.wake(request)

    async def _the(self, id: int) -> Request:
        request = await self._requests.get(id)
        assert request is not None
        return request

    async def _look(self, request: Request) -> None:
        """Whom they meant, and whether those can be asked."""
        target, choice = await self._finding.candidates(request.asker, await self._requests.wanted(request.id))
        async with self._store.transaction():
            now = await self._the(request.id)
            if now.state != "looking":
                return
            if choice:
                await self._requests.ask(now.id, "choosing")
                await self._requests.show(now.id, "choosing")
                await self._telling.choose(now, choice)
            else:
                await self._consider(now, target)

    async def choose(self, person: str, id: int, platform: str) -> str:
        """The asker picked a messenger, or ("") lets it be picked. Returns a sentence's key, "" if there is none."""
        request = await self._requests.get(id)
        if request is None or request.asker != person:
            return "request_unknown"
        target, choice = await self._finding.candidates(person, await self._requests.wanted(id))
        picked = [each for each in [*choice, target] if each and platform in ("", self._log.platform_of(each))]
        async with self._store.transaction():
            if (await self._the(id)).state != "choosing":
                return "request_over"
            await self._consider(request, next(iter(picked), None))
        self.wake(id)
        return ""

    async def _consider(self, request: Request, target: str | None) -> None:
        """Put the question, or open at once where it is answered already. Inside a transaction."""
        if target is None or not await self._finding.can_be_asked(target, request.asker):
            await self._requests.found(request.id, None)
            await self._requests.ask(request.id, "asked")
            return
        other = await self._requests.between(request.asker, target)
        if other is not None:
            await self._end(request, "cancelled", None)
            if other.state == "asked" and other.asker == target:
                await self._grant(other, "desk")  # they asked us before: this is the answer
            await self._telling.turn_to(request.asker, other)
            return
        await self._requests.found(request.id, target)
        await self._requests.invite(request.id, target)
        await self._log.record("request", "person", target, request.asker, actor=request.asker)
        await self._log.record("grant", "person", request.asker, target)
        answer = await self._log.answer(target, request.asker)
        desk = next(iter(await self._desks.of_person(target)), None)
        if desk is not None and request.room is not None:
            name = await self._conversations.name_of(request.asker)
            await self._conversations.tie(desk, request.room, name, request.asker, "asking")
        await self._requests.ask(request.id, "asked")
        if answer is Answer.YES:
            await self._open(await self._the(request.id), "let_in")

    # --- answers

    async def answer(self, person: str, id: int, verb: Verb, place: Place = "desk") -> str:
        """What the person who was asked says: grant, deny, or revoke for a block. Returns the key of a sentence for
        them, "" where they were told already. Safe to repeat."""
        async with self._store.transaction():
            request = await self._requests.get(id)
            if request is None or request.target != person:
                return "request_unknown"
            if request.state == "open" and verb == "revoke":
                await self._over(request, person, verb, place)
            elif request.state != "asked":
                return "accepted_already" if (request.state, verb) == ("open", "grant") else "request_over"
            elif verb == "grant":
                await self._grant(request, place)
            elif verb == "deny":
                await self._log.record("deny", "person", person, request.asker, place=place)
                await self._end(request, "denied", person)
            else:
                await self._block(request, person, place)
        self.wake(id)
        return {"deny": "refused", "revoke": "blocked"}.get(verb, "") if request.state == "asked" else ""

    async def _grant(self, request: Request, place: Place) -> None:
        assert request.target is not None
        await self._log.record("grant", "person", request.target, request.asker, place=place)
        await self._open(request, "accepted")

    async def _open(self, request: Request, how: str) -> None:
        assert request.target is not None
        await self._requests.ask(request.id, "open")
        for portal, desk in await self._telling.at_desks(request):
            other = request.other(desk.person)
            assert other is not None
            name = await self._conversations.name_of(other)
            await self._portals.lead_to(portal.id, other, name)
            # It opens when ours are in the room, who alone can read there what is to be copied.
            await self._portals.move(portal.id, "asking", "linking")
            await self._queue.wait_anew(portal.id, self._clock())
            if desk.person == request.target and how == "let_in":
                if desk.current is None:
                    await self._desks.turn_to(desk.login, desk.chat, portal.id)
            else:
                await self._desks.turn_to(desk.login, desk.chat, portal.id)
            key = f"{how}_you" if desk.person == request.asker else f"{how}_by_you"
            origin = self._speech.origin(other, desk.language)
            await self._speech.say(desk, key, name=isolated(name), platform=origin)
        self._store.behind(partial(self.wake, request.id))

    async def _block(self, request: Request, person: str, place: Place) -> None:
        """Before an acceptance: the asker sees a request that nobody answers. So the invitation stays as well, until
        the request's time is over."""
        await self._record_block(person, request.asker, place)
        await self._conversations.withdraw(request)
        await self._requests.found(request.id, None)

    async def _record_block(self, person: str, other: str, place: Place) -> None:
        for one, another in await self._blocks.block(person, other, place):
            if (request := await self._requests.between(one, another)) is not None:
                await self._cut(request, one, unseen=True)
                self._store.behind(partial(self.wake, request.id))

    async def _cut(self, request: Request, person: str, *, unseen: bool) -> None:
        """It ends for a person; `unseen`: what they were asked is a request that nobody answers, from now on."""
        if unseen and request.state == "asked" and request.target == person:
            await self._conversations.withdraw(request)
            await self._requests.found(request.id, None)
        else:
            await self._end(request, "ended" if request.state == "open" else "cancelled", person)

    async def end(self, person: str, room: int, verb: Verb | None, place: Place = "desk") -> str:
        """A conversation is over for a person: "cancel", "revoke" for a block, None where nobody decided anything (a
        kick). They are told when what was under way has ended. Returns a sentence's key, "" if there is none now."""
        async with self._store.transaction():
            request = await self._requests.of_room(room)
            if request is None or not request.live or person not in (request.asker, request.target):
                return "conversation_over"
            if request.state == "open":
                await self._over(request, person, verb, place)
            elif person == request.asker:
                if request.target is not None:
                    await self._log.record("cancel", "person", request.target, person, actor=person, place=place)
                    await self._log.record("cancel", "person", person, request.target, place=place)
                await self._end(request, "cancelled", person)
            elif verb == "revoke":
                await self._block(request, person, place)
            else:
                await self._log.record("deny", "person", person, request.asker, place=place)
                await self._end(request, "denied", person)
        self.wake(request.id)
        return ""

    async def _over(self, request: Request, person: str, verb: Verb | None, place: Place) -> None:
        other = request.other(person)
        assert other is not None
        if verb == "revoke":
            await self._record_block(person, other, place)
        elif verb is not None:
            await self._log.record(verb, "person", person, other, place=place)
        await self._end(request, "ended", person)

    async def _end(self, request: Request, state: str, by: str | None) -> None:
        cut = await self._conversations.close(request.room) if request.room is not None else 0
        await self._requests.end(request.id, state, self._clock(), by, cut)

    async def end_all(self, person: str, platform: str | None = None) -> int:
        """Every conversation and request of a person ends (those with people of one messenger, where it is named).
        Nothing is recorded: whoever calls has recorded why. Returns how many."""
        count = 0
        for request in await self._requests.of_person(person, LIVE):
            other = request.other(person)
            if platform is not None and (other is None or self._log.platform_of(other) != platform):
                continue
            async with self._store.transaction():
                now = await self._the(request.id)
                if not now.live:
                    continue
                await self._cut(now, person, unseen=platform is not None)
            count += 1
            self.wake(request.id)
        return count

    # --- from Matrix

    async def came(self, room: str, person: str) -> None:
        """Somebody on Matrix came into the room of a conversation: that is their acceptance."""
        request = await self._in(room)
        if request is not None and request.target == person and request.state == "asked":
            await self.answer(person, request.id, "grant", "matrix")

    async def gone(self, room: str, person: str, by: str) -> None:
        """Somebody on Matrix left, or (`by` another) was taken out, which is no decision of theirs."""
        request = await self._in(room)
        if request is None or person not in (request.asker, request.target):
            return
        await self.end(person, request.room or 0, "cancel" if by == person else None, "matrix")

    async def taken_out(self, room: str, ghost: str) -> None:
        """Somebody took one of our ghosts out of the room of a conversation."""
        request = await self._in(room)
        if request is not None and request.state == "open" and ghost in (request.asker, request.target):
            await self.end(ghost, request.room or 0, None, "matrix")

    async def lost(self, room: str, why: str) -> None:
        """A room of a conversation cannot be used any more, such as one that is "encrypted" now."""
        request = await self._in(room)
        if request is not None and request.live:
            await self._impossible(request, why)
            self.wake(request.id)

    async def _in(self, room: str) -> Request | None:
        known = await self._portals.room_by_mxid(room)
        return await self._requests.of_room(known.id) if known is not None else None

    async def ready(self, portal: Portal) -> None:
        """The room of a conversation is there, and its person in it: what they say can go there. Raises Retry,
        Refused."""
        request = await self._requests.of_room(portal.room)
        if request is not None and request.state == "looking":
            raise Retry(after=0.2)  # in the room by now, the words would be copied to nobody
        if request is not None and request.state == "open":
            await self._conversations.show_open(request)
        elif request is not None and request.live and portal.state == "linking":
            await self._conversations.made(portal)

    # --- the to-do list

    async def resume(self) -> None:
        """Go on with whatever was under way when we stopped."""
        await self._lanes.wake_all(0, self._requests.unshown, self.wake)

    def wake(self, id: int) -> None:
        self._lanes.wake(("request", id), lambda: self._work(id))

    async def expire(self) -> None:
        """What nobody answered in time is over."""
        while due := await self._requests.due(self._clock()):
            for id in due:
                async with self._store.transaction():
                    request = await self._the(id)
                    if request.state in ("looking", "choosing", "asked"):
                        await self._end(request, "expired", None)
                self.wake(id)

    async def _work(self, id: int) -> None:
        attempt = 0
        while (request := await self._requests.get(id)) is not None and request.state != request.shown:
            try:
                await self._step(request)
                attempt = 0
            except Retry as error:
                await self._lanes.sleep(backoff(attempt) if error.after is None else error.after)
                attempt += 1
            except Refused as error:
                log.warning("request %s: refused by the homeserver: %s", id, error.reason)
                await self._impossible(request, error.reason)

    async def _step(self, request: Request) -> None:
        if request.state == "looking":
            await self._look(request)
        elif request.state == "asked":
            if not await self._conversations.show_asked(request):
                async with self._store.transaction():
                    await self._conversations.withdraw(request)
                    await self._requests.found(request.id, None)
            await self._shown(request, self._telling.asked)
        elif request.state == "open":
            await self._conversations.show_open(request)
            await self._shown(request)
        else:
            if request.shown != "ending":
                late = await self._conversations.quiet(request)
                await self._shown(request, lambda now: self._telling.end(now, late), "ending")
            await self._conversations.show_end(request)
            await self._shown(request)

    async def _shown(
        self, request: Request, tell: Callable[[Request], Awaitable[None]] | None = None, state: str = ""
    ) -> None:
        """Write down that a state is to be seen, together with what people are told of it."""
        async with self._store.transaction():
            now = await self._the(request.id)
            if now.state != request.state:
                return
            if tell is not None:
                await tell(now)
            await self._requests.show(request.id, state or request.state)

    async def _impossible(self, request: Request, reason: str) -> None:
        """The homeserver will not: whoever is there is told, and it is over."""
        if request.state in ENDS:
            async with self._store.transaction():
                await self._requests.show(request.id, request.state)
            return
        async with self._store.transaction():
            now = await self._the(request.id)
            if now.live:
                await self._end(now, "ended", None)
        room = await self._portals.room(request.room) if request.room is not None else None
        if room is not None and room.mxid is not None and request.target is not None and reason == "encrypted":
            await self._leave(room.mxid, request.target, say("encrypted_room", LANGUAGES))
