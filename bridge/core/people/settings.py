"""settings: which messengers may bring words, whom a person has muted or blocked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bridge.core.commands import Answer, Asker
from bridge.core.identity import title_of
from bridge.core.people.asking import Asking
from bridge.core.people.blocks import Blocks
from bridge.core.people.consent import Verb
from bridge.core.people.conversations import Conversations
from bridge.core.people.log import ConsentLog
from bridge.core.people.speech import Speech, clip, isolated
from bridge.core.people.steps import desk_of, onward, parts, way
from bridge.core.people.talk import Tap
from bridge.outgoing import Button, Rows
from bridge.store.consent import Consents
from bridge.store.database import Store
from bridge.store.desks import Desk
from bridge.store.portals import Portals
from bridge.texts import say


@dataclass(frozen=True, slots=True)
class _Choice:
    """What can be said of a messenger: the verb, how it is marked, and the sentences' keys of its button and of its
    being done."""

    verb: Verb
    mark: str
    button: str
    done: str


_CHOICES: Mapping[str, _Choice] = {
    "yes": _Choice("grant", "✅", "choose_yes", "platform_yes"),
    "ask": _Choice("cancel", "❓", "choose_ask", "platform_ask"),
    "no": _Choice("deny", "⛔️", "choose_no", "platform_no"),
}
"""By what its button carries."""

_UNMUTE, _UNBLOCK = "🔔", "🔓"

_PAGE = 10
"""Entries of a list that are shown at once."""


class Settings:
    """`titles` are the messengers' names by platform and language, `platforms` tells which of them there are."""

    def __init__(
        self,
        store: Store,
        portals: Portals,
        consents: Consents,
        log: ConsentLog,
        asking: Asking,
        blocks: Blocks,
        conversations: Conversations,
        speech: Speech,
        titles: Mapping[str, Mapping[str, str]],
        *,
        platforms: Callable[[], list[str]],
    ) -> None:
        self._store = store
        self._portals = portals
        self._consents = consents
        self._log = log
        self._asking = asking
        self._blocks = blocks
        self._conversations = conversations
        self._speech = speech
        self._titles = titles
        self._platforms = platforms

    def answers(self) -> dict[str, Answer]:
        return {"settings": self.settings}

    def taps(self) -> Mapping[str, Tap]:
        return {
            "settings": self.menu,
            "pf": lambda desk, where: self.platforms(desk, way(where)),
            "pc": self._of_others(self._platform),
            "pp": self._of_others(self._choose),
            "kept": self.kept,
            "ub": self._unblock,
        }

    async def settings(self, asker: Asker, args: list[str]) -> str:
        await self.menu(desk_of(asker), "")
        return ""

    async def menu(self, desk: Desk, _: str) -> None:
        def button(key: str, data: str) -> Button:
            return Button(say(key, (desk.language,)), data)

        rows: Rows = (
            (button("set_platforms", "pf:"),),
            (button("set_found", "fb:"),),
            (button("set_address", "address:"), button("set_language", "lang:")),
            (button("set_kept", "kept:"),),
        )
        await self._say(desk, "settings_menu", rows)

    # --- messengers

    async def platforms(self, desk: Desk, where: str, news: str = "") -> None:
        """How it stands with each of the others, below what has just changed."""
        rows: list[tuple[Button, ...]] = []
        for platform in self._others(desk):
            verb = await self._log.about_platform(desk.person, platform)
            mark = next(each.mark for each in _CHOICES.values() if each.verb == verb)
            rows.append(
                (Button(clip(f"{mark} {title_of(self._titles[platform], desk.language)}"), f"pc:{platform}:{where}"),)
            )
        text = say("platforms_choose", (desk.language,))
        async with self._store.transaction():
            choices = (*rows, *onward("platforms", where, desk.language))
            await self._speech.write(desk, f"{news}\n\n{text}" if news else text, choices=choices)

    def _others(self, desk: Desk) -> list[str]:
        own = self._log.platform_of(desk.person)
        return [each for each in self._platforms() if each != own]

    def _of_others(self, work: Callable[[Desk, str, str, str], Awaitable[None]]) -> Tap:
        """About a messenger that a button names: one of the others, or none."""

        async def tap(desk: Desk, argument: str) -> None:
            platform, one, other = parts(argument, 3)
            if platform in self._others(desk):
                await work(desk, platform, one, other)
            else:
                await self._say(desk, "button_unknown")

        return tap

    async def _platform(self, desk: Desk, platform: str, where: str, _: str) -> None:
        where = way(where)
        rows = [
            (Button(say(each.button, (desk.language,)), f"pp:{platform}:{key}:{where}"),)
            for key, each in _CHOICES.items()
        ]
        rows.append((Button(say("back", (desk.language,)), f"pf:{where}"),))
        await self._say(desk, "platform_choose", tuple(rows), platform=self._titles[platform])

    async def _choose(self, desk: Desk, platform: str, key: str, where: str) -> None:
        choice = _CHOICES.get(key)
        if choice is None:
            await self._say(desk, "button_unknown")
            return
        async with self._store.transaction():
            if await self._log.about_platform(desk.person, platform) != choice.verb:
                await self._log.record(choice.verb, "platform", desk.person, platform)
        ended = await self._asking.end_all(desk.person, platform) if choice.verb == "deny" else 0
        done = "platform_no_and_ended" if ended else choice.done
        news = say(done, (desk.language,), platform=self._titles[platform], count=ended)
        await self.platforms(desk, way(where), news)

    # --- whom they do not want to hear

    async def kept(self, desk: Desk, page: str) -> None:
        """The muted and the blocked, a page of them; a tap undoes it."""
        first = (int(page) if page.isdecimal() and len(page) < 4 else 0) * _PAGE
        end = first + _PAGE
        portals = await self._portals.of_desk(desk.login, desk.chat)
        muted = [each for each in portals if each.muted and each.live_at_desk][: end + 1]
        blocked = await self._consents.blocked(desk.person, end + 1 - len(muted))
        rows: list[tuple[Button, ...]] = []
        for portal in muted[first:end]:
            rows.append((Button(clip(f"{_UNMUTE} {self._speech.titled(portal, desk.language)}"), f"m:{portal.id}"),))
        behind = len(muted)
        for id, person in blocked[max(0, first - behind) : max(0, end - behind)]:
            name = self._speech.named(await self._conversations.name_of(person), person, desk.language)
            rows.append((Button(clip(f"{_UNBLOCK} {name}"), f"ub:{id}"),))
        key = "kept_list" if rows else "kept_nobody"
        if len(muted) + len(blocked) > end:
            rows.append((Button(say("more", (desk.language,)), f"kept:{first // _PAGE + 1}"),))
        await self._say(desk, key, (*rows, *onward("", "", desk.language)))

    async def _unblock(self, desk: Desk, argument: str) -> None:
        id = int(argument) if argument.isdecimal() and len(argument) < 16 else 0
        person = await self._consents.blocked_by(desk.person, id)
        if person is None:
            await self._say(desk, "button_unknown")
            return
        async with self._store.transaction():
            await self._blocks.undo(desk.person, person)
            name = isolated(await self._conversations.name_of(person))
            await self._speech.say(desk, "unblocked", name=name)

    async def _say(self, desk: Desk, key: str, choices: Rows = (), platform: object = "") -> None:
        async with self._store.transaction():
            await self._speech.say(desk, key, choices=choices, platform=platform)
