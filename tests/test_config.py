from __future__ import annotations

import base64
import dataclasses
import itertools
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pytest
from ruamel.yaml import YAML

from bridge.config import (
    PLACEHOLDER,
    AppserviceConfig,
    Between,
    Config,
    FilesConfig,
    HomeserverConfig,
    LinksConfig,
    PlatformSettings,
    Role,
    Secret,
    Url,
    WaitingConfig,
)
from bridge.config_loading import hints_of, load_config
from bridge.errors import ConfigError
from bridge.platforms import PLATFORMS

ROOT = Path(__file__).parent.parent
KEY = "00112233445566778899aabbccddeeff" * 2
ODD_BYTES = b"\xfb\xef\xff" * 11
TOKEN = "900001:abcDEF-ghiJKL_mnoPQR"


@dataclass(frozen=True, kw_only=True)
class PollingSettings(PlatformSettings):
    url: Url = "https://api.kabutar.example"
    poll_seconds: float = 1.0
    batch: Annotated[int, Between(1, 100)] = 50


@dataclass(frozen=True, kw_only=True)
class PlainSettings(PlatformSettings):
    url: str = "https://api.chapar.example"
    words: tuple[str, ...] = field(default_factory=lambda: ("salam",))


PLATFORM_SETTINGS: Mapping[str, type[PlatformSettings]] = {
    "kabutar": PollingSettings,
    "chapar": PlainSettings,
}

GOOD = f"""\
homeserver:
  url: http://localhost:8008
  domain: example.org
secret: {KEY}
permissions:
  example.org: user
platforms:
  kabutar:
    token: {TOKEN}
"""

Read = Callable[..., Config]
Refuse = Callable[..., list[str]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(text: str | bytes, **environ: str) -> Config:
        file = tmp_path / "config.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_config(file, PLATFORM_SETTINGS, environ)

    return read


@pytest.fixture
def refuse(read: Read, tmp_path: Path) -> Refuse:
    """The problem lines of a config that is refused, without the folder of the test."""

    def refuse(text: str | bytes, **environ: str) -> list[str]:
        with pytest.raises(ConfigError) as refused:
            read(text, **environ)
        return [problem.replace(f"{tmp_path}/", "") for problem in refused.value.problems]

    return refuse


def changed(old: str, new: str, text: str = GOOD) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


# --- what is understood ---------------------------------------------------------------------------


def test_a_short_config_means_the_defaults(read: Read, tmp_path: Path) -> None:
    config = read(GOOD)
    assert config == Config(
        homeserver=HomeserverConfig(url="http://localhost:8008", domain="example.org"),
        appservice=AppserviceConfig(registration=tmp_path / "registration.yaml"),
        database=f"sqlite:{tmp_path}/hampayam.db",
        secret=bytes.fromhex(KEY),
        permissions={"example.org": Role.USER},
        platforms={"kabutar": PollingSettings(token=TOKEN)},
    )
    assert config.appservice.url == "http://127.0.0.1:29300"
    assert (config.appservice.host, config.appservice.port) == ("127.0.0.1", 29300)


def test_everything_can_be_said(read: Read, tmp_path: Path) -> None:
    config = read(
        f"""\
homeserver: {{url: "https://matrix.example.org/", domain: "example.org:8448"}}
appservice:
  id: second
  listen: "[::]:29301"
  url: http://bridge.internal:29301
  registration: etc/second.yaml
  prefix: dovom
  stewards: 9
database: postgres://hampayam:s3cret@db/bridge
secret: {KEY}
languages: [en]
permissions: {{"*": user, example.org: moderator, "@amin:example.org": admin}}
links: {{code_minutes: 5, max_chats_per_room: 2}}
files: {{ffmpeg: null, public_url: "https://files.example.org/", link_hours: 1}}
waiting: {{keep_hours: 48, tell_minutes: 1, lag_seconds: 30, sender_per_minute: 0}}
logging: {{level: debug}}
platforms:
  chapar: {{enabled: false, bridge_bots: [10203040506070, Bot7]}}
  kabutar:
    token: {TOKEN}
    url: http://127.0.0.1:9/base/
    proxy: http://user:pass@127.0.0.1:3128
    bridge_bots: true
    poll_seconds: 2
    batch: 100
"""
    )
    assert config.homeserver.url == "https://matrix.example.org"
    assert config.appservice == AppserviceConfig(
        id="second",
        listen="[::]:29301",
        url="http://bridge.internal:29301",
        registration=tmp_path / "etc/second.yaml",
        prefix="dovom",
        stewards=9,
    )
    assert (config.appservice.host, config.appservice.port) == ("::", 29301)
    assert config.database == "postgres://hampayam:s3cret@db/bridge"
    assert config.languages == ("en",)
    assert config.links == LinksConfig(code_minutes=5, max_chats_per_room=2)
    assert config.files == FilesConfig(ffmpeg=None, public_url="https://files.example.org", link_hours=1)
    assert config.waiting == WaitingConfig(keep_hours=48, tell_minutes=1, lag_seconds=30, sender_per_minute=0)
    assert config.logging.level == "debug"
    chapar, kabutar = config.platforms["chapar"], config.platforms["kabutar"]
    assert chapar == PlainSettings(enabled=False, token="", bridge_bots=("10203040506070", "Bot7"))
    assert chapar.bridges_bot("Bot7")
    assert not chapar.bridges_bot("Bot8")
    assert kabutar == PollingSettings(
        token=TOKEN,
        url="http://127.0.0.1:9/base",
        proxy="http://user:pass@127.0.0.1:3128",
        bridge_bots=True,
        poll_seconds=2.0,
        batch=100,
    )
    assert kabutar.bridges_bot("anybody")
    assert dict(config.enabled_platforms) == {"kabutar": kabutar}


def test_numbers_can_be_written_with_persian_digits(read: Read) -> None:
    text = changed("    token:", "    batch: ۱۲\n    poll_seconds: ۱٫۵\n    token:")
    text = changed(":8008", ":۸۰۰۸", text) + "appservice: {listen: '127.0.0.1:۲۹۳۰۱', stewards: ٣}\n"
    config = read(text + "database: postgres://u@db:۵۴۳۲/b\n")
    assert config.platforms["kabutar"] == PollingSettings(token=TOKEN, batch=12, poll_seconds=1.5)
    assert config.homeserver.url == "http://localhost:8008"
    assert config.appservice.port == 29301
    assert config.appservice.stewards == 3
    assert config.database == "postgres://u@db:5432/b"


@pytest.mark.parametrize(
    ("written", "means"),
    [
        (KEY, bytes.fromhex(KEY)),
        (KEY.upper(), bytes.fromhex(KEY)),
        ("1" * 64, b"\x11" * 32),
        (base64.b64encode(ODD_BYTES).decode(), ODD_BYTES),
        (base64.b64encode(ODD_BYTES).decode().rstrip("="), ODD_BYTES),
        (base64.urlsafe_b64encode(ODD_BYTES).decode().rstrip("="), ODD_BYTES),
    ],
)
def test_the_key_can_be_hex_or_base64(read: Read, written: str, means: bytes) -> None:
    assert read(changed(KEY, written)).secret == means


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("sqlite:x.db", "sqlite:{folder}/x.db"),
        ("sqlite:data/x.db", "sqlite:{folder}/data/x.db"),
        ("sqlite:/var/lib/x.db", "sqlite:/var/lib/x.db"),
        ("sqlite:///var/lib/x.db", "sqlite:/var/lib/x.db"),
        ("sqlite:a b%.db", "sqlite:{folder}/a%20b%25.db"),
        ("postgresql:///bridge?host=/run/postgresql", "postgresql:///bridge?host=/run/postgresql"),
    ],
)
def test_a_database_file_is_looked_for_beside_the_config(read: Read, tmp_path: Path, written: str, means: str) -> None:
    config = read(GOOD + f'database: "{written}"\n')
    assert config.database == means.replace("{folder}", str(tmp_path))


