"""The operator's numbers about paying."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Terms:
    """All times are in seconds."""

    job_deadline: float = 3600.0
    """From the first claim: how long a payment is tried for."""
    lease: float = 30.0
    clock_skew: float = 5.0
    """How far the clocks of two hosts may be apart."""
    in_doubt: Literal["fail", "retry"] = "fail"
    """What becomes of a payment that nobody can confirm: the job fails, or is paid once more."""
