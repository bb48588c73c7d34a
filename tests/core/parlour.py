"""Two people with a private chat each, on different messengers, over the office: what they say comes back from the
homeserver as it does in life."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from bridge.model import Chat, ChatKind, Contact, MessageSaid, Person, Pressed, RemoteEvent, RoomEvent, Started, Text
from bridge.outgoing import Button, Outgoing
from bridge.store.portals import Portal
from bridge.store.requests import Request
from tests.core.office import Office

SARA, REZA, MINA, NIMA = "sara", "reza", "mina", "nima"
HOME = {SARA: "bale", REZA: "rubika", MINA: "soroush", NIMA: "eitaa"}
"""Which messenger people have. A private chat is called as its person is."""


@dataclass
class Parlour:
    office: Office
    numbers: int = 0
    returned: int = 0
    """Events of ours that have come back."""
    heard: dict[str, list[Outgoing]] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    """What their app says of people's language, and of their user names."""
    usernames: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    async def open(self, **able: str) -> None:
        """Everybody's messenger runs; `able` says what buttons it has, by its name."""
        for platform in HOME.values():
            buttons = able.get(platform, "inline")
            proves = buttons == "inline"
            await self.office.open(platform, buttons=buttons, proves_numbers=proves, deletes=True, edits=True)

    def mxid(self, person: str) -> str:
        return self.office.core.users.ghost(HOME[person], person)

    # --- what people do

    async def starts(self, person: str, payload: str = "") -> None:
        await self._happens(person, Started(self._chat(person), self._person(person), payload))

    async def says(self, person: str, body: str, *, reply_to: str | None = None) -> str:
        """Returns the message's id."""
        self.numbers += 1
        id = f"{person}-{self.numbers}"
        said = MessageSaid(self._chat(person), id, self._person(person), Text(body), reply_to=reply_to)
        await self._happens(person, said)
        return id

    async def taps(self, person: str, words: str) -> None:
        """The newest button that says this (or something that begins so)."""
        button = self.button(person, words)
        self.numbers += 1
        await self._happens(person, Pressed(self._chat(person), f"p{self.numbers}", self._person(person), button.data))

    async def chooses(self, person: str, words: str) -> None:
        """What begins so, of what stands before them, in the way of their app: a tap below a message, a tap in the bar
        (of which the words come back), or a number."""
        able = self.office.sessions[HOME[person]].capabilities
        if not able.buttons:
            lines = [line.partition(". ") for line in self.last(person).split("\n")]
            await self.says(person, next(number for number, _, rest in lines if rest.startswith(words)))
            return
        shown = next(message for message in reversed(self.seen(person)) if message.buttons)
        button = next(each for row in shown.buttons for each in row if each.text.startswith(words))
        await (self.says(person, button.text) if shown.bar else self.presses(person, button.data))

    def options(self, person: str) -> list[str]:
        """What a person can choose from at the moment: buttons' data, words of the bar, or numbers."""
        able = self.office.sessions[HOME[person]].capabilities
        if not able.buttons:
            lines = [line.lstrip("\u200f").partition(". ")[0] for line in self.last(person).split("\n")]
            return [line for line in lines if line.isdecimal()]
        shown = next(message for message in reversed(self.seen(person)) if message.buttons)
        buttons = [button for row in shown.buttons for button in row if not button.asks_number]
        return [button.text if shown.bar else button.data for button in buttons]

    async def takes(self, person: str, option: str) -> None:
        """One of the options."""
        shown = next((message for message in reversed(self.seen(person)) if message.buttons), None)
        await (self.says(person, option) if shown is None or shown.bar else self.presses(person, option))

    async def shares(self, person: str, contact: Contact) -> None:
        self.numbers += 1
        said = MessageSaid(self._chat(person), f"{person}-{self.numbers}", self._person(person), contact)
        await self._happens(person, said)

    async def presses(self, person: str, data: str) -> None:
        """A button's data, from wherever they have it."""
        self.numbers += 1
        await self._happens(person, Pressed(self._chat(person), f"p{self.numbers}", self._person(person), data))

    async def befriended(self, asker: str = SARA, target: str = REZA) -> Request:
        """Two who talk with one another."""
        for person in (asker, target):
            await self.starts(person)
        self.findable(target)
        await self.says(asker, f"/to {target}")
        await self.presses(target, f"a:{(await self.request()).id}")
        request = await self.request()
        assert request.state == request.shown == "open"
        self.forget()
        return request

    def findable(self, person: str) -> None:
        self.office.town.found[person] = [self.mxid(person)]

    async def _happens(self, person: str, event: RemoteEvent) -> None:
        await self.office.happens(HOME[person], event, chat=person)
        await self.settled()

    @staticmethod
    def _chat(person: str) -> Chat:
        return Chat(person, ChatKind.PRIVATE, None)

    def _person(self, person: str) -> Person:
        username, language = self.usernames.get(person, ""), self.languages.get(person, "")
        return Person(person, self.names.get(person, person.title()), username=username, language=language)

    # --- what follows

    async def settled(self) -> None:
        """Until nothing is under way any more: what was sent into rooms has come back to us."""
        await self.office.idle()
        while await self.push():
            await self.office.idle()

    async def push(self) -> bool:
        """The homeserver gives back what was sent into rooms meanwhile. False: there was nothing."""
        core = self.office.core
        fresh = core.homeserver.sent[self.returned :]
        self.returned += len(fresh)
        events = []
        for sent in fresh:
            content = dict(sent.content)
            core.homeserver.events[sent.id] = {"content": content}
            events.append(RoomEvent(sent.id, sent.room, "m.room.message", sent.sender, core.clock(), content))
        await core.hub.accept(events)
        for portal in core.woken:
            known = await core.portals.get(portal)
            if known is not None:
                self.office.live.wake(known.login, portal)
        core.woken.clear()
        self.office.wake_tasks()
        return bool(fresh)

    async def accept(self, *events: RoomEvent) -> None:
        await self.office.accept(*events)
        await self.settled()

    # --- what is seen

    def seen(self, person: str) -> list[Outgoing]:
        """Everything that stands in a person's chat."""
        session = self.office.sessions[HOME[person]]
        return [message for chat, message in session.done if chat == person]

    def texts(self, person: str) -> list[str]:
        return [message.text for message in self.seen(person)]

    def last(self, person: str) -> str:
        return self.texts(person)[-1]

    def shown(self, person: str) -> str:
        """The last words, and what stands on their buttons."""
        buttons = [button.text for row in self.seen(person)[-1].buttons for button in row]
        return "\n".join([self.last(person), *buttons])

    def button(self, person: str, words: str) -> Button:
        for message in reversed(self.seen(person)):
            for row in message.buttons:
                for button in row:
                    if button.text.startswith(words):
                        return button
        raise LookupError(f"{person} sees no button {words!r}")

    def forget(self) -> None:
        for session in self.office.sessions.values():
            session.done.clear()

    async def request(self) -> Request:
        """The newest."""
        row = await self.office.core.store.fetchrow("SELECT MAX(id) FROM request")
        found = await self.office.core.requests.get(row[0])
        assert found is not None
        return found

    async def requests_of(self, mxid: str) -> list[int]:
        """The numbers of what somebody asked for, by their Matrix id."""
        rows = await self.office.core.store.fetch("SELECT id FROM request WHERE asker = $1 ORDER BY id", mxid)
        return [row[0] for row in rows]

    async def portal(self, person: str) -> Portal:
        """The newest conversation of a person."""
        portals = await self.office.core.portals.of_desk(f"{HOME[person]}:bot", person)
        return portals[0]

    async def log(self) -> list[tuple[str, str, str]]:
        """(verb, whose, about), by the names of people."""
        names = {self.mxid(person): person for person in HOME}
        rows = await self.office.core.store.fetch("SELECT verb, whose, about FROM consent ORDER BY id")
        return [(row[0], names.get(row[1], row[1]), names.get(row[2], row[2])) for row in rows]

    async def stage(self, person: str) -> str:
        desk = await self.office.core.desks.get(f"{HOME[person]}:bot", person)
        return str(json.loads(desk.stage).get("step", "")) if desk is not None and desk.stage else ""
