"""A simulated bot's updates: kept, forgotten, pushed."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from aiohttp import web

from bridge.platforms.simulation import UpdateQueue, Webhook, chats_turned_round


async def test_a_queue_forgets_what_is_too_much_or_too_old() -> None:
    now = [0.0]
    queue = UpdateQueue(lambda: now[0], first=5, keep=3, age=100)
    for n in range(5):
        queue.put({"n": n})
    assert [u["update_id"] for u in queue.batch(10)] == [7, 8, 9]
    now[0] = 60
    queue.put({"n": 5})
    now[0] = 101
    assert [u["n"] for u in queue.batch(10)] == [5]
    assert len(queue) == 1


async def test_a_webhook_is_tried_again_until_it_is_taken() -> None:
    got: list[Any] = []
    taken = asyncio.Event()

    async def receive(request: web.Request) -> web.Response:
        got.append(await request.json())
        if len(got) == 3:
            taken.set()
        return web.Response(status=500 if len(got) == 1 else 204)

    app = web.Application()
    app.add_routes([web.post("/hook", receive)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    queue = UpdateQueue(lambda: 0.0)
    queue.put({"n": "one"})
    queue.put({"n": "two"})
    hook = Webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", queue, pause=0.01)
    async with aiohttp.ClientSession() as session:
        pushing = asyncio.create_task(hook.run(session))
        async with asyncio.timeout(10):
            await taken.wait()
            while len(queue):
                await asyncio.wait({pushing}, timeout=0.01)
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
    await runner.cleanup()
    assert [u["n"] for u in got] == ["one", "one", "two"]
    assert hook.last_error is None


def test_chats_change_places_and_what_is_said_in_one_keeps_its_order() -> None:
    nested = [{"update_id": n, "message": {"chat": {"id": chat}}} for n, chat in enumerate("abacb")]
    assert [update["update_id"] for update in chats_turned_round(nested)] == [3, 1, 4, 0, 2]
    flat = [{"chat_id": chat, "n": n} for n, chat in enumerate("aab")]
    assert [update["n"] for update in chats_turned_round(flat)] == [2, 0, 1]
    assert chats_turned_round(["odd", {"message": {}}]) == ["odd", {"message": {}}]
