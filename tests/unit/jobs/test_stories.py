"""The log tells one story a request, in which every line names the request and its user."""

import asyncio
from dataclasses import replace
from pathlib import Path

from mobart.app.logs import logging_to
from mobart.core import wire
from mobart.core.capabilities import Capabilities
from mobart.core.domain import GenerationRequest, Lookup, Pending, Picture, Stage, Ticket
from mobart.core.errors import Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.subject import known_ids
from mobart.jobs.slots import Slots
from mobart.testing.providers import Course, MemoryProvider
from mobart.web.observers import LogObserver
from tests.support.jobs import WorkerParts, running, worker_parts

SLOW_TO_FIND = Capabilities(lookup=Lookup.PARTIAL, submit_timeout=60.0)
REQUEST = GenerationRequest("r-1", "u-1", "a red fox in the snow")


async def end_of(parts: WorkerParts, event: LogEvent) -> None:
    """Wait until *event* was noted, and the worker has nothing left."""
    async with asyncio.timeout(10):
        while not parts.notes.of(event) or parts.worker.running.tasks:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_a_request_of_the_stream_is_received_claimed_and_settled() -> None:
    """It counts as received like one of the channel."""
    parts = await worker_parts(MemoryProvider(), slots=Slots(1))
    await parts.world.add(wire.encode_request(REQUEST))
    async with running(parts.worker):
        await end_of(parts, LogEvent.JOB_SETTLED)
    assert parts.notes.events[:2] == [LogEvent.REQUEST_ACCEPTED, LogEvent.JOB_CLAIMED]
    (accepted,) = parts.notes.of(LogEvent.REQUEST_ACCEPTED)
    assert (accepted["transport"], accepted["user_id"]) == ("stream", "u-1")


async def test_a_request_that_was_accepted_under_wider_limits_is_carried_out() -> None:
    """An operator narrowed them while it waited; one that was not accepted before is refused."""
    parts = await worker_parts(MemoryProvider(), slots=Slots(1))
    long = replace(REQUEST, prompt="a fox " * parts.admission.max_prompt_chars)
    await parts.admission.intake.accept(long)
    await parts.world.add(wire.encode_request(replace(long, request_id="r-2")))
    async with running(parts.worker):
        await end_of(parts, LogEvent.JOB_SETTLED)
        await end_of(parts, LogEvent.REQUEST_REFUSED)
    assert len(parts.notes.of(LogEvent.JOB_SETTLED)) == 1
    assert [told["request_id"] for told in parts.notes.of(LogEvent.REQUEST_REFUSED)] == ["r-2"]
    assert await parts.world.outstanding() == 0


async def test_a_paid_job_that_is_cancelled_is_settled_once_and_not_lost() -> None:
    """Its worker stops quietly."""
    parts = await worker_parts(MemoryProvider(default=Course(ending="never")), slots=Slots(1))
    await parts.admission.on_messages([wire.encode_request(REQUEST)])
    async with running(parts.worker):
        async with asyncio.timeout(10):
            while not parts.notes.of(LogEvent.JOB_PAID):  # noqa: ASYNC110
                await asyncio.sleep(0)
        await parts.admission.on_cancellation(b'{"request_id":"r-1"}')
        await end_of(parts, LogEvent.JOB_CANCELLED)
    (end,) = parts.notes.of(LogEvent.JOB_SETTLED)
    assert (end["code"], end["paid"]) == ("cancelled", True)
    assert parts.notes.of(LogEvent.JOB_LOST) == []


async def test_a_request_that_was_cancelled_before_it_is_not_bought_by_whoever_is_quicker() -> None:
    """It is claimed between its acceptance and the cancelling that follows."""
    provider = MemoryProvider()
    parts = await worker_parts(provider, slots=Slots(1))
    await parts.admission.on_cancellation(b'{"request_id":"r-1"}')
    await parts.admission.intake.accept(REQUEST)
    async with running(parts.worker):
        await end_of(parts, LogEvent.JOB_SETTLED)
    assert provider.ledger == []
    (end,) = parts.notes.of(LogEvent.JOB_SETTLED)
    assert (end["code"], end["paid"]) == ("cancelled", False)


async def test_a_request_of_the_stream_that_was_cancelled_while_it_waited_is_not_bought() -> None:
    """Nobody knew of it yet."""
    provider = MemoryProvider()
    parts = await worker_parts(provider, slots=Slots(1))
    await parts.world.add(wire.encode_request(REQUEST))
    await parts.admission.on_cancellation(b'{"request_id":"r-1"}')
    async with running(parts.worker):
        await end_of(parts, LogEvent.JOB_SETTLED)
    assert provider.ledger == []
    (end,) = parts.notes.of(LogEvent.JOB_SETTLED)
    assert (end["code"], end["paid"]) == ("cancelled", False)
    assert parts.notes.of(LogEvent.JOB_LOST) == []


