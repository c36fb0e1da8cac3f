"""`Intake` on Redis."""

from collections.abc import Collection, Sequence
from typing import Any

from redis.asyncio import Redis

from mobart.core import completions, wire
from mobart.core.domain import Failed, GenerationRequest, Job, Paid, Refusal
from mobart.core.errors import Code
from mobart.core.limits import SuspensionPolicy
from mobart.core.ports import Acceptance, Cancellation, Clock
from mobart.journal.accepting import accepting
from mobart.journal.entries import read_known
from mobart.journal.failures import translated
from mobart.journal.keys import (
    COMPLETIONS_KEPT,
    COMPLETIONS_MS,
    CONFLICT_MS,
    EARLY_KEPT,
    GROUP,
    RECORD_SECONDS,
    REFUSAL_SECONDS,
    REFUSALS_TOLD,
    RESEND_MS,
    SAME_MESSAGE_MS,
    Keys,
)
from mobart.journal.pipeline import Pipeline
from mobart.journal.recent import RecentWork, SettledJob
from mobart.journal.scripts import script

CANCELLED = "The request was cancelled."
ACCEPTANCES = {one.encode(): one for one in Acceptance}
TAKEN = frozenset({Acceptance.ACCEPTED, Acceptance.CANCELLED})
NO_SUSPENSION = SuspensionPolicy()


