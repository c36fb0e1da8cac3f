"""The nouns of Mobart: frozen values without behaviour of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Self

from mobart.core.errors import Code, Reason, Rejected

KEPT = "kept:"
"""What an address in the raw store begins with."""


class Stage(StrEnum):
    """How far a job is.  Only what cannot be repeated gets a stage."""

    ACCEPTED = "accepted"
    PAYING = "paying"
    PAID = "paid"
    SETTLED = "settled"


class Priority(StrEnum):
    """How soon a request has its turn, beside others of its user and of other users."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What the backend asked for; valid by construction of `wire.parse_request`."""

    request_id: str
    user_id: str
    prompt: str = field(repr=False)
    preset: str | None = None
    options: Mapping[str, object] = field(default_factory=dict, repr=False)
    traceparent: str | None = None
    priority: Priority = Priority.NORMAL

    @property
    def reference(self) -> object:
        """The option that names a picture to go by: an https address, or a key in the bucket."""
        return self.options.get(REFERENCE, "")

    @property
    def picture_options(self) -> Mapping[str, object]:
        """The options for the processing of the picture: all the others."""
        return {name: value for name, value in self.options.items() if name != REFERENCE}


REFERENCE = "reference"
"""The name of that option."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A provider's receipt for one paid generation."""

    provider: str
    reference: str
    cost: float | None = field(default=None, compare=False)
    """What it cost in USD, where the provider tells that at once."""


class Lookup(StrEnum):
    """What a provider can prove about a submit whose answer was lost."""

    NONE = "none"
    """Nothing: there is no lookup."""
    PARTIAL = "partial"
    """A find is proof; not finding proves nothing."""
    COMPLETE = "complete"
    """It lists everything, so not finding is proof as well."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished generation: addresses to try in order, best first."""

    urls: tuple[str, ...]
    grid: bool = False
    """Whether it may be four pictures in one, as a 2x2 grid."""
    raw_key: str = ""
    """Where it is in the raw store, if it is there already."""
    cost: float | None = None
    """What it cost in USD, where the provider tells that."""
    unstored: bool = False
    """Whether it should be in the raw store, which did not take it, and is nowhere else for long."""

    @classmethod
    def stored(cls, key: str, *, grid: bool = False) -> Self:
        """Return a picture that is in the raw store."""
        return cls((KEPT + key,), grid=grid, raw_key=key)


@dataclass(frozen=True, slots=True)
class Purchase:
    """A picture that was in the answer to its submit, and its price in USD where the provider reports it."""

    raw: bytes
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """A generation still under way; *progress* is 0 to 100, None where the provider gives none."""

    progress: int | None = None
    so_far: Picture | None = None
    """The picture in an answer of which nobody knows whether it is the last one."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A processed picture: PNG bytes and what they are."""

    png: bytes
    width: int
    height: int
    sha256: str
    sidecar: bytes = b""
    """JSON that describes the picture, where that was asked for."""
    art: Mapping[str, object] = field(default_factory=dict)
    """What was found in the picture and done to it, as JSON can hold it."""
    variants: tuple["Rendering", ...] = ()
    """The other pictures that came with this one and were asked for, in their order."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture in the store."""

    key: str
    url: str
    width: int
    height: int
    bytes: int
    sha256: str
    sidecar_key: str = ""
    """Where the JSON beside the picture is, if there is one."""


Paid = Literal[True, False, "unknown"]


@dataclass(frozen=True, slots=True)
class Completed:
    """The good outcome; *seconds* since the first claim."""

    asset: Asset
    preset: str
    provider: str
    seconds: float
    variants: tuple[Asset, ...] = ()
    """The other pictures that came with this one and were asked for."""
    art: Mapping[str, object] = field(default_factory=dict)
    """What was found in the picture and done to it, as JSON can hold it."""
    raw_key: str = ""
    """Where the picture is as its provider made it, if that was kept."""
    cost: float | None = None
    """What it cost in USD, as far as is known."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The bad outcome; *sentence* is for players, *hint* for developers, both are public."""

    code: Code
    sentence: str
    paid: Paid
    hint: str = ""
    retry_after: float | None = None
    """Seconds, where they are known better than `ADVICE` does."""
    cost: float | None = None
    """What was spent on it in USD, as far as is known."""

    @classmethod
    def because(cls, no: Rejected, *, paid: Paid, price: float | None = None) -> Self:
        """Return the outcome of a job of that *price*, or of a message, that was rejected."""
        cost = price if paid is True else None if paid else 0.0
        return cls(no.code, no.sentence, paid, no.hint, no.retry_after, cost)


Outcome = Completed | Failed


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that is not accepted, and who sent it; *request_id* is None if that is unknown."""

    request_id: str | None
    user_id: str
    outcome: Failed
    reason: Reason | None
    """One word for log and metrics."""


@dataclass(frozen=True, slots=True)
class Job:
    """One request and how far it is, as the journal has it."""

    request: GenerationRequest
    stage: Stage = Stage.ACCEPTED
    epoch: int = 0
    payment_epoch: int = 0
    """Epoch in which the right to pay was taken; 0 while it is not."""
    right: int = 0
    """Number of that right, or of the last one: each that is asked for has a higher one."""
    provider: str = ""
    """Name of the provider that the right to pay is for; "" while it is not taken."""
    ticket: Ticket | None = None
    price: float | None = None
    """What the payment costs in USD, as far as is known; None while there is none."""
    outcome: Outcome | None = None
    correction: bool = False
    """The outcome already announced left open whether it was paid; the next one corrects it."""
    made_from: str = ""
    """The request that an operator made this one from."""
    reuses: bool = False
    """Whether it processes the picture again that `made_from` paid for; then nothing is bought."""
    kept: Picture | None = None
    """That picture in the raw store, if it is there; else the ticket leads to it."""

    @property
    def payment(self) -> tuple[int, int]:
        """What tells this payment from any other one of the job."""
        return self.payment_epoch, self.right

    def __repr__(self) -> str:
        """Write what a log may show: no prompt."""
        paid_by = f" {self.ticket.provider}:{self.ticket.reference}" if self.ticket else ""
        return f"<Job {self.request.request_id} {self.stage} epoch {self.epoch}{paid_by}>"
