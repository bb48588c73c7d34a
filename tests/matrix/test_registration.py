from __future__ import annotations

import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from synapse.config.appservice import load_appservices

from bridge.config import AppserviceConfig, Config, HomeserverConfig, PlatformSettings, Role
from bridge.core.identity import Users
from bridge.errors import ConfigError
from bridge.matrix.registration import (
    Registration,
    load_registration,
    make_registration,
    namespaces,
    write_registration,
)

ROOT = Path(__file__).parent.parent.parent
DOMAIN = "example.org"


def config_of(appservice: AppserviceConfig | None = None, domain: str = DOMAIN) -> Config:
    return Config(
        homeserver=HomeserverConfig(url="http://localhost:8008", domain=domain),
        appservice=appservice or AppserviceConfig(),
        secret=b"x" * 32,
        permissions={"*": Role.USER},
        platforms={
            "bale": PlatformSettings(token="1:a", url="http://bale"),
            "rubika": PlatformSettings(token="R", url="http://rubika"),
        },
    )


def parsed(text: str) -> Any:
    return YAML(typ="safe").load(text)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "registration.yaml"


Refuse = Callable[..., list[str]]


@pytest.fixture
def refuse(file: Path) -> Refuse:
    """The problems of a made registration in which one thing was changed."""

    def refuse(old: str = "", new: str = "", config: Config | None = None) -> list[str]:
        text = make_registration(config_of())
        assert re.search(old, text)
        file.write_text(re.sub(old, lambda _: new, text, count=1))
        with pytest.raises(ConfigError) as refused:
            load_registration(file, config or config_of())
        return [problem.removeprefix(f"{file.parent}/") for problem in refused.value.problems]

    return refuse


def test_what_is_made_can_be_loaded(file: Path) -> None:
    config = config_of()
    text = make_registration(config)
    write_registration(file, text)
    made = parsed(text)
    assert load_registration(file, config) == Registration(
        id="hampayam",
        url="http://127.0.0.1:29300",
        sender_localpart="hampayam",
        as_token=made["as_token"],
        hs_token=made["hs_token"],
    )
    assert made["rate_limited"] is False
    assert made["receive_ephemeral"] is False


def test_every_registration_has_tokens_of_its_own() -> None:
    tokens = set()
    for _ in range(5):
        made = parsed(make_registration(config_of()))
        tokens |= {made["as_token"], made["hs_token"]}
    assert len(tokens) == 10
    assert all(len(token) >= 40 for token in tokens)


@pytest.mark.parametrize(
    ("appservice", "domain"),
    [
        (AppserviceConfig(), DOMAIN),
        (AppserviceConfig(id="12", prefix="on", url="http://bridge.internal:1"), "a-b.example.org:8448"),
        (AppserviceConfig(id="null", prefix="a.b_c-d", listen="[::1]:5"), "[2001:db8::1]"),
    ],
)
def test_synapse_knows_our_users_and_nobody_elses(file: Path, appservice: AppserviceConfig, domain: str) -> None:
    config = config_of(appservice, domain)
    write_registration(file, make_registration(config))
    loaded = load_registration(file, config)
    [service] = load_appservices(domain, [str(file)])
    assert (service.id, service.url) == (appservice.id, appservice.url)
    assert (service.token, service.hs_token) == (loaded.as_token, loaded.hs_token)
    assert str(service.sender) == f"@{appservice.prefix}:{domain}"
    assert service.is_rate_limited() is False
    assert service.supports_ephemeral is False
    users = Users(appservice.prefix, domain, appservice.stewards)
    ours = [
        users.bot,
        users.ghost("bale", "10203040506070"),
        users.ghost("rubika", "b0Hxy/9 سارا"),
        users.ghost("soroush", ""),
        *(users.steward("eitaa", room) for room in range(appservice.stewards)),
    ]
    for user in ours:
        assert service.is_exclusive_user(user), user
    for user in (
        f"@sara:{domain}",
        f"@{appservice.prefix}x:{domain}",
        f"@{appservice.prefix}_bale_1:b.example",
    ):
        assert not service.is_interested_in_user(user), user
    assert not service.is_exclusive_alias(f"#{appservice.prefix}:{domain}")


