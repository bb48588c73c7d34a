"""The command line: run · registration · check · restored · sandbox · demo."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

from bridge import loop
from bridge.app import App, version
from bridge.config import Config
from bridge.config_loading import load_config
from bridge.errors import BridgeError, ConfigError, StartError
from bridge.matrix.registration import Registration, load_registration, make_registration, write_registration
from bridge.parts import NONE, part_of
from bridge.platforms import PLATFORMS


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 fine, 1 something failed, 2 the configuration is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bridge", description="Hampayam · هم‌پیام " + version())
    parser.add_argument("--config", "-c", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the bridge")
    run.add_argument(
        "--standby",
        action="store_true",
        help="where another bridge works on this database (PostgreSQL), wait, and take over when it is gone",
    )
    run.add_argument(
        "--platform",
        choices=[*PLATFORMS, NONE],
        help="run only this platform's logins, in a process of their own (PostgreSQL); "
        f"{NONE}: only what belongs to no platform. Without it everything runs in one process",
    )
    registration = commands.add_parser("registration", help="write the registration that Synapse is given")
    registration.add_argument("--force", action="store_true", help="overwrite the file and make new tokens")
    commands.add_parser("check", help="try the configuration: every platform, the homeserver, the way back")
    commands.add_parser("restored", help="say that the database was restored from a backup; before the next run")
    sandbox = commands.add_parser("sandbox", help="Synapse, four simulators and the bridge, left running")
    sandbox.add_argument("--folder", type=Path, default=Path(".sandbox"))
    demo = commands.add_parser("demo", help="four messengers talk; ends with 0 if every message arrived once, in order")
    demo.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args(argv)
    try:
        match arguments.command:
            case "run":
                return loop.run(_run(*_read(arguments.config), arguments.platform, standby=arguments.standby))
            case "registration":
                return _registration(arguments.config, force=arguments.force)
            case "check":
                from bridge.check import check

                return asyncio.run(check(_config(arguments.config), PLATFORMS, print))
            case "restored":
                from bridge.restore import restored

                return asyncio.run(restored(_config(arguments.config), print))
            case "sandbox":
                from bridge.sandbox.play import sandbox as play

                return asyncio.run(play(arguments.folder))
            case _:
                from bridge.sandbox.demo import demo as show

                return asyncio.run(show(arguments.folder))
    except ConfigError as error:
        print("The configuration cannot be used:", *error.problems, sep="\n  ", file=sys.stderr)
        return 2
    except StartError as error:
        print(f"The bridge cannot start: {error}", file=sys.stderr)
        return 1
    except BridgeError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _config(file: Path) -> Config:
    return load_config(file, {name: platform.settings for name, platform in PLATFORMS.items()}, os.environ)


def _read(file: Path) -> tuple[Config, Registration]:
    config = _config(file)
    return config, load_registration(config.appservice.registration, config)


async def _run(config: Config, registration: Registration, platform: str | None, *, standby: bool) -> int:
    set_up_logging(config.logging.level)
    app = App(config, registration, PLATFORMS, part_of(config, platform))
    running = asyncio.create_task(app.run(standby=standby))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running
    return 0


def set_up_logging(level: str) -> None:
    """To standard error, one line an event. The libraries below us are kept to warnings: at debug level mautrix and
    aiohttp would write contents and addresses with tokens."""
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    for library in ("mau", "aiohttp", "asyncio", "aiosqlite", "asyncpg"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _registration(file: Path, *, force: bool) -> int:
    config = _config(file)
    path = config.appservice.registration
    write_registration(path, make_registration(config), force=force)
    print(f"Wrote {path}. Now name it in Synapse's homeserver.yaml and restart Synapse:")
    print(f"  app_service_config_files:\n    - {path.absolute()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
