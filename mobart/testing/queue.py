"""`JobQueue` in memory."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from mobart.core import wire
from mobart.core.domain import GenerationRequest, Stage
from mobart.core.lifecycle import Event, Transition, advance
from mobart.core.ports import Acceptance, Claim, Delivery
from mobart.journal.keys import GONE_AFTER_LEASES
from mobart.testing.memory_history import RANKS, MemoryHistory
from mobart.testing.memory_redis import ANY_TIME_AGO, Record
from mobart.testing.memory_view import MemoryView
from mobart.testing.turns import WAITING, whose


@dataclass(frozen=True, slots=True)
class MemoryQueue:
    """Shares jobs out as `RedisQueue` does; an entry's lease is the time since it was renewed."""

    view: MemoryView
    history: MemoryHistory
    held: dict[str, Claim] = field(default_factory=dict)

    async def receive(self, slots: int, *, wait: float) -> Sequence[Delivery]:
        """See `JobQueue`.  Does not really wait: an empty queue answers at the next turn."""
        del wait
        redis = self.view.redis
        await asyncio.sleep(0)
        if not await self._may_claim():
            return ()
        redis.consumers[self.view.consumer] = self.view.clock.monotonic()
        for name, entry in redis.entries.items():
            if entry.consumer is None:
                entry.consumer = WAITING
                redis.turns.file(name, entry.payload)
        self._join()
        taken = list[Delivery]()
        while len(taken) < slots and (next_one := self._take()) is not None:
            taken.append(next_one)
        return taken

    async def rescue(self, slots: int, *, held: Iterable[str]) -> Sequence[Delivery]:
        """See `JobQueue`."""
        if not await self._may_claim():
            return ()
        for name, entry in self.view.redis.entries.items():
            if entry.consumer == WAITING:
                self.view.redis.turns.file(name, entry.payload)
        oldest, mine = self.view.clock.monotonic() - self.view.lease, set(held)
        idle = [
            name
            for name, entry in self.view.redis.entries.items()
            if entry.consumer not in {None, WAITING}
            and entry.renewed_at <= oldest
            and name not in mine
        ]
        return [self.view.take(name, rescued=True) for name in idle[:slots]]

    async def claim(
        self, delivery: Delivery, request: GenerationRequest
    ) -> Claim | Acceptance | None:
        """See `JobQueue`."""
        redis = self.view.redis
        entry = redis.entries.get(delivery.entry)
        if entry is None or entry.consumer != self.view.consumer:
            return None
        if delivery.entry in self.held:  # only a Redis that forgot it delivers it again
            self.history.proven = False
            return None
        if self.view.waiting:
            self.view.hand_back(delivery.entry)
            self.history.proven = False
            return None
        record = redis.records.get(request.request_id)
        if record is None or (record.job.stage, record.entry) == (Stage.ACCEPTED, delivery.entry):
            self.view.refuse_if_paused(record)
        accepted = record is None
        if record is None:
            record = self.view.create(request, delivery.entry, entry.added_at)
        if record.entry != delivery.entry or record.fingerprint != wire.fingerprint(request):
            del redis.entries[delivery.entry]
            if record.fingerprint != wire.fingerprint(request):
                return Acceptance.CONFLICTED
            return self.view.receive_again(record, entry.added_at)
        return self._begin(record, delivery, request.request_id, accepted=accepted)

    def _begin(
        self, record: Record, delivery: Delivery, request_id: str, *, accepted: bool
    ) -> Claim:
        """Give the job of *record* to this worker; *accepted* tells that it was just created."""
        epoch = self.view.redis.next_epoch(record.job.epoch)
        record.job = replace(advance(record.job, Transition(Event.CLAIMED)), epoch=epoch)
        if record.claimed_at is None:
            record.claimed_at = self.view.clock.monotonic()
        unpaid = record.job.stage is Stage.ACCEPTED
        record.cancelled |= unpaid and self.view.is_forestalled(request_id)
        claim = Claim(
            record.job,
            delivery.entry,
            record.claimed_at,
            accepted=accepted,
            cancelled=unpaid and record.cancelled,
            heard_at=record.heard_at,
        )
        record.refresh(claim)
        self.held[claim.entry] = claim
        return claim

    async def discard(self, delivery: Delivery) -> None:
        """See `JobQueue`."""
        self.view.redis.entries.pop(delivery.entry, None)

    async def paused(self) -> bool:
        """See `JobQueue`."""
        return self.view.redis.paused

    async def renew(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """See `JobQueue`."""
        self.history.open()
        lost = [claim for claim in claims if self._renew(claim)]
        self.history.complete()
        self.history.look()
        self.held.clear()
        self.held.update({claim.entry: claim for claim in claims if claim not in lost})
        return lost

    async def proven(self) -> bool:
        """See `JobQueue`."""
        return self.history.proven

    async def release(self, claim: Claim) -> None:
        """See `JobQueue`."""
        if self.view.owns(claim):
            entry = self.view.redis.entries[claim.entry]
            entry.consumer, entry.renewed_at = "released", ANY_TIME_AGO
        self.held.pop(claim.entry, None)

    async def count_crash(self, claim: Claim) -> int:
        """See `JobQueue`."""
        if not self.view.owns(claim):
            return 0
        record = self.view.record_of(claim)
        if record.crashed != claim.job.epoch:
            record.crashes, record.crashed = record.crashes + 1, claim.job.epoch
        return record.crashes

    async def _may_claim(self) -> bool:
        """Whether jobs may be claimed now; a worker that holds something may have to `renew` first."""
        if not self.history.proven and not self.held:
            await self.renew(())
        return self.history.proven and not self.view.waiting

    def _take(self) -> Delivery | None:
        """Take the entry whose turn it is."""
        entries, turns = self.view.redis.entries, self.view.redis.turns
        name = turns.take(
            lambda name: name in entries and entries[name].consumer == WAITING,
            is_full=self._is_full,
        )
        if name is None:
            return None
        entries[name].taken = True
        return self.view.take(name)

    def _is_full(self, user: str) -> bool:
        if not self.view.user_slots:
            return False
        taken = [entry for entry in self.view.redis.entries.values() if entry.taken]
        return sum(whose(entry.payload)[0] == user for entry in taken) >= self.view.user_slots

    def _join(self) -> None:
        """Have users stand in the line again who have few enough jobs."""
        for user in [user for user in self.view.redis.turns.full if not self._is_full(user)]:
            self.view.redis.turns.join(user)

    def _renew(self, claim: Claim) -> bool:
        """Renew one lease, or write again what is missing; return whether the job is lost."""
        if (
            self.view.owns(claim)
            and RANKS[self.view.record_of(claim).job.stage] >= RANKS[claim.job.stage]
        ):
            self.view.take(claim.entry)
            return False
        return self.history.write_again(claim) or not self.view.owns(claim)

    async def retire(self, *, leaving: bool = False) -> Sequence[str]:
        """See `JobQueue`."""
        redis, own_name = self.view.redis, self.view.consumer
        holding = {entry.consumer for entry in redis.entries.values()}
        silent_since = self.view.clock.monotonic() - self.view.lease * GONE_AFTER_LEASES
        removed = [
            name
            for name, seen_at in redis.consumers.items()
            if (seen_at < silent_since or (leaving and name == own_name)) and name not in holding
        ]
        for name in removed:
            del redis.consumers[name]
        return removed
