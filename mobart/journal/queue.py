"""`JobQueue` on Redis Streams.

The stream is what is outstanding, one consumer group shares it out, and an entry's idle time in
the group is its lease; `turns` says which entry is next.
"""

from collections.abc import Iterable, Iterator, Sequence

from redis.asyncio import Redis

from mobart.core import wire
from mobart.core.domain import GenerationRequest
from mobart.core.errors import LeaseLost, Paused, Unavailable
from mobart.core.ports import Acceptance, Claim, Clock, Delivery, Observer
from mobart.journal.entries import read_claim
from mobart.journal.failures import translated
from mobart.journal.history import History
from mobart.journal.keys import GONE_AFTER_LEASES, GROUP, SAME_MESSAGE_MS, Keys
from mobart.journal.pipeline import Pipeline
from mobart.journal.recent import RecentWork
from mobart.journal.scripts import script
from mobart.journal.turns import Turns

RENEWED, BEHIND = 2, 1
"""Answers of the script `renew` for jobs that are this worker's."""
KNOWN_ALREADY = {str(acceptance): acceptance for acceptance in Acceptance}


class _Doubting:
    """As `translated`; after a failure nobody knows what Redis still has."""

    def __init__(self, history: History) -> None:
        self._history = history

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None:
            return
        try:
            translated().__exit__(None, error, None)  # not raised again: it would refer to itself
        except Unavailable:
            self._history.proven = False
            raise


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
        observer: Observer,
        recent: RecentWork,
        user_slots: int = 0,
    ) -> None:
        """Use *blocking*, a client of its own, for reads that wait; *lease* is in seconds.

        *recent* is shared with the intake and the journal of this worker; *user_slots* is how many
        jobs of one user the workers may have, 0 for any number.
        """
        self._redis = redis
        self._keys = keys
        self._clock = clock
        self._consumer = consumer
        self._lease_ms = int(lease * 1000)
        self._held: dict[str, Claim] = {}
        self._turns = Turns(
            redis,
            blocking=blocking,
            keys=keys,
            consumer=consumer,
            lease_ms=self._lease_ms,
            user_slots=user_slots,
        )
        self._history = History(
            redis,
            keys=keys,
            clock=clock,
            observer=observer,
            consumer=consumer,
            lease_ms=self._lease_ms,
            recent=recent,
        )
        self._translated = _Doubting(self._history)
        self._claim = Pipeline(redis).script("claim")
        self._renew, self._release, self._retire, self._crash = (
            script(redis, name) for name in ("renew", "release", "retire", "crash")
        )

    async def receive(self, slots: int, *, wait: float) -> Sequence[Delivery]:
        """See `JobQueue`.  *wait* stays below the client's socket timeout."""
        if not await self._may_claim(wait):
            return ()
        with self._translated:
            return await self._turns.receive(slots, wait=wait)

    async def rescue(self, slots: int, *, held: Iterable[str]) -> Sequence[Delivery]:
        """See `JobQueue`."""
        if not await self._may_claim(0.0):
            return ()
        with self._translated:
            return await self._turns.rescue(slots, held=held)

    async def claim(
        self, delivery: Delivery, request: GenerationRequest
    ) -> Claim | Acceptance | None:
        """See `JobQueue`."""
        if delivery.entry in self._held:  # only a Redis that forgot it delivers it again
            self._history.proven = False
            return None
        verdict, *state = await self._ask_for(delivery, request)
        if verdict == "claimed":
            claim = read_claim(delivery, request, state, at=self._clock.monotonic())
            self._held[claim.entry] = claim
            return claim
        if verdict == "waiting":
            self._history.proven = False
            return None
        if verdict == "paused":
            raise Paused("claim")
        if verdict == "foreign":
            raise LeaseLost("the job is for workers of another version")
        return KNOWN_ALREADY.get(verdict)

    async def _ask_for(self, delivery: Delivery, request: GenerationRequest) -> Iterator[str]:
        """Run the script `claim`; return its verdict, and the job's state where it was claimed."""
        keys = self._keys
        stored = keys.job(request.request_id), keys.requests, keys.paused, keys.history, keys.early
        with self._translated:
            answer: list[bytes] = await self._claim(
                [*stored],
                [
                    GROUP,
                    self._consumer,
                    delivery.entry,
                    wire.encode_request(request),
                    wire.fingerprint(request),
                    keys.completed_channel,
                    SAME_MESSAGE_MS,
                    self._lease_ms,
                ],
            )
        return map(bytes.decode, answer)

    async def discard(self, delivery: Delivery) -> None:
        """See `JobQueue`."""
        with self._translated:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.xack(self._keys.requests, GROUP, delivery.entry)
                pipe.xdel(self._keys.requests, delivery.entry)
                await pipe.execute()

    async def paused(self) -> bool:
        """See `JobQueue`."""
        with self._translated:
            return bool(await self._redis.exists(self._keys.paused))

    async def renew(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """See `JobQueue`."""
        lost: list[Claim] = []
        with self._translated:
            await self._history.open()
            for claim, answer in zip(claims, await self._renewed(claims), strict=True):
                restored = answer != RENEWED and await self._history.write_again(claim)
                if restored or answer not in {RENEWED, BEHIND}:
                    lost.append(claim)
            await self._history.complete()
            regrouped, self._turns.regrouped = self._turns.regrouped, False
            await self._history.look(everywhere=regrouped)
        self._held = {claim.entry: claim for claim in claims if claim not in lost}
        return lost

    async def proven(self) -> bool:
        """See `JobQueue`."""
        return self._history.proven

    async def release(self, claim: Claim) -> None:
        """See `JobQueue`."""
        with self._translated:
            await self._release(
                [self._job(claim), self._keys.requests],
                [GROUP, claim.entry, claim.job.epoch],
            )
        self._held.pop(claim.entry, None)

    async def count_crash(self, claim: Claim) -> int:
        """See `JobQueue`."""
        with self._translated:
            crashes: int = await self._crash([self._job(claim)], [claim.entry, claim.job.epoch])
        return crashes

    async def retire(self, *, leaving: bool = False) -> Sequence[str]:
        """See `JobQueue`."""
        silence = self._lease_ms * GONE_AFTER_LEASES
        with self._translated:
            removed: list[bytes] = await self._retire(
                [self._keys.requests],
                [GROUP, silence, self._consumer if leaving else ""],
            )
        return [name.decode() for name in removed]

    async def _may_claim(self, wait: float) -> bool:
        """Whether jobs may be claimed now; if not yet, wait up to *wait* seconds.

        A worker that holds something must `renew` first where Redis may have forgotten it.
        """
        if not self._history.proven and not self._held:
            await self.renew(())
        if self._history.proven and not self._history.wait:
            return True
        await self._clock.sleep(min(wait, self._history.wait or wait))
        return False

    async def _renewed(self, claims: Sequence[Claim]) -> Sequence[int]:
        if not claims:
            return ()
        stream_and_jobs = [self._keys.requests, *map(self._job, claims)]
        fences = (
            part
            for claim in claims
            for part in (claim.entry, claim.job.epoch, str(claim.job.stage))
        )
        answers: list[int] = await self._renew(stream_and_jobs, [GROUP, self._consumer, *fences])
        return answers

    def _job(self, claim: Claim) -> str:
        return self._keys.job(claim.request.request_id)
