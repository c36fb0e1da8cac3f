"""The webhooks of the stand-in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from mobart_local.standin import Script
from mobart_local.standin.webhooks import milestones
from tests.support.standin_client import CLOSED, Client, connected


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Give a client of a stand-in whose generations end at once."""
    async with connected() as client:
        yield client


@dataclass
class Handler:
    """A listener for webhooks that answers with the given statuses, then 200."""

    url: str
    refusals: list[int]
    heard: "asyncio.Queue[tuple[dict[str, Any], str | None]]"

    async def listen(self, request: web.Request) -> web.Response:
        """Take one webhook."""
        await self.heard.put((await request.json(), request.headers.get("x-webhook-secret")))
        return web.Response(status=self.refusals.pop(0) if self.refusals else 200)


@pytest.fixture
async def handler() -> AsyncIterator[Handler]:
    """Listen on a free port."""
    app = web.Application()
    handler = Handler("", [], asyncio.Queue())
    app.router.add_post("/hook/{name}", handler.listen)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    handler.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook/r1"
    yield handler
    await runner.cleanup()


async def test_webhook_tells_the_task_object_and_echoes_the_secret(
    client: Client, handler: Handler
) -> None:
    """Once, when the task is final."""
    task_id = await client.submit(webhook_endpoint=handler.url, webhook_secret="hush")
    told, secret = await handler.heard.get()
    assert (told["task_id"], told["status"], secret) == (task_id, "finished", "hush")
    assert told == (await client.fetch(task_id)).json()


async def test_webhook_is_repeated_until_it_is_taken(client: Client, handler: Handler) -> None:
    """Anything but 200 is no."""
    handler.refusals.append(500)
    await client.submit(webhook_endpoint=handler.url)
    first, second = [await handler.heard.get() for _ in range(2)]
    assert first == second


async def test_webhook_may_come_twice(client: Client, handler: Handler) -> None:
    """A duplicate of what was taken."""
    client.standin.play(Script(seconds=0, webhook="twice"))
    await client.submit(webhook_endpoint=handler.url)
    first, second = [await handler.heard.get() for _ in range(2)]
    assert first == second


async def test_webhook_may_come_before_the_submit_is_answered(
    client: Client, handler: Handler
) -> None:
    """Even if that answer never comes."""
    client.standin.play(Script(seconds=1000, submit="accepted-drop", webhook_early=True))
    with pytest.raises(CLOSED):
        await client.imagine(webhook_endpoint=handler.url)
    told, _ = handler.heard.get_nowait()
    assert told["status"] == "pending"


async def test_webhooks_of_progress_come_in_order(client: Client, handler: Handler) -> None:
    """When asked for, from the first step to the last."""
    client.standin.play(Script(seconds=0.4))
    await client.submit(webhook_endpoint=handler.url, notify_progress=True)
    statuses, status = [], ""
    while status != "finished":
        told, _ = await handler.heard.get()
        status = told["status"]
        statuses.append(status)
    assert statuses == sorted(statuses, key=["pending", "processing", "finished"].index)
    assert len(statuses) == len(milestones(client.standin.ledger.tasks[told["task_id"]]))
