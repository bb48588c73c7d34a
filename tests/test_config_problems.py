"""What a config is refused for, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config import Between, PlatformSettings, Url
from bridge.config_loading import load_config
from bridge.errors import ConfigError

KEY = "00112233445566778899aabbccddeeff" * 2
TOKEN = "900001:abcDEF-ghiJKL_mnoPQR"


@dataclass(frozen=True, kw_only=True)
class KabutarSettings(PlatformSettings):
    url: Url = "https://api.kabutar.example"
    poll_seconds: float = 1.0
    batch: Annotated[int, Between(1, 100)] = 50


@dataclass(frozen=True, kw_only=True)
class ChaparSettings(PlatformSettings):
    url: str = "https://api.chapar.example"


PLATFORM_SETTINGS: Mapping[str, type[PlatformSettings]] = {
    "kabutar": KabutarSettings,
    "chapar": ChaparSettings,
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

Refuse = Callable[..., list[str]]


@pytest.fixture
def refuse(tmp_path: Path) -> Refuse:
    """The problem lines of a config that is refused, without the folder of the test."""

    def refuse(text: str | bytes, **environ: str) -> list[str]:
        file = tmp_path / "config.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ConfigError) as refused:
            load_config(file, PLATFORM_SETTINGS, environ)
        return [problem.replace(f"{tmp_path}/", "") for problem in refused.value.problems]

    return refuse


def changed(old: str, new: str, text: str = GOOD) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def test_a_misspelt_key_is_shown_with_its_line_and_the_right_word(refuse: Refuse) -> None:
    assert refuse(changed("    token:", "    tokn:")) == [
        "config.yaml:9: platforms.kabutar.tokn: unknown key (did you mean token?)"
    ]


MUCH_WRONG = """\
homeserver:
  url: localhost:8008
appservice:
  stewards: 10
  listen: 127.0.0.1:99999
  id: a
  id: b
languages: [fa, de]
permissions: {"@amin:example.org": boss}
logging: {level: debugg}
platforms:
  kabuter: {}
  kabutar: {batch: many, poll_seconds: 0, enabled: yes, proxy: "socks5://localhost:1080"}
  chapar:
