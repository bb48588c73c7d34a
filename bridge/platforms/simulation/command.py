"""A simulator as a program: prints where it listens, runs until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from typing import Any

from .base import Simulator
from .records import ControlError


def run(simulator: Simulator[Any], arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=f"A {simulator.platform} of your own, on loopback.")
    parser.add_argument("--port", type=int, default=0, help="what the platform shows (default: any free one)")
    parser.add_argument("--control-port", type=int, default=0, help="the control interface (default: any free one)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option; VALUE is JSON or a plain word",
    )
    given = parser.parse_args(arguments)
    try:
        simulator.set_options(dict(_option(each) for each in given.set))
    except ControlError as error:
        parser.error(error.words)
    asyncio.run(_serve(simulator, given.port, given.control_port))
    return 0


def _option(given: str) -> tuple[str, Any]:
    name, _, value = given.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


async def _serve(simulator: Simulator[Any], port: int, control_port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await simulator.start(port, control_port)
    where: dict[str, Any] = {
        "platform": simulator.platform,
        "url": simulator.url,
        "control_url": simulator.control_url,
    }
    if urls := simulator.urls():
        where["urls"] = urls
    print(json.dumps(where), flush=True)
    await stopped.wait()
    await simulator.stop()
