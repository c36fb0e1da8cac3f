"""The life of the worker process: open the parts, check them, work, leave tidily.

A listener takes requests in, a worker fulfils them, an HTTP port tells how both are, and, if they
are switched on, callbacks tell the backend.  `assembly` builds all of them from the settings.
"""

import asyncio
from contextlib import AsyncExitStack

from mobart import __version__
from mobart.app.build import BACKOFF, Assembly
from mobart.app.checks import Check, check_all
from mobart.app.signals import done_before, stopped_by_signal
from mobart.core.events import LogEvent
from mobart.core.retry import Retrier
from mobart.journal import server_checks
from mobart.providers.registry import PROVIDERS
from mobart.settings import Settings

REDIS_SETTINGS = "REDIS_HOST, REDIS_PORT, REDIS_PASSWORD or REDIS_URL"
S3_SETTINGS = "S3_BUCKET_NAME, AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID"


async def run(settings: Settings) -> None:
    """Be a worker until SIGTERM or SIGINT.

    Raises:
        NotReady: a check at start-up failed.

    """
    parts = Assembly(settings)
    with stopped_by_signal() as stop:
        async with AsyncExitStack() as stack:
            await open_all(parts, stack)
            if await done_before(stop, check(parts)):
                await work(parts, stop)


async def check_only(settings: Settings) -> None:
    """Run the checks of the start-up once.  Raises NotReady."""
    parts = Assembly(settings)
    async with AsyncExitStack() as stack:
        await open_all(parts, stack)
        await check(parts)


async def open_all(parts: Assembly, stack: AsyncExitStack) -> None:
    """Open what has connections; *stack* closes it the other way round."""
    for client in (parts.redis, parts.blocking, parts.subscription):
        stack.push_async_callback(client.aclose)
    for built_provider in parts.built.values():
        await stack.enter_async_context(built_provider.clients)
    for part in (parts.store, parts.downloads, parts.renderer):
        await stack.enter_async_context(part)
    if parts.settings.mobart_http_port:
        try:
            await stack.enter_async_context(parts.probes)
        except OSError as error:  # another worker on this machine has it; the work goes on
            parts.observer.note(LogEvent.PORT_TAKEN, detail=error.strerror)


async def check(parts: Assembly) -> None:
    """Prove that everything needed is there.  Raises NotReady."""

    async def redis() -> None:
        await server_checks.check(parts.redis, parts.permissions)
        for warning in await server_checks.warnings(parts.redis):
            parts.observer.note(LogEvent.CHECK_WARNED, check="Redis", detail=warning)

    await check_all(
        [
            Check("Redis", REDIS_SETTINGS, redis),
            Check("S3", S3_SETTINGS, parts.store.check),
            *(
                Check(PROVIDERS[name].title, PROVIDERS[name].settings, one.check, may_be_away=True)
                for name, one in parts.providers.items()
            ),
        ],
        wait=parts.settings.mobart_startup_timeout_seconds,
        retrier=Retrier(parts.clock, parts.observer, BACKOFF, LogEvent.CHECK_WAITED),
        observer=parts.observer,
    )


async def work(parts: Assembly, stop: asyncio.Event) -> None:
    """Listen and work until *stop*; then finish or release what is in hand."""
    parts.observer.note(LogEvent.WORKER_STARTED, worker=parts.name, version=__version__)
    async with asyncio.TaskGroup() as tasks:
        hearing = tasks.create_task(parts.listener.run())
        working = tasks.create_task(parts.worker.run())
        counting = tasks.create_task(parts.backlog.run(parts.clock))
        if parts.callbacks is not None:
            tasks.create_task(parts.callbacks.run(stop))
        await stop.wait()
        hearing.cancel()
        parts.worker.stop()
        await working
        counting.cancel()
    parts.observer.note(LogEvent.WORKER_STOPPED, worker=parts.name)
