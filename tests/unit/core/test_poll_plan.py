"""When to look for a picture, after how long those before it took."""

from random import Random
from statistics import fmean

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mobart.core import poll_plan
from mobart.core.policy import PollSchedule
from mobart.core.poll_plan import AT_ONCE_IN_A_ROW, ENOUGH, Duration, PollPlan, plan
from tests.support.polls import KINDS, Player, figures

SCHEDULE = PollSchedule()
seconds = st.floats(0.1, 900.0)
durations = st.lists(st.builds(Duration, seconds, st.booleans()), max_size=64)
schedules = st.builds(PollSchedule, st.floats(2.0, 60.0), st.floats(2.0, 60.0))


def looks_until(way: PollPlan | PollSchedule, until: float) -> int:
    """Count the looks up to the first one at or after *until*."""
    looks, at = 1, way.delay(0.0, jitter=0.5)
    while at < until:
        looks, at = looks + 1, at + way.delay(at, jitter=0.5)
    return looks


@given(schedule=schedules, known=durations)
def test_a_plan_costs_no_more_looks_than_the_schedule(
    schedule: PollSchedule, known: list[Duration]
) -> None:
    """For the pictures that it was made after; every look is a call that a provider counts."""
    way = plan(schedule, known)
    counted = poll_plan._since_change(known)
    planned = sum(looks_until(way, one.seconds) for one in counted)
    assert planned <= sum(looks_until(schedule, one.seconds) for one in counted)


@example(  # what came before the kind of picture changed says nothing about those since
    schedule=PollSchedule(2.0, 2.0),
    known=[Duration(1.0, at_most=True)] * AT_ONCE_IN_A_ROW + [Duration(3.0)] * ENOUGH,
    elapsed=3.0,
    jitter=0.5,
)
@given(schedule=schedules, known=durations, elapsed=seconds, jitter=st.floats(0.0, 1.0))
def test_a_plan_begins_no_earlier_and_waits_no_longer_than_the_schedule(
    schedule: PollSchedule, known: list[Duration], elapsed: float, jitter: float
) -> None:
    """Its first look apart, which comes before nearly all of the pictures that are known were there."""
    way = plan(schedule, known)
    assert way.delay(0.0, jitter=jitter) >= schedule.initial
    wait = way.delay(elapsed, jitter=jitter)
    assert wait > 0.0 or schedule.delay(elapsed, jitter=jitter) == 0.0
    if isinstance(way, PollPlan) and elapsed >= way.first:
        assert wait <= schedule.delay(elapsed, jitter=jitter)
        counted = poll_plan._since_change(known)
        early = sum(one.seconds < way.first for one in counted)
        assert early <= len(counted) / 20 or way.first == schedule.initial


@given(known=st.lists(st.builds(Duration, seconds), max_size=ENOUGH - 1))
def test_nothing_is_planned_after_a_few_pictures(known: list[Duration]) -> None:
    """The first jobs are looked at as the schedule says."""
    assert plan(SCHEDULE, known) is SCHEDULE


def test_nothing_is_planned_where_the_first_look_finds_all_of_them() -> None:
    """The provider has become faster, and how fast it is only the schedule finds out."""
    known = [Duration(30.0 + number / 10) for number in range(40)]
    at_once = [Duration(29.0, at_most=True)] * AT_ONCE_IN_A_ROW
    assert isinstance(plan(SCHEDULE, known + at_once[1:]), PollPlan)
    assert plan(SCHEDULE, known + at_once) is SCHEDULE


@pytest.mark.parametrize(
    ("pending", "found", "learnt"),
    [
        (28.0, 32.0, Duration(29.0)),
        (None, 30.0, Duration(25.5, at_most=True)),
        (0.0, 600.0, None),
        (14.9, 30.0, None),
    ],
)
def test_a_picture_was_finished_between_two_looks(
    pending: float | None, found: float, learnt: Duration | None
) -> None:
    """Or not long before the first one; looks far apart teach nothing."""
    assert Duration.between(pending, found, chance=0.25) == learnt


@pytest.mark.parametrize("kind", list(KINDS))
def test_learning_costs_no_looks_and_does_not_make_any_kind_late(kind: str) -> None:
    """On average over jobs that were not known before; see the table in docs/providers.md."""
    before, after = (figures(KINDS[kind], learns=learns) for learns in (False, True))
    assert after.looks <= before.looks * 1.02
    assert after.late <= before.late * 1.15


@pytest.mark.parametrize("kind", list(KINDS)[:6])
def test_a_picture_is_noticed_within_a_twentieth_of_its_duration(kind: str) -> None:
    """On average, where pictures take about equally long."""
    assert figures(KINDS[kind], learns=True).late < 0.05


def test_a_provider_that_becomes_faster_or_slower_is_learnt_anew() -> None:
    """After some jobs what was known is out of the way."""
    player = Player(SCHEDULE, Random(1))
    for usual in (60.0, 20.0, 90.0):
        told = [player.play(usual * player.chance.uniform(0.97, 1.03)) for _ in range(120)][60:]
        assert fmean(looks for looks, _ in told) <= looks_until(SCHEDULE, usual)
        assert fmean(found for _, found in told) < usual * 1.04


def test_a_provider_that_becomes_faster_is_looked_at_by_the_schedule_soon() -> None:
    """Before the plan's first look nobody looks, so that must not go on for long."""
    player = Player(SCHEDULE, Random(1))
    for _ in range(40):
        player.play(60.0 * player.chance.uniform(0.97, 1.03))
    late = [player.play(20.0)[1] > 24.0 for _ in range(20)]
    assert late.index(False) <= AT_ONCE_IN_A_ROW
    assert sum(late) <= 2 * AT_ONCE_IN_A_ROW
