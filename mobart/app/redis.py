"""The connections to Redis, and what this worker may do there."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any

from redis.asyncio import Redis
from redis.connection import ConnectionInterface

from mobart.core.errors import Unavailable
from mobart.core.ports import Clock, Observer
from mobart.jobs.loop import LoopGuard
from mobart.journal import backlog, neighbours, watch
from mobart.journal.backlog import Backlog
from mobart.journal.connection import connect, connector
from mobart.journal.durability import Durability
from mobart.journal.keys import Keys
from mobart.journal.listener import Listener
from mobart.journal.neighbours import Deployment, Neighbours
from mobart.journal.permissions import Permissions
from mobart.journal.recent import RecentWork
from mobart.journal.watch import MasterWatch
from mobart.settings import Settings


@dataclass(frozen=True, slots=True)
class RedisParts:
    """Two clients, since a blocking read keeps its connection to itself, and what subscribes."""

    commands: Redis
    blocking: Redis
    subscribe: Callable[[str], ConnectionInterface]
    """Makes a connection for a subscription, given what it is for."""
    keys: Keys
    backlog: Backlog
    permissions: Permissions
    recent: RecentWork
    """What this worker did lately, for the case that Redis forgets it."""
    deployment: Deployment
    heartbeat_channel: str
    """The channel on which this worker proves to itself that its subscription works."""

    @property
    def clients(self) -> tuple[Redis, ...]:
        """All that have connections to close."""
        return self.commands, self.blocking


def build_redis(settings: Settings, name: str, clock: Clock) -> RedisParts:
    """Build the clients of the worker *name*; nothing is connected yet."""
    keys = Keys(settings.mobart_namespace, settings.mobart_complete_channel)
    commands = connect(settings.redis_address, name=f"mobart:{name}", namespace=keys.namespace)
    deployment = deployment_of(settings, commands)
    heartbeat = deployment.heartbeat_channel(name)
    return RedisParts(
        commands=commands,
        blocking=connect(
            settings.redis_address, name=f"mobart:{name}:read", namespace=keys.namespace
        ),
        subscribe=connector(
            settings.redis_address, name=f"mobart:{name}", namespace=keys.namespace
        ),
        keys=keys,
        backlog=Backlog(commands, keys=keys),
        recent=RecentWork(clock),
        permissions=permissions_of(settings, keys, heartbeat),
        deployment=deployment,
        heartbeat_channel=heartbeat,
    )


def deployment_of(settings: Settings, redis: Redis) -> Deployment:
    """Return what tells this deployment from others on the same Redis."""
    database = int(redis.connection_pool.connection_kwargs.get("db") or 0)
    return Deployment(settings.mobart_namespace, database, settings.mobart_requests_channel)


def watches_of(
    parts: RedisParts, clock: Clock, observer: Observer, listener: Listener
) -> Sequence[Coroutine[Any, Any, None]]:
    """Return what looks at Redis while a worker runs; each goes on until it is cancelled, whatever Redis says."""
    looks = [
        (parts.backlog.look, backlog.LOOK_EVERY),
        (
            MasterWatch(parts.commands, observer=observer, subscription=listener).look,
            watch.LOOK_EVERY,
        ),
        (build_neighbours(parts, observer).look, neighbours.LOOK_EVERY),
    ]
    guard = LoopGuard(observer, clock)
    return [_looking(guard, look, every) for look, every in looks]


async def _looking(guard: LoopGuard, look: Callable[[], Awaitable[None]], every: float) -> None:
    """Look at once, and then now and then; without a word where Redis is away: others say so."""

    @wraps(look)
    async def quiet() -> None:
        with suppress(Unavailable):
            await look()

    await guard.once(quiet)
    await guard.forever(quiet, every=every)


def build_neighbours(parts: RedisParts, observer: Observer) -> Neighbours:
    """Build what looks for other deployments."""
    return Neighbours(parts.commands, here=parts.deployment, observer=observer)


def durability_of(settings: Settings) -> Durability:
    """Return what the right to pay waits for."""
    return Durability(settings.mobart_redis_wait_replicas, settings.mobart_redis_wait_disk)


def permissions_of(settings: Settings, keys: Keys, heartbeat_channel: str) -> Permissions:
    """Return the keys, commands and channels that a worker with these *settings* uses."""
    wakeups = [keys.wakeups] if settings.mobart_public_url else []
    own = [heartbeat_channel, *wakeups]
    progress = [settings.mobart_progress_channel] if settings.mobart_progress else []
    return Permissions(
        keys,
        subscribes=(settings.mobart_requests_channel, settings.mobart_cancel_channel, *own),
        publishes=(settings.mobart_complete_channel, *own, *progress),
    )
