"""When a completion is posted again, and when the backend is left alone."""

from hypothesis import given
from hypothesis import strategies as st

from mobart.core.policy import Backoff
from mobart.webhooks.endpoint import TIMEOUT
from mobart.webhooks.schedule import RETRY_WAITS, TAKEOVER, RetrySchedule, Throttle

ENTRIES = st.builds("{}-{}".format, st.integers(0, 2**48), st.integers(0, 99))
ATTEMPTS = st.integers(1, 50)


@given(entry=ENTRIES, attempt=ATTEMPTS, ours=st.booleans())
def test_every_look_at_an_entry_gives_the_same_wait(entry: str, attempt: int, ours: bool) -> None:
    """Else looking often would find a short one."""
    schedule = RetrySchedule()
    assert schedule.wait(entry, attempt, ours=ours) == schedule.wait(entry, attempt, ours=ours)


@given(entry=ENTRIES, attempt=ATTEMPTS)
def test_a_wait_is_the_scheduled_one_and_up_to_a_fifth_more(entry: str, attempt: int) -> None:
    """Never earlier; past the end, the last one."""
    base = RETRY_WAITS[min(attempt, len(RETRY_WAITS)) - 1]
    assert base <= RetrySchedule().wait(entry, attempt, ours=True) <= base * 1.2


@given(entry=ENTRIES, attempt=ATTEMPTS)
def test_the_attempt_of_another_worker_is_over_before_it_is_repeated(
    entry: str, attempt: int
) -> None:
    """A post takes at most its time limit; a silence of twice that is a death."""
    assert RetrySchedule().wait(entry, attempt, ours=False) >= TAKEOVER >= 2 * TIMEOUT


def test_entries_that_failed_together_come_back_apart() -> None:
    """A backend that just got up is not run over."""
    waits = {RetrySchedule().wait(f"{number}-0", 3, ours=True) for number in range(100)}
    assert len(waits) > 90


def test_there_is_one_more_attempt_than_there_are_waits() -> None:
    """The last wait ends in an attempt, too."""
    schedule = RetrySchedule(waits=(1.0, 2.0))
    assert [schedule.is_last(attempt) for attempt in (1, 2, 3)] == [False, False, True]


def test_a_backend_that_fails_is_left_alone_for_longer_and_longer() -> None:
    """Until it answers again."""
    throttle = Throttle(Backoff(base=1.0, cap=60.0))
    seen, now = [], 0.0
    for _ in range(3):
        throttle.hold(now=now, retry_after=None, jitter=1.0)
        seen.append(throttle.left(now))
        now += throttle.left(now)
    throttle.relax()
    throttle.hold(now=now, retry_after=None, jitter=1.0)
    assert [*seen, throttle.left(now)] == [1.0, 2.0, 4.0, 1.0]


def test_what_fails_together_counts_as_one_failure() -> None:
    """Eight posts that were under way say no more than one."""
    throttle = Throttle(Backoff(base=1.0, cap=60.0))
    for _ in range(8):
        throttle.hold(now=0.0, retry_after=None, jitter=1.0)
    assert throttle.left(0.0) == 1.0


def test_a_backend_is_left_alone_for_as_long_as_it_asks() -> None:
    """A shorter wait afterwards does not shorten it."""
    throttle = Throttle(Backoff(base=1.0, cap=60.0))
    throttle.hold(now=0.0, retry_after=90.0, jitter=1.0)
    throttle.hold(now=0.0, retry_after=None, jitter=1.0)
    assert throttle.left(10.0) == 80.0
