"""The life of the worker process: open the parts, check them, work, stop.

The subscription takes requests in, the worker fulfils them (`mobart.jobs.worker` fetches, its `runner`
opens each delivery, and `fulfil` brings the job to its outcome), the HTTP port reports the state of both,
and webhooks, if they are switched on, report outcomes to the backend.  How it stops is in `mobart.app.stop`.
"""

import asyncio
from contextlib import AsyncExitStack

from mobart import __version__
from mobart.app.build import Components, build
from mobart.app.garbage import look_for_garbage, look_rarely_at_all
from mobart.app.logs import report_failures_to
from mobart.app.records import keep_records, share_durations
from mobart.app.redis import watches_of
from mobart.app.signals import done_before, stopped_by_signal
from mobart.app.start import check
from mobart.app.threads import started_threads
from mobart.core.events import LogEvent
from mobart.rendering.heap import map_blocks_from
from mobart.settings import Settings


async def run(settings: Settings) -> None:
    """Be a worker until SIGTERM, SIGINT or SIGHUP.

    Raises:
        NotReady: a check at start-up failed.
    """
    map_blocks_from(2**20)  # so large are pictures, and little else
    with started_threads(), stopped_by_signal() as stop:
        parts = build(settings)
        report_failures_to(parts.base.observer)
        async with AsyncExitStack() as stack:
            await open_clients(parts, stack)
            await open_ports(parts, stack)
            if await done_before(stop, check(parts)):
                await work(parts, stop)


async def check_only(settings: Settings) -> None:
    """Run the checks of the start-up once, without the HTTP port.  Raises NotReady."""
    parts = build(settings)
    async with AsyncExitStack() as stack:
        await open_clients(parts, stack)
        await check(parts, thorough=True)


async def open_clients(parts: Components, stack: AsyncExitStack) -> None:
    """Open what has connections or processes; *stack* closes it the other way round."""
    if parts.base.tracing is not None:
        stack.push_async_callback(parts.base.tracing.aclose)
    for client in parts.base.redis.clients:
        stack.push_async_callback(client.aclose)
    for provider in parts.providers.built.values():
        await stack.enter_async_context(provider.clients)
    for part in parts.pictures.opened:
        await stack.enter_async_context(part)


async def open_ports(parts: Components, stack: AsyncExitStack) -> None:
    """Listen on the HTTP ports; where one is taken by another worker here, the work goes on."""
    for port in parts.ports:
        try:
            await stack.enter_async_context(port)
        except OSError as error:
            detail = f"port {port.port}: {error.strerror}"
            parts.base.observer.note(LogEvent.PORT_TAKEN, detail=detail)


async def work(parts: Components, stop: asyncio.Event) -> None:
    """Listen and work until *stop*; then finish or release what is in progress."""
    base = parts.base
    look_rarely_at_all()
    base.observer.note(LogEvent.WORKER_STARTED, worker=base.name, version=__version__)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(parts.intake.listener.run())
        working = tasks.create_task(parts.worker.run())
        watches = watches_of(base.redis, base.clock, base.observer, parts.intake.listener)
        beside = (
            *watches,
            keep_records(parts),
            share_durations(base),
            look_for_garbage(base.clock),
        )
        watching = [tasks.create_task(one) for one in beside]
        if parts.webhooks is not None:
            tasks.create_task(parts.webhooks.run(stop))
        await stop.wait()
        listening.cancel()
        parts.worker.stop()
        await working
        for task in watching:
            task.cancel()
    base.observer.note(LogEvent.WORKER_STOPPED, worker=base.name)
