"""The port on which the homeserver reaches us, and people who follow a link."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bridge.config import AppserviceConfig
from bridge.errors import StartError


async def listen(app: web.Application, where: AppserviceConfig) -> web.AppRunner:
    """Answer from now on, until `until_cancelled` ends. Raises StartError in plain words."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, where.host, where.port).start()
    except OSError as error:
        await runner.cleanup()
        raise StartError(
            f"cannot listen on {where.listen} (appservice.listen): {error.strerror or error}; "
            "is another bridge running, or another program on this port?"
        ) from None
    return runner


async def until_cancelled(runner: web.AppRunner) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
