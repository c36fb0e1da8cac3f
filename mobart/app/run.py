"""The life of the worker process: open the parts, check them, work, stop.

The subscription takes requests in, the worker fulfils them, the HTTP port tells how both are, and
webhooks, if they are switched on, tell the backend.  How it stops is in `mobart.app.stop`.
"""

import asyncio
from contextlib import AsyncExitStack

from mobart import __version__
from mobart.app.base import BACKOFF, Base
from mobart.app.build import Components, build
from mobart.app.checks import Check, check_all
from mobart.app.logs import report_failures_to
from mobart.app.memory import MIB, MemoryLimits, available_memory
from mobart.app.problems import REDIS_SETTINGS, S3_SETTINGS
from mobart.app.signals import done_before, stopped_by_signal
from mobart.core.events import LogEvent
from mobart.core.retry import Retrier
from mobart.jobs.slots import pictures
from mobart.journal import server_checks
from mobart.providers.registry import PROVIDERS
from mobart.settings import Settings


async def run(settings: Settings) -> None:
    """Be a worker until SIGTERM or SIGINT.

    Raises:
        NotReady: a check at start-up failed.

    """
    parts = build(settings)
    report_failures_to(parts.base.observer)
    with stopped_by_signal() as stop:
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
        await check(parts)


async def open_clients(parts: Components, stack: AsyncExitStack) -> None:
    """Open what has connections or processes; *stack* closes it the other way round."""
    for client in parts.base.redis.clients:
        stack.push_async_callback(client.aclose)
    for provider in parts.providers.built.values():
        await stack.enter_async_context(provider.clients)
    for part in (parts.pictures.store, parts.pictures.http, parts.pictures.renderer):
        await stack.enter_async_context(part)


async def open_ports(parts: Components, stack: AsyncExitStack) -> None:
    """Listen on the HTTP ports; where one is taken by another worker here, the work goes on."""
    for port in parts.ports:
        try:
            await stack.enter_async_context(port)
        except OSError as error:
            detail = f"port {port.port}: {error.strerror}"
            parts.base.observer.note(LogEvent.PORT_TAKEN, detail=detail)


async def check(parts: Components) -> None:
    """Prove that everything needed is there.  Raises NotReady."""
    base = parts.base
    _note_memory(base)
    providers = [
        Check(row.title, row.variables, one.check, True, row.warnings(base.settings))
        for row, one in ((PROVIDERS[name], one) for name, one in parts.providers.guarded.items())
    ]
    await check_all(
        [
            Check("Redis", REDIS_SETTINGS, lambda: _check_redis(base)),
            Check("S3", S3_SETTINGS, parts.pictures.store.check),
            *providers,
        ],
        wait=base.settings.mobart_startup_timeout_seconds,
        retrier=Retrier(base.clock, base.observer, BACKOFF, LogEvent.CHECK_WAITED),
        observer=base.observer,
    )


def _note_memory(base: Base) -> None:
    """Warn where the limits of the settings need more memory than this container has."""
    settings = base.settings
    limits = MemoryLimits(
        render_processes=settings.mobart_render_processes,
        render_memory=settings.mobart_render_memory_mb * MIB,
        jobs=pictures(settings.mobart_max_concurrent_jobs),
        source_bytes=settings.mobart_max_source_bytes,
    )
    if problem := limits.problem(available_memory()):
        base.observer.note(LogEvent.CHECK_WARNED, check="Memory", detail=problem)


async def _check_redis(base: Base) -> None:
    await server_checks.check(base.redis.commands, base.redis.permissions)
    for warning in await server_checks.warnings(base.redis.commands):
        base.observer.note(LogEvent.CHECK_WARNED, check="Redis", detail=warning)


async def work(parts: Components, stop: asyncio.Event) -> None:
    """Listen and work until *stop*; then finish or release what is in progress."""
    base = parts.base
    base.observer.note(LogEvent.WORKER_STARTED, worker=base.name, version=__version__)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(parts.intake.listener.run())
        working = tasks.create_task(parts.worker.run())
        counting = tasks.create_task(base.redis.backlog.run(base.clock))
        if parts.webhooks is not None:
            tasks.create_task(parts.webhooks.run(stop))
        await stop.wait()
        listening.cancel()
        parts.worker.stop()
        await working
        counting.cancel()
    base.observer.note(LogEvent.WORKER_STOPPED, worker=base.name)
