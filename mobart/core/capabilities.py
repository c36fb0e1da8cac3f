"""What a provider can do, as data: whoever deals with one decides by these, never by its name."""

from dataclasses import dataclass, field

from mobart.core.domain import Lookup
from mobart.core.policy import PollSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """One provider's row; times are in seconds."""

    lookup: Lookup = Lookup.NONE
    """What it can say about a submit whose answer was lost."""
    immediate: bool = False
    """A submit is answered with the picture itself, so nothing can turn up once it is over."""
    free: bool = False
    """A submit costs nothing, so that doing it again after a doubt takes nobody's money."""
    cancels: bool = False
    """A generation can be called off."""
    progress: bool = False
    """Polls tell how far a generation is."""
    calls_back: bool = False
    """It was told an address to call when a generation gets on."""
    flags: bool = False
    """Prompts may carry Midjourney's parameters (`--name`)."""
    submit_timeout: float = 30.0
    """After that a submit is given up."""
    generation_timeout: float = 900.0
    """Deadline of one generation, from the submit."""
    schedule: PollSchedule = field(default_factory=PollSchedule)
    """When to look for the picture."""
