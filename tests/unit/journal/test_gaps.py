"""What a subscription missed, worked out from Redis's own count of what was published."""

import pytest

from mobart.journal.gaps import Beat, GapMeter

RUN = "0123456789abcdef"


def beat(at: float, published: int, *, heard: int, server: str = RUN, uptime: float = 900) -> Beat:
    """Return a heartbeat."""
    return Beat(at, heard, server, uptime, published)


def test_a_heartbeat_is_read_as_the_script_writes_it() -> None:
    """Server, seconds since its start, messages published."""
    assert Beat.read(b"0123456789abcdef 900 41", at=1.0, heard=7) == beat(1.0, 41, heard=7)


@pytest.mark.parametrize("payload", [b"  ", b"", b"run", b"run 5 x", b"run -5 5", b"\xff 1 1 1"])
def test_a_heartbeat_of_a_server_that_hides_its_counters_tells_nothing(payload: bytes) -> None:
    """It proves hearing all the same."""
    assert Beat.read(payload, at=1.0, heard=7) == Beat(1.0, 7)


def test_what_was_published_and_not_heard_over_a_gap_was_missed() -> None:
    """Where nobody publishes anything else."""
    meter = GapMeter()
    for second in range(4):
        meter.beat(beat(second, 100 * second, heard=100 * second))
    assert meter.missed(beat(5.0, 1300, heard=350)) == 950


def test_what_goes_to_other_channels_is_left_out() -> None:
    """As much of it as there usually is in that time."""
    meter = GapMeter()
    for second in range(10):
        meter.beat(beat(second, 60 * second, heard=10 * second))
    assert meter.missed(beat(11.0, 540 + 700, heard=110)) == 700 - 20 - 100


def test_nothing_was_missed_where_less_was_published_than_usual() -> None:
    """There is no negative number of messages."""
    meter = GapMeter()
    for second in range(3):
        meter.beat(beat(second, 1000 * second, heard=0))
    assert meter.missed(beat(4.0, 2001, heard=1)) == 0


def test_a_server_that_was_restarted_in_the_gap_counts_from_nothing() -> None:
    """What was published to the one before it, its publishers know not to be heard."""
    meter = GapMeter()
    meter.beat(beat(0.0, 5000, heard=5000))
    assert meter.missed(beat(9.0, 30, heard=5001, server="another", uptime=3)) == 29


def test_of_another_server_nobody_knows_what_it_counted_before() -> None:
    """As after a failover."""
    meter = GapMeter()
    meter.beat(beat(0.0, 5000, heard=5000))
    assert meter.missed(beat(9.0, 9000, heard=5001, server="another", uptime=900)) is None


def test_without_counters_there_is_no_estimate() -> None:
    """Neither before the gap nor after it."""
    meter = GapMeter()
    assert meter.missed(beat(9.0, 9000, heard=1)) is None
    assert meter.missed(Beat(10.0, 2)) is None


def test_after_a_gap_the_next_one_is_measured_anew() -> None:
    """What was missed once is not missed twice."""
    meter = GapMeter()
    meter.beat(beat(0.0, 0, heard=0))
    meter.beat(beat(2.0, 1, heard=1))
    assert meter.missed(beat(4.0, 502, heard=2)) == 500
    meter.beat(beat(6.0, 503, heard=3))
    assert meter.missed(beat(8.0, 504, heard=4)) == 0
