"""Adding up what was bought, from what was counted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mobart.core.views import Spent, WorkerStatus

BOUGHT, COST = "paid:", "cost:"
"""What the counters of a provider's pictures, and of what they cost in USD, begin with."""
TOP = 10
"""Users that are told, those who cost most."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be bought on a day; 0 for any number or sum."""

    pictures: int = 0
    usd: float = 0.0
    user_pictures: int = 0
    """By one user."""


def budget_of(workers: Sequence[WorkerStatus]) -> Budget:
    """Return what the workers of a deployment go by: the largest, where a change is being rolled out."""
    return Budget(
        max((one.budget for one in workers), default=0),
        max((one.budget_usd for one in workers), default=0.0),
        max((one.user_daily for one in workers), default=0),
    )


def spent_by_provider(counts: Iterable[Mapping[str, float]]) -> dict[str, Spent]:
    """Return what was bought at each provider, the dearest first."""
    found: defaultdict[str, Spent] = defaultdict(Spent)
    for each in counts:
        for name, count in each.items():
            if name.startswith(BOUGHT):
                found[name.removeprefix(BOUGHT)] += Spent(int(count))
            elif name.startswith(COST):
                found[name.removeprefix(COST)] += Spent(0, count)
    return dict(sorted(found.items(), key=_dearest))


def most_expensive(bought: Iterable[tuple[str, Spent]]) -> dict[str, Spent]:
    """Return the users who cost most, the dearest first."""
    found: defaultdict[str, Spent] = defaultdict(Spent)
    for user, spent in bought:
        found[user] += spent
    return dict(sorted(found.items(), key=_dearest)[:TOP])


def date_of(number: int) -> str:
    """Return a day, counted from 1970, as the names of keys have it."""
    return datetime.fromtimestamp(number * 86_400, UTC).date().isoformat()


def _dearest(one: tuple[str, Spent]) -> tuple[float, int, str]:
    name, spent = one
    return (-spent.usd, -spent.pictures, name)
