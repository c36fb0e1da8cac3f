"""Waits for a picture that is paid: polls on a schedule, and when the provider calls back.

The schedule is the provider's own, as far as nothing is known of how long its pictures take; then it is
planned after those (`core/poll_plan.py`), except where the provider calls back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from mobart.core.domain import Pending, Picture, Ticket
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.orders import Order
from mobart.core.ports import Announcer, Claim, Clock, ImageProvider, Observer, Waiter, Wakeups
from mobart.jobs.durations import Looks, UsualDurations
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.spec import JobContext

KindOf = Callable[[str, Order], str]
TOO_SLOW = "The picture was not finished in time."


def by_provider(provider: str, order: Order) -> str:
    """Learn of all models of a provider together."""
    del order
    return provider


@dataclass(frozen=True, slots=True)
class Polling:
    """Polls the provider of a job's ticket, as often as its capabilities say."""

    router: ProviderRouter
    wakeups: Wakeups
    announcer: Announcer
    observer: Observer
    clock: Clock
    usual: UsualDurations = field(default_factory=UsualDurations)
    kind_of: KindOf = by_provider
    """Which pictures take equally long: those of an order's model at a provider."""

    async def await_picture(self, context: JobContext) -> Picture:
        """Return the finished picture.  Raises Rejected: the provider failed, or took too long."""
        claim = context.claim
        await context.slot.take()
        if claim.job.kept is not None:
            return claim.job.kept
        provider = self.router.get_provider(_ticket(claim).provider)
        with self.wakeups.waiting_for(claim.request.request_id) as waiter:
            return await self._poll_out(context, provider, waiter)

    async def ask_again(self, claim: Claim) -> Picture:
        """Return a picture that was finished before.  Raises Rejected or Unavailable."""
        if claim.job.kept is not None:
            return claim.job.kept
        answer = await self.router.get_provider(_ticket(claim).provider).poll(_ticket(claim))
        if isinstance(answer, Picture):
            return answer
        raise Unavailable(Code.DOWNLOAD_FAILED, TOO_SLOW, detail="it was finished before")

    async def _poll_out(
        self, context: JobContext, provider: ImageProvider, waiter: Waiter
    ) -> Picture:
        """Poll as planned; past the provider's deadline there is one last poll."""
        can, submitted = provider.capabilities, context.claim.submitted_at
        deadline = submitted + can.generation_timeout
        looks = Looks(self.usual, self._kind(context, provider), can.schedule)
        now = self.clock.monotonic()
        await waiter.wait(max(0.0, min(looks.begin(now - submitted), deadline - now)))
        for polls in count(1):
            asked = self.clock.monotonic()
            answer = await self._look(context.claim, provider)
            seconds, jitter = asked - submitted, self.clock.jitter()
            if isinstance(answer, Picture):
                looks.end(seconds, chance=jitter)
                self.observer.note(LogEvent.PICTURE_GENERATED, seconds=seconds, polls=polls)
                return answer
            if isinstance(answer, Pending):
                self.observer.note(LogEvent.PICTURE_POLLED, polls=polls, progress=answer.progress)
            if asked >= deadline:
                return _last(answer)
            if isinstance(answer, Unavailable):
                context.slot.give_back(holding=True)
            wait = looks.go_on(answer, seconds, jitter=jitter)
            await waiter.wait(max(0.0, min(wait, deadline - asked)))
        raise AssertionError("unreachable")

    def _kind(self, context: JobContext, provider: ImageProvider) -> str:
        """Return what kind of picture it is; none where polls do not tell how long one takes."""
        can = provider.capabilities
        if can.immediate or can.calls_back:
            return ""
        return self.kind_of(provider.name, context.order_for(provider))

    async def _look(self, claim: Claim, provider: ImageProvider) -> Pending | Picture | Unavailable:
        """Poll once; no failure of a poll fails a paid job, so it is returned."""
        try:
            answer = await provider.poll(_ticket(claim))
        except Unavailable as away:
            self.observer.note(LogEvent.JOB_DELAYED, code=str(away.code), detail=str(away))
            return away
        if isinstance(answer, Pending) and answer.progress is not None:
            await self.announcer.progress(claim.request, "generating", answer.progress * 9 // 10)
        return answer


LASTING = frozenset({Code.PROVIDER_BAD_RESPONSE, Code.PROVIDER_AUTH, Code.PROVIDER_CREDIT})


def _last(answer: Pending | Unavailable) -> Picture:
    """Return the picture in the last *answer* before the deadline, if one is there after all.

    Where answers could not be read, or were refused, until the end, the job did not time out: reported
    as a timeout, it would be retried and paid again.  Raises Rejected.
    """
    if isinstance(answer, Pending) and answer.so_far is not None:
        return answer.so_far
    if isinstance(answer, Unavailable) and answer.code in LASTING:
        raise Rejected(answer.code, answer.sentence, detail=str(answer))
    raise Rejected(Code.PROVIDER_TIMEOUT, TOO_SLOW)


def _ticket(claim: Claim) -> Ticket:
    if claim.job.ticket is None:
        raise AssertionError("a paid job has a ticket")
    return claim.job.ticket