nonsense: 1
"""

EVERY_PROBLEM = """\
config.yaml: secret: missing, here or in the environment as HAMPAYAM_SECRET; make one with: \
python3 -c "import secrets; print(secrets.token_hex(32))"
config.yaml:1: homeserver.domain: missing
config.yaml:2: homeserver.url: expected a URL with http:// or https:// in front, found text without it
config.yaml:4: appservice.stewards: expected a whole number from 1 to 9, found 10
config.yaml:5: appservice.listen: expected a port from 1 to 65535, found 99999
config.yaml:7: appservice.id: given twice (the first time in line 6)
config.yaml:8: languages: expected one of fa, en; found text "de"
config.yaml:9: permissions.@amin:example.org: expected one of user, moderator, admin; found text "boss"
config.yaml:10: logging.level: expected one of debug, info, warning, error; found text "debugg" \
(did you mean debug?)
config.yaml:12: platforms.kabuter: no such platform (did you mean kabutar?)
config.yaml:13: platforms.kabutar.enabled: expected true or false, found text "yes"
config.yaml:13: platforms.kabutar.token: missing, here or in the environment as HAMPAYAM_KABUTAR_TOKEN
config.yaml:13: platforms.kabutar.proxy: expected a URL with http:// or https:// in front, found socks5://
config.yaml:13: platforms.kabutar.poll_seconds: expected a number above 0, found 0.0
config.yaml:13: platforms.kabutar.batch: expected a whole number from 1 to 100, found text "many"
config.yaml:15: nonsense: unknown key (known: homeserver, appservice, database, secret, languages, \
permissions, retention_days, links, files, people, waiting, logging, platforms)
environment HAMPAYAM_CHAPAR_TOKEN: contains a character that it cannot have \
(a space, a slash, a letter beyond English?)
"""


def test_all_problems_of_a_file_are_told_at_once_in_the_order_of_its_lines(refuse: Refuse) -> None:
    assert refuse(MUCH_WRONG, HAMPAYAM_CHAPAR_TOKEN="a token") == EVERY_PROBLEM.splitlines()


def test_what_a_messenger_may_repeat_is_kept_for_thirty_days_at_least(refuse: Refuse) -> None:
    line = GOOD.count("\n") + 1
    assert refuse(GOOD + "retention_days: 29\n") == [
        f"config.yaml:{line}: retention_days: expected a whole number from 30 to 3650, found 29"
    ]


def test_a_missing_file_says_where_to_get_one(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    with pytest.raises(ConfigError) as refused:
        load_config(file, PLATFORM_SETTINGS, {})
    assert refused.value.problems == [f"{file}: no such file; copy config.example.yaml to config.yaml and edit it"]


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path, PLATFORM_SETTINGS, {})


QUOTES = 'put quotes around what begins with "*", "&" or "@"'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ": the file is empty; copy config.example.yaml to config.yaml and edit it"),
        ("# nothing\n", ": the file is empty; copy config.example.yaml to config.yaml and edit it"),
        ("- a\n", ':1: expected settings ("key: value"), found a list'),
        (b"a: 1\nsecret: \xff\n", ":2: not UTF-8; save the file in the encoding UTF-8"),
        ("a: 1\nb: \x00\n", ":2: not valid YAML: there is an invisible control character"),
        ("a: " + "[" * 5000, ": not usable: brackets inside brackets, far too deep"),
        (
            "a: 1\n\tb: 2\n",
            r":2:1: not valid YAML: found character '\t' that cannot start any token "
            "(indent with spaces, not with tabs)",
        ),
        ("a:\n  *: user\n", f":2:3: not valid YAML: found undefined alias ':' ({QUOTES})"),
        (
            "permissions:\n  @amin:example.org: admin\n",
            f":2:3: not valid YAML: found character '@' that cannot start any token ({QUOTES})",
        ),
        (
            'a: 1\nb: "never closed\nc: 2\n',
            ":2:4: not valid YAML: found unexpected end of stream (a quote or bracket that is never closed?)",
        ),
        ("a: [1, 2\n", ":2:1: not valid YAML: expected ',' or ']', but got '<stream end>'"),
        (
            "a: b: c\n",
            ":1:5: not valid YAML: mapping values are not allowed here "
            '(wrong indentation, or text with ": " that needs quotes)',
        ),
    ],
)
def test_what_is_no_yaml_is_shown_with_its_place(refuse: Refuse, text: str | bytes, problem: str) -> None:
    assert refuse(text) == [f"config.yaml{problem}"]


def table(rows: str) -> list[list[str]]:
    """Lines of cells between " | ", with "\\n" for a new line. The last cell is how the problem begins."""
    return [row.replace("\\n", "\n").split(" | ") for row in rows.strip("\n").split("\n")]


WRONG_VALUES = rf"""
{KEY} | change-me-please | 4: secret: still as in the example; make one with: python3 -c "import secrets;
{KEY} | {KEY[:40]} | 4: secret: only 20 bytes long, at least 32 are needed; make one with: python3 -c
{KEY} | correct horse battery staple | 4: secret: expected hex or base64; make one with: python3 -c
{KEY} | {KEY}a | 4: secret: expected hex or base64; make one with: python3
{KEY} | [a, b] | 4: secret: expected text, found a list
{KEY} | null | 4: secret: expected text, found nothing
{TOKEN} | change-me | 9: platforms.kabutar.token: still as in the example: put the real one here, or in the
{TOKEN} | '' | 9: platforms.kabutar.token: is empty
{TOKEN} | {{a: b}} | 9: platforms.kabutar.token: expected text, found settings ("key: value")
{TOKEN} | توکن | 9: platforms.kabutar.token: contains a character that it cannot have
{TOKEN} | {TOKEN}\n    enabled: false | 7: platforms: no platform is enabled; there are kabutar, chapar
  kabutar:\n    token: {TOKEN} |   {{}} | 7: platforms: no platform is enabled; there are kabutar, chapar
