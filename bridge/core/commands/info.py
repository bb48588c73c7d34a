"""help · version · ping · status · platforms · rooms: what there is and how it goes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from bridge.config import Role
from bridge.core.commands import Answer, Asker, Commands, Place
from bridge.core.identity import FSI, PDI
from bridge.core.live import Leg, Live
from bridge.core.plumbing import Plumbing
from bridge.core.watchdog import Lags, Watchdog
from bridge.errors import BridgeError, Refused
from bridge.model import ChatKind
from bridge.store.inbox import Inbox
from bridge.store.notices import Tasks
from bridge.store.portals import Portal, Portals
from bridge.store.queue import Queue
from bridge.texts import reason_words, say
from bridge.texts.dates import near_words, span_words

_MOST_KINDS = 6


class Info:
    """`ping` asks the homeserver to call us and returns the milliseconds that took."""

    def __init__(
        self,
        portals: Portals,
        queue: Queue,
        inbox: Inbox,
        tasks: Tasks,
        live: Live,
        plumbing: Plumbing,
        watchdog: Watchdog,
        languages: tuple[str, ...],
        version: str,
        ping: Callable[[], Awaitable[int]],
    ) -> None:
        self._portals = portals
        self._queue = queue
        self._inbox = inbox
        self._tasks = tasks
        self._live = live
        self._plumbing = plumbing
        self._watchdog = watchdog
        self._languages = languages
        self._version = version
        self._ping = ping
        self.commands: Commands | None = None
        """All commands, for `help`; set once they are all declared."""

    def answers(self) -> dict[str, Answer]:
        return {
            "help": self.help,
            "version": self.version,
            "status": self.status,
            "platforms": self.platforms,
            "ping": self.ping,
            "rooms": self.rooms,
        }

    async def help(self, asker: Asker, args: list[str]) -> str:
        assert self.commands is not None
        slash = "" if asker.place == Place.ROOM else "/"
        shown = self.commands.open_to(asker)
        if args:
            wanted = self.commands.find(args[0].lstrip("/"))
            if wanted is None or wanted not in shown:
                raise Refused("no_such_command")
            shown = [wanted]
        blocks = []
        for command in shown:
            words = " · ".join(slash + word for word in command.words[:2])
            block = f"{words}\n{say('help_' + command.name, self._languages)}"
            if args and command.arguments:
                block += "\n" + say(command.arguments, self._languages)
            if args and command.example:
                block += f"\n{slash}{command.example}"
            blocks.append(block)
        return "\n\n".join(blocks)

    async def version(self, asker: Asker, args: list[str]) -> str:
        return f"Hampayam {self._version}"

    async def ping(self, asker: Asker, args: list[str]) -> str:
        try:
            return say("pong", self._languages, ms=await self._ping())
        except BridgeError as error:
            return say("no_pong", self._languages, reason=str(error))

    async def platforms(self, asker: Asker, args: list[str]) -> str:
        return "\n".join(self._platform_line(leg) for leg in self._live)

    def _platform_line(self, leg: Leg) -> str:
        title = self._plumbing.platform_title(leg.platform)
        state = say("leg_" + leg.state, self._languages)
        if leg.way != "bot":
            title = f"{title} ({say('leg_' + leg.way, self._languages)})"
        one_way = ""
        if not (leg.receives and leg.sends):
            one_way = " — " + say("one_way" if leg.sends else "mirror_only", self._languages)
        reason = f" ({leg.reason})" if leg.reason and leg.state != "running" else ""
        if leg.state in ("unreachable", "login_lost", "suspended", "absent"):
            since = near_words(int(leg.since * 1000), int(time.time() * 1000))
            reason = f" {say('leg_since', self._languages, ' / ', since=since)}{reason}"
        poll = ""
        if leg.last_poll is not None and leg.state == "running":
            poll = " — " + say("last_poll", self._languages, seconds=max(0, int(time.time() - leg.last_poll)))
        if (slowed := leg.slowed) is not None:
            poll += " — " + say("leg_slowed", self._languages, " / ", rate=slowed[0], waiting=slowed[1])
        bot = f" @{leg.login.username}" if leg.login is not None and leg.login.username else ""
        return f"{title}{bot}: {state}{reason}{poll}{one_way}".replace("\n", " / ")

    async def status(self, asker: Asker, args: list[str]) -> str:
        if asker.place == Place.GROUP:
            return await self._group_status(asker)
        lags = await self._watchdog.lags() if asker.role >= Role.MODERATOR else {}
        lines = [self._platform_line(leg) + self._lag(lags.get(leg.name, Lags())) for leg in self._live]
        if asker.role >= Role.MODERATOR:
            seconds = self._watchdog.unreached // 1000
            lines.append(say("homeserver_reached", self._languages, " / ", seconds=seconds))
            copies = await self._queue.counts()
            lines.append(
                say(
                    "status_queue",
                    self._languages,
                    inbox=await self._inbox.depth(),
                    queued=copies.get("queued", 0) + copies.get("sending", 0),
                    sent=copies.get("sent", 0),
                    refused=copies.get("refused", 0),
                    unknown=copies.get("unknown", 0),
                    expired=copies.get("expired", 0),
                    poison=await self._tasks.poisoned(),
                )
            )
            lines += [self._ignored(leg) for leg in self._live if leg.ignored]
            for portal in await self._portals.in_state(["pending"]):
                lines.append(say("status_pending", self._languages, line=self._portal_line(portal)))
        return "\n".join(lines)

    def _lag(self, lags: Lags) -> str:
        """How late things are, as far as anything waits."""
        told = {"lag_incoming": lags.incoming, "lag_outgoing": lags.outgoing, "lag_probed": lags.probed}
        late = [say(key, self._languages, " / ", age=span_words(lag)) for key, lag in told.items() if lag is not None]
        return "".join(f" — {each}" for each in late)

    def _ignored(self, leg: Leg) -> str:
        """What carried nothing to bridge, the most frequent kinds first."""
        most = sorted(leg.ignored.items(), key=lambda item: -item[1])[:_MOST_KINDS]
        kinds = ", ".join(f"{kind} {count}" for kind, count in most)
        title = self._plumbing.platform_title(leg.platform)
        return say("status_ignored", self._languages, platform=title, kinds=kinds).replace("\n", " / ")

    async def _group_status(self, asker: Asker) -> str:
        if asker.leg is None or asker.leg.login is None or asker.chat is None:
            raise Refused("groups_only")
        portal = await self._portals.of_chat(asker.leg.login.id, asker.chat.id)
        if portal is None:
            lines = [say("not_linked", self._languages)]
        else:
            lines = [self._portal_line(each) for each in await self._portals.of_room(portal.room)]
        return "\n".join([*lines, say("chat_id", self._languages, chat=f"{FSI}{asker.chat.id}{PDI}")])

    def _portal_line(self, portal: Portal) -> str:
        """ "3 · بله · خانواده: open, heard nothing yet"."""
        notes = [say("portal_" + portal.state, self._languages)]
        if portal.kind is ChatKind.MIRROR:
            notes.append(say("mirror_only", self._languages))
        elif not self._live.receives(portal.login):
            notes.append(say("one_way", self._languages))
        elif portal.state == "open" and portal.heard_at is None:
            notes.append(say("heard_nothing", self._languages))
        leg = self._live.named(portal.login)
        if leg is not None and leg.state == "suspended":
            notes.append(say("leg_suspended", self._languages))
        if portal.trouble:
            notes.append(say("trouble", self._languages, reason=reason_words(portal.trouble)))
        text = f"{portal.id} · {self._plumbing.platform_title(portal.platform)} · {portal.title}: " + "، ".join(notes)
        return text.replace("\n", " / ")

    async def rooms(self, asker: Asker, args: list[str]) -> str:
        lines = []
        for room in reversed(await self._portals.rooms()):  # the list may be cut: new ones are asked for more often
            portals = await self._portals.of_room(room.id)
            if not portals and room.mxid is None:
                continue
            lines.append(f"{room.id} · {room.title} · {room.mxid or '—'}")
            lines += ["    " + self._portal_line(portal) for portal in portals]
            if len(lines) > 100:
                lines.append("…")
                break
        return "\n".join(lines) or say("no_rooms", self._languages)
