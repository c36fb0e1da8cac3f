"""Worlds that hold a journal, in memory and on a real Redis, whose time only tests move."""

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ResponseError

from mobart.core.domain import Asset, Completed, Failed, GenerationRequest, Ticket
from mobart.core.errors import Code
from mobart.core.lifecycle import Event, Transition
from mobart.core.limits import Limits, SuspensionPolicy
from mobart.core.operations import KillSwitch, Resolutions
from mobart.core.ports import (
    Claim,
    DurationStore,
    Intake,
    JobQueue,
    Journal,
    Recording,
    RequestReads,
    StatusReads,
    UserReads,
)
from mobart.journal.connection import connect
from mobart.journal.durations import RedisDurations
from mobart.journal.intake import RedisIntake
from mobart.journal.keys import GROUP, Keys
from mobart.journal.queue import RedisQueue
from mobart.journal.recent import RecentWork
from mobart.journal.record import RedisJournal
from mobart.journal.recording import RedisRecording
from mobart.journal.requests import RedisRequests
from mobart.journal.resolutions import RedisResolutions
from mobart.journal.status import RedisStatus
from mobart.testing.durations import MemoryDurations
from mobart.testing.intake import MemoryIntake
from mobart.testing.journal import MemoryJournal
from mobart.testing.memory_history import MemoryHistory
from mobart.testing.memory_redis import InMemoryRedis
from mobart.testing.memory_view import MemoryView
from mobart.testing.queue import MemoryQueue
from mobart.testing.reading import (
    MemoryRecording,
    MemoryRequests,
    MemoryStatus,
)
from mobart.testing.resolutions import MemoryResolutions
from mobart.testing.turns import Turns
from tests.support.clocks import SimulatedClock
from tests.support.observers import Notes

LEASE = 30.0
REQUEST = GenerationRequest("request-1", "user-1", "a red fox")
TICKET = Ticket("midjourney", "task-1")
ASSET = Asset("generated/user-1/request-1.png", "https://assets.invalid/1.png", 8, 8, 99, "ab")
DONE = Completed(ASSET, preset="auto", provider="midjourney", seconds=1.5)
NO = Failed(Code.PROVIDER_REJECTED, "The provider refused the request.", paid=False)
UNKNOWN = Failed(Code.SUBMIT_UNKNOWN, "Nobody knows.", paid="unknown")

STARTED = Transition(Event.PAYMENT_STARTED, provider=TICKET.provider)
DISPROVED = Transition(Event.PAYMENT_DISPROVED)
RECEIVED = Transition(Event.TICKET_RECEIVED, ticket=TICKET)

NO_LIMITS = Limits()
NO_SUSPENSION = SuspensionPolicy()
Message = dict[str, Any]


def settled(outcome: Completed | Failed) -> Transition:
    """Return the end of a job."""
    return Transition(Event.OUTCOME_SETTLED, outcome=outcome)


@dataclass(frozen=True, slots=True)
class WorkerView:
    """Where one worker sits: its view of what all share."""

    intake: Intake
    queue: JobQueue
    journal: Journal

    async def take(self) -> Claim:
        """Claim what is next, new or abandoned."""
        deliveries = await self.queue.rescue(1, held=())
        deliveries = deliveries or await self.queue.receive(1, wait=0.01)
        claim = await self.queue.claim(deliveries[0], REQUEST)
        assert isinstance(claim, Claim)
        return claim

    async def accepted(self) -> Claim:
        """Take `REQUEST` in and claim it."""
        await self.intake.accept(REQUEST)
        return await self.take()

    async def paying(self, provider: str = TICKET.provider) -> Claim:
        """As `accepted`, with the right to pay *seller*."""
        claim = await self.accepted()
        await self.journal.record(claim, Transition(STARTED.event, provider=provider))
        return claim

    async def paid(self) -> Claim:
        """As `paying`, with `TICKET`."""
        claim = await self.paying()
        await self.journal.record(claim, RECEIVED)
        return claim

    async def settled(self, outcome: Completed | Failed = DONE) -> Claim:
        """Take `REQUEST` through its whole life."""
        claim = await (self.paid() if isinstance(outcome, Completed) else self.paying())
        await self.journal.record(claim, settled(outcome))
        return claim


@dataclass(frozen=True, slots=True)
class Reading:
    """What operators see, and what it is written by."""

    recording: Recording
    requests: RequestReads
    status: StatusReads
    users: UserReads


