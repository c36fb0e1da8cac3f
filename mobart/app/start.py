"""What a worker proves at its start: that Redis, S3 and the providers are there and fit."""

from mobart.app.base import BACKOFF, Base
from mobart.app.build import Components
from mobart.app.checks import PICTURE_SETTINGS, REDIS_SETTINGS, S3_SETTINGS, Check, check_all
from mobart.app.memory import memory_problem
from mobart.app.redis import build_neighbours, durability_of
from mobart.core.events import LogEvent
from mobart.core.redis_nodes import nodes_of
from mobart.core.retry import Retrier
from mobart.journal import server_checks
from mobart.providers.registry import PROVIDERS


async def check(parts: Components, *, thorough: bool = False) -> None:
    """Prove that everything needed is there; if *thorough*, that a picture can be processed too.

    The latter takes longer than the rest, and is done again by the first picture.  Raises NotReady.
    """
    base = parts.base
    if problem := memory_problem(base.settings):
        base.observer.note(LogEvent.CHECK_WARNED, check="Memory", detail=problem)
    providers = [
        Check(row.title, row.variables, one.check, True, row.warnings(base.settings))
        for row, one in ((PROVIDERS[name], one) for name, one in parts.providers.guarded.items())
    ]
    await check_all(
        [
            Check("Redis", REDIS_SETTINGS, lambda: _check_redis(base)),
            Check("S3", S3_SETTINGS, parts.pictures.store.check),
            *(
                [Check("Pictures", PICTURE_SETTINGS, parts.pictures.renderer.check)]
                if thorough
                else []
            ),
            *providers,
        ],
        wait=base.settings.mobart_startup_timeout_seconds,
        retrier=Retrier(base.clock, base.observer, BACKOFF, LogEvent.CHECK_WAITED),
        observer=base.observer,
    )


async def _check_redis(base: Base) -> None:
    await server_checks.check(
        base.redis.commands,
        base.redis.permissions,
        may_evict=base.settings.mobart_redis_may_evict,
        sought=nodes_of(base.settings.redis_address).kind != "plain",
    )
    await build_neighbours(base.redis, base.observer).check()
    durability = durability_of(base.settings)
    await durability.check(base.redis.commands)
    warnings = await server_checks.warnings(base.redis.commands)
    for warning in warnings + await durability.warnings(base.redis.commands):
        base.observer.note(LogEvent.CHECK_WARNED, check="Redis", detail=warning)
