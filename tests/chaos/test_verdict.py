"""What a soak takes for a leak."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.chaos.verdict import Report, Size

WARM = Size(109_000_000, settled=100, descriptors=30, children=1, tasks=20, litter=0)
JOBS = 3_000
"""What a worker settles in half an hour of a soak."""


@pytest.mark.parametrize(("grown", "leaks"), [(2_500, 0), (5_000, 0), (10_000, 1)])
def test_a_worker_that_keeps_ten_kilobytes_of_each_job_leaks(grown: int, leaks: int) -> None:
    """It remembers outcomes, and failovers and garbage take some."""
    end = replace(WARM, memory=WARM.memory + JOBS * grown, settled=WARM.settled + JOBS)
    assert len(report_of(WARM, end).leaks()) == leaks


def report_of(*sizes: Size) -> Report:
    """Return one of a soak in which nothing else happened."""
    return Report(0, 0, Counter(), Counter(), 0, 0, {}, {}, sizes=sizes)
