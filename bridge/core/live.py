"""What is running right now: the logins that are open, and the ones that are not and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from bridge.abilities import Capabilities
from bridge.core.inbox import Arrivals
from bridge.core.outbox import Departures
from bridge.ports import Session
from bridge.store.inbox import Login
from bridge.store.notices import ROOMS

Way = Literal["bot", "account", "mirror"]


@dataclass
class Leg:
    """One way to be on a platform, as it stands: its bot, its account, or the mirror of its public channels. `login` is
    None until the platform has told us who we are.

    `state`: starting · running · unreachable · login_lost · logged_out · suspended. Times are Unix seconds.
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


class Live:
    """The legs by platform. Wakes go to whoever runs the login; a login that is not open is woken when it opens.
    `wake_room` is whoever speaks in Matrix rooms."""

    def __init__(self) -> None:
        self._legs: dict[tuple[str, Way], Leg] = {}
        self.wake_room: Callable[[str], None] = lambda room: None

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

    def hurry(self, login: str, portal: int) -> None:
        """What waits for a portal is tried now. Where its login is not open, that is when it opens."""
        leg = self.of(login)
        if leg is not None and leg.departures is not None:
            leg.departures.hurry(portal)

    async def quiet(self, login: str, portal: int) -> None:
        """Returns when nothing is being sent into a portal's chat by work that began before: at once, where its login
        is not open."""
        while (leg := self.of(login)) is not None and leg.departures is not None:
            if await leg.departures.quiet(portal):
                return

    def wake_chat(self, login: str, chat: str) -> None:
        if login == ROOMS:
            self.wake_room(chat)
        leg = self.of(login)
        if leg is not None and leg.departures is not None:
            leg.departures.wake_chat(chat)
