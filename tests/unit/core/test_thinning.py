"""A job that waits long has a short story."""

from collections.abc import Mapping

from mobart.core.events import LogEvent
from mobart.core.thinning import Thinning


def news(thinning: Thinning, event: LogEvent, *facts: Mapping[str, object]) -> list[int]:
    """Return how often each event was heard where it is news."""
    told = [thinning.times(event, one, "r-1") for one in facts]
    return [times for times in told if times]


def test_progress_is_told_every_tenth_percent_once() -> None:
    """However often it is asked, and however it goes up and down."""
    polls = [{"polls": n, "progress": n % 101} for n in range(10_000)]
    assert len(news(Thinning(), LogEvent.PICTURE_POLLED, *polls)) == 11


def test_polls_without_progress_are_told_ever_more_rarely() -> None:
    """The first, the second, the fourth and so on."""
    polls = [{"polls": n} for n in range(1, 1000)]
    told = news(Thinning(), LogEvent.PICTURE_POLLED, *polls)
    assert told == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]


def test_waits_are_told_by_their_reason() -> None:
    """Another reason is news."""
    waits: list[dict[str, object]] = [{"code": "storage_unavailable"}] * 1000
    told = news(Thinning(), LogEvent.JOB_DELAYED, *waits, {"code": "provider_unavailable"})
    assert told == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1]


def test_what_happens_once_is_always_told() -> None:
    """Nothing else repeats."""
    assert news(Thinning(), LogEvent.JOB_LOST, *[{"detail": "x"}] * 5) == [1] * 5


def test_no_more_requests_are_remembered_than_asked() -> None:
    """The one heard of least lately begins anew."""
    thinning = Thinning(remembered=2)
    for name in ("a", "b", "c", "c", "c"):
        thinning.times(LogEvent.JOB_DELAYED, {"code": "x"}, name)
    assert len(thinning._counts) == 2
    assert thinning.times(LogEvent.JOB_DELAYED, {"code": "x"}, "a") == 1
    assert thinning.times(LogEvent.JOB_DELAYED, {"code": "x"}, "c") == 4
