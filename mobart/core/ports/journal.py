"""Where requests come in, how work is shared out, and the record of one job."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mobart.core.copying import changed
from mobart.core.domain import GenerationRequest, Job, Refusal, Ticket
from mobart.core.errors import Code
from mobart.core.lifecycle import Event, Transition


@dataclass(slots=True, eq=False)
class Claim:
    """This worker's hold on one job: the only mutable thing about it.

    `job` is as the journal last confirmed it.  The times are in seconds of this worker's monotonic
    clock, also where another worker saw the event.
    """

    job: Job
    entry: str
    claimed_at: float
    """When the job was claimed for the first time."""
    paying_at: float | None = None
    """When the right to pay was recorded last; None if it never was."""
    paid_at: float | None = None
    """When the ticket was recorded; None if it never was."""
    doubt: Code | None = None
    """What this worker's own submit left open, if it did; its error would hold all of the job."""
    paid_again: bool = False
    """Whether it paid in spite of a doubt, as the operator chose; it does so once."""
    accepted: bool = False
    """Whether this claim accepted the request, which came by the stream alone."""
    cancelled: bool = False
    """Whether it was cancelled before anybody paid, and is only to be ended."""
    heard_at: float | None = None
    """When the request came in; where it is found again as it came, it is the same message."""
    asked: int = 0
    """Number of the last right to pay that was asked for, granted or not."""

    def numbered(self, transition: Transition) -> Transition:
        """Return *transition* with a number that none had before, if it takes a right to pay."""
        if transition.event is not Event.PAYMENT_STARTED:
            return transition
        self.asked = max(self.asked, self.job.right) + 1
        return changed(transition, right=self.asked)

    @property
    def times(self) -> dict[str, float]:
        """When what happened, by the names that the journal has for it."""
        told = {
            "heard_at": self.heard_at,
            "claimed_at": self.claimed_at,
            "paying_at": self.paying_at,
            "paid_at": self.paid_at,
        }
        return {name: at for name, at in told.items() if at is not None}

    @property
    def request(self) -> GenerationRequest:
        """The request of the job."""
        return self.job.request

    @property
    def submitted_at(self) -> float:
        """Earliest time of the submit: when the right to pay was recorded, just before it.

        For jobs that are `PAYING` or `PAID`; deadlines are counted from it.
        """
        if self.paying_at is None:
            raise AssertionError(f"{self!r} was never paid for")
        return self.paying_at

    def __repr__(self) -> str:
        """Write what a log may show: no prompt."""
        return f"<Claim {self.entry} of {self.job!r}>"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One entry of the request stream, not yet opened."""

    entry: str
    payload: bytes
    rescued: bool = False


class Acceptance(StrEnum):
    """What became of a request that was received."""

    ACCEPTED = "accepted"
    CANCELLED = "cancelled"
    """Accepted, and was cancelled before it came: it is only to be ended."""
    REPEATED = "repeated"
    """Already known and in progress, or the same message received again: nothing happens."""
    REPLAYED = "replayed"
    """Already finished: the stored outcome was announced again."""
    CONFLICTED = "conflicted"
    """The id belongs to another prompt or user: refused, the first job is undisturbed."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A job that was settled as cancelled."""

    user_id: str
    paid: bool
    seconds: float
    """Since the first claim; 0 if there was none."""
    ticket: Ticket | None = None
    traceparent: str | None = None
    cost: float | None = None
    """What was spent on it in USD, as far as is known."""


