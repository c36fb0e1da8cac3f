"""The simulation of workers agrees with what can be computed by hand."""

import pytest

from benchmarks.simulation import Costs, Site, seconds_for

FREE = Costs(loop=0.0, picture=0.0, redis=0.0)
PICTURES = Costs(loop=0.0, picture=1.0, redis=0.0)


def site(**different: float | bool) -> Site:
    """Describe one worker with two cores, two processes and ten slots."""
    usual = {"cores": 2, "slots": 10, "processes": 2, "provider_seconds": 3.0}
    return Site(**{**usual, **different})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("assets", "costs", "where", "seconds"),
    [
        (10, FREE, site(), 3.0),
        (11, FREE, site(), 6.0),
        (10, PICTURES, site(), 3.0 + 5.0),
        (10, PICTURES, site(processes=1), 3.0 + 10.0),
        (10, PICTURES, site(cores=1), 3.0 + 10.0),
        (40, PICTURES, site(slots=40, cores=8, processes=8), 3.0 + 5.0),
        (20, PICTURES, site(workers=2), 3.0 + 20.0 / 2),
        (20, PICTURES, site(workers=2, apart=True), 3.0 + 5.0),
        (10, Costs(loop=2.0, picture=0.0, redis=0.0), site(slots=1), 10 * (2.0 + 3.0)),
        (10, Costs(loop=0.0, picture=0.0, redis=1.0), site(workers=2, apart=True), 10.0),
    ],
)
def test_time_is_what_slots_servers_and_cores_leave(
    assets: int, costs: Costs, where: Site, seconds: float
) -> None:
    """Waves of the slots, queues at the servers, and cores that are shared evenly."""
    assert seconds_for(assets, costs, where) == pytest.approx(seconds)
