"""What can be configured: frozen dataclasses, read once at the start (`config_loading.load_config`).

The dataclasses are the whole truth about the file: a field is a key, its default is the key's default, its
annotation says what is checked. `config.example.yaml` is compared with them both ways by a test. A platform
adds its own keys by inheriting `PlatformSettings` in its folder; nothing here knows a platform's name.

Whatever is secret has no place in a `repr`: tokens, the key, addresses that may carry a password.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

# --- what an annotation can ask of a value --------------------------------------------------------


class Kind(Enum):
    """What a value is, beyond its Python type."""

    SECRET = "a secret"
    """Never shown; must not be left as in the example; the environment can give it instead."""
    KEY = "the bridge's key"
    """A SECRET of at least 32 bytes, written as hex or base64."""
    URL = "a base URL"
    """http(s), without user, query and fragment; kept without the "/" at its end."""
    PUBLIC_URL = "a base URL for people"
    """https (or http on this machine), as URL in everything else; "" for none."""
    PROXY = "a proxy's URL"
    """http(s), may carry a password and is therefore never shown."""
    ADDRESS = "host:port"
    DATABASE = "a database's URL"
    """May carry a password and is therefore never shown; a file is relative to the config file."""
    CERTIFICATES = "a file of CA certificates"
    """PEM, read once to see that it can be."""


@dataclass(frozen=True, slots=True)
class Between:
    """The smallest and the largest number allowed. A number without it must be above 0."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Text that matches `pattern` in full; `words` says to a person what is expected."""

    pattern: str
    words: str


Secret = Annotated[str, Kind.SECRET]
Url = Annotated[str, Kind.URL]
Proxy = Annotated[str, Kind.PROXY]
Certificates = Annotated[Path, Kind.CERTIFICATES]

PLACEHOLDER = "change-me"
"""What every secret of the example begins with; such a value is refused."""

# --- the file, section by section -----------------------------------------------------------------


class Role(IntEnum):
    """Who may give which commands. Ordered: each may do what those below it may."""

    USER = 1
    MODERATOR = 2
    ADMIN = 3


Language = Literal["fa", "en"]


