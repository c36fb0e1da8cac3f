"""How much may be bought: by one user at once or a day, by all a day and for how much; suspensions.

Rights to pay are counted when they are taken, and given back where it is proven that nothing was
bought.  Days are UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from mobart.core.errors import Code, Rejected

DAY = 24 * 3600.0
DOUBLINGS = 32
"""More would only overflow."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers of generations; 0 is no limit."""

    user_concurrent: int = 0
    """Paid or being paid, and not settled."""
    user_daily: int = 0
    daily_budget: int = 0
    daily_budget_micros: int = 0
    """Millionths of a USD, as all sums of money are counted."""

    def excess(
        self, *, busy: int, of_user: int, of_all: int, spent: int = 0, price: int = 0
    ) -> "Excess | None":
        """Return which limit one more would exceed, given how many there are.

        *spent* is the money that was spent today, *price* what the next one costs, in millionths.
        """
        for limit, count, excess in (
            (self.user_concurrent, busy, Excess.BUSY),
            (self.user_daily, of_user, Excess.QUOTA),
            (self.daily_budget, of_all, Excess.BUDGET),
        ):
            if 0 < limit <= count:
                return excess
        return Excess.MONEY if 0 < self.daily_budget_micros < spent + price else None


def micros(usd: float | None) -> int:
    """Return an amount of money in millionths of a USD; what is not known counts as nothing."""
    return round((usd or 0.0) * 1_000_000)


@dataclass(frozen=True, slots=True)
class SuspensionPolicy:
    """When and how long a user is suspended for blocked requests."""

    offences: int = 0
    """Blocked requests for which a user is suspended; 0: nobody is, and nothing is counted."""
    seconds: float = 3600.0
    """How long the first time."""

    def counts(self, code: Code) -> bool:
        """Whether a request that failed with *code* is an offence."""
        return self.offences > 0 and code is Code.MODERATION_BLOCKED

    def suspension(self, blocks: int) -> float:
        """Return for how many seconds the last of *blocks* within a day suspends; 0 is not at all.

        Each suspension is twice as long as the one before, and none longer than a day.
        """
        times, rest = divmod(blocks, self.offences)
        return 0.0 if rest else min(self.seconds * 2.0 ** min(times - 1, DOUBLINGS), DAY)


class Excess(StrEnum):
    """The limit that was reached."""

    SUSPENDED = "suspended"
    BUSY = "busy"
    QUOTA = "quota"
    BUDGET = "budget"
    MONEY = "money"


REFUSALS: dict[Excess, tuple[Code, str]] = {
    Excess.SUSPENDED: (
        Code.USER_SUSPENDED,
        "No pictures are made for you for now, since several of your requests were blocked.",
    ),
    Excess.BUSY: (Code.QUOTA_EXCEEDED, "Too many of your pictures are being made right now."),
    Excess.QUOTA: (Code.QUOTA_EXCEEDED, "You have reached your number of pictures for today."),
    Excess.BUDGET: (Code.BUDGET_EXCEEDED, "No more pictures can be made today."),
    Excess.MONEY: (Code.BUDGET_EXCEEDED, "No more pictures can be made today."),
}


def refusal(excess: Excess, *, now: datetime) -> Rejected:
    """Return what a job is failed with; limits of a day are over at the next midnight UTC."""
    code, sentence = REFUSALS[excess]
    after: float | None = None
    if excess in {Excess.QUOTA, Excess.BUDGET, Excess.MONEY}:
        now = now.astimezone(UTC)
        after = DAY - (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    return Rejected(code, sentence, retry_after=after, detail=f"limit reached: {excess}")
