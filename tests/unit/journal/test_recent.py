"""What a worker remembers of its jobs."""

import tracemalloc

from mobart.core.domain import GenerationRequest, Job, Stage, Ticket
from mobart.journal.recent import MOST, Lately, RecentWork, SettledJob
from tests.chaos.verdict import REMEMBERED
from tests.support.clocks import SimulatedClock

JOBS = 1_000
MOMENTS = "accepted", "claimed", "submitting", "submitted", "generated", "downloaded", "stored"


def settled(number: int) -> SettledJob:
    """Return a job with texts and times as long as usual, none of them shared with another one."""
    ticket = Ticket("goapi", f"{number:036}")
    prompt = f"a goblin with torch {number} and a long, long shadow"
    job = Job(
        GenerationRequest(f"{number:036}", f"user-{number}", prompt),
        stage=Stage.SETTLED,
        provider="goapi",
        ticket=ticket,
        price=number / 100,
    )
    times = {moment: number + place / 10 for place, moment in enumerate(MOMENTS)}
    return SettledJob(job, b"x" * (600 + number % 7), f"{number:013}-0", times=times)


def test_an_outcome_takes_as_much_memory_as_a_soak_allows_for_it() -> None:
    """The hour of outcomes that a worker remembers is no leak."""
    recent = RecentWork(SimulatedClock())
    tracemalloc.start()
    try:
        for number in range(JOBS):
            recent.note_settled(settled(number))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(recent.settled) == JOBS
    assert 1_000 < taken / JOBS <= REMEMBERED


def test_only_so_many_outcomes_are_remembered() -> None:
    """A worker that settles more within an hour forgets the oldest."""
    lately = Lately[int](SimulatedClock(), seconds=3600)
    for number in range(MOST + 5):
        lately.put(str(number), number, size=1)
    assert lately.all() == list(range(5, MOST + 5))
