"""Waits for a picture that is paid: polls on a schedule, and when the provider calls back."""

from dataclasses import dataclass

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
        provider = self.router.get_provider(_ticket(claim).provider)
        with self.wakeups.waiting_for(claim.request.request_id) as waiter:
            return await self._poll_out(claim, provider, waiter)

    async def _poll_out(self, claim: Claim, provider: ImageProvider, waiter: Waiter) -> Picture:
        """Poll on the provider's schedule; past its deadline there is one last poll."""
        can, submitted = provider.capabilities, claim.submitted_at
        deadline = submitted + can.generation_timeout
        first = min(submitted + can.schedule.initial, deadline)
        await waiter.wait(max(0.0, first - self.clock.monotonic()))
        while True:
            asked = self.clock.monotonic()
            answer, not_before, too_late = await self._look(claim, provider)
            if isinstance(answer, Picture):
                self.observer.note(LogEvent.PICTURE_GENERATED, seconds=asked - submitted)
                return answer
            if asked >= deadline:
                raise too_late
            wait = can.schedule.delay(asked - submitted, jitter=self.clock.jitter())
            await waiter.wait(max(0.0, min(max(wait, not_before), deadline - asked)))

    async def _look(
        self, claim: Claim, provider: ImageProvider
    ) -> tuple[Pending | Picture, float, Rejected]:
        """Poll once; return the answer, the seconds to wait at least, and what a deadline now means.

        No failure of a poll fails a paid job.  But where answers cannot be read until the end, the
        job did not time out: told so, it would be tried again, and paid again.
        """
        too_late = Rejected(Code.PROVIDER_TIMEOUT, TOO_SLOW)
        try:
            answer = await provider.poll(_ticket(claim))
        except Unavailable as away:
            self.observer.note(LogEvent.JOB_DELAYED, code=str(away.code), detail=str(away))
            if away.code is Code.PROVIDER_BAD_RESPONSE:
                too_late = Rejected(away.code, away.sentence, detail=str(away))
            return Pending(), away.retry_after or 0.0, too_late
        if isinstance(answer, Pending) and answer.progress is not None:
            await self.announcer.progress(claim.request, "generating", answer.progress * 9 // 10)
        return answer, 0.0, too_late


def _ticket(claim: Claim) -> Ticket:
    if claim.job.ticket is None:
        raise AssertionError("a paid job has a ticket")
    return claim.job.ticket