async def test_a_job_whose_ticket_somebody_else_brought_is_told_with_who_was_paid() -> None:
    """What was bought is counted by that, for the provider and the user; no worker made this payment."""
    provider = MemoryProvider(
        default=Course(submit="lose answer", listed=False), capabilities=SLOW_TO_FIND
    )
    parts = await worker_parts(provider, slots=Slots(1))
    await parts.admission.on_messages([wire.encode_request(REQUEST)])
    async with running(parts.worker):
        async with asyncio.timeout(10):
            while not parts.notes.of(LogEvent.JOB_DOUBTED):  # noqa: ASYNC110
                await asyncio.sleep(0)
        record = parts.world.redis.records["r-1"]
        record.job = replace(record.job, stage=Stage.PAID, ticket=Ticket("memory", "task-0"))
        await end_of(parts, LogEvent.JOB_SETTLED)
    (end,) = parts.notes.of(LogEvent.JOB_SETTLED)
    assert end["provider"] == "memory"
    assert parts.notes.of(LogEvent.JOB_PAID) == []


async def test_a_job_that_keeps_meeting_a_bug_is_settled_in_the_log_too() -> None:
    """After its third crash, with its traceback each time."""
    provider = MemoryProvider()
    parts = await worker_parts(provider, slots=Slots(1))

    async def crash(_: Ticket) -> Pending | Picture:
        raise RuntimeError("a bug")

    provider.poll = crash  # type: ignore[method-assign, assignment]
    await parts.admission.on_messages([wire.encode_request(REQUEST)])
    async with running(parts.worker):
        await end_of(parts, LogEvent.JOB_SETTLED)
    assert len(parts.notes.of(LogEvent.JOB_CRASHED)) == 3
    (end,) = parts.notes.of(LogEvent.JOB_SETTLED)
    assert (end["code"], end["paid"]) == ("internal", True)


class LogLines:
    """An observer that remembers facts with what the log adds to each line."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.taken: list[tuple[LogEvent, dict[str, object]]] = []

    def note(self, event: LogEvent, **facts: object) -> None:
        """See `Observer`."""
        self.taken.append((event, {**known_ids(), **facts}))


async def test_every_line_of_a_job_names_the_request_and_the_user() -> None:
    """So that a player's complaint can be looked up."""
    notes = LogLines()
    parts = await worker_parts(MemoryProvider(), slots=Slots(1), observer=notes)
    await parts.admission.on_messages([wire.encode_request(REQUEST)])
    async with running(parts.worker), asyncio.timeout(10):
        while notes.taken[-1][0] is not LogEvent.JOB_SETTLED:  # noqa: ASYNC110
            await asyncio.sleep(0)
    of_jobs = [
        (event, facts)
        for event, facts in notes.taken
        if event.split(".")[0] in {"request", "job", "picture", "asset"}
    ]
    assert len(of_jobs) > 5
    for event, facts in of_jobs:
        assert (event, facts.get("request_id"), facts.get("user_id")) == (event, "r-1", "u-1")


class Quoting(MemoryProvider):
    """A provider that quotes the prompt, in its own way, in everything that it says."""

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """See `ImageProvider`."""
        try:
            return await super().poll(ticket)
        except Unavailable as away:
            raise Unavailable(away.code, away.sentence, detail=QUOTED) from away
        except Rejected as no:
            raise Rejected(no.code, no.sentence, detail=QUOTED) from no


QUOTED = 'HTTP 500 {"input": {"prompt": "pixel art, A RED\\nfox_in the--snow"}}'


async def test_what_a_provider_says_is_logged_without_the_prompt_that_it_quotes(
    tmp_path: Path,
) -> None:
    """The job knows its prompt, and the log leaves it out, from failures of polls to the last one."""
    file = tmp_path / "mobart.log"
    with logging_to(level="DEBUG", file=str(file)):
        provider = Quoting(default=Course(away=1, pending=0, ending="fail"))
        parts = await worker_parts(provider, slots=Slots(1), observer=LogObserver())
        await parts.admission.on_messages([wire.encode_request(REQUEST)])
        async with running(parts.worker), asyncio.timeout(10):
            while not await parts.world.announced():  # noqa: ASYNC110
                await asyncio.sleep(0)
    lines = file.read_text().splitlines()
    assert len([line for line in lines if "[prompt]" in line]) == 2
    assert not [line for line in lines if "fox" in line.lower() or "snow" in line.lower()]
