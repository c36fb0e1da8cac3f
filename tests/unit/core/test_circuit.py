"""What fails for everybody is left alone for a while, and then probed by one."""

from hypothesis import given
from hypothesis import strategies as st

from mobart.core.circuit import Circuit


def broken(at: float = 0.0) -> Circuit:
    """Return a circuit that has just opened."""
    circuit = Circuit()
    for _ in range(circuit.tolerated):
        circuit.fail(at)
    return circuit


def test_a_few_failures_are_tolerated() -> None:
    """And forgotten at the first success."""
    circuit = Circuit()
    for _ in range(circuit.tolerated - 1):
        assert not circuit.fail(0.0)
    circuit.succeed()
    assert not circuit.fail(0.0)
    assert circuit.wait(0.0) == 0.0


def test_too_many_in_a_row_open_it_once() -> None:
    """The opening is told once, however many calls were still under way."""
    circuit = Circuit()
    opened = [circuit.fail(0.0) for _ in range(circuit.tolerated + 3)]
    assert opened.count(True) == 1


def test_only_one_caller_probes() -> None:
    """The others wait for its verdict."""
    circuit = broken()
    later = circuit.retry_at
    assert circuit.wait(later) == 0.0
    assert circuit.wait(later) > 0.0


def test_a_failed_probe_makes_it_wait_longer() -> None:
    """Up to a limit."""
    circuit, pauses, now = broken(), list[float](), 0.0
    for _ in range(8):
        now = circuit.retry_at
        circuit.fail(now)
        pauses.append(circuit.retry_at - now)
    assert pauses == sorted(pauses)
    assert pauses[-1] == circuit.longest_pause


def test_a_good_probe_closes_it() -> None:
    """And the closing is told once."""
    circuit = broken()
    assert circuit.succeed()
    assert not circuit.succeed()
    assert circuit.wait(0.0) == 0.0


@given(st.lists(st.tuples(st.sampled_from(["fail", "succeed", "wait"]), st.floats(0, 100))))
def test_nobody_waits_longer_than_the_longest_pause(steps: list[tuple[str, float]]) -> None:
    """Whatever happened before."""
    circuit, now = Circuit(), 0.0
    for step, passed in steps:
        now += passed
        if step == "fail":
            circuit.fail(now)
        elif step == "succeed":
            circuit.succeed()
        assert 0.0 <= circuit.wait(now) <= circuit.longest_pause