def test_the_file_is_for_its_owner_only(file: Path) -> None:
    write_registration(file, "a: 1\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    write_registration(file, "a: 2\n", force=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_registration_in_use_is_not_overwritten_by_accident(file: Path) -> None:
    write_registration(file, "a: 1\n")
    with pytest.raises(ConfigError) as refused:
        write_registration(file, "a: 2\n")
    assert refused.value.problems == [
        f"{file}: there is one already, and the homeserver may be using it; --force replaces it"
    ]
    assert file.read_text() == "a: 1\n"
    write_registration(file, "a: 2\n", force=True)
    assert file.read_text() == "a: 2\n"
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    for force in (False, True):
        with pytest.raises(ConfigError, match="cannot be written: No such file or directory"):
            write_registration(tmp_path / "nowhere" / "registration.yaml", "a: 1\n", force=force)


def test_no_token_is_in_what_a_registration_shows_of_itself(file: Path) -> None:
    write_registration(file, make_registration(config_of()))
    loaded = load_registration(file, config_of())
    for shown in (repr(loaded), str(loaded)):
        assert loaded.as_token not in shown
        assert loaded.hs_token not in shown
        assert loaded.url in shown


# --- what is refused, and in which words ----------------------------------------------------------


def test_a_missing_registration_says_how_to_make_one(file: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load_registration(file, config_of())
    assert refused.value.problems == [f"{file}: no such file; make one with: python -m bridge registration"]


def test_a_registration_for_another_config_is_told_line_by_line(refuse: Refuse) -> None:
    other = config_of(AppserviceConfig(id="second", prefix="dovom", listen="127.0.0.1:9", stewards=1))
    users = "registration.yaml:11: namespaces.users: "
    add = "add '^@dovom_.*:example\\.org$'"
    assert refuse(config=other) == [
        'registration.yaml:3: id: "second" in the config, but text "hampayam" here; make them the same',
        'registration.yaml:4: url: "http://127.0.0.1:9" in the config, but text "http://127.0.0.1:29300" '
        "here; make them the same",
        'registration.yaml:7: sender_localpart: "dovom" in the config, but text "hampayam" here; make them the same',
        users + "does not cover the bot (@dovom:example.org); add '^@dovom:example\\.org$'",
        users + f"does not cover the ghosts of bale (@dovom_bale_b0_a.-=d9=87:example.org); {add}",
        users + f"does not cover a steward of bale (@dovom_bale.steward1:example.org); {add}",
        users + f"does not cover the ghosts of rubika (@dovom_rubika_b0_a.-=d9=87:example.org); {add}",
        users + f"does not cover a steward of rubika (@dovom_rubika.steward1:example.org); {add}",
    ]


MAKE_ANEW = "make it anew with: python -m bridge registration --force"
GHOSTS = r"'\^@hampayam_[^']*'"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (r"id: .*\n", "", ': id: missing; the config asks for "hampayam"'),
        (r"url: .*", "url: null", ':4: url: "http://127.0.0.1:29300" in the config, but nothing here; make'),
        (r"as_token: .*\n", "", f": as_token: missing; {MAKE_ANEW}"),
        (r"as_token: .*", "as_token: ''", f":5: as_token: missing; {MAKE_ANEW}"),
        (r"as_token: .*", "as_token: [a]", f":5: as_token: missing; {MAKE_ANEW}"),
        (r"hs_token: .*", "hs_token: change-me", f":6: hs_token: still as in the example; {MAKE_ANEW}"),
        (r"hs_token: .*", "hs_token: a b", ":6: hs_token: contains a character that no token has"),
        (r"as_token: .*\nhs_token: .*", "as_token: t0\nhs_token: t0", ":6: hs_token: the same as as_token; "),
        (r"rate_limited: .*\n", "", ": rate_limited: missing, which means true; must be false"),
        (r"rate_limited: false", "rate_limited: true", ':8: rate_limited: text "true" here; must be false'),
        (r"id:", 'id: "hampayam"\nid:', ":4: id: given twice (the first time in line 3)"),
        (r"namespaces:(.|\n)*", "", f": namespaces: missing; {MAKE_ANEW}"),
        (r"namespaces:(.|\n)*", "namespaces: []", ":10: namespaces: expected a section, found a list"),
        (r"users:(.|\n)*", "rooms: []", ":11: namespaces.users: expected a list"),
        (r"users:(.|\n)*", "users: [a]", ":11: namespaces.users: expected entries with exclusive and regex"),
        (r"exclusive: true", "exclusive: false", ":12: namespaces.users.exclusive: must be true"),
        (GHOSTS, "'('", ":15: namespaces.users.regex: not a regular expression: missing ), unterminated"),
        (GHOSTS, "5", ":15: namespaces.users.regex: missing"),
        (
            GHOSTS,
            "'.*'",
            ":11: namespaces.users: covers users that are not the bridge's (@somebody:example.org)",
        ),
        (
            GHOSTS,
            "'@hampayam_.*'",
            ":11: namespaces.users: covers users that are not the bridge's (@hampayam_ba",
        ),
        (
            GHOSTS,
            "'@hampayam.*:example.org'",
            ":11: namespaces.users: covers users that are not the bridge's (@h",
        ),
        (
            r"users:(.|\n)*",
            "users: {",
            ":11:11: not valid YAML: expected the node content, but found '<stream end>'",
        ),
    ],
)
def test_a_wrong_registration_is_told_with_its_place(refuse: Refuse, old: str, new: str, problem: str) -> None:
    problems = refuse(old, new)
    assert len(problems) == 1
    assert problems[0].startswith(f"registration.yaml{problem}")


