"""How much may be bought: by one user at once, by one user a day, by all a day.

What is counted are rights to pay: taken with the right, given back where it is proven that nothing
was bought.  Days are UTC.
"""

from dataclasses import dataclass
from enum import StrEnum

from mobart.errors import Code, Rejected


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers of generations; 0 is no limit."""

    user_concurrent: int = 0
    """Paid or being paid, and not settled."""
    user_daily: int = 0
    daily_budget: int = 0

    def excess(self, *, busy: int, of_user: int, of_all: int) -> "Excess | None":
        """Return which limit one more would exceed, given how many there are."""
        for limit, count, excess in (
            (self.user_concurrent, busy, Excess.BUSY),
            (self.user_daily, of_user, Excess.QUOTA),
            (self.daily_budget, of_all, Excess.BUDGET),
        ):
            if 0 < limit <= count:
                return excess
        return None


class Excess(StrEnum):
    """The limit that was reached."""

    BUSY = "busy"
    QUOTA = "quota"
    BUDGET = "budget"


REFUSALS: dict[Excess, tuple[Code, str]] = {
    Excess.BUSY: (Code.QUOTA_EXCEEDED, "Too many of your pictures are being made right now."),
    Excess.QUOTA: (Code.QUOTA_EXCEEDED, "You have reached your number of pictures for today."),
    Excess.BUDGET: (Code.BUDGET_EXCEEDED, "No more pictures can be made today."),
}


def refusal(excess: Excess) -> Rejected:
    """Return what a job is failed with."""
    code, sentence = REFUSALS[excess]
    return Rejected(code, sentence, detail=f"limit reached: {excess}")
