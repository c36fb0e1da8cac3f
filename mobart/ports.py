"""What the life of a job needs from the world, in the nouns of Mobart.

Each Protocol belongs to its caller and has one contract suite that every implementation passes,
the shipped stand-ins included.  Implementations raise only `mobart.errors`.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from mobart.capabilities import Capabilities
from mobart.domain import (
    Asset,
    GenerationRequest,
    Job,
    Order,
    Pending,
    Picture,
    Rendering,
    Stage,
    Ticket,
)
from mobart.errors import InDoubt
from mobart.lifecycle import Happening
from mobart.log_events import LogEvent
from mobart.wire import Refusal


@dataclass(slots=True, eq=False)
class Claim:
    """This worker's hold on one job: the only mutable thing about it.

    `job` is as the journal last confirmed it.  `began` maps a stage to the monotonic time at which
    the job entered it, whichever worker saw that; the key None stands for the first claim.
    """

    job: Job
    entry: str
    began: dict[Stage | None, float] = field(default_factory=dict)
    doubt: InDoubt | None = None
    """What this worker's own submit left open, if it did."""
    paid_again: bool = False
    """Whether it paid in spite of a doubt, as the operator chose; it does so once."""

    @property
    def request(self) -> GenerationRequest:
        """The request of the job."""
        return self.job.request


@dataclass(frozen=True, slots=True)
class Delivery:
    """One entry of the request stream, not yet opened."""

    entry: str
    payload: bytes
    rescued: bool = False


class Acceptance(StrEnum):
    """What became of a request that was heard."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    """Already known and in progress, or the same message heard again: nothing happens."""
    REPLAYED = "replayed"
    """Already finished: the stored outcome was announced again."""
    CONFLICTED = "conflicted"
    """The id belongs to another prompt or user: refused, the first job is undisturbed."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A job that was settled as cancelled, and what had been bought for it."""

    ticket: Ticket | None = None


class Intake(Protocol):
    """Where requests come in."""

    async def accept(self, request: GenerationRequest) -> Acceptance:
        """Take a request once, however often and by however many workers it is heard."""

    async def refuse(self, refusal: Refusal, *, payload: bytes) -> bool:
        """Announce a refusal once; False if it was announced already or an accepted job has its id."""

    async def cancel(self, request_id: str) -> Cancellation | None:
        """Settle an unsettled job as cancelled; None if there is none, or its submit is under way.

        In the latter case the wish is kept, and `record` reports it when the ticket comes in.
        """


class Queue(Protocol):
    """Where claimed work comes from."""

    async def receive(self, slots: int, *, wait: float) -> Sequence[Delivery]:
        """Return up to *slots* new entries, waiting up to *wait* seconds for the first."""

    async def rescue(self, slots: int, *, held: Iterable[str]) -> Sequence[Delivery]:
        """Take over up to *slots* entries that nobody renewed; *held* entries are our own."""

    async def claim(
        self, delivery: Delivery, request: GenerationRequest
    ) -> Claim | Acceptance | None:
        """Open a delivery.

        An `Acceptance` other than ACCEPTED says that it was one more message about a known
        request; None that somebody else has it, or finished it.  Raises Paused, if an operator
        wants nothing new to be begun, and LeaseLost, if the job is one that only workers of
        another version understand: then the delivery is found again when its lease ends.
        """

    async def discard(self, delivery: Delivery) -> None:
        """Remove a delivery that is no request."""


class Switch(Protocol):
    """The operator's kill switch."""

    async def paused(self) -> bool:
        """Whether nothing new is to be begun.  Raises Unavailable."""


