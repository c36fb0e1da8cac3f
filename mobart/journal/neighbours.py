"""Other deployments that listen on this one's channel, so that each request would be paid twice.

Databases and namespaces separate keys, but a channel is one for the whole server.  So the channel on
which each worker proves its subscription to itself tells where it keeps its jobs,
`{namespace}:echo:<database>:<worker>:<requests channel>`, and PUBSUB CHANNELS lists those in use.
"""

import re
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.ports import Observer
from mobart.journal.failures import AWAY, translated

LOOK_EVERY = 30.0
"""Seconds between two looks; the one at the start misses who starts in the same moment."""
ALL = "{*}:echo:*"
_HEARTBEAT = re.compile(r"\{([^{}]+)\}:echo:(\d+):[^:]+:(.*)", re.DOTALL)
CLASH = (
    "namespace {0.namespace} in database {0.database} listens on the channel {0.requests_channel} as"
    " well, and each request would be paid twice: give one of the two another MOBART_NAMESPACE or"
    " MOBART_REQUESTS_CHANNEL, or stop it"
)
UNSEEN = (
    "whether another deployment listens on the same channel cannot be seen: the user lacks the ACL"
    " rule +pubsub|channels"
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """The workers that share one set of jobs."""

    namespace: str
    database: int
    requests_channel: str

    def heartbeat_channel(self, worker: str) -> str:
        """Return the channel on which *worker* hears itself."""
        return f"{{{self.namespace}}}:echo:{self.database}:{worker}:{self.requests_channel}"


class Neighbours:
    """Looks for other deployments beside the own one, *here*."""

    def __init__(self, redis: Redis, *, here: Deployment, observer: Observer) -> None:
        """Use *redis* for short commands only."""
        self._redis = redis
        self._here = here
        self._observer = observer
        self._known = frozenset[Deployment]()

    async def check(self) -> None:
        """Prove, as far as can be seen, that no other deployment listens.

        Raises:
            Rejected: one does; the detail says which, and what to do.
            Unavailable: Redis cannot be reached.

        """
        found = await self._clashes()
        if found is None:
            self._observer.note(LogEvent.CHECK_WARNED, check="Redis", detail=UNSEEN)
        for one in found or ():
            raise Rejected(Code.INTERNAL, AWAY, detail=CLASH.format(one))

    async def look(self) -> None:
        """Log the deployments that clash and did not before.  Raises Unavailable."""
        found = frozenset(await self._clashes() or ())
        for one in found - self._known:
            self._observer.note(LogEvent.DEPLOYMENT_CLASHED, detail=CLASH.format(one))
        self._known = found

    async def _clashes(self) -> list[Deployment] | None:
        """Return the other deployments on the own channel; None where Redis does not tell."""
        try:
            with translated():
                channels: list[Any] = await self._redis.pubsub_channels(ALL)
        except Unavailable as away:
            if not isinstance(away.__cause__, NoPermissionError):
                raise
            return None
        except ResponseError:  # a service without the command
            return None
        found = {deployment_of(channel.decode(errors="replace")) for channel in channels}
        others = [one for one in found if one is not None and one != self._here]
        return [one for one in others if one.requests_channel == self._here.requests_channel]


def deployment_of(channel: str) -> Deployment | None:
    """Return whose heartbeat channel this is; None if it is none."""
    found = _HEARTBEAT.fullmatch(channel)
    return Deployment(found[1], int(found[2]), found[3]) if found else None