def test_ghosts_that_are_not_covered_are_told(refuse: Refuse) -> None:
    problems = refuse(GHOSTS, r"'^@hampayam_bale_.*:example\.org$'")
    assert [problem.split("cover ")[1].split(" (")[0] for problem in problems] == [
        "a steward of bale",
        "a steward of bale",
        "the ghosts of rubika",
        "a steward of rubika",
        "a steward of rubika",
    ]


def test_a_registration_written_by_hand_is_fine_without_anchors(file: Path) -> None:
    text = make_registration(config_of()).replace("'^", "'").replace("$'", "'")
    assert text.count("'@hampayam") == 2
    file.write_text(text.replace("29300", "29300/"))
    assert load_registration(file, config_of()).sender_localpart == "hampayam"


# --- the example ----------------------------------------------------------------------------------


def test_the_example_has_the_shape_of_what_is_made() -> None:
    example = parsed((ROOT / "registration.yaml.example").read_text(encoding="utf-8"))
    made = parsed(make_registration(config_of()))
    assert list(example) == list(made)
    for token in ("as_token", "hs_token"):
        assert example.pop(token).startswith("change-me")
        assert made.pop(token)
    assert example == made


def test_the_examples_tokens_are_refused() -> None:
    example = ROOT / "registration.yaml.example"
    with pytest.raises(ConfigError) as refused:
        load_registration(example, config_of())
    assert [problem.split(": ")[1:3] for problem in refused.value.problems] == [
        ["as_token", f"still as in the example; {MAKE_ANEW.split(': ')[0]}"],
        ["hs_token", f"still as in the example; {MAKE_ANEW.split(': ')[0]}"],
    ]


def test_the_namespaces_escape_what_has_a_meaning_in_a_pattern() -> None:
    bot, others = namespaces(config_of(AppserviceConfig(prefix="a.b")))
    assert not re.match(bot, "@axb:example.org")
    assert not re.match(others, "@axb_bale_1:example.org")
    assert not re.match(others, "@a.b_bale_1:examplexorg")