class Intake(Protocol):
    """Where requests come in."""

    async def accept(self, request: GenerationRequest) -> Acceptance:
        """Accept a request once, however often and by however many workers it is received."""

    async def accept_all(self, requests: Sequence[GenerationRequest]) -> Sequence[Acceptance]:
        """Accept requests in their order, in one step; return what became of each."""

    async def has_accepted(self, request: GenerationRequest) -> bool:
        """Whether that very request is known, by its id and all that it asks for.  Raises Unavailable."""

    async def refuse(self, refusal: Refusal, *, payload: bytes) -> bool:
        """Announce a refusal once; False if it was announced already or an accepted job has its id."""

    async def answer_conflict(self, refusal: Refusal, *, payload: bytes, fingerprint: str) -> bool:
        """Tell the sender of a message that its request_id belongs to another request.

        Once a minute for the same message, on the channel only: nothing is stored, and the first
        request is undisturbed.  False if nothing was announced, as where the id is free or
        *fingerprint* ("" if the message is no request) is the first request's own.
        """

    async def resend(self, request_id: str) -> bool:
        """Put a stored outcome where webhooks and readers of the stream find it, as a duplicate.

        Once a minute for one request; False if that was not done.  The channel has it already.
        """

    async def cancel(self, request_id: str, *, free: Collection[str] = ()) -> Cancellation | None:
        """Settle an unsettled job as cancelled; None if there is none, or its submit is under way.

        It counts as paid where money was spent: not at the providers called *free*.

        Where the request is not known yet, that is remembered for an hour: whoever accepts or claims it
        is told.  Where its submit is under way, it is stored, and `record` raises it when the ticket comes
        in.
        """


class JobQueue(Protocol):
    """Where a worker gets jobs from, how it keeps them, and whether it may begin any."""

    async def receive(self, slots: int, *, wait: float) -> Sequence[Delivery]:
        """Return up to *slots* new entries, waiting up to *wait* seconds for the first."""

    async def rescue(self, slots: int, *, held: Iterable[str]) -> Sequence[Delivery]:
        """Take over up to *slots* entries that nobody renewed; *held* entries are our own."""

    async def claim(
        self, delivery: Delivery, request: GenerationRequest
    ) -> Claim | Acceptance | None:
        """Open a delivery.

        An `Acceptance` other than ACCEPTED is returned for one more message about a known request,
        None if another worker has the job, or it is settled.

        Raises:
            Paused: the operator lets nothing new begin.
            LeaseLost: only workers of another version understand the job.
            Unavailable: Redis cannot be reached.

        After each of these the delivery is found again when its lease ends.
        """

    async def discard(self, delivery: Delivery) -> None:
        """Remove a delivery that is no request."""

    # the operator's kill switch

    async def paused(self) -> bool:
        """Whether nothing new is to be begun.  Raises Unavailable."""

    # leases: how a worker keeps, and gives up, what it claimed

    async def renew(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """Renew the leases of *claims*, all that this worker holds; return those that are lost.

        What Redis forgot of them, and of what this worker settled or accepted lately, is written
        again first.
        """

    async def proven(self) -> bool:
        """Whether Redis still has all that this worker holds, as far as is known.

        If not, nothing is received before the next `renew`.
        """

    async def release(self, claim: Claim) -> None:
        """Give the job up for immediate takeover."""

    async def count_crash(self, claim: Claim) -> int:
        """Count an unexpected error against the job; return how many claims had one, 0 if it is lost."""

    async def retire(self, *, leaving: bool = False) -> Sequence[str]:
        """Forget consumers that are gone (or *leaving*: this one) and hold nothing."""


class Journal(Protocol):
    """The record of one claimed job.  Each write is fenced by the claim's epoch."""

    async def record(self, claim: Claim, transition: Transition) -> None:
        """Store what happened, and on success put the advanced job into *claim*.

        Recording the start of a payment renews the lease and counts against the limits in the
        same step; disproving it takes that back.  Settling announces the outcome in the same step.
        Repeating a record that was already stored changes nothing.

        Raises:
            Paused: an operator wants no payment to be started.
            Rejected: the job was cancelled, or its payment would exceed a limit.
            LeaseLost: the job is another worker's or settled.  A ticket is stored even then, as
                long as *claim* holds the right to pay.
            Unavailable: the journal cannot be reached; whether it was stored is not known.
        """

    async def read(self, claim: Claim) -> None:
        """Refresh `claim.job`.

        Raises like `record`; Cancelled if the job was cancelled; Rejected if it is paid by now, and was
        cancelled while its submit was under way, so that it has to be settled as that.
        """
