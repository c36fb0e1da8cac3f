"""What is kept of events for the status page, and what is not."""

from collections import Counter
from dataclasses import dataclass, field

import pytest

from mobart.core.domain import GenerationRequest
from mobart.core.errors import Code, Unavailable
from mobart.core.events import LogEvent
from mobart.core.subject import about
from mobart.core.views import Batch, Moment, Progress, Spent, WorkerStatus
from mobart.web import recorder
from mobart.web.page import story, words
from mobart.web.page.words import SENTENCES
from mobart.web.recorder import LONGEST, LiveProgress, Recorder
from tests.support import fakes
from tests.support.clocks import SimulatedClock

STATUS = WorkerStatus(worker="w", version="1", started_at=0.0, slots=1, used=0, jobs=0)


@dataclass(slots=True)
class Recordings:
    """A `Recording` that remembers, and is away as often as it is told."""

    away: int = 0
    batches: list[Batch] = field(default_factory=list)

    async def write(self, batch: Batch) -> None:
        """See `Recording`."""
        if self.away:
            self.away -= 1
            raise Unavailable(Code.INTERNAL, "away")
        self.batches.append(batch)


SETTLED = {"outcome": "completed", "code": "", "paid": True, "seconds": 9.0}


def accepted(one: Recorder, request_id: str = "r-1") -> None:
    """Note an acceptance."""
    facts = {"user_id": "u-1", "transport": "channel", "prompt": "a fox"}
    one.note(LogEvent.REQUEST_ACCEPTED, request_id=request_id, **facts)


async def test_an_event_of_a_job_goes_to_its_timeline() -> None:
    """The job is that of the log's context."""
    kept = Recordings()
    one = Recorder(kept, worker="w", clock=SimulatedClock())
    with about(request_id="r-1", user_id="u-1"):
        one.note(LogEvent.JOB_PAID, provider="midjourney", ticket="t-1")
    await one.write(STATUS)
    [batch] = kept.batches
    [moment] = batch.moments["r-1"]
    assert (moment.event, moment.worker) == ("job.paid", "w")
    assert moment.facts == {"provider": "midjourney", "ticket": "t-1"}


async def test_a_worker_remembers_that_its_callbacks_were_stopped() -> None:
    """For as long as it runs, as its sender does."""
    one = Recorder(Recordings(), worker="w", clock=SimulatedClock())
    assert not one.callbacks_stopped
    post = {"request_id": "r-1", "entry": "1-0", "attempt": 1, "status": 410, "seconds": 0.1}
    one.note(LogEvent.WEBHOOK_DISABLED, **post)
    one.note(LogEvent.JOB_PAID, provider="midjourney", ticket="t-1")
    assert one.callbacks_stopped


async def test_what_a_job_cost_is_counted_for_its_provider_and_its_user() -> None:
    """Also where a batch could not be written at first."""
    kept = Recordings(away=1)
    one = Recorder(kept, worker="w", clock=SimulatedClock())
    for _ in range(2):
        with about(request_id="r-1", user_id="u-1"):
            one.note(LogEvent.JOB_SETTLED, **SETTLED, provider="openai")
            one.note(LogEvent.JOB_CHARGED, provider="openai", cost=0.25)
        await one.write(STATUS)
    [batch] = kept.batches
    assert batch.counts == {"completed": 2, "paid:openai": 2, "cost:openai": 0.5}
    assert batch.buyers == {"u-1": Spent(2, 0.5)}


async def test_an_accepted_request_is_listed_with_its_user_and_without_its_prompt() -> None:
    """A prompt is a player's own."""
    kept = Recordings()
    one = Recorder(kept, worker="w", clock=SimulatedClock())
    accepted(one)
    await one.write(STATUS)
    assert kept.batches[0].accepted == {"r-1": "u-1"}
    assert kept.batches[0].moments["r-1"][0].facts == {"transport": "channel"}


async def test_requests_accepted_together_are_listed_each_with_its_user() -> None:
    """And counted; they have no moment of their own, their records tell when."""
    kept = Recordings()
    one = Recorder(kept, worker="w", clock=SimulatedClock())
    told = {"request_ids": "r-1 r-2", "user_ids": "u-1 u-2", "transport": "channel"}
    one.note(LogEvent.REQUESTS_ACCEPTED, count=2, **told)
    await one.write(STATUS)
    (batch,) = kept.batches
    assert batch.accepted == {"r-1": "u-1", "r-2": "u-2"}
    assert batch.counts == {"accepted": 2}
    assert batch.moments == {}


async def test_what_belongs_to_no_request_is_not_kept() -> None:
    """It is in the log."""
    kept = Recordings()
    one = Recorder(kept, worker="w", clock=SimulatedClock())
    one.note(LogEvent.REDIS_RECOVERED)
    await one.write(STATUS)
    assert kept.batches[0].moments == {}


async def test_facts_are_masked_and_bounded() -> None:
    """A provider's words may be long, and hold what nobody should read."""
    kept = Recordings()
    one = Recorder(
        kept,
        worker="w",
        clock=SimulatedClock(),
        mask=lambda facts: {name: str(fact).replace("key", "****") for name, fact in facts.items()},
    )
    with about(request_id="r-1", user_id="u-1"):
        one.note(LogEvent.JOB_FAILED, code="internal", detail="key" + "x" * 1000)
    await one.write(STATUS)
    detail = str(kept.batches[0].moments["r-1"][0].facts["detail"])
    assert detail.startswith("****x")
    assert len(detail) == LONGEST + 1


