"""Numbers: how long to wait, and that nobody can make us wait forever."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mobart.core.policy import LONGEST_RETRY_AFTER, Backoff, PollSchedule, retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
jitters = st.floats(0.0, 1.0)


# ---------------------------------------------------------------- back-off


@given(
    base=st.floats(0.001, 60.0),
    cap=st.floats(0.001, 600.0),
    attempt=st.integers(1, 10_000),
    jitter=jitters,
)
def test_a_delay_is_positive_and_never_above_the_cap(
    base: float, cap: float, attempt: int, jitter: float
) -> None:
    """However many attempts there were."""
    delay = Backoff(base, cap).delay(attempt, jitter=jitter)
    assert 0.0 < delay <= cap
    assert delay >= min(cap, base) * 0.1


@given(attempt=st.integers(1, 100), jitter=jitters)
def test_a_later_attempt_never_waits_less(attempt: int, jitter: float) -> None:
    """With the same luck."""
    backoff = Backoff(base=0.5, cap=20.0)
    assert backoff.delay(attempt, jitter=jitter) <= backoff.delay(attempt + 1, jitter=jitter)


def test_luck_spreads_the_delay_over_nearly_all_of_it() -> None:
    """So that many jobs do not come back at once."""
    backoff = Backoff(base=1.0, cap=100.0)
    assert backoff.delay(4, jitter=0.0) == pytest.approx(0.8)
    assert backoff.delay(4, jitter=1.0) == pytest.approx(8.0)


# ---------------------------------------------------------------- polling


def looks(schedule: PollSchedule, until: float, jitter: float) -> list[float]:
    """List the times of all looks up to the first one at or after *until*."""
    times = [schedule.delay(0.0, jitter=jitter)]
    while times[-1] < until:
        times.append(times[-1] + schedule.delay(times[-1], jitter=jitter))
    return times


@given(seconds=st.floats(8.0, 900.0), jitter=jitters)
def test_looking_late_adds_a_small_share_to_what_a_generation_took(
    seconds: float, jitter: float
) -> None:
    """Ten per cent on average: a wait at most 20 %, half of which is missed on average.

    Below the floor of half the first wait, a fixed few seconds.
    """
    schedule = PollSchedule()
    late = looks(schedule, seconds, jitter)[-1] - seconds
    widest = max(schedule.initial / 2, min(schedule.longest, schedule.GROWTH * seconds)) * 1.1
    assert late <= widest
    assert late / 2 <= max(0.1 * seconds, schedule.initial / 4 * 1.1)


def test_over_all_lengths_of_a_generation_looking_late_adds_less_than_a_tenth() -> None:
    """The promise, as it is made: on average, from the first look on."""
    schedule = PollSchedule()
    times = looks(schedule, 900.0, 0.5)
    lengths = [8.0 + step * 0.1 for step in range(8000)]
    added = [next(time for time in times if time >= length) - length for length in lengths]
    shares = [late / length for late, length in zip(added, lengths, strict=True)]
    assert sum(shares) / len(shares) < 0.1
    assert sum(added) / sum(lengths) < 0.1


@given(
    initial=st.floats(0.1, 60.0),
    longest=st.floats(0.1, 120.0),
    elapsed=st.floats(0.0, 1e6),
    jitter=jitters,
)
def test_a_wait_is_always_positive_and_bounded(
    initial: float, longest: float, elapsed: float, jitter: float
) -> None:
    """No busy loop, and no look that never comes."""
    assume(initial - elapsed > 1e-9 or elapsed >= initial)
    wait = PollSchedule(initial, longest).delay(elapsed, jitter=jitter)
    assert 0.0 < wait <= max(initial, longest * 1.1)


def test_the_first_look_is_after_the_initial_wait() -> None:
    """Nothing is ready before."""
    assert PollSchedule(initial=8.0).delay(0.0, jitter=0.9) == 8.0
    assert PollSchedule(initial=8.0).delay(5.0, jitter=0.9) == 3.0


def test_a_minute_long_generation_is_looked_at_a_few_times_only() -> None:
    """Every look is a call that a provider counts."""
    assert len(looks(PollSchedule(), 60.0, 0.5)) <= 12


# ---------------------------------------------------------------- Retry-After


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"RETRY-AFTER": "1.5"}, 1.5),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "31536000"}, LONGEST_RETRY_AFTER),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "1e3"}, None),
        ({"Retry-After": "٣"}, 3.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "Retry-After": "7"}, 0.25),
        ({"retry-after-ms": "later", "Retry-After": "7"}, 7.0),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Sunday, 01-Mar-26 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Sun Mar  1 12:00:30 2026"}, 30.0),
        ({"Retry-After": "Sun, 01 Mar 2026 13:00:30 +0100"}, 30.0),
        ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "Sun, 01 Mar 2099 11:00:00 GMT"}, LONGEST_RETRY_AFTER),
        ({"Retry-After": "Sun, 99 Mar 2026 12:00:30 GMT"}, None),
    ],
)
def test_every_form_of_retry_after_is_understood(
    headers: dict[str, str], expected: float | None
) -> None:
    """Seconds, dates in the three forms of HTTP, the newer milliseconds; nonsense is none."""
    assert retry_after(headers, now=NOW) == expected


@given(value=st.text())
def test_no_header_can_raise_or_make_us_wait_too_long(value: str) -> None:
    """It comes from outside."""
    for name in ("Retry-After", "retry-after-ms"):
        seconds = retry_after({name: value}, now=NOW)
        assert seconds is None or 0.0 <= seconds <= LONGEST_RETRY_AFTER


@given(seconds=st.integers(0, 120), hours=st.integers(-23, 23))
def test_a_date_is_read_in_whatever_zone(seconds: int, hours: int) -> None:
    """It is a moment, not a wall clock."""
    date = (NOW + timedelta(seconds=seconds)).astimezone(timezone(timedelta(hours=hours)))
    assert retry_after({"Retry-After": format_datetime(date)}, now=NOW) == seconds