class Operating(Resolutions, KillSwitch, Protocol):
    """What operators can change in the journal."""


class World(Protocol):
    """What all workers share, and the hands of its clock."""

    clock: SimulatedClock

    async def view(
        self,
        name: str,
        *,
        limits: Limits = NO_LIMITS,
        suspension: SuspensionPolicy = NO_SUSPENSION,
        user_slots: int = 0,
    ) -> WorkerView:
        """Seat a worker."""

    def reading(self) -> Reading:
        """Return the operator's view."""

    def operating(self) -> Operating:
        """Return what operators can do."""

    def durations(self) -> DurationStore:
        """Return what workers learn together."""

    async def pass_time(self, seconds: float) -> None:
        """Let time go by."""

    async def add(self, payload: bytes) -> str:
        """Append to the stream, as a backend may."""

    async def remove(self, entry: str) -> None:
        """Take an entry out of the stream, as nobody should."""

    async def outstanding(self) -> int:
        """Count the entries of the stream."""

    async def announced(self) -> Sequence[Message]:
        """List what a subscriber of the completions channel has heard from the start."""

    async def kept(self) -> Sequence[Message]:
        """List what the completions stream holds."""

    async def spent(self) -> int:
        """Return the money that was spent today, in millionths of a USD."""

    async def bought(self, user_id: str) -> tuple[int, int, int]:
        """Count what a user is busy with, what it and what all bought today."""

    async def stages(self) -> Sequence[str]:
        """List the stages of all jobs."""

    async def pause(self, *, paused: bool) -> None:
        """Press the kill switch."""

    async def snapshot(self) -> object:
        """Return all there is, fit for comparing."""

    async def lose_turns(self) -> None:
        """Forget whose turn it is, and nothing else."""

    async def copy(self) -> Any:
        """Return what a replica that lags, or an older file, holds."""

    async def roll_back(self, earlier: Any) -> None:
        """Restart the server with an *earlier* copy."""


@dataclass(slots=True)
class MemoryWorld:
    """A `InMemoryRedis` and its clock."""

    clock: SimulatedClock = field(default_factory=SimulatedClock)
    redis: InMemoryRedis = field(default_factory=InMemoryRedis)

    async def view(
        self,
        name: str,
        *,
        limits: Limits = NO_LIMITS,
        suspension: SuspensionPolicy = NO_SUSPENSION,
        user_slots: int = 0,
    ) -> WorkerView:
        """See `World`."""
        view = MemoryView(
            self.redis,
            clock=self.clock,
            consumer=name,
            lease=LEASE,
            limits=limits,
            suspension=suspension,
            user_slots=user_slots,
        )
        history = MemoryHistory(view)
        return WorkerView(
            MemoryIntake(view), MemoryQueue(view, history), MemoryJournal(view, history)
        )

    def reading(self) -> Reading:
        """See `World`."""
        view = MemoryView(self.redis, clock=self.clock, consumer="operator", lease=LEASE)
        status = MemoryStatus(view)
        return Reading(MemoryRecording(view), MemoryRequests(view), status, status)

    def operating(self) -> Operating:
        """See `World`."""
        return MemoryResolutions(
            MemoryView(self.redis, clock=self.clock, consumer="operator", lease=LEASE)
        )

    def durations(self) -> DurationStore:
        """See `World`."""
        return MemoryDurations(self.redis, self.clock)

    async def pass_time(self, seconds: float) -> None:
        """See `World`."""
        self.clock.seconds += seconds

    async def add(self, payload: bytes) -> str:
        """See `World`."""
        return self.redis.add(payload, at=self.clock.seconds)

    async def remove(self, entry: str) -> None:
        """See `World`."""
        del self.redis.entries[entry]

    async def outstanding(self) -> int:
        """See `World`."""
        return len(self.redis.entries)

    async def announced(self) -> Sequence[Message]:
        """See `World`."""
        return [json.loads(message) for message in self.redis.announced]

    async def kept(self) -> Sequence[Message]:
        """See `World`."""
        return [json.loads(message) for message in self.redis.completions]

    async def spent(self) -> int:
        """See `World`."""
        return self.redis.money[self.clock.now().date()]

    async def bought(self, user_id: str) -> tuple[int, int, int]:
        """See `World`."""
        today = self.clock.now().date()
        spent = {user: count for (day, user), count in self.redis.spent.items() if day == today}
        return self.redis.busy(user_id), spent.get(user_id, 0), sum(spent.values())

    async def pause(self, *, paused: bool) -> None:
        """See `World`."""
        self.redis.paused = paused

    async def stages(self) -> Sequence[str]:
        """See `World`."""
        return [str(record.job.stage) for record in self.redis.records.values()]

    async def lose_turns(self) -> None:
        """See `World`."""
        self.redis.turns = Turns()

    async def copy(self) -> Any:
        """See `World`."""
        return self.redis.copy()

    async def roll_back(self, earlier: Any) -> None:
        """See `World`."""
        self.redis.roll_back(earlier)

    async def snapshot(self) -> object:
        """See `World`."""
        redis = copy.deepcopy(self.redis)
        for entry in redis.entries.values():
            entry.renewed_at = 0.0
        return redis


