"""What is tried at each foreign server: a table of cases, each a short play with a real worker."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from mobart_local.standin import Script
from tests.daemon.deployment import Deployment, WorkerProcess, until
from tests.support.servers import QUICK
from tests.vendors_live.process import ForeignProcess

BLOCKED, NO_CREDIT = "moderation_blocked", "provider_credit"
ENDINGS = {None, "submit_unknown", "provider_timeout", "provider_bad_response", "generation_failed"}
"""How a job may end whose server forgot it; None is a picture."""
LONG = 6.0
"""Seconds that a generation lasts which something happens to."""


async def nothing() -> None:
    """Forget nothing."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A foreign server as a case sees it, over all the cases."""

    name: str
    process: ForeignProcess
    settings: Mapping[str, str]
    bought: Callable[[Deployment], Awaitable[int]]
    """How many generations were ordered from whoever is paid in the end."""
    slow: Callable[[Deployment], Awaitable[Mapping[str, str]]]
    """Make generations long; returns more settings of a worker."""
    kept: bool
    """Whether it can be asked about a submit whose answer was lost."""
    gateway: bool = False
    """Whether another server is behind it, which the stand-in plays."""
    lists: bool = True
    """Whether it knows its models."""
    tells: bool = True
    """Whether what a refusal means survives a gateway."""
    asynchronous: bool = False
    """Whether it answers with a ticket."""
    tries: int = 1
    """How often a gateway sends one failing order on."""
    cut: Callable[[float], None] = lambda _: None
    """Delay what the server says, in seconds; 0 ends that."""
    referring: Mapping[str, str] | None = None
    """More settings of a worker whose requests refer to a picture; None: it takes none."""
    fresh: Callable[[], Awaitable[None]] = nothing
    """Forget what the cases before ordered."""


@dataclass(frozen=True)
class Play:
    """One case at one server, with a deployment of its own."""

    server: Server
    one: Deployment

    def id(self, name: object) -> str:
        """Name a request, in no other case the same: some servers remember ids."""
        return f"{self.one.namespace}-{name}"

    async def worker(self, **more: str) -> WorkerProcess:
        """Start a worker that asks the server."""
        return await self.one.ready_worker(**{**self.server.settings, **more})

    async def completed(self, *request_ids: str) -> None:
        """Expect pictures in the bucket."""
        for request_id in request_ids:
            told = await self.one.outcome(request_id)
            assert told["status"] == "completed", told
            async with aiohttp.ClientSession() as session, session.get(told["s3_url"]) as answer:
                assert (await answer.read()).startswith(b"\x89PNG"), "no picture in S3"

    async def failed(self, request_id: str, code: str, paid: object = False) -> dict[str, Any]:
        """Expect a failure."""
        told = await self.one.outcome(request_id)
        found = told["status"], told.get("error_code"), told.get("paid")
        assert found == ("failed", code, paid), told
        return told

    async def was_bought(self, times: int) -> None:
        """Expect so many orders, and one announcement for each request."""
        found = await self.server.bought(self.one)
        assert found == times, f"bought {found} times, not {times}"
        assert set(self.one.announcements().values()) <= {1}, "announced twice"


async def end_to_end(play: Play) -> None:
    """Expect of one request a picture in S3 and a completion."""
    await play.worker()
    await play.one.ask(play.id(1))
    await play.completed(play.id(1))
    await play.was_bought(1)


async def two_workers(play: Play) -> None:
    """Share six requests among two workers: each is ordered once and announced once."""
    for _ in range(2):
        await play.worker()
    names = [play.id(number) for number in range(6)]
    for name in names:
        await play.one.ask(name)
    await play.completed(*names)
    await play.was_bought(6)


async def cancel(play: Play) -> None:
    """Cancel while it is generated: it is settled at once, and not ordered again."""
    worker = await play.worker(**await play.server.slow(play.one))
    await play.one.ask(play.id(1))
    await under_way(play, worker)
    await play.one.publish(
        json.dumps({"request_id": play.id(1)}).encode(), "image_generation_cancel"
    )
    told = await play.one.outcome(play.id(1))
    assert told["error_code"] == "cancelled", told
    await play.was_bought(1)


