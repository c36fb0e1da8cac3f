"""The nouns of Mobart: frozen values without behaviour of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from mobart.core.errors import Code


class Stage(StrEnum):
    """How far a job is.  Only what cannot be repeated gets a stage."""

    ACCEPTED = "accepted"
    PAYING = "paying"
    PAID = "paid"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What the backend asked for; valid by construction of `wire.parse_request`."""

    request_id: str
    user_id: str
    prompt: str
    preset: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What a provider is asked for: a request's prompt as it may be submitted, and how to make it.

    *parameters* are the preset's own words for this provider (`model`, `size`, ...), which nobody
    else reads.
    """

    request_id: str
    user_id: str
    prompt: str
    negative: str = ""
    """What must not be seen in the picture, as words."""
    aspect_ratio: str = ""
    """`3:2`; empty where nobody asked for one."""
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A provider's receipt for one paid generation."""

    provider: str
    reference: str


class Lookup(StrEnum):
    """What a provider can say about a submit whose answer was lost."""

    NONE = "none"
    """Nothing: it cannot be asked."""
    PARTIAL = "partial"
    """A find is proof; not finding proves nothing."""
    COMPLETE = "complete"
    """It lists everything, so not finding is proof as well."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished generation: addresses to try in order, best first."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pending:
    """A generation still under way; *progress* is 0 to 100 where the provider tells it."""

    progress: int | None = None


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
    """The good outcome."""

    asset: Asset
    preset: str
    provider: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The bad outcome; *sentence* is public."""

    code: Code
    sentence: str
    paid: Paid


Outcome = Completed | Failed


@dataclass(frozen=True, slots=True)
class Job:
    """One request and how far it is, as the journal has it."""

    request: GenerationRequest
    stage: Stage = Stage.ACCEPTED
    epoch: int = 0
    payment_epoch: int = 0
    """Epoch in which the right to pay was taken; 0 while nobody has it."""
    provider: str = ""
    """Name of the provider that the right to pay is for; "" while nobody has it."""
    ticket: Ticket | None = None
    outcome: Outcome | None = None
    correction: bool = False
    """The outcome already announced was `submit_unknown`; the next one corrects it."""