class RedisIntake:
    """Takes requests in, each once, from however many workers hear them."""

    def __init__(
        self,
        redis: Redis,
        *,
        keys: Keys,
        clock: Clock,
        recent: RecentWork,
        suspension: SuspensionPolicy = NO_SUSPENSION,
    ) -> None:
        """Use *redis* for short commands only; *recent* is shared with the worker's queue."""
        self._redis = redis
        self._keys = keys
        self._clock = clock
        self._suspension = suspension
        self._recent = recent
        self._accept = Pipeline(redis).script("accept")  # it packs the many arguments in C
        self._refuse = script(redis, "refuse")
        self._cancel = script(redis, "cancel")
        self._forestall = script(redis, "forestall")
        self._conflict = script(redis, "conflict")
        self._resend = script(redis, "resend")

    async def accept(self, request: GenerationRequest) -> Acceptance:
        """See `Intake`."""
        (acceptance,) = await self.accept_all([request])
        return acceptance

    async def accept_all(self, requests: Sequence[GenerationRequest]) -> Sequence[Acceptance]:
        """See `Intake`."""
        with translated():
            answers: list[bytes] = await self._accept(
                *accepting(requests, keys=self._keys, same_message_ms=SAME_MESSAGE_MS)
            )
        acceptances = [ACCEPTANCES[answer] for answer in answers]
        for request, acceptance in zip(requests, acceptances, strict=True):
            if acceptance in TAKEN:
                self._recent.note_accepted(request)
        return acceptances

    async def has_accepted(self, request: GenerationRequest) -> bool:
        """See `Intake`."""
        job = self._keys.job(request.request_id)
        with translated():
            if await self._redis.type(job) != b"hash":
                return False
            known: Any = await self._redis.hget(job, "fingerprint")
            return bool(known == wire.fingerprint(request).encode())

    async def refuse(self, refusal: Refusal, *, payload: bytes) -> bool:
        """See `Intake`."""
        if refusal.request_id is None:
            return False
        keys = self._keys
        message = completions.encode_refusal(refusal, at=self._clock.now())
        with translated():
            announced: int = await self._refuse(
                [
                    keys.refusal(payload),
                    keys.job(refusal.request_id),
                    keys.completions,
                    keys.blocked(refusal.user_id),
                    keys.suspended(refusal.user_id),
                    keys.refused(refusal.request_id),
                    keys.refusals(refusal.user_id),
                ],
                [
                    message,
                    keys.completed_channel,
                    SAME_MESSAGE_MS,
                    COMPLETIONS_KEPT,
                    *offences(self._suspension, refusal.outcome.code),
                    COMPLETIONS_MS,
                    REFUSAL_SECONDS,
                    REFUSALS_TOLD,
                    int(wire.is_id(refusal.request_id)),
                ],
            )
        return announced == 1

    async def answer_conflict(self, refusal: Refusal, *, payload: bytes, fingerprint: str) -> bool:
        """See `Intake`."""
        if refusal.request_id is None:
            return False
        keys = self._keys
        message = completions.encode_refusal(refusal, at=self._clock.now())
        with translated():
            announced: int = await self._conflict(
                [keys.job(refusal.request_id), keys.refusal(payload)],
                [fingerprint, message, keys.completed_channel, CONFLICT_MS],
            )
        return announced == 1

    async def resend(self, request_id: str) -> bool:
        """See `Intake`."""
        keys = self._keys
        with translated():
            resent: int = await self._resend(
                [keys.job(request_id), keys.completions],
                [RESEND_MS, COMPLETIONS_MS, COMPLETIONS_KEPT],
            )
        return resent == 1

    async def cancel(self, request_id: str, *, free: Collection[str] = ()) -> Cancellation | None:
        """See `Intake`."""
        with translated():
            known = await self._known(request_id)
            if known is None and await self._remember(request_id):
                self._recent.note_cancelled(request_id)
                return None
            known = known or await self._known(request_id)  # it came meanwhile
            if known is None:
                return None
            payload, correction, made_from, reuses = known
            request = wire.decode_request(payload)
            job = Job(
                request,
                correction=bool(correction),
                made_from=(made_from or b"").decode(),
                reuses=bool(reuses),
            )
            verdict, *answer = await self._try_to_cancel(job, free)
        if verdict == b"noted":
            self._recent.note_cancelled(request_id)
        if verdict != b"settled":
            return None
        entry, completion, *told = answer
        at = self._clock.monotonic()
        job, times = read_known(request, [part.decode() for part in told], at=at)
        self._recent.note_settled(
            SettledJob(job, completion, entry.decode(), times=times, cost=job.price)
        )
        ticket = None if job.reuses else job.ticket
        paid = ticket is not None and job.provider not in free
        return Cancellation(
            request.user_id,
            paid,
            at - times.get("claimed_at", at),
            ticket,
            request.traceparent,
            job.price if paid else None,
        )

    async def _known(self, request_id: str) -> list[Any] | None:
        """Read what the cancellation of a job tells; None if there is no such job."""
        job = self._keys.job(request_id)
        if await self._redis.type(job) != b"hash":
            return None
        known: list[Any] = await self._redis.hmget(
            job, ["request", "correction", "made_from", "reuses"]
        )
        return known if known[0] is not None else None

    async def _remember(self, request_id: str) -> bool:
        """Remember the cancellation of a request that is not known; False if it is by now."""
        keys = [self._keys.job(request_id), self._keys.early]
        remembered: int = await self._forestall(keys, [EARLY_KEPT])
        return remembered == 1

    async def _try_to_cancel(self, job: Job, free: Collection[str]) -> list[bytes]:
        keys, request = self._keys, job.request
        answer: list[bytes] = await self._cancel(
            [
                keys.job(request.request_id),
                keys.requests,
                keys.completions,
                keys.busy(request.user_id),
                keys.history,
            ],
            [
                GROUP,
                self._cancelled(job, paid=False),
                self._cancelled(job, paid=not job.reuses),
                keys.completed_channel,
                RECORD_SECONDS,
                COMPLETIONS_MS,
                COMPLETIONS_KEPT,
                *free,
            ],
        )
        return answer

    def _cancelled(self, job: Job, *, paid: Paid) -> bytes:
        outcome = Failed(Code.CANCELLED, CANCELLED, paid=paid)
        return completions.encode_outcome(job, outcome, at=self._clock.now())


def offences(suspension: SuspensionPolicy, code: Code | None) -> list[int]:
    """Return the arguments of the scripts about a request that failed with *code*."""
    counted = code is not None and suspension.counts(code)
    return [suspension.offences if counted else 0, int(suspension.seconds * 1000)]