def test_a_ca_bundle_is_read_beside_the_config(read: Read, tmp_path: Path) -> None:
    system = ssl.get_default_verify_paths().cafile or ssl.get_default_verify_paths().openssl_cafile
    (tmp_path / "ca.pem").write_bytes(Path(system).read_bytes())
    config = read(GOOD + "    ca_bundle: ca.pem\n")
    assert config.platforms["kabutar"].ca_bundle == tmp_path / "ca.pem"


def test_the_environment_wins_over_the_file(read: Read) -> None:
    other = "ff" * 32
    text = changed(TOKEN, f"{PLACEHOLDER}-token", changed(KEY, f"{PLACEHOLDER}-key"))
    config = read(text, HAMPAYAM_SECRET=other, HAMPAYAM_KABUTAR_TOKEN="777:fromoutside\n")
    assert config.secret == bytes.fromhex(other)
    assert config.platforms["kabutar"].token == "777:fromoutside"


def test_the_environment_is_enough(read: Read) -> None:
    text = changed(f"secret: {KEY}\n", "", changed(f"    token: {TOKEN}\n", ""))
    config = read(text, HAMPAYAM_SECRET=KEY, HAMPAYAM_KABUTAR_TOKEN=TOKEN)
    assert config == read(GOOD)


def test_an_empty_variable_is_none(read: Read) -> None:
    assert read(GOOD, HAMPAYAM_SECRET="", HAMPAYAM_KABUTAR_TOKEN="") == read(GOOD)


def test_a_platform_that_is_off_needs_no_token(read: Read) -> None:
    for token in ("", "    token: null\n", "    token: ''\n", f"    token: {PLACEHOLDER}\n"):
        config = read(GOOD + f"  chapar:\n    enabled: false\n{token}")
        assert config.platforms["chapar"].token == ""
        assert list(config.enabled_platforms) == ["kabutar"]