kabutar:\n    token: {TOKEN} | kabutar: {TOKEN} | 8: platforms.kabutar: expected settings ("key: value"), fo
kabutar:\n    token: {TOKEN} | - kabutar | 8: platforms: expected a section for each of kabutar, chapar; found
example.org: user | - amin | 6: permissions: expected lines such as "@admin:example.org": admin, found a list
example.org: user | '@*:example.org': user | 6: permissions.@*:example.org: expected "*", a domain such as
example.org: user | https://example.org: user | 6: permissions.https://example.org: expected "*", a domain
example.org: user | example.org: Admin | 6: permissions.example.org: expected one of user, moderator, admin;
example.org: user | ? [a]\n  : user | 6: permissions: expected a name before the colon
domain: example.org | domain: https://example.org | 3: homeserver.domain: expected the part behind ":" in a
domain: example.org | domain: 5 | 3: homeserver.domain: expected text, found a number "5"
domain: example.org | domain: '' | 3: homeserver.domain: is empty
http://localhost:8008 | http://localhost:80080 | 2: homeserver.url: not a URL that can be understood (a port
http://localhost:8008 | http://localhost:0 | 2: homeserver.url: not a URL that can be understood (a port is a
http://localhost:8008 | ftp://localhost | 2: homeserver.url: expected a URL with http:// or https:// in front
http://localhost:8008 | http:// | 2: homeserver.url: expected a URL such as https://example.org, found one w
http://localhost:8008 | http://a?b=c | 2: homeserver.url: expected an address alone, without a user, "?" and
domain: example.org | domain: example.org\n  domain: b | 4: homeserver.domain: given twice (the first time i
"""


@pytest.mark.parametrize(("old", "new", "problem"), table(WRONG_VALUES))
def test_a_wrong_value_is_told_with_its_place(refuse: Refuse, old: str, new: str, problem: str) -> None:
    problems = refuse(changed(old, new))
    assert len(problems) == 1
    assert problems[0].startswith(f"config.yaml:{problem}")


WRONG_LINES = rf"""
appservice: {{listen: 29300}} | 10: appservice.listen: expected text, found a number
appservice: {{listen: '29300'}} | 10: appservice.listen: expected host:port, such as 127.0.0.1:29300; found
appservice: {{listen: 'localhost:0'}} | 10: appservice.listen: expected a port from 1 to 65535, found 0
appservice: {{listen: '::1:29300'}} | 10: appservice.listen: expected host:port
appservice: {{listen: '0.0.0.0:29300'}} | 10: appservice.url: missing: where the bridge listens on every add
appservice: {{prefix: Hampayam}} | 10: appservice.prefix: expected a small letter, then up to 31
appservice: {{id: 'a b'}} | 10: appservice.id: expected up to 64 letters
appservice: {{stewards: 2.5}} | 10: appservice.stewards: expected a whole number from 1 to 9, found a number
appservice: {{stewards: true}} | 10: appservice.stewards: expected a whole number from 1 to 9, found text "t
appservice: {{registration: [a]}} | 10: appservice.registration: expected text, found a list
appservice: 5 | 10: appservice: expected settings ("key: value"), found a number
files: {{public_url: 'files.example.org'}} | 10: files.public_url: expected a URL with http:// or https:// in front
files: {{public_url: 'http://files.example.org'}} | 10: files.public_url: expected a URL with https:// in front, since
files: {{public_url: 'http://127.0.0.1.example.org'}} | 10: files.public_url: expected a URL with https:// in front
files: {{public_url: 'https://files.example.org/?a=b'}} | 10: files.public_url: expected an address alone
files: {{link_hours: 0}} | 10: files.link_hours: expected a whole number from 1 to 720, found 0
languages: fa, en | 10: languages: expected a list such as [one, two], found text "fa, en"
languages: [fa, fa] | 10: languages: fa stands twice in the list
languages: [] | 10: languages: expected at least one of fa, en
database: 'sqlite:' | 10: database: expected sqlite: and the name of a file
database: 'sqlite::memory:' | 10: database: expected sqlite: and the name of a file
database: sqlite://x.db | 10: database: expected sqlite: and the name of a file
database: hampayam.db | 10: database: expected sqlite:FILE or postgres://user:password@host/database
database: mysql://a:b@c/d | 10: database: expected sqlite:FILE or postgres://user:password@host/database
database: postgres://a:b@c | 10: database: expected postgres://user:password@host/database, with a host and a
database: postgres://a:b@c:x/d | 10: database: not a URL that can be understood (a port is a number from 1 t
links: {{code_minutes: 1441}} | 10: links.code_minutes: expected a whole number from 1 to 1440, found 1441
links: {{code_minutes: 99999999999999999999}} | 10: links.code_minutes: expected a whole number from 1
links: {{max_chats_per_room: ۱}} | 10: links.max_chats_per_room: expected a whole number from 2 to 100, foun
    ca_bundle: nowhere.pem | 10: platforms.kabutar.ca_bundle: nowhere.pem cannot be read: No such file
    ca_bundle: config.yaml | 10: platforms.kabutar.ca_bundle: no CA certificates (PEM) in config.yaml
    proxy: 127.0.0.1:3128 | 10: platforms.kabutar.proxy: expected a URL with http:// or https:// in front
    proxy: http://127.0.0.1:3128/x | 10: platforms.kabutar.proxy: expected http://host:port, found more behi
    bridge_bots: yes | 10: platforms.kabutar.bridge_bots: expected true or false, found text "yes"; a list s
    bridge_bots: [[]] | 10: platforms.kabutar.bridge_bots: expected text in the list, found a list
    poll_seconds: .inf | 10: platforms.kabutar.poll_seconds: expected a number above 0, found a number ".inf"
    url: https://a.example/bot{TOKEN} | 8: platforms.kabutar.url: contains the token; give the address alone
  chapar: {{token: abc, url: api.example}} | 10: platforms.chapar.url: expected a URL with http:// or
"""


@pytest.mark.parametrize(("line", "problem"), table(WRONG_LINES))
def test_a_wrong_line_is_told_with_its_place(refuse: Refuse, line: str, problem: str) -> None:
    problems = refuse(f"{GOOD}{line}\n")
    assert len(problems) == 1
    assert problems[0].startswith(f"config.yaml:{problem}")


def test_a_section_that_is_missing_is_one_problem(refuse: Refuse) -> None:
    without = changed("homeserver:\n  url: http://localhost:8008\n  domain: example.org\n", "")
    assert refuse(without) == ["config.yaml: homeserver: missing"]


MARK = "sEcReTvAlUe"


@pytest.mark.parametrize(
    "text",
    [
        changed(TOKEN, f"{MARK} with a space"),
        changed(TOKEN, f"[{MARK}]"),
        changed(TOKEN, f'"{MARK}'),
        changed(TOKEN, f"*{MARK}"),
        changed(TOKEN, f"!{MARK} {MARK}:"),
        changed(TOKEN, f"{MARK}: {MARK}"),
        changed("    token: ", "    tokn: ").replace(TOKEN, MARK),
        changed(f"\n    token: {TOKEN}", f" {MARK}"),
        changed(KEY, f"{MARK}-is-not-hex"),
        changed(KEY, f"{MARK}"),
        changed(KEY, f"{{{MARK}: 1}}"),
        f"{GOOD}database: mysql://user:{MARK}@host/db\n",
        f"{GOOD}database: postgres://user:{MARK}@host:x/db\n",
        f"{GOOD}    proxy: socks5://user:{MARK}@host\n",
        f"{GOOD}    proxy: http://user:{MARK}@host:99999\n",
        f"{GOOD}    url: http://user:{MARK}@host\n",
        f"{GOOD}    url: host/{MARK}\n",
    ],
)
def test_no_secret_is_in_what_is_said_about_a_wrong_one(refuse: Refuse, text: str) -> None:
    problems = refuse(text)
    assert problems
    assert all(MARK not in problem for problem in problems)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (GOOD + text).encode("utf-8", "ignore")))
def test_any_file_is_read_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "config.yaml"
    file.write_bytes(raw)
    try:
        outcome: list[object] = [load_config(file, PLATFORM_SETTINGS, {}).secret]
    except ConfigError as refused:
        outcome = [problem.startswith(str(file)) for problem in refused.problems]
    assert set(outcome) in ({bytes.fromhex(KEY)}, {True})
