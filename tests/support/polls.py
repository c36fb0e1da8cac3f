"""Plays jobs of a provider whose pictures take so and so long, and counts the looks at them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from statistics import fmean

from mobart.core.policy import PollSchedule
from mobart.core.poll_plan import KEPT, Duration, PollPlan, plan

JOBS = 400
"""Jobs that are played; the first half is for learning."""
Takes = Callable[[Random], float]

KINDS: Mapping[str, Takes] = {
    "30 s, give or take 1": lambda chance: chance.gauss(30, 1),
    "30 s, give or take 3": lambda chance: chance.gauss(30, 3),
    "45 s, two thirds of them 39 to 52": lambda chance: 45 * chance.lognormvariate(0, 0.15),
    "45 s, two thirds of them 33 to 61": lambda chance: 45 * chance.lognormvariate(0, 0.3),
    "20 s and more, 40 s on average": lambda chance: 20 + chance.expovariate(1 / 20),
    "120 s, give or take 10": lambda chance: chance.gauss(120, 10),
    "half 12 s, half 60 s": lambda chance: chance.choice((12, 60)) * chance.gauss(1, 0.08),
    "4 s": lambda chance: chance.gauss(4, 0.5),
}
"""How long pictures take, in words and as a number of a chance."""


@dataclass(slots=True)
class Player:
    """Jobs of one kind, one after the other."""

    schedule: PollSchedule
    chance: Random
    learns: bool = True
    learnt: list[Duration] = field(default_factory=list)

    def play(self, seconds: float) -> tuple[int, float]:
        """Return after how many looks, and how long, a picture is found that took *seconds*."""
        way: PollPlan | PollSchedule = self.schedule
        if self.learns:
            way = plan(self.schedule, self.learnt)
        looks, pending, at = 1, None, way.delay(0.0, jitter=self.chance.random())
        while at < seconds:
            looks, pending = looks + 1, at
            at += way.delay(at, jitter=self.chance.random())
        if duration := Duration.between(pending, at, chance=self.chance.random()):
            self.learnt = [*self.learnt, duration][-KEPT:]
        return looks, at


@dataclass(frozen=True, slots=True)
class Figures:
    """Looks at a job, and what looking late added to it: on average, and at most in 19 of 20 jobs."""

    looks: float
    late: float
    latest: float


def figures(takes: Takes, *, learns: bool, schedule: PollSchedule | None = None) -> Figures:
    """Play jobs whose pictures *takes* says the duration of."""
    chance = Random(14)
    player = Player(schedule or PollSchedule(), Random(1), learns=learns)
    took = [max(1.0, takes(chance)) for _ in range(JOBS)]
    told = [(seconds, player.play(seconds)) for seconds in took][JOBS // 2 :]
    shares = sorted(found / seconds - 1 for seconds, (_, found) in told)
    looks = fmean(looks for _, (looks, _) in told)
    return Figures(looks, fmean(shares), shares[len(shares) * 19 // 20])


def table() -> str:
    """Write what learning changes as a Markdown table."""
    lines = [
        "| pictures take | looks | noticed late by | in 19 of 20 jobs at most | looks, learnt | late | at most |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind, takes in KINDS.items():
        ways = [figures(takes, learns=learns) for learns in (False, True)]
        cells = [f"{way.looks:.1f} | {way.late:.1%} | {way.latest:.1%}" for way in ways]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)