async def test_a_callback_that_was_taken_is_kept_and_other_details_are_not() -> None:
    """An operator asks whether the backend knows."""
    kept = Recordings()
    one = Recorder(kept, worker="w", clock=SimulatedClock())
    one.note(LogEvent.WEBHOOK_DELIVERED, request_id="r-1", entry="1-0", attempt=2, status=200)
    facts = {"user_id": "u-1", "transport": "channel", "prompt": "a fox"}
    one.note(LogEvent.REQUEST_REPEATED, request_id="r-1", **facts)
    await one.write(STATUS)
    assert [moment.event for moment in kept.batches[0].moments["r-1"]] == ["webhook.delivered"]


async def test_a_callback_that_the_backend_never_took_is_listed() -> None:
    """Until that is written down, however often that fails."""
    kept = Recordings(away=1)
    one = Recorder(kept, worker="w", clock=SimulatedClock())
    one.note(LogEvent.WEBHOOK_ABANDONED, request_id="r-1", entry="1-0", attempt=9, status=500)
    for _ in range(3):
        await one.write(STATUS)
    assert [set(batch.undelivered) for batch in kept.batches] == [{"r-1"}, set()]


async def test_what_could_not_be_written_is_written_later_and_in_order() -> None:
    """A Redis that is away costs nothing."""
    kept = Recordings(away=1)
    clock = SimulatedClock()
    one = Recorder(kept, worker="w", clock=clock)
    accepted(one)
    await one.write(STATUS)
    with about(request_id="r-1", user_id="u-1"):
        one.note(LogEvent.JOB_PAID, provider="midjourney", ticket="t-1")
    await one.write(STATUS)
    [batch] = kept.batches
    assert [moment.event for moment in batch.moments["r-1"]] == ["request.accepted", "job.paid"]
    assert batch.counts == {"accepted": 1}
    await one.write(STATUS)
    assert kept.batches[1].moments == {}


async def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond that the newest moments are left out, and still counted."""
    monkeypatch.setattr(recorder, "WAITING", 3)
    kept = Recordings()
    one = Recorder(kept, worker="w", clock=SimulatedClock())
    for number in range(5):
        accepted(one, f"r-{number}")
    await one.write(STATUS)
    assert list(kept.batches[0].moments) == ["r-0", "r-1", "r-2"]
    assert kept.batches[0].counts == {"accepted": 5}


async def test_the_seconds_of_each_step_are_added_up() -> None:
    """For the charts."""
    kept = Recordings()
    one = Recorder(kept, worker="w", clock=SimulatedClock())
    for seconds in (0.5, 1.5):
        one.note(LogEvent.PICTURE_RENDERED, size="8x8", seconds=seconds)
    await one.write(STATUS)
    assert kept.batches[0].counts == {"render_count": 2, "render_seconds": 2.0}


async def test_progress_is_remembered_for_jobs_in_hand_and_passed_on() -> None:
    """The stage stands where a provider tells no progress."""
    announcer = fakes.Progress()
    live = LiveProgress(announcer)
    await live.progress(GenerationRequest("r-1", "u", "p"), "generating", 40)
    await live.progress(GenerationRequest("r-2", "u", "p"), "generating", 50)
    told = live.of({"r-1": "paid", "r-3": "accepted"})
    assert told == [Progress("r-1", "generating", 40), Progress("r-3", "accepted")]
    assert announcer.told[0] == ("r-1", "generating", 40)
    assert live.of({"r-2": "paid"}) == [Progress("r-2", "paid")]


def test_every_event_that_has_a_sentence_is_one() -> None:
    """An event that was renamed takes its words along."""
    told = set(SENTENCES) | story.GOOD | story.WARN | story.BAD
    assert told <= {str(event) for event in LogEvent}


async def test_a_long_wait_leaves_a_bounded_story() -> None:
    """Ten thousand polls, and as many in vain: a few lines each, which say how often."""
    kept = Recordings()
    one = Recorder(kept, worker="w", clock=SimulatedClock())
    with about(request_id="r-1", user_id="u-1"):
        for number in range(1, 10_001):
            one.note(LogEvent.PICTURE_POLLED, polls=number, progress=min(99, number))
            one.note(LogEvent.JOB_DELAYED, code="provider_unavailable", detail="away")
    await one.write(STATUS)
    [batch] = kept.batches
    told = Counter(moment.event for moment in batch.moments["r-1"])
    assert told == {"picture.polled": 10, "job.delayed": 14}
    sentences = [words.sentence(moment) for moment in batch.moments["r-1"]]
    assert "The provider is at 10 % (poll 10)." in sentences
    assert "Waiting: provider_unavailable (away). It was tried 8192 times so far." in sentences


def test_what_a_job_cost_is_told_with_all_its_cents() -> None:
    """Some pictures cost less than one."""
    told = words.sentence(Moment(0.0, "job.charged", "w", {"provider": "fal", "cost": 0.0013}))
    assert told.startswith("It cost $0.0013, as fal told it")


def test_a_poll_without_progress_is_told_in_words() -> None:
    """Some providers say nothing but that it is not finished."""
    told = words.sentence(Moment(0.0, "picture.polled", "w", {"polls": 4}))
    assert told == "Not finished yet; the provider does not tell how far it is (poll 4)."
