"""What is running right now: the logins that are open, and the ones that are not and why.

Where each platform has a process of its own, every process knows all legs. Those that run elsewhere are as their
process wrote them down, and what concerns them is passed on to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

from bridge.abilities import Capabilities
from bridge.core.inbox import Arrivals
from bridge.core.inquiries import Inquiries
from bridge.core.outbox import Departures
from bridge.model import Chat, ChatKind
from bridge.ports import Session
from bridge.store.inbox import Login
from bridge.store.notices import ROOMS
from bridge.store.portals import Portal

Way = Literal["bot", "account", "mirror"]


@dataclass
class Leg:
    """One way to be on a platform, as it stands: its bot, its account, or the mirror of its public channels. `login` is
    None until the platform has told us who we are.

    `state`: starting · running · unreachable · login_lost · logged_out · suspended · absent (it belongs to another
    process, and that does not run). Times are Unix seconds.
    """

    platform: str
    way: Way = "bot"
    able: Capabilities = field(default_factory=Capabilities)
    state: str = "starting"
    reason: str = ""
    since: float = 0.0
    last_poll: float | None = None
    probe_fails_since: float | None = None
    """Since when what we send to the operator's probe chat does not arrive; None while it does."""
    login: Login | None = None
    session: Session | None = None
    arrivals: Arrivals | None = None
    departures: Departures | None = None
    ignored: dict[str, int] = field(default_factory=dict)
    """Updates that carried nothing to bridge, by kind (at most 100 kinds; the rest counts as "other")."""

    elsewhere: bool = False
    """Another process runs it: it has no session here."""

    told_slowed: tuple[int, int] | None = None
    """What the process that runs it says of `slowed`."""

    @property
    def slowed(self) -> tuple[int, int] | None:
        """(messages a minute, how many wait) while the platform takes only so much; else None."""
        return self.departures.pacer.slowed if self.departures is not None else self.told_slowed

    @property
    def open(self) -> bool:
        """Whether the platform can be asked something through it."""
        if self.elsewhere:
            return self.login is not None and self.state == "running"
        return self.login is not None and self.session is not None

    @property
    def name(self) -> str:
        """What stands before the colon in the ids of its logins."""
        return self.platform if self.way == "bot" else f"{self.platform}.{self.way}"

    @property
    def receives(self) -> bool:
        return self.able.receives

    @property
    def sends(self) -> bool:
        return self.able.sends

    def count(self, kind: str) -> None:
        key = kind if kind in self.ignored or len(self.ignored) < 100 else "other"
        self.ignored[key] = self.ignored.get(key, 0) + 1


ENTER, QUIET = "enter", "quiet"
"""What another process is asked."""

_QUIET_S = 8.0
_ENTER_S = 20.0


def platform_of(login: str) -> str:
    """The platform of a login's id, or of what stands before the colon there."""
    return login.partition(":")[0].partition(".")[0]


