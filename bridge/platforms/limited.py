"""What many platforms have not, refused: a session writes down only what it can do."""

from __future__ import annotations

from bridge.errors import Refused
from bridge.model import Chat, Contact, Location, MemberRole
from bridge.outgoing import Outgoing, OutgoingFile, SentFile


class Limited:
    """A session that can do nothing of what its `capabilities` may deny; nobody calls what they deny. As
    `bridge.ports.Session` in everything else."""

    async def send_file(self, chat: str, file: OutgoingFile, message: Outgoing) -> SentFile:
        raise Refused("no files can be sent there")

    async def send_location(self, chat: str, place: Location, message: Outgoing) -> str:
        raise Refused("there are no maps there")

    async def send_contact(self, chat: str, contact: Contact, message: Outgoing) -> str:
        raise Refused("there are no cards there")

    async def edit(self, chat: str, id: str, message: Outgoing) -> None:
        raise Refused("nothing that was sent can be changed there")

    async def delete(self, chat: str, id: str) -> None:
        raise Refused("nothing that was sent can be taken back there")

    async def react(self, chat: str, id: str, key: str) -> None:
        raise Refused("we cannot react there")

    async def pin(self, chat: str, id: str, *, pinned: bool) -> None:
        raise Refused("nothing can be pinned there")

    async def read(self, chat: str, id: str) -> None:
        raise Refused("we cannot show there what we have read")

    async def answer(self, press: str, words: str = "") -> None:
        """Nothing waits for an answer there."""

    async def chat(self, chat: str) -> Chat | None:
        return None

    async def enter(self, word: str) -> Chat | None:
        return await self.chat(word)

    async def member_role(self, chat: str, person: str) -> MemberRole:
        return MemberRole.UNKNOWN
