"""What a soak found, compared with what `docs/faults.md` promises."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.exposure import Life, exposed, in_the_last_moment
from tests.chaos.forgetful_redis import Forgotten

SPARE_MEMORY = 15_000_000
"""Bytes that a worker may have more at the end than when it was warm, without what it remembers: failovers take 5 MB,
however many, and the garbage of the ten minutes between two looks at all the same."""
REMEMBERED = 2_500
"""Bytes for a job that it settled: `journal.recent` keeps outcomes for an hour, and a soak is no longer."""
SPARE_SOCKETS = 40
"""Connections that a pool may have opened since then."""
PROCESSES = 2
"""Picture processes of a worker, begun as they are needed: what MOBART_RENDER_PROCESSES is by itself."""
SPARE_TASKS = 3
"""Tasks that look after a connection, say, and will end by themselves."""


@dataclass(frozen=True, slots=True)
class Size:
    """What an idle worker holds: bytes, sockets and files, children, tasks, and files it left."""

    memory: int
    settled: int
    """Jobs that it has taken up so far, and settled: it is idle."""
    descriptors: int
    children: int
    tasks: int
    litter: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What the backend and the provider saw, and what was done to Redis and the workers."""

    outcomes: Mapping[str, str]
    """The error code of each request, or that it went well, or nothing."""
    announced: Mapping[str, int]
    paid: Mapping[str, int]
    ended: Mapping[str, float]
    asked_again: Sequence[tuple[str, float]]
    doubted: set[str]
    """Whose worker was killed during the payment."""
    lives: Sequence[Life]
    forgotten: Sequence[Forgotten]
    confirmed: bool = False
    """Whether a replica confirmed each payment."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a soak found."""

    jobs: int
    kills: int
    outcomes: Counter[str]
    events: Counter[str]
    exposed: int
    """Requests whose worker died with what Redis forgot of them."""
    asked_again: int
    excused: Mapping[str, int]
    """How many of the exposed were paid twice, told twice, in doubt or lost."""
    wrong: Mapping[str, list[str]]
    turned_away: int = 0
    """Workers that could not begin, since Redis was away."""
    exits: Sequence[str] = ()
    """The last words of workers that ended by themselves though they had begun."""
    sizes: Sequence[Size] = field(default_factory=tuple)
    """Those of the worker that was spared, from when it was warm to the end."""

    def wrongs(self) -> list[str]:
        """Say which promise was broken."""
        found = self.leaks() if self.sizes else []
        found += [f"{what}: {sorted(names)}" for what, names in self.wrong.items() if names]
        found += [f"a worker ended by itself: {words}" for words in self.exits]
        return found

    def leaks(self) -> list[str]:
        """Say what the worker that was there to the end holds more of than it should."""
        warm, end = self.sizes[0], self.sizes[-1]
        found = []
        remembered = (end.settled - warm.settled) * REMEMBERED
        if end.memory - remembered > warm.memory + SPARE_MEMORY:
            found.append(f"memory {warm.memory} -> {end.memory}")
        if end.descriptors > warm.descriptors + SPARE_SOCKETS:
            found.append(f"descriptors {warm.descriptors} -> {end.descriptors}")
        if end.children > max(warm.children, PROCESSES):
            found.append(f"children {warm.children} -> {end.children}")
        if end.tasks > warm.tasks + SPARE_TASKS:
            found.append(f"tasks {warm.tasks} -> {end.tasks}")
        if end.litter:
            found.append(f"files left behind: {end.litter}")
        return found


def judge(
    seen: Seen,
    expected: Mapping[str, str],
    *,
    kills: int,
    turned_away: int = 0,
    exits: Sequence[str] = (),
    sizes: Sequence[Size] = (),
) -> Report:
    """Compare what was *seen* of each request with how it was *expected* to end."""
    risked = exposed(seen.lives, seen.forgotten, seen.ended)
    unconfirmed = in_the_last_moment(seen.forgotten, seen.ended)
    found = {
        "no outcome": {name for name in expected if not seen.outcomes[name]},
        "paid twice": {name for name in expected if seen.paid.get(name, 0) > 1},
        "told twice": {name for name in expected if seen.announced.get(name, 0) > 1},
        "unexplained": {name for name in expected if not _is_explained(name, seen, expected)},
        "lost": _lost(seen),
    }
    excuses = {
        "no outcome": set[str](),
        "paid twice": set[str]() if seen.confirmed else risked,
        "told twice": risked | unconfirmed,
        "unexplained": risked,
        "lost": risked,
    }
    return Report(
        jobs=len(expected),
        kills=kills,
        outcomes=Counter(seen.outcomes.values()),
        events=Counter(loss.kind for loss in seen.forgotten),
        exposed=len(risked),
        asked_again=len(seen.asked_again),
        excused={what: len(names & excuses[what]) for what, names in found.items()},
        wrong={what: sorted(names - excuses[what]) for what, names in found.items()},
        turned_away=turned_away,
        exits=exits,
        sizes=sizes,
    )


def _is_explained(name: str, seen: Seen, expected: Mapping[str, str]) -> bool:
    """Whether a request ended as it should, or its worker was killed during the payment."""
    outcome = seen.outcomes[name]
    doubted = name in seen.doubted or any(life.may_have_paid(name) for life in seen.lives)
    return outcome == expected[name] or (outcome == "submit_unknown" and doubted)


def _lost(seen: Seen) -> set[str]:
    """Return what Redis knew nothing of when it was asked for again, though a live worker did."""
    return {
        name
        for name, at in seen.asked_again
        if any(life.took.get(name, at) < at - 1 and life.died_at > at for life in seen.lives)
    }
