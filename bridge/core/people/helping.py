"""help in a private chat: in the person's language, by what people want to do."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.commands import Answer, Asker, Commands, Place
from bridge.core.people.speech import Speech
from bridge.core.people.talk import Tap
from bridge.errors import Refused
from bridge.store.database import Store
from bridge.store.desks import Desk
from bridge.texts import say


class Help:
    """`elsewhere` answers in groups and in the management room. `commands` are set once all are known."""

    def __init__(self, store: Store, speech: Speech) -> None:
        self._store = store
        self._speech = speech
        self.commands: Commands | None = None

    def answers(self, elsewhere: Answer) -> dict[str, Answer]:
        async def answer(asker: Asker, args: list[str]) -> str:
            if asker.desk is None:
                return await elsewhere(asker, args)
            if args:
                return self._about(args[0], asker.desk.language)
            await self.help(asker.desk, "")
            return ""

        return {"help": answer}

    def taps(self) -> Mapping[str, Tap]:
        return {"help": self.help}

    async def help(self, desk: Desk, _: str) -> None:
        async with self._store.transaction():
            await self._speech.say(desk, "private_help", choices=self._speech.offers(desk))

    def _about(self, word: str, language: str) -> str:
        command = self.commands.find(word.lstrip("/")) if self.commands is not None else None
        if command is None or Place.PRIVATE not in command.places:
            raise Refused("no_such_command")
        lines = [" · ".join(f"/{each}" for each in command.words[:2]), say(f"help_{command.name}", (language,))]
        if command.arguments:
            lines.append(say(command.arguments, (language,)))
        return "\n".join(lines)