def test_the_most_specific_permission_wins() -> None:
    config = Config(
        homeserver=HomeserverConfig(url="http://localhost", domain="example.org"),
        secret=b"x" * 32,
        permissions={"*": Role.USER, "example.org": Role.ADMIN, "@guest:example.org": Role.USER},
        platforms={},
    )
    assert config.role_of("@amin:example.org") is Role.ADMIN
    assert config.role_of("@guest:example.org") is Role.USER
    assert config.role_of("@amin:elsewhere.example") is Role.USER
    assert config.role_of("@amin:example.org:8448") is Role.USER
    assert config.role_of("example.org") is Role.USER
    alone = dataclasses.replace(config, permissions={"example.org:8448": Role.MODERATOR})
    assert alone.role_of("@amin:example.org:8448") is Role.MODERATOR
    assert alone.role_of("@amin:example.org") is None
    assert alone.role_of("amin") is None
    assert Role.USER < Role.MODERATOR < Role.ADMIN


# --- secrets --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class LeakingSettings(PlatformSettings):
    url: Url = "https://api.leak.example"
    account: Secret = "x"


@dataclass(frozen=True, kw_only=True)
class AccountSettings(PlatformSettings):
    url: Url = "https://api.account.example"
    account: Secret = field(repr=False)


def test_no_secret_is_in_what_a_config_shows_of_itself(read: Read) -> None:
    config = read(
        GOOD + "    proxy: http://user:proxypass@127.0.0.1:3128\n" + "database: postgres://hampayam:dbpass@db/bridge\n"
    )
    for shown in (repr(config), str(config), str(config.platforms), f"{config.platforms['kabutar']}"):
        for secret in (TOKEN, KEY, repr(config.secret), "proxypass", "dbpass"):
            assert secret not in shown
    assert "api.kabutar.example" in repr(config)


def test_a_platform_cannot_forget_to_hide_its_secret() -> None:
    with pytest.raises(TypeError, match=r"LeakingSettings\.account is secret"):
        hints_of(LeakingSettings)


def test_a_platforms_other_secrets_are_kept_like_its_token(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(changed("kabutar", "account", GOOD))
    platforms = {"account": AccountSettings}
    config = load_config(file, platforms, {"HAMPAYAM_ACCOUNT_ACCOUNT": "hush"})
    assert config.platforms["account"] == AccountSettings(token=TOKEN, account="hush")
    with pytest.raises(ConfigError, match=r"account\.account: missing, here or in the environment as HAMPAYAM_ACC"):
        load_config(file, platforms, {})


# --- the example ----------------------------------------------------------------------------------


def settings_of_all_platforms() -> dict[str, type[PlatformSettings]]:
    return {name: platform.settings for name, platform in PLATFORMS.items()}


def environment_of_a_newcomer() -> dict[str, str]:
    return {"HAMPAYAM_SECRET": KEY} | {f"HAMPAYAM_{name.upper()}_TOKEN": TOKEN for name in PLATFORMS}


def keys_that_exist(cls: type[Any]) -> dict[str, Any]:
    """The keys of a section as a tree; None where there are none below."""
    hints = hints_of(cls)
    return {name: keys_that_exist(hints[name]) if dataclasses.is_dataclass(hints[name]) else None for name in hints}


def keys_that_are_written(node: object, tree: Mapping[str, Any] | None) -> Any:
    if tree is None or not isinstance(node, dict):
        return None
    return {str(name): keys_that_are_written(value, tree.get(str(name))) for name, value in node.items()}


def test_the_example_has_every_key_and_no_other() -> None:
    exists = keys_that_exist(Config)
    exists["platforms"] = {name: keys_that_exist(cls) for name, cls in settings_of_all_platforms().items()}
    written = YAML(typ="safe").load(ROOT / "config.example.yaml")
    assert keys_that_are_written(written, exists) == exists


def test_the_examples_values_are_the_defaults() -> None:
    config = load_config(ROOT / "config.example.yaml", settings_of_all_platforms(), environment_of_a_newcomer())
    assert config == Config(
        homeserver=config.homeserver,
        appservice=AppserviceConfig(registration=ROOT / "registration.yaml"),
        database=config.database,
        secret=bytes.fromhex(KEY),
        permissions={"example.org": Role.USER, "@admin:example.org": Role.ADMIN},
        platforms={name: cls(token=TOKEN) for name, cls in settings_of_all_platforms().items()},  # type: ignore[call-arg]
    )
    assert config.database.endswith("/hampayam.db")


def test_the_example_is_refused_until_its_secrets_are_filled_in() -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(ROOT / "config.example.yaml", settings_of_all_platforms(), {})
    about = [problem.split(": ")[1] for problem in refused.value.problems]
    assert about == ["secret", *(f"platforms.{name}.token" for name in PLATFORMS)]
    assert all("still as in the example" in problem for problem in refused.value.problems)


def test_every_key_of_the_example_is_explained() -> None:
    lines = (ROOT / "config.example.yaml").read_text(encoding="utf-8").splitlines()
    sections = {"homeserver", "appservice", "links", "files", "people", "waiting", "logging", *PLATFORMS}
    for before, line in itertools.pairwise(lines):
        key = line.split(":")[0].strip()
        if line.strip() and not line.lstrip().startswith(("#", "- ")) and key not in sections:
            assert before.lstrip().startswith("#"), f"nothing is said about {key}"
