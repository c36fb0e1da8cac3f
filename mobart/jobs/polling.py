"""Waits for a picture that is paid: polls on a schedule, and when the provider calls back."""

from dataclasses import dataclass
from itertools import count

from mobart.core.domain import Pending, Picture, Ticket
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.ports import Announcer, Claim, Clock, ImageProvider, Observer, Waiter, Wakeups
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.spec import JobContext

TOO_SLOW = "The picture was not finished in time."


@dataclass(frozen=True, slots=True)
class Polling:
    """Polls the provider of a job's ticket, as often as its capabilities say."""

    router: ProviderRouter
    wakeups: Wakeups
    announcer: Announcer
    observer: Observer
    clock: Clock

    async def await_picture(self, context: JobContext) -> Picture:
        """Return the finished picture.  Raises Rejected: the provider failed, or took too long."""
        claim = context.claim
        await context.slot.take()
        if claim.job.kept is not None:
            return claim.job.kept
        provider = self.router.get_provider(_ticket(claim).provider)
        with self.wakeups.waiting_for(claim.request.request_id) as waiter:
            return await self._poll_out(context, provider, waiter)

    async def _poll_out(
        self, context: JobContext, provider: ImageProvider, waiter: Waiter
    ) -> Picture:
        """Poll on the provider's schedule; past its deadline there is one last poll."""
        can, submitted = provider.capabilities, context.claim.submitted_at
        deadline = submitted + can.generation_timeout
        first = min(submitted + can.schedule.initial, deadline)
        await waiter.wait(max(0.0, first - self.clock.monotonic()))
        for polls in count(1):
            asked = self.clock.monotonic()
            answer = await self._look(context.claim, provider)
            if isinstance(answer, Picture):
                seconds = asked - submitted
                self.observer.note(LogEvent.PICTURE_GENERATED, seconds=seconds, polls=polls)
                return answer
            if isinstance(answer, Pending):
                self.observer.note(LogEvent.PICTURE_POLLED, polls=polls, progress=answer.progress)
            if asked >= deadline:
                raise _too_late(answer)
            wait = can.schedule.delay(asked - submitted, jitter=self.clock.jitter())
            if isinstance(answer, Unavailable):
                context.slot.give_back(holding=True)
                wait = max(wait, answer.retry_after or 0.0)
            await waiter.wait(max(0.0, min(wait, deadline - asked)))
        raise AssertionError("unreachable")

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


def _too_late(answer: Pending | Unavailable) -> Rejected:
    """Return what the last *answer* before the deadline means.

    Where answers could not be read until the end, the job did not time out: reported as a timeout,
    it would be retried and paid again.
    """
    if isinstance(answer, Unavailable) and answer.code is Code.PROVIDER_BAD_RESPONSE:
        return Rejected(answer.code, answer.sentence, detail=str(answer))
    return Rejected(Code.PROVIDER_TIMEOUT, TOO_SLOW)


def _ticket(claim: Claim) -> Ticket:
    if claim.job.ticket is None:
        raise AssertionError("a paid job has a ticket")
    return claim.job.ticket
