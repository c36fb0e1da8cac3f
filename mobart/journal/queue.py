"""`JobQueue` on Redis Streams.

The stream is what is outstanding, one consumer group shares it out, and an entry's idle time in
the group is its lease.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from mobart.core import wire
from mobart.core.domain import GenerationRequest, Job, Stage, Ticket
from mobart.core.errors import LeaseLost, Paused
from mobart.core.ports import Acceptance, Claim, Clock, Delivery
from mobart.journal.connection import translated
from mobart.journal.keys import GONE_AFTER_LEASES, GROUP, SAME_MESSAGE_MS, Keys
from mobart.journal.restoring import restore
from mobart.journal.scripts import script

KNOWN_ALREADY = {str(acceptance): acceptance for acceptance in Acceptance}


class RedisQueue:
    """One worker's view of the queue."""

    def __init__(
        self,
        redis: Redis,
        *,
        blocking: Redis,
        keys: Keys,
        clock: Clock,
        consumer: str,
        lease: float,
    ) -> None:
        """Use *blocking*, a client of its own, for reads that wait; *lease* is in seconds."""
        self._redis = redis
        self._blocking = blocking
        self._keys = keys
        self._clock = clock
        self._consumer = consumer
        self._lease_ms = int(lease * 1000)
        self._claim, self._renew, self._release, self._retire, self._crash, self._restore = (
            script(redis, name)
            for name in ("claim", "renew", "release", "retire", "crash", "restore")
        )

    # ------------------------------------------------------------ Queue

    async def receive(self, slots: int, *, wait: float) -> Sequence[Delivery]:
        """See `JobQueue`.  *wait* stays below the client's socket timeout."""
        answer: Any = await self._grouped(
            lambda: self._blocking.xreadgroup(
                GROUP,
                self._consumer,
                {self._keys.requests: ">"},
                count=slots,
                block=max(1, int(wait * 1000)),
            ),
        )
        entries = answer[0][1] if answer else ()
        return [_delivery(entry, fields) for entry, fields in entries]

    async def rescue(self, slots: int, *, held: Iterable[str]) -> Sequence[Delivery]:
        """See `JobQueue`."""
        mine, found, cursor = set(held), list[Delivery](), "0-0"
        while len(found) < slots:
            answer: Any = await self._grouped(
                partial(
                    self._redis.xautoclaim,
                    self._keys.requests,
                    GROUP,
                    self._consumer,
                    min_idle_time=self._lease_ms,
                    start_id=cursor,
                    count=slots - len(found),
                ),
            )
            cursor, entries = answer[0].decode(), answer[1]
            # Redis 6.2 still lists entries that were deleted from the stream, as None.
            for entry, fields in (pair for pair in entries if pair and pair[1] is not None):
                if entry.decode() not in mine:
                    found.append(_delivery(entry, fields, rescued=True))
            if cursor == "0-0":
                break
        return found

    async def claim(
        self, delivery: Delivery, request: GenerationRequest
    ) -> Claim | Acceptance | None:
        """See `JobQueue`."""
        keys = self._keys
        with translated():
            answer: list[bytes] = await self._claim(
                [keys.job(request.request_id), keys.requests, keys.paused],
                [
                    GROUP,
                    self._consumer,
                    delivery.entry,
                    wire.encode_request(request),
                    wire.fingerprint(request),
                    keys.completed_channel,
                    SAME_MESSAGE_MS,
                ],
            )
        verdict, *state = (value.decode() for value in answer)
        if verdict == "claimed":
            return self._opened(delivery, request, state)
        if verdict == "paused":
            raise Paused("claim")
        if verdict == "foreign":
            raise LeaseLost("the job is for workers of another version")
        return KNOWN_ALREADY.get(verdict)

    async def discard(self, delivery: Delivery) -> None:
        """See `JobQueue`."""
        with translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.xack(self._keys.requests, GROUP, delivery.entry)
                pipe.xdel(self._keys.requests, delivery.entry)
                await pipe.execute()

    # ------------------------------------------------------------ Switch

    async def paused(self) -> bool:
        """See `JobQueue`."""
        with translated():
            return bool(await self._redis.exists(self._keys.paused))

    # ------------------------------------------------------------ Leases

    async def renew(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """See `JobQueue`."""
        if not claims:
            return ()
        stream_and_jobs = [self._keys.requests, *map(self._job, claims)]
        epochs = (part for claim in claims for part in (claim.entry, claim.job.epoch))
        with translated():
            answers: list[int] = await self._renew(
                stream_and_jobs,
                [GROUP, self._consumer, *epochs],
            )
            for claim, answer in zip(claims, answers, strict=True):
                if answer < 1:
                    await restore(self._restore, claim.job, entry=claim.entry, keys=self._keys)
        return [claim for claim, answer in zip(claims, answers, strict=True) if answer < 1]

    async def release(self, claim: Claim) -> None:
        """See `JobQueue`."""
        with translated():
            await self._release(
                [self._job(claim), self._keys.requests],
                [GROUP, claim.entry, claim.job.epoch],
            )

    async def count_crash(self, claim: Claim) -> int:
        """See `JobQueue`."""
        with translated():
            crashes: int = await self._crash([self._job(claim)], [claim.entry, claim.job.epoch])
        return crashes

    async def retire(self, *, leaving: bool = False) -> Sequence[str]:
        """See `JobQueue`."""
        silence = self._lease_ms * GONE_AFTER_LEASES
        with translated():
            removed: list[bytes] = await self._retire(
                [self._keys.requests],
                [GROUP, silence, self._consumer if leaving else ""],
            )
        return [name.decode() for name in removed]

    # ------------------------------------------------------------ inside

    async def _grouped(self, act: Callable[[], Awaitable[Any]]) -> Any:
        """Run a command of the group; where it is missing, create it and run it again."""
        with translated():
            try:
                return await act()
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                await self._create_group()
                return await act()

    async def _create_group(self) -> None:
        try:
            await self._redis.xgroup_create(self._keys.requests, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def _job(self, claim: Claim) -> str:
        return self._keys.job(claim.request.request_id)

    def _opened(self, delivery: Delivery, request: GenerationRequest, state: list[str]) -> Claim:
        stage, epoch, payment_epoch, provider, ticket, correction, *ages, accepted = state
        job = Job(
            request,
            stage=Stage(stage),
            epoch=int(epoch),
            payment_epoch=int(payment_epoch),
            provider=provider,
            ticket=Ticket(provider, ticket) if ticket else None,
            correction=bool(correction),
        )
        at = self._clock.monotonic()
        claimed, paying, paid = (at - int(age) / 1000 if age else None for age in ages)
        claimed_at = at if claimed is None else claimed
        return Claim(
            job, delivery.entry, claimed_at, paying_at=paying, paid_at=paid, accepted=bool(accepted)
        )


def _delivery(entry: bytes, fields: Any, *, rescued: bool = False) -> Delivery:
    if isinstance(fields, list):
        fields = dict(zip(fields[::2], fields[1::2], strict=True))
    return Delivery(entry.decode(), fields.get(b"request", b""), rescued=rescued)
