"""`Journal` on Redis."""

from collections.abc import Callable
from dataclasses import astuple, replace
from typing import Any

from redis.asyncio import Redis

from mobart.core import completions, wire
from mobart.core.domain import Completed, Failed, Job, Outcome, Stage, Ticket
from mobart.core.errors import Cancelled, Code, LeaseLost, Paused, Rejected, Unavailable
from mobart.core.lifecycle import Event, Transition, advance, is_in_doubt
from mobart.core.limits import Excess, Limits, SuspensionPolicy, refusal
from mobart.core.ports import Claim, Clock
from mobart.journal.durability import NO_WAIT, Durability
from mobart.journal.entries import KNOWN, read_job, write_price
from mobart.journal.failures import AWAY, translated
from mobart.journal.intake import CANCELLED, NO_SUSPENSION, offences
from mobart.journal.keys import (
    COMPLETIONS_KEPT,
    COMPLETIONS_MS,
    GROUP,
    RECORD_SECONDS,
    REFUSAL_SECONDS,
    Keys,
)
from mobart.journal.pipeline import Pipeline
from mobart.journal.recent import RecentWork, SettledJob
from mobart.journal.restoring import restore
from mobart.journal.scripts import Run, script

Args = list[str | bytes | float]
Call = tuple[list[str], Args]
Writing = Callable[[Claim, Transition, Job], Call]
NO_LIMITS = Limits()
EXCESSES = {excess.encode(): excess for excess in Excess}
COMPLETION = 3
"""Position of the completion among the arguments of `settle`."""
NO_ENTRY = "0-0"
"""Entry id of a completion that is in no stream."""
LIMITED = frozenset({Code.QUOTA_EXCEEDED, Code.BUDGET_EXCEEDED, Code.USER_SUSPENDED})
"""Outcomes that say nothing of the request, so that its id is free again after a while."""
REPLACED = "Redis was replaced: until every worker said what it holds, nothing is paid"
UNSETTLED = frozenset(Stage) - {Stage.SETTLED}
PROOFS = frozenset({Event.TICKET_RECEIVED, Event.PAYMENT_DISPROVED})
"""What is true even if Redis lost the job.  Anything else is done again by its next owner."""