@dataclass(frozen=True, kw_only=True)
class HomeserverConfig:
    """`url`: where the bridge reaches the homeserver; `domain`: the part behind ":" in its users' ids."""

    url: Url
    domain: Annotated[
        str,
        Shape(
            r"(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?",
            'the part behind ":" in a user\'s id, such as example.org',
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class AppserviceConfig:
    """How the homeserver reaches the bridge, and which users are the bridge's own."""

    id: Annotated[str, Shape(r"[A-Za-z0-9._~-]{1,64}", 'up to 64 letters, digits, ".", "_", "~" or "-"')] = "hampayam"
    listen: Annotated[str, Kind.ADDRESS] = "127.0.0.1:29300"
    url: Url = ""
    """What the homeserver calls; never empty after construction (http://<listen> where none is given)."""
    registration: Path = Path("registration.yaml")
    prefix: Annotated[
        str,
        Shape(
            r"[a-z][a-z0-9._-]{0,31}",
            'a small letter, then up to 31 small letters, digits, ".", "_" or "-"',
        ),
    ] = "hampayam"
    """The bot is `@<prefix>:<domain>`; ghosts and stewards are `@<prefix>_…:<domain>`."""
    stewards: Annotated[int, Between(1, 9)] = 2
    """How many stewards each platform has."""

    def __post_init__(self) -> None:
        if not self.url:
            object.__setattr__(self, "url", f"http://{self.listen}")

    @property
    def host(self) -> str:
        """Where to listen, an IPv6 address without its brackets."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])

    @property
    def is_called_everywhere(self) -> bool:
        """Whether `url` is "every address", which nobody can call."""
        return self.host in ("0.0.0.0", "::") and self.url == f"http://{self.listen}"


@dataclass(frozen=True, kw_only=True)
class LinksConfig:
    """Linking chats to a room."""

    code_minutes: Annotated[int, Between(1, 1440)] = 30
    """How long a code of `/link` can be used."""
    max_chats_per_room: Annotated[int, Between(2, 100)] = 20


@dataclass(frozen=True, kw_only=True)
class FilesConfig:
    """Files that a chat cannot take as they are."""

    ffmpeg: str | None = "ffmpeg"
    """The program that makes sound and film into what an app shows: a name in the PATH, or a path."""
    public_url: Annotated[str, Kind.PUBLIC_URL] = ""
    """Under which people reach `/_hampayam/file/` and `/_hampayam/me/` of the endpoint; "": there are no links."""
    link_hours: Annotated[int, Between(1, 720)] = 72
    """How long a link can be used."""


@dataclass(frozen=True, kw_only=True)
class PeopleConfig:
    """Direct conversations between people of different apps, by private chats with the bots."""

    enabled: bool = True
    """False: the bots bridge groups only."""
    requests_per_day: Annotated[int, Between(1, 1000)] = 10
    """How many strangers a person may ask for a conversation."""
    lookups_per_day: Annotated[int, Between(1, 10000)] = 30
    """How many names, numbers and codes a person may try, found or not; beyond that moderators are told."""
    request_days: Annotated[int, Between(1, 30)] = 3
    """How long a request waits for its answer."""
    cooling_off_days: Annotated[int, Between(0, 365)] = 7
    """How long somebody who was refused must wait before they can ask the same person again."""
    homeserver_message_days: Annotated[int, Between(0, 3650)] = 180
    """After how many days the homeserver removes messages, as its own settings say; 0: never. People are told."""
    homeserver_file_days: Annotated[int, Between(0, 3650)] = 90
    """As many days after somebody last opened it, the homeserver removes a file; 0: never."""
    admin_token: Secret | None = field(default=None, repr=False)
    """A token for the homeserver's admin API, with which `/forget` removes what the homeserver keeps."""


@dataclass(frozen=True, kw_only=True)
class WaitingConfig:
    """Messages for a chat that cannot be reached, or whose messenger is switched off."""

    keep_hours: Annotated[int, Between(1, 720)] = 24
    """How long a message waits; then it is `expired`, and its sender is told."""
    tell_minutes: Annotated[int, Between(1, 1440)] = 5
    """After how long its sender is told that it waits, where nobody has switched the messenger off."""
    lag_seconds: Annotated[int, Between(10, 86400)] = 120
    """How late things may be, in either direction, before the operators are told."""
    sender_per_minute: Annotated[int, Between(0, 10_000)] = 120
    """How many messages of one person in one chat cross in a minute; 0: any number."""


@dataclass(frozen=True, kw_only=True)
class LoggingConfig:
    level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, kw_only=True)
class PlatformSettings:
    """What every platform has. A platform's own dataclass inherits this, gives `url` the real host as default
    and adds its own fields."""

    enabled: bool = True
    """False: as if it was not there; its token may be missing."""
    token: Secret = field(repr=False)
    url: Url
    ca_bundle: Certificates | None = None
    """CA certificates (PEM) to trust instead of the system's."""
    proxy: Proxy | None = field(default=None, repr=False)
    bridge_bots: bool | tuple[str, ...] = False
    """Other bots' messages: none, all (True), or those of these ids."""

    probe_chat: str | None = None
    """The id of an operator's chat to which our bot sends a line now and then, to see that it arrives."""

    def bridges_bot(self, person: str) -> bool:
        """Whether an admin allowed the messages of this other bot."""
        return self.bridge_bots if isinstance(self.bridge_bots, bool) else person in self.bridge_bots


@dataclass(frozen=True, kw_only=True)
class Config:
    """The whole file. Paths are absolute, the environment's secrets are in place."""

    homeserver: HomeserverConfig
    appservice: AppserviceConfig = AppserviceConfig()
    database: Annotated[str, Kind.DATABASE] = field(default="sqlite:hampayam.db", repr=False)
    secret: Annotated[bytes, Kind.KEY] = field(repr=False)
    """At least 32 bytes, for `keys.Keys`."""
    languages: tuple[Language, ...] = ("fa", "en")
    """Languages of a notice, in the order in which they stand there; each at most once."""
    permissions: Mapping[str, Role]
    """By "*" (everybody), a homeserver's domain, or a user's id."""
    retention_days: Annotated[int, Between(30, 3650)] = 30
    """How long what is no part of the map of ids stays in the database. The messengers repeat younger things."""
    links: LinksConfig = LinksConfig()
    files: FilesConfig = FilesConfig()
    people: PeopleConfig = PeopleConfig()
    waiting: WaitingConfig = WaitingConfig()
    logging: LoggingConfig = LoggingConfig()
    platforms: Mapping[str, PlatformSettings]
    """Every platform of the file by name, those that are not enabled, too."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", MappingProxyType(dict(self.permissions)))
        object.__setattr__(self, "platforms", MappingProxyType(dict(self.platforms)))

    @property
    def enabled_platforms(self) -> Mapping[str, PlatformSettings]:
        return {name: settings for name, settings in self.platforms.items() if settings.enabled}

    def role_of(self, mxid: str) -> Role | None:
        """The role of a Matrix user, None for somebody without one. The most specific entry decides alone, up
        or down: the user's own, else their domain's, else "*"."""
        user = mxid if mxid.startswith("@") else ""
        domain = mxid.partition(":")[2]
        return next((self.permissions[key] for key in (user, domain, "*") if key in self.permissions), None)
