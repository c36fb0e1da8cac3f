"""Whether the server is still the master, and following the address to the new one when it is not.

After a failover the old master may live on as a replica, and keep its connections: what is written
there is refused, and whoever publishes at the new master is told that nobody subscribes.  Pooled
connections leave a replica by themselves (`connection.py`).  The role of the server is looked at, each
time over a connection of its own while it is a replica, since the address may lead to the new master by
then; and a subscription that is at another server than the master is opened anew.
"""

from typing import Protocol

from redis.asyncio import Redis

from mobart.core.events import LogEvent
from mobart.core.ports import Observer
from mobart.journal.failures import translated
from mobart.journal.server_checks import is_replica

LOOK_EVERY = 2.0
"""Seconds between two looks."""
MOST_TRIED = 100
"""Pairs of servers for which it is tried; more have no ids that mean anything."""


class Subscription(Protocol):
    """What is opened anew where it is at another server than the master."""

    @property
    def server(self) -> str:
        """The run id of the server that it was opened at, "" if none is known."""

    def reopen(self) -> None:
        """Open it anew."""


class MasterWatch:
    """Looks at the server behind *redis*, and at which server the *subscription* is."""

    def __init__(self, redis: Redis, *, observer: Observer, subscription: Subscription) -> None:
        """Use *redis* for short commands only."""
        self._redis = redis
        self._observer = observer
        self._subscription = subscription
        self._demoted = False
        self._tried = set[tuple[str, str]]()

    async def look(self) -> None:
        """Look once, and log a change.  Raises Unavailable."""
        if self._demoted:
            await self._redis.connection_pool.disconnect(inuse_connections=False)
        with translated():
            info = await self._redis.info()
        demoted = is_replica(info)
        if demoted and not self._demoted:
            self._observer.note(LogEvent.REDIS_DEMOTED)
        elif self._demoted and not demoted:
            self._observer.note(LogEvent.REDIS_PROMOTED)
        self._demoted = demoted
        if not demoted:
            self._follow(str(info.get("run_id", "")))

    def _follow(self, master: str) -> None:
        """Open the subscription anew if it is at another server; not again where that did not help.

        An address may stand for several servers at once; each gap costs messages.
        """
        apart = self._subscription.server, master
        if "" in apart or master == self._subscription.server or apart in self._tried:
            return
        if len(self._tried) < MOST_TRIED:
            self._tried.add(apart)
            self._subscription.reopen()