class RedisJournal:
    """Writes what happens to claimed jobs, each write one script that may be repeated."""

    def __init__(
        self,
        redis: Redis,
        *,
        keys: Keys,
        clock: Clock,
        consumer: str,
        recent: RecentWork,
        limits: Limits = NO_LIMITS,
        suspension: SuspensionPolicy = NO_SUSPENSION,
        durability: Durability = NO_WAIT,
    ) -> None:
        """Use *redis* for short commands only; *recent* is shared with the worker's queue."""
        self._redis = redis
        self._keys = keys
        self._clock = clock
        self._consumer = consumer
        self._limits: Args = [*astuple(limits)]
        self._suspension = suspension
        self._recent = recent
        self._durability = durability
        self._restore = script(redis, "restore")
        pipeline = Pipeline(redis)
        self._scripts: dict[Event, tuple[Run, Writing]] = {
            Event.PAYMENT_STARTED: (pipeline.script("pay"), self._pay),
            Event.PAYMENT_DISPROVED: (pipeline.script("unpay"), self._unpay),
            Event.TICKET_RECEIVED: (pipeline.script("ticket"), self._ticket),
            Event.OUTCOME_SETTLED: (pipeline.script("settle"), self._settle),
        }

    async def record(self, claim: Claim, transition: Transition) -> None:
        """See `Journal`."""
        transition = claim.numbered(transition)
        after = advance(claim.job, transition)
        run, call = self._scripts[transition.event]
        keys, args = call(claim, transition, after)
        with translated():
            if transition.event is Event.PAYMENT_STARTED:
                answer, announced = await self._durability.run(self._redis, run, keys, args), b""
            else:
                answer, announced = _verdict(await run(keys, args))
            if answer in {b"gone", b"lost"}:
                await self._write_again(claim, after if transition.event in PROOFS else claim.job)
        if answer == b"forbidden":
            raise Rejected(Code.CANCELLED, CANCELLED)
        if answer == b"paused":
            raise Paused("payment")
        if answer == b"waiting":
            raise Unavailable(Code.INTERNAL, AWAY, detail=REPLACED)
        if answer in EXCESSES:
            raise refusal(EXCESSES[answer], now=self._clock.now())
        if answer not in {b"stored", b"cancelled"}:
            raise LeaseLost(f"{transition.event}: {answer.decode()}")
        if after.outcome is not None:
            self._note_settled(claim, after.outcome, args, announced)
        claim.job = after
        _stamp(claim, transition.event, at=self._clock.monotonic())
        if answer == b"cancelled":
            raise Rejected(Code.CANCELLED, CANCELLED)

    async def _write_again(self, claim: Claim, job: Job) -> None:
        """Store *job*, a state of that of *claim*, if Redis lost it.  Raises Redis's errors."""
        at = self._clock.monotonic()
        if await restore(self._restore, job, claim, keys=self._keys, at=at):
            self._recent.note_restored(replace(claim, job=job))

    async def read(self, claim: Claim) -> None:
        """See `Journal`."""
        names = (*KNOWN, "entry", "completion", "cancelled")
        with translated():
            key = self._keys.job(claim.request.request_id)
            values: list[Any] = await self._redis.hmget(key, names)
        told = {name: (value or b"").decode() for name, value in zip(names, values, strict=True)}
        if told["stage"] == Stage.SETTLED and completions.is_cancelled(told["completion"]):
            raise Cancelled("read")
        mine = (told["epoch"], told["entry"]) == (str(claim.job.epoch), claim.entry)
        if not mine or told["stage"] not in UNSETTLED:
            raise LeaseLost("read")
        claim.job = read_job(claim.request, told)
        if told["cancelled"] and claim.job.stage is Stage.PAID:
            raise Rejected(Code.CANCELLED, CANCELLED)

    async def adopt(self, request_id: str, ticket: Ticket) -> None:
        """Keep a ticket that somebody else brings in, if the job waits for one, and it is no other job's.

        A job in doubt goes on with it; one that was settled with `paid` unknown is opened again.
        Raises Unavailable.
        """
        key = self._keys.job(request_id)
        run, _ = self._scripts[Event.TICKET_RECEIVED]
        with translated():
            known: list[Any] = await self._redis.hmget(
                key, ["payer", "right", "request", "provider"]
            )
            payment_epoch, right, request, provider = known
            if payment_epoch not in {None, b"0"} and provider in {None, ticket.provider.encode()}:
                nobody, payment = ["", 0], [payment_epoch, right or 0]
                args = [*nobody, *payment, ticket.provider, ticket.reference, ""]
                busy = self._keys.busy(wire.decode_request(request).user_id)
                shared = [self._keys.money, self._keys.ticket(ticket)]
                await run([key, self._keys.requests, busy, *shared], args)

    async def wake(self, request_id: str) -> None:
        """Wake the job of a request, whichever worker has it.  Raises Unavailable."""
        with translated():
            await self._redis.publish(self._keys.wakeups, request_id)

    def _note_settled(self, claim: Claim, outcome: Outcome, args: Args, announced: bytes) -> None:
        """Remember an outcome, whose completion is an argument of `settle`."""
        completion = args[COMPLETION]
        if isinstance(completion, bytes):
            entry, in_doubt = announced.decode() or NO_ENTRY, is_in_doubt(outcome)
            cost = claim.job.price if outcome.cost is None else outcome.cost
            self._recent.note_settled(
                SettledJob(claim.job, completion, entry, in_doubt, times=claim.times, cost=cost)
            )

    def _pay(self, claim: Claim, _: Transition, after: Job) -> Call:
        suspended = self._keys.suspended(claim.request.user_id)
        shared = [*self._counters(claim), self._keys.paused, suspended, self._keys.history]
        keys = [self._job(claim), self._keys.requests, *shared, self._keys.money]
        bought: Args = [after.provider, write_price(after.price), after.right]
        return keys, [GROUP, self._consumer, *_fence(claim), *self._limits, *bought]

    def _unpay(self, claim: Claim, transition: Transition, _: Job) -> Call:
        keys = [self._job(claim), *self._counters(claim), self._keys.money]
        return keys, [*_fence(claim), *claim.job.payment, int(not transition.doubted)]

    def _ticket(self, claim: Claim, _: Transition, after: Job) -> Call:
        ticket = after.ticket or Ticket("", "")
        shared = [self._keys.money, self._keys.ticket(ticket)]
        keys = [self._job(claim), self._keys.requests, self._busy(claim), *shared]
        told: Args = [ticket.provider, ticket.reference, write_price(ticket.cost)]
        return keys, [*_fence(claim), *claim.job.payment, *told]

    def _settle(self, claim: Claim, _: Transition, after: Job) -> Call:
        if after.outcome is None:
            raise AssertionError("an outcome is settled")
        names, user = self._keys, claim.request.user_id
        of_user = [self._busy(claim), names.blocked(user), names.suspended(user)]
        keys = [self._job(claim), names.requests, names.completions, *of_user, names.money]
        completion = completions.encode_outcome(claim.job, after.outcome, at=self._clock.now())
        in_doubt = int(is_in_doubt(after.outcome))
        announce: Args = [completion, names.completed_channel]
        code = after.outcome.code if isinstance(after.outcome, Failed) else None
        kept = REFUSAL_SECONDS if code in LIMITED else RECORD_SECONDS
        keep: Args = [in_doubt, kept, COMPLETIONS_MS, COMPLETIONS_KEPT]
        keep += [*offences(self._suspension, code), write_price(after.outcome.cost)]
        keep += [int(isinstance(after.outcome, Completed))]
        return keys, [GROUP, *_fence(claim), *announce, *keep]

    def _job(self, claim: Claim) -> str:
        return self._keys.job(claim.request.request_id)

    def _busy(self, claim: Claim) -> str:
        return self._keys.busy(claim.request.user_id)

    def _counters(self, claim: Claim) -> list[str]:
        return [self._keys.spent, self._keys.spent_by(claim.request.user_id), self._busy(claim)]


def _verdict(answer: bytes | list[bytes]) -> tuple[bytes, bytes]:
    """Return what a script answered, and the completion's entry id if it settled the job."""
    if isinstance(answer, bytes):
        return answer, b""
    return answer[0], answer[1] if len(answer) > 1 else b""


def _fence(claim: Claim) -> Args:
    return [claim.entry, claim.job.epoch]


def _stamp(claim: Claim, event: Event, *, at: float) -> None:
    if event is Event.PAYMENT_STARTED:
        claim.paying_at = at
    elif event is Event.TICKET_RECEIVED:
        claim.paid_at = at
