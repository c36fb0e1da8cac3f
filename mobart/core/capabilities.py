"""What a provider can do, as data: callers decide by these, never by its name."""

from dataclasses import dataclass, field
from enum import StrEnum

from mobart.core.domain import Lookup
from mobart.core.policy import PollSchedule


class Grammar(StrEnum):
    """What a provider reads in a prompt beside its words."""

    PLAIN = "words"
    """Nothing."""
    MIDJOURNEY = "parameters"
    """Parameters (`--name value`) and weights of parts (`cat::2`)."""
    STABLE_DIFFUSION = "brackets"
    """Weights in brackets (`(cat:1.2)`), and escapes for brackets that are meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """One provider's row; times are in seconds."""

    lookup: Lookup = Lookup.NONE
    """What it can prove about a submit whose answer was lost."""
    immediate: bool = False
    """A submit is answered with the picture itself, so no ticket can turn up later."""
    free: bool = False
    """A submit costs no money, so it may be repeated after a doubt."""
    idempotent: bool = False
    """A submit that is sent again with the same key is answered as the first: it buys nothing more."""
    cancels: bool = False
    """A generation can be cancelled."""
    progress: bool = False
    """Polls answer with a percentage."""
    references: bool = False
    """It takes a picture that the new one shall go by."""
    calls_back: bool = False
    """It calls the address that a submit names when a generation changes."""
    pixel_art: bool = False
    """Its pictures are pixel art at native size: each pixel is a cell, and prompts need not say so."""
    grammar: Grammar = Grammar.PLAIN
    """How it reads prompts."""
    submit_timeout: float = 30.0
    """After that a submit is given up."""
    generation_timeout: float = 900.0
    """Deadline of one generation, from the submit."""
    schedule: PollSchedule = field(default_factory=PollSchedule)
    """When to poll."""
