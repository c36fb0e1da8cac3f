"""Stops buying at a provider where what is paid comes to nothing each time.

One picture that cannot be used says little.  Several in a row mean that something lasts: answers that
cannot be read, addresses that may not be called, a bucket that refuses, a step that fails.  Each
further picture would be paid for as well, so a circuit opens, and one job after a pause probes it.
"""

from dataclasses import dataclass, field

from mobart.core.circuit import Circuit
from mobart.core.domain import Completed, Failed, Outcome
from mobart.core.errors import ADVICE, Code, Unavailable, Who

TOLERATED = 5
"""Paid jobs that fail in a row before buying stops."""
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 900.0
"""Seconds until a job may probe; doubled each time that it fails as well."""
PASSING = frozenset({Code.DOWNLOAD_FAILED, Code.PROVIDER_TIMEOUT})
"""Codes that nobody need act on, but that cost a picture each time all the same."""
STOPPED = "No pictures can be made at the moment."


@dataclass(slots=True, eq=False)
class PaidLosses:
    """A circuit for each provider, of outcomes instead of calls; times are monotonic seconds."""

    circuits: dict[str, Circuit] = field(default_factory=dict)

    def refusal(self, provider: str, *, now: float) -> Unavailable | None:
        """Return why nothing is bought at *provider* now; None lets one payment through."""
        wait = self._circuit(provider).wait(now)
        if wait <= 0:
            return None
        detail = f"{provider}: what was paid there came to nothing {TOLERATED} times in a row"
        return Unavailable(Code.PROVIDER_UNAVAILABLE, STOPPED, retry_after=wait, detail=detail)

    def note(self, provider: str, outcome: Outcome, *, now: float) -> float | None:
        """Record an outcome; return the seconds of the pause if it stops the buying."""
        circuit = self._circuit(provider)
        if isinstance(outcome, Completed):
            circuit.succeed()
        elif is_loss(outcome) and circuit.fail(now):
            return circuit.pause
        return None

    def _circuit(self, provider: str) -> Circuit:
        new = Circuit(TOLERATED, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE)
        return self.circuits.setdefault(provider, new)


def is_loss(outcome: Failed) -> bool:
    """Whether a picture was paid and is lost for a reason that other jobs may share."""
    by_operator = ADVICE[outcome.code].who is Who.OPERATOR
    return outcome.paid is True and (by_operator or outcome.code in PASSING)