class Live:
    """The legs by platform. Wakes go to whoever runs the login; a login that is not open is woken when it opens.
    `wake_room` is whoever speaks in Matrix rooms. `here` are the platforms of this process (None: all there are),
    `ring` tells the other processes a word."""

    def __init__(
        self, here: Collection[str] | None = None, *, head: bool = True, ring: Callable[..., None] = lambda *word: None
    ) -> None:
        self._legs: dict[tuple[str, Way], Leg] = {}
        self._here = here
        self._head = head
        self._ring = ring
        self.inquiries: Inquiries | None = None
        """By which the other processes are asked; None where there are none."""
        self.wake_room: Callable[[str], None] = lambda room: None
        self.changed: Callable[[], None] = lambda: None
        """Called when a leg that runs here is in another state."""

    def is_here(self, login: str) -> bool:
        """Whether a login (or its name before the colon) is run by this process."""
        return self._here is None or platform_of(login) in self._here

    def minds(self, login: str) -> bool:
        """Whether this process looks after what waits for a login: the one that runs it, else the head."""
        if self.is_here(login):
            return True
        leg = self.named(login)
        return self._head and (leg is None or leg.state == "absent")

    def leg(self, platform: str, way: Way = "bot") -> Leg:
        return self._legs.setdefault((platform, way), Leg(platform, way))

    def legs(self, platform: str) -> list[Leg]:
        """Those of a platform by which we are in its chats, the one that hears more first."""
        ways: tuple[Way, ...] = ("account", "bot")
        return [self._legs[platform, way] for way in ways if (platform, way) in self._legs]

    def able(self, login: str) -> Capabilities | None:
        """What a login can do, whether it is open or not; None for one that the settings do not ask for any more."""
        leg = self.named(login)
        return leg.able if leg is not None else None

    def named(self, login: str) -> Leg | None:
        """The leg of a login by what stands before the colon of its id, whether it is open or not."""
        name = login.partition(":")[0]
        return next((leg for leg in self._legs.values() if leg.name == name), None)

    def receives(self, login: str) -> bool:
        """Whether a login hears what is said, or could: that is known before it is open."""
        leg = self.named(login)
        return leg is None or leg.receives

    def __iter__(self) -> Iterator[Leg]:
        return iter(self._legs.values())

    def of(self, login: str) -> Leg | None:
        return next((leg for leg in self._legs.values() if leg.login is not None and leg.login.id == login), None)

    def wake(self, login: str, portal: int) -> None:
        leg = self.of(login)
        if leg is not None and leg.departures is not None:
            leg.departures.wake(portal)
        elif not self.is_here(login):
            self._ring("wake", login, portal)

    def hurry(self, login: str, portal: int) -> None:
        """What waits for a portal is tried now. Where its login is not open, that is when it opens."""
        leg = self.of(login)
        if leg is not None and leg.departures is not None:
            leg.departures.hurry(portal)
        elif not self.is_here(login):
            self._ring("hurry", login, portal)

    async def quiet(self, login: str, portal: int) -> None:
        """Returns when nothing is being sent into a portal's chat by work that began before: at once, where its login
        is not open."""
        while self._inquiries(login) is not None:
            leg = self.named(login)
            if leg is None or leg.state == "absent" or await self._asked(QUIET, login, portal, seconds=_QUIET_S):
                return
        while (leg := self.of(login)) is not None and leg.departures is not None:
            if await leg.departures.quiet(portal):
                return

    async def _asked(self, kind: str, login: str, *what: str | int, seconds: float) -> bool:
        """Whether there was an answer."""
        inquiries = self._inquiries(login)
        assert inquiries is not None
        try:
            await inquiries.ask(kind, login, *what, seconds=seconds)
        except TimeoutError:
            return False
        return True

    def _inquiries(self, login: str) -> Inquiries | None:
        return None if self.is_here(login) else self.inquiries

    async def enter(self, leg: Leg, word: str) -> Chat | None:
        """As `Session.enter`, through a leg that is open. Raises TimeoutError where its process does not answer."""
        if leg.session is not None:
            return await leg.session.enter(word)
        inquiries = self._inquiries(leg.name)
        if inquiries is None:
            return None
        found = await inquiries.ask(ENTER, leg.name, word, seconds=_ENTER_S)
        return Chat(found[0], ChatKind(found[1]), found[2]) if found is not None else None

    def wake_chat(self, login: str, chat: str) -> None:
        if login == ROOMS:
            self.wake_room(chat)
            return
        leg = self.of(login)
        if leg is not None and leg.departures is not None:
            leg.departures.wake_chat(chat)
        elif not self.is_here(login):
            self._ring("chat", login, chat)

    def opened(self, portal: Portal) -> None:
        """A chat is linked now."""
        leg = self.of(portal.login)
        if leg is not None and leg.arrivals is not None:
            leg.arrivals.faces.opened(portal)
        elif not self.is_here(portal.login):
            self._ring("opened", portal.login, portal.id)

    # --- what other processes ask

    async def answer_quiet(self, login: str, portal: int) -> bool:
        await self.quiet(login, portal)
        return True

    async def answer_enter(self, name: str, word: str) -> tuple[str, str, str | None] | None:
        leg = self.named(name)
        found = await leg.session.enter(word) if leg is not None and leg.session is not None else None
        return (found.id, found.kind.value, found.title) if found is not None else None
