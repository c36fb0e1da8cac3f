"""The operator's kill switch, from the command line: nothing new is begun while it is on.

It is a key in Redis, which the scripts that begin work look at; any client may set it as well.
"""

from mobart.app.checks import NotReady
from mobart.app.problems import REDIS_SETTINGS
from mobart.core.errors import MobartError
from mobart.journal.connection import connect, translated
from mobart.journal.keys import Keys
from mobart.settings import RedisAlone


async def pause(settings: RedisAlone) -> None:
    """Have all workers begin nothing new.  Raises NotReady."""
    await _set(settings, paused=True)


async def resume(settings: RedisAlone) -> None:
    """Have all workers go on.  Raises NotReady."""
    await _set(settings, paused=False)


async def _set(settings: RedisAlone, *, paused: bool) -> None:
    redis = connect(
        settings.redis_address, name="mobart:kill-switch", namespace=settings.mobart_namespace
    )
    key = Keys(settings.mobart_namespace).paused
    try:
        with translated():
            # PEXPIRE and not DEL: a worker's user may do that
            await (redis.set(key, 1) if paused else redis.pexpire(key, 1))
    except MobartError as error:
        raise NotReady([f"Redis: {error} (see {REDIS_SETTINGS})"], healing=True) from error
    finally:
        await redis.aclose()
