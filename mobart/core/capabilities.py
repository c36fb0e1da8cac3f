"""What a provider can do, as data: callers decide by these, never by its name."""

from dataclasses import dataclass, field

from mobart.core.domain import Lookup
from mobart.core.policy import PollSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """One provider's row; times are in seconds."""

    lookup: Lookup = Lookup.NONE
    """What it can prove about a submit whose answer was lost."""
    immediate: bool = False
    """A submit is answered with the picture itself, so no ticket can turn up later."""
    free: bool = False
    """A submit costs no money, so it may be repeated after a doubt."""
    cancels: bool = False
    """A generation can be cancelled."""
    progress: bool = False
    """Polls answer with a percentage."""
    calls_back: bool = False
    """It calls the address that a submit names when a generation changes."""
    flags: bool = False
    """Prompts may carry Midjourney's parameters (`--name`)."""
    submit_timeout: float = 30.0
    """After that a submit is given up."""
    generation_timeout: float = 900.0
    """Deadline of one generation, from the submit."""
    schedule: PollSchedule = field(default_factory=PollSchedule)
    """When to poll."""
