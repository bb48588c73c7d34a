"""A real Synapse on this machine, as a child process: for the sandbox, the demo, the tests and the bench.

Its settings and their reasons were measured: everything that costs work at each message and that a bridge's
sandbox does not need (presence, statistics, user directory, federation) is off; rate limits stay as an
operator would have them.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import importlib.metadata
import importlib.util
import json
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import aiohttp

from bridge.sandbox.client import CLIENT, Account, MatrixRefused, call
from bridge.sandbox.processes import Child, ChildFailed, check_port, free_port

START_WITHIN_S = 120.0
PRIVACY: Mapping[str, Any] = {
    # Who a ghost is, is nobody's business who shares no room with it.
    "require_auth_for_profile_requests": True,
    "limit_profile_requests_to_users_who_share_rooms": True,
    "include_profile_data_on_invite": False,
    # What the bridge tells people is kept for 180 and 90 days (`people.homeserver_message_days`, `…file_days`).
    "retention": {"enabled": True, "default_policy": {"min_lifetime": "1d", "max_lifetime": "180d"}},
    "media_retention": {"local_media_lifetime": "90d", "remote_media_lifetime": "14d"},
    "redaction_retention_period": "7d",
}
"""As docs/privacy.md recommends it."""
SECRETS = ("macaroon_secret_key", "form_secret", "registration_shared_secret")


class SynapseMissing(ChildFailed):
    """A Python package that was asked for is not installed; the message says which and how to get it."""


def silent(progress: str) -> None:
    """The `on_progress` of whoever does not want to know."""


class Synapse:
    """One homeserver, living in one folder.

    The folder keeps its database, signing key, secrets and port: another object (or run) with the same folder
    is the same homeserver. Not bound to an event loop. `registrations` and `config` may be changed between
    two starts.
    """

    def __init__(
        self,
        folder: Path,
        server_name: str = "localhost",
        *,
        port: int = 0,
        registrations: Sequence[Path] = (),
        database: str | None = None,
        template: Path | None = None,
        config: Mapping[str, Any] | None = None,
        on_progress: Callable[[str], None] = silent,
    ) -> None:
        """`port` 0 picks a free one at the first start. `database` is a postgres:// address, None is SQLite.
        `template` (see `Synapse.template`) saves an SQLite homeserver the making of its schema. `config` is
        laid over our settings, key by key."""
        folder = folder.absolute()  # Synapse runs inside it
        self.server_name = server_name
        self.registrations = list(registrations)
        self.config = dict(config or {})
        self.log_path = folder / "homeserver.log"
        self._folder = folder
        self._port = port
        self._database = database
        self._template = template
        self._on_progress = on_progress
        self._admin: Account | None = None
        self._shared_secret = ""
        program: list[str | Path] = [
            sys.executable,
            "-m",
            "synapse.app.homeserver",
            "--config-path",
            self._config_path,
        ]
        self._child = Child("Synapse", program, self.log_path, folder=folder)

    @property
    def url(self) -> str:
        """The base address, without a slash at the end; known after the first start."""
        if not self._port:
            raise ChildFailed("Synapse was not started yet, so it has no port")
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.running

    async def start(self) -> None:
        """Start, or start again on the same database and port. Returns when clients are answered.

        Raises PortInUse, SynapseMissing, or ChildFailed with the last log lines. One to three seconds.
        """
        _check_installed(self._database)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write_config()
        check_port(self._port, "Synapse")
        if self._template is not None and self._database is None and not self._sqlite_path.exists():
            part = self._sqlite_path.with_suffix(".part")
            shutil.copyfile(self._template, part)
            part.replace(self._sqlite_path)
        self._on_progress("Synapse: starting")
        self._child.start()
        try:
            async with aiohttp.ClientSession() as session:
                await self._child.until(
                    lambda: _answers(session, f"{self.url}/_matrix/client/versions"),
                    within=START_WITHIN_S,
                    waiting=lambda seconds: self._on_progress(f"Synapse: starting ({seconds:.0f} s)"),
                )
        except BaseException:
            await self._child.kill()
            raise
        self._on_progress(f"Synapse: ready at {self.url}")

    async def stop(self) -> None:
        await self._child.stop(signal.SIGTERM)

    async def kill(self) -> None:
        """SIGKILL, as if the machine had no mercy."""
        await self._child.kill()

    async def passed_on(self, event_id: str) -> bool:
        """Whether it looks upon an event as handed over to its appservices: for the time until that is written down, it
        stands in memory only. SQLite."""
        rows = await asyncio.to_thread(
            _ask,
            self._sqlite_path,
            "SELECT 1 FROM events, appservice_stream_position p WHERE event_id = ? "
            "AND events.stream_ordering <= p.stream_ordering",
            event_id,
        )
        return bool(rows)

    async def waiting_transactions(self) -> int:
        """What is written down for its appservices and was not taken by them. SQLite."""
        return len(await asyncio.to_thread(_ask, self._sqlite_path, "SELECT 1 FROM application_services_txns"))

    async def forget_transactions(self) -> int:
        """While it is stopped: what waits for its appservices is lost, as if it had been killed before it wrote that
        down. Returns how many transactions that were. SQLite."""
        return len(
            await asyncio.to_thread(_ask, self._sqlite_path, "DELETE FROM application_services_txns RETURNING 1")
        )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def cpu_seconds(self) -> float:
        """The CPU time, user and system, that the running process has spent since it started."""
        import psutil  # comes with the tests and the bench; a sandbox does without

        spent = psutil.Process(self.pid).cpu_times()
        return float(spent.user + spent.system)

    async def register(self, name: str, password: str | None = None, admin: bool = False) -> Account:
        """A new user @name:server_name, logged in. Raises MatrixRefused (M_USER_IN_USE) when there is one."""
        password = password or secrets.token_urlsafe(12)
        async with aiohttp.ClientSession() as session:
            url = f"{self.url}/_synapse/admin/v1/register"
            nonce = (await call(session, "GET", url))["nonce"]
            words = (nonce, name, password, "admin" if admin else "notadmin")
            mac = hmac.new(self._shared_secret.encode(), "\0".join(words).encode(), hashlib.sha1)
            user = {"nonce": nonce, "username": name, "password": password, "admin": admin}
            return _account(await call(session, "POST", url, body=user | {"mac": mac.hexdigest()}))

    async def login(self, name: str, password: str) -> Account:
        """A new login of a user that exists. Raises MatrixRefused (M_FORBIDDEN)."""
        who = {"type": "m.id.user", "user": name}
        body = {"type": "m.login.password", "identifier": who, "password": password}
        async with aiohttp.ClientSession() as session:
            return _account(await call(session, "POST", f"{self.url}{CLIENT}/login", body=body, patience=True))

    async def lift_ratelimit(self, mxid: str) -> None:
        """Let this user write as fast as they can, for a test that plays one."""
        if self._admin is None:
            self._admin = await self.register(f"admin-{secrets.token_hex(4)}", admin=True)
        url = f"{self.url}/_synapse/admin/v1/users/{mxid}/override_ratelimit"
        limits = {"messages_per_second": 0, "burst_count": 0}
        async with aiohttp.ClientSession() as session:
            await call(session, "POST", url, token=self._admin.access_token, body=limits)

    @classmethod
    async def template(
        cls,
        cache_folder: Path,
        server_name: str = "localhost",
        *,
        on_progress: Callable[[str], None] = silent,
    ) -> Path:
        """A fresh homeserver's SQLite file, to be given to `Synapse(template=...)`.

        Not only quicker: a new Synapse spends its first minute on some fifty updates of its own schema, one a
        second, which a measurement would notice. In the template they are done.

        Made once for each Synapse version and server name, then found in `cache_folder`; two programs may ask
        at once.
        """
        _check_installed(None)
        version = importlib.metadata.version("matrix-synapse")
        made = cache_folder / f"synapse-{version}-{server_name}.db"
        if not made.exists():
            on_progress("Synapse: making the template of its database")
            with _workshop(cache_folder) as workshop:
                first = cls(
                    workshop / "first",
                    server_name,
                    config={"background_updates": {"sleep_enabled": False}},
                    on_progress=on_progress,
                )
                async with first:
                    on_progress("Synapse: finishing the template")
                    await first._child.until(
                        lambda: asyncio.to_thread(_is_settled, first._sqlite_path), within=START_WITHIN_S
                    )
                _copy_database(first._sqlite_path, workshop / "whole.db")
                (workshop / "whole.db").replace(made)
        return made

    @property
    def _config_path(self) -> Path:
        return self._folder / "homeserver.yaml"

    @property
    def _sqlite_path(self) -> Path:
        return self._folder / "homeserver.db"

    def _write_config(self) -> None:
        before: dict[str, Any] = {}
        if self._config_path.exists():
            before = json.loads(self._config_path.read_text())
        if not self._port:
            self._port = before["listeners"][0]["port"] if before else free_port()
        kept = {key: before.get(key) or secrets.token_urlsafe(32) for key in SECRETS}
        self._shared_secret = kept["registration_shared_secret"]
        key_path = self._folder / "signing.key"
        if not key_path.exists():
            seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
            _write_private(key_path, f"ed25519 a_{secrets.token_hex(2)} {seed}\n")
        log_config_path = self._folder / "log.config"
        _write_private(log_config_path, json.dumps(_LOG_CONFIG, indent=1))
        config = {
            "server_name": self.server_name,
            "public_baseurl": f"{self.url}/",
            "listeners": [
                {
                    "port": self._port,
                    "bind_addresses": ["127.0.0.1"],
                    "type": "http",
                    "tls": False,
                    "x_forwarded": False,
                    "resources": [{"names": ["client"], "compress": False}],
                }
            ],
            "database": self._database_config(),
            "media_store_path": str(self._folder / "media"),
            "signing_key_path": str(key_path),
            "log_config": str(log_config_path),
            "app_service_config_files": [str(path.absolute()) for path in self.registrations],
            "report_stats": False,
            "bcrypt_rounds": 4,
            "presence": {"enabled": False},
            "stats": {"enabled": False},
            "user_directory": {"enabled": False},
            "send_federation": False,
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            **PRIVACY,
            **kept,
            **self.config,
        }
        _write_private(self._config_path, json.dumps(config, indent=1))

    def _database_config(self) -> dict[str, Any]:
        if self._database is None:
            return {"name": "sqlite3", "args": {"database": str(self._sqlite_path)}}
        address = urlsplit(self._database)
        arguments = {
            "user": unquote(address.username or ""),
            "password": unquote(address.password or ""),
            "host": address.hostname,
            "port": address.port,
            "dbname": unquote(address.path.lstrip("/")),
        }
        given = {key: value for key, value in arguments.items() if value}
        return {"name": "psycopg2", "args": {**given, "cp_min": 2, "cp_max": 10}}


# Warnings only, and to the stream that our log file is: Synapse's own INFO lines name rooms and users at each
# request.
_LOG_CONFIG: Mapping[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
    "root": {"level": "WARNING", "handlers": ["stream"]},
}


def _check_installed(database: str | None) -> None:
    if importlib.util.find_spec("synapse") is None:
        raise SynapseMissing('Synapse is not installed here: pip install "hampayam[sandbox]"')
    if database is not None and importlib.util.find_spec("psycopg2") is None:
        raise SynapseMissing("Synapse needs psycopg2 to use PostgreSQL: pip install psycopg2-binary")


@contextlib.contextmanager
def _workshop(parent: Path) -> Iterator[Path]:
    """A folder for the time of the work, on the same file system as `parent`."""
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)


def _is_settled(database_path: Path) -> bool:
    """Whether Synapse has no updates of its schema left to do in the background."""
    with contextlib.closing(sqlite3.connect(database_path)) as database:
        return not database.execute("SELECT 1 FROM background_updates LIMIT 1").fetchone()


def _ask(database_path: Path, query: str, *arguments: str) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(f"file:{database_path}?mode=rw", uri=True, timeout=10)
    with contextlib.closing(database), database:
        return database.execute(query, arguments).fetchall()


def _copy_database(source: Path, target: Path) -> None:
    # Not a copy of the file: what lies in its write-ahead log belongs to it.
    with contextlib.closing(sqlite3.connect(source)) as database:
        database.execute("VACUUM INTO ?", (str(target),))


def _account(answer: Mapping[str, Any]) -> Account:
    return Account(answer["user_id"], answer["access_token"], answer["device_id"])


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        await call(session, "GET", url)
    except (aiohttp.ClientError, TimeoutError, MatrixRefused):
        return False
    return True


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, and readable for its owner only."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    part.touch(0o600)
    part.write_text(text)
    part.replace(path)