async def killed(play: Play) -> None:
    """Kill the worker between submit and ticket: adopted where it can be asked, else unknown."""
    more = await play.server.slow(play.one)
    play.server.cut(LONG)
    worker = await play.worker(**more)
    await play.one.ask(play.id(1))
    await ordered(play, 1)
    await worker.kill()
    assert (await play.one.record(play.id(1)))["stage"] == "paying"
    play.server.cut(0.0)
    await play.worker(**more)
    if play.server.kept:
        await play.completed(play.id(1))
    else:
        await play.failed(play.id(1), "submit_unknown", "unknown")
    await play.was_bought(1)


async def restarted(play: Play) -> str:
    """Kill the server in the middle and start it again: the job ends, and the next one works."""
    more = await play.server.slow(play.one)
    worker = await play.worker(**more)
    await play.one.ask(play.id(1))
    await under_way(play, worker)
    before = await play.server.bought(play.one)
    await play.server.process.kill()
    await play.server.process.start()
    told = await play.one.outcome(play.id(1))
    assert told["status"] == "completed" or not play.server.kept, told
    assert told.get("error_code") in ENDINGS, told
    assert before == 1
    await play.one.ask(play.id(2))
    await play.completed(play.id(2))
    return str(told.get("error_code") or "")


async def gateway_repeats(play: Play) -> None:
    """Have the upstream accept and answer 500, and see what the gateway makes of one order."""
    play.one.midjourney.play(replace(QUICK, submit="accepted-500"))
    await play.worker()
    await play.one.ask(play.id(1))
    await play.failed(play.id(1), "submit_unknown", "unknown")
    await play.was_bought(play.server.tries)


async def refusals(play: Play) -> None:
    """Expect that what the upstream refuses keeps its meaning, and costs nothing."""
    await play.worker()
    for row, code in (("moderated", BLOCKED), ("402", NO_CREDIT)):
        play.one.midjourney.play(replace(QUICK, submit=row))
        await play.one.ask(play.id(row))
        await play.failed(play.id(row), code)
    await play.was_bought(0)


async def wrong_model(play: Play) -> None:
    """Ask for a model that is not there: the operator's business, not the player's."""
    await play.worker(OPENAI_IMAGE_MODEL="nobody-has-this")
    await play.one.ask(play.id(1))
    await play.failed(play.id(1), "provider_unavailable")
    await play.was_bought(0)


async def reference(play: Play) -> None:
    """Refer to an earlier result."""
    worker = await play.worker()
    await play.one.ask(play.id(1))
    await play.completed(play.id(1))
    await worker.end()
    await play.worker(**(play.server.referring or {}))
    key = play.one.outcomes(play.id(1))[0]["s3_key"]
    await play.one.ask(play.id(2), options={"reference": key})
    await play.completed(play.id(2))
    await play.was_bought(2)


async def under_way(play: Play, worker: WorkerProcess) -> None:
    """Wait until a generation runs that is paid for."""
    await ordered(play, 1)
    if play.server.asynchronous:
        await worker.until_logged("job.paid")


async def ordered(play: Play, times: int) -> None:
    """Wait until the server has taken so many orders."""

    async def taken() -> bool:
        await asyncio.sleep(0.2)
        return await play.server.bought(play.one) >= times

    await until(taken, f"{times} orders")


@dataclass(frozen=True)
class Case:
    """One row of the table of results."""

    name: str
    act: Callable[[Play], Awaitable[str | None]]
    """Returns a word on how it went, if there is more than one way."""
    fits: Callable[[Server], bool] = lambda _: True
    """At which servers it has a meaning."""


CASES = (
    Case("end to end", end_to_end),
    Case("two workers", two_workers),
    Case("cancel", cancel),
    Case("kill -9 between submit and ticket", killed),
    Case("restart of the server in the middle", restarted),
    Case("retries of a gateway", gateway_repeats, lambda server: server.gateway),
    Case("refusals through a gateway", refusals, lambda server: server.gateway and server.tells),
    Case("an unknown model", wrong_model, lambda server: server.gateway and server.lists),
    Case("a picture to go by", reference, lambda server: server.referring is not None),
)
SCRIPT = Script(seconds=0.05, side=64)