class Leases(Protocol):
    """How a worker keeps, and gives up, what it claimed."""

    async def renew(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """Renew the leases of *claims* and return those that are lost."""

    async def release(self, claim: Claim) -> None:
        """Give the job up for immediate takeover."""

    async def strike(self, claim: Claim) -> int:
        """Count an unexpected error against the job; return how many there were, 0 if it is lost."""

    async def retire(self, *, leaving: bool = False) -> Sequence[str]:
        """Forget consumers that are gone (or *leaving*: this one) and hold nothing."""


class Journal(Protocol):
    """The record of one claimed job.  Each write is fenced by the claim's epoch."""

    async def record(self, claim: Claim, happening: Happening) -> None:
        """Store what happened, and on success put the advanced job into *claim*.

        Recording the start of a payment renews the lease and counts against the limits in the
        same step; disproving it takes that back.  Settling announces the outcome in the same step.  Repeating a record that was already stored changes nothing.

        Raises:
            Paused: an operator wants no payment to be started.
            Rejected: the job was cancelled, or its payment would exceed a limit.
            LeaseLost: the job is another worker's or settled.  A ticket is stored even then, as
                long as *claim* holds the right to pay.
            Unavailable: the journal cannot be reached; whether it was stored is not known.

        """

    async def read(self, claim: Claim) -> None:
        """Refresh `claim.job`.  Raises like `record`."""


class ImageProvider(Protocol):
    """A seller of generated pictures."""

    @property
    def name(self) -> str:
        """What completions and tickets call it."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    async def submit(self, order: Order) -> Ticket:
        """Buy one generation.  Called at most once for a right to pay.

        Raises:
            Rejected: proven refused for good; nothing was bought.
            Unavailable: proven not accepted, worth another try; nothing was bought.
            InDoubt: anything else.

        """

    async def find(self, order: Order) -> Ticket | None:
        """Look for an earlier submit of *order*; how far None is proof says `lookup`.

        Raises Unavailable.
        """

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Ask how far a generation is.

        Raises:
            Rejected: the provider's own final failure.
            Unavailable: anything else; asking again is free.

        """

    async def cancel(self, ticket: Ticket) -> None:
        """Call a generation off, where that is possible; best effort.  Raises Unavailable."""


class CheckedProvider(ImageProvider, Protocol):
    """A provider that can be looked at before anything is bought there."""

    async def check(self) -> None:
        """Prove key and address without spending money.  Raises Rejected or Unavailable."""


class Painter(Protocol):
    """A seller who hands over the picture at once, and keeps nothing."""

    @property
    def name(self) -> str:
        """What completions and tickets call it."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    async def paint(self, order: Order) -> bytes:
        """Buy one picture and return it.  Raises like `ImageProvider.submit`."""

    async def check(self) -> None:
        """See `CheckedProvider`."""


class Vault(Protocol):
    """Where pictures are kept that their seller does not keep."""

    async def keep(self, key: str, raw: bytes) -> None:
        """Store bytes as they came.  Raises Unavailable or Rejected."""

    async def holds(self, key: str) -> bool:
        """Whether there is something under *key*.  Raises Unavailable."""

    async def load(self, key: str) -> bytes:
        """Return what is kept; Rejected if nothing is.  Raises Unavailable."""


class Roster(Protocol):
    """The providers there are."""

    def candidates(self, request: GenerationRequest) -> Sequence[ImageProvider]:
        """Return those that may be asked for *request*, in the order in which they are."""

    def named(self, name: str) -> ImageProvider:
        """Return the one that a payment went to; "" is one of before they had names."""


class Bell(Protocol):
    """What wakes a job that waits for its provider."""

    async def wait(self, seconds: float) -> None:
        """Wait *seconds*, or until it rings; it may have rung before."""


class Bells(Protocol):
    """Who knows that a provider has news of a job."""

    def hung(self, request_id: str) -> AbstractContextManager[Bell]:
        """Hang up a bell for one job, for as long as it is waited for."""


class Downloads(Protocol):
    """Where generated pictures are fetched."""

    async def fetch(self, picture: Picture) -> bytes:
        """Return the bytes of the first address that yields a whole picture.

        Raises:
            Rejected: no address may be, or can be, used.
            Unavailable: worth another try.

        """


class Studio(Protocol):
    """Where pictures are made fit for games."""

    async def render(self, raw: bytes, request: GenerationRequest) -> Rendering:
        """Post-process a picture off the event loop.  Raises Rejected or Unavailable."""


class AssetStore(Protocol):
    """Where finished pictures are kept."""

    async def put(self, key: str, rendering: Rendering) -> Asset:
        """Store a picture under *key*; the same picture again is no harm.

        Another picture that has this key is never overwritten: the new one is stored beside it,
        and the asset tells its key.  A rendering's sidecar is stored with it under the same name,
        as `.json`.  Raises Unavailable, or Rejected where trying again is no use.
        """

    async def check(self) -> None:
        """Prove that the store is there and can be written.  Raises Rejected or Unavailable."""


class Announcer(Protocol):
    """Who wants to know how a job is getting on."""

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """Tell the stage and 0..100 percent; best effort, never raises."""


class Observer(Protocol):
    """Who keeps log and metrics."""

    def note(self, event: LogEvent, **facts: Any) -> None:
        """Take note; never raises, never blocks."""


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Return the wall clock, aware, UTC."""

    def monotonic(self) -> float:
        """Return seconds that only ever go forward."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    def jitter(self) -> float:
        """Return a random number from 0 to 1."""