SHIFT = """
-- Make everything in a namespace look as if ARGV[3] milliseconds more had gone by.
local stream, group, by = KEYS[1], ARGV[1], tonumber(ARGV[3])
-- Without the group the answer is an error, a table of one field.
for _, held in ipairs(redis.pcall('XPENDING', stream, group, '-', '+', 10000)) do
  redis.call('XCLAIM', stream, group, held[2], 0, held[1], 'IDLE', held[3] + by, 'JUSTID')
end
for _, key in ipairs(redis.call('KEYS', ARGV[2])) do
  if redis.call('TYPE', key).ok == 'hash' then
    for _, name in ipairs({'heard_at', 'resent_at', 'accepted_at', 'claimed_at', 'paying_at', 'paid_at',
      'wait_until', 'swept'}) do
      if redis.call('HEXISTS', key, name) == 1 then
        redis.call('HINCRBY', key, name, -by)
      end
    end
  end
  if string.sub(key, -6) == ':early' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, -by, member)
    end
  end
  local left = redis.call('PTTL', key)
  if left > 0 then
    redis.call('PEXPIRE', key, left - by)
  end
end
"""


@dataclass(slots=True)
class RedisWorld:
    """A namespace on a real server; close it in the end."""

    url: str
    keys: Keys
    redis: Redis
    subscription: PubSub
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    lease: float = LEASE
    clients: list[Redis] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)

    @classmethod
    async def open(cls, url: str, *, namespace: str) -> "RedisWorld":
        """Subscribe first, so that nothing is missed."""
        redis = connect(url, name="world")
        keys = Keys(namespace, completed_channel=f"{namespace}-complete")
        subscription = redis.pubsub()
        await subscription.subscribe(keys.completed_channel, f"{namespace}-marker")
        return cls(url, keys, redis, subscription)

    async def close(self) -> None:
        """Leave no connection behind."""
        await self.subscription.aclose()  # type: ignore[no-untyped-call]
        for client in (self.redis, *self.clients):
            await client.aclose()

    async def view(
        self,
        name: str,
        *,
        limits: Limits = NO_LIMITS,
        suspension: SuspensionPolicy = NO_SUSPENSION,
        user_slots: int = 0,
    ) -> WorkerView:
        """See `World`."""
        redis, blocking = connect(self.url, name=name), connect(self.url, name=name)
        recent = RecentWork(self.clock)
        self.clients += [redis, blocking]
        queue = RedisQueue(
            redis,
            blocking=blocking,
            keys=self.keys,
            clock=self.clock,
            consumer=name,
            lease=self.lease,
            observer=Notes(),
            recent=recent,
            user_slots=user_slots,
        )
        intake = RedisIntake(
            redis, keys=self.keys, clock=self.clock, recent=recent, suspension=suspension
        )
        journal = RedisJournal(
            redis,
            keys=self.keys,
            clock=self.clock,
            consumer=name,
            recent=recent,
            limits=limits,
            suspension=suspension,
        )
        return WorkerView(intake, queue, journal)

    def reading(self) -> Reading:
        """See `World`."""
        status = RedisStatus(self.redis, keys=self.keys, clock=self.clock)
        recording = RedisRecording(self.redis, keys=self.keys, clock=self.clock)
        return Reading(recording, RedisRequests(self.redis, keys=self.keys), status, status)

    def operating(self) -> Operating:
        """See `World`."""
        return RedisResolutions(self.redis, keys=self.keys, clock=self.clock)

    def durations(self) -> DurationStore:
        """See `World`."""
        return RedisDurations(self.redis, keys=self.keys)

    async def pass_time(self, seconds: float) -> None:
        """See `World`.  The server's clock goes on as it likes, so its memories are moved back."""
        self.clock.seconds += seconds
        pattern = f"{{{self.keys.namespace}}}:*"
        by = int(seconds * 1000)
        await self.redis.eval(SHIFT, 1, self.keys.requests, GROUP, pattern, by)

    async def add(self, payload: bytes) -> str:
        """See `World`."""
        entry: Any = await self.redis.xadd(self.keys.requests, {"request": payload})
        return str(entry.decode())

    async def remove(self, entry: str) -> None:
        """See `World`."""
        await self.redis.xdel(self.keys.requests, entry)

    async def outstanding(self) -> int:
        """See `World`."""
        return int(await self.redis.xlen(self.keys.requests))

    async def announced(self) -> Sequence[Message]:
        """See `World`.  What a connection hears keeps its order, so a marker ends the listening."""
        await self.redis.publish(f"{self.keys.namespace}-marker", b"so far")
        async for message in self.subscription.listen():
            if message["type"] == "message":
                if message["data"] == b"so far":
                    break
                self.heard.append(json.loads(message["data"]))
        return list(self.heard)

    async def kept(self) -> Sequence[Message]:
        """See `World`."""
        entries: Any = await self.redis.xrange(self.keys.completions)
        return [json.loads(fields[b"completion"]) for _, fields in entries]

    async def spent(self) -> int:
        """See `World`."""
        return int(await self.redis.hget(self.keys.money, "micros") or 0)

    async def bought(self, user_id: str) -> tuple[int, int, int]:
        """See `World`."""
        busy = await self.redis.zcard(self.keys.busy(user_id))
        counters = [self.keys.spent_by(user_id), self.keys.spent]
        of_user, of_all = [int(count or 0) for count in await self.redis.mget(counters)]
        return busy, of_user, of_all

    async def pause(self, *, paused: bool) -> None:
        """See `World`."""
        await (
            self.redis.set(self.keys.paused, 1) if paused else self.redis.delete(self.keys.paused)
        )

    async def stages(self) -> Sequence[str]:
        """See `World`."""
        jobs: list[Any] = await self.redis.keys(self.keys.job("*"))
        stages: list[Any] = [await self.redis.hget(job, "stage") for job in jobs]
        return [stage.decode() for stage in stages]

    async def lose_turns(self) -> None:
        """See `World`."""
        if names := await self.redis.keys(f"{{{self.keys.namespace}}}:turn*"):
            await self.redis.delete(*names)

    async def copy(self) -> Any:
        """See `World`."""
        names = await self.redis.keys(f"{{{self.keys.namespace}}}:*")
        return {name: (await self.redis.dump(name), await self.redis.pttl(name)) for name in names}

    async def roll_back(self, earlier: Any) -> None:
        """See `World`.  The history is that of another server."""
        if names := await self.redis.keys(f"{{{self.keys.namespace}}}:*"):
            await self.redis.delete(*names)
        for name, (value, milliseconds) in earlier.items():
            await self.redis.restore(name, max(0, milliseconds), value)
        if await self.redis.exists(self.keys.history):
            await self.redis.hset(self.keys.history, "server", "another")

    async def snapshot(self) -> object:
        """See `World`."""
        contents: dict[Any, Any] = {}
        for key in sorted(await self.redis.keys(f"{{{self.keys.namespace}}}:*")):
            kind = await self.redis.type(key)
            if kind == b"hash":
                contents[key] = await self.redis.hgetall(key)
                contents[key].pop(b"seen", None)  # the time of the last look
            elif kind == b"stream":
                contents[key] = await self.redis.xrange(key)
            elif kind == b"zset":
                contents[key] = await self.redis.zrange(key, 0, -1, withscores=True)
            elif key in await self.redis.keys(f"{self.keys.spent}*"):
                contents[key] = await self.redis.get(key)
        return contents, await self._held()

    async def _held(self) -> list[tuple[bytes, bytes]]:
        try:
            pending: list[Any] = await self.redis.xpending_range(
                self.keys.requests, GROUP, min="-", max="+", count=100
            )
        except ResponseError:  # nobody has asked for work yet
            return []
        return [(held["message_id"], held["consumer"]) for held in pending]
