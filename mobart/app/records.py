"""Writes what this worker did, how it is, and what it learnt: for the status page, and for other workers."""

import asyncio
from contextlib import suppress

from mobart import __version__
from mobart.app.base import Base
from mobart.app.build import Components
from mobart.core.errors import Unavailable
from mobart.core.views import WorkerStatus
from mobart.jobs.durations import EXCHANGE_EVERY
from mobart.jobs.loop import LoopGuard
from mobart.journal.durations import RedisDurations
from mobart.web.recorder import EVERY

LAST_SECONDS = 2.0
"""For the last batch, when the worker leaves."""


async def keep_records(parts: Components) -> None:
    """Write a batch every second until cancelled, and then a last one."""
    base = parts.base

    async def write() -> None:
        await base.recorder.write(status_of(parts))

    guard = LoopGuard(base.observer, base.clock)
    try:
        await guard.forever(write, every=EVERY)
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await guard.once(write)


async def share_durations(base: Base) -> None:
    """Learn, together with the other workers, how long pictures take, until cancelled."""
    store = RedisDurations(base.redis.commands, keys=base.redis.keys)

    async def exchange() -> None:
        with suppress(Unavailable):  # it costs some looks, and nothing else
            await base.usual.exchange(store)

    await LoopGuard(base.observer, base.clock).forever(exchange, every=EXCHANGE_EVERY)


def status_of(parts: Components) -> WorkerStatus:
    """Return how the worker is."""
    base, worker, now = parts.base, parts.worker, parts.base.clock.monotonic()
    hearing = parts.intake.listener.hearing
    circuits = {name: one.circuit for name, one in parts.providers.guarded.items()}
    stages = {claim.request.request_id: str(claim.job.stage) for claim in base.running.claims}
    return WorkerStatus(
        worker=base.name,
        version=__version__,
        started_at=base.recorder.started_at,
        slots=worker.slots.size,
        used=worker.slots.work.used,
        jobs=len(base.running),
        paused=worker.paused,
        stopping=worker.stopping,
        problems=[] if hearing else ["the requests channel is not heard"],
        callbacks_stopped=base.recorder.callbacks_stopped,
        circuits={
            name: 0.0 if one.closed else max(0.1, one.retry_at - now)
            for name, one in circuits.items()
        },
        budget=base.settings.mobart_daily_budget,
        budget_usd=base.settings.mobart_daily_budget_usd,
        user_daily=base.settings.mobart_user_daily_jobs,
        progress=base.progress.of(stages),
    )
