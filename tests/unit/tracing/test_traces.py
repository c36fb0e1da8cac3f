"""The life of a request as one trace, whoever works on it, and nothing private in it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import StatusCode

from mobart.core import wire
from mobart.core.domain import GenerationRequest
from mobart.core.events import LogEvent
from mobart.core.subject import about
from mobart.jobs.slots import Slots
from mobart.testing.providers import Course, MemoryProvider
from mobart.tracing.spans import TOLD
from mobart.tracing.traces import Traces
from mobart.web.observers import Observers
from tests.support.backends import MemoryWorld
from tests.support.clocks import SimulatedClock
from tests.support.jobs import WorkerParts, running, worker_parts
from tests.support.observers import Notes

REQUEST = GenerationRequest("r-1", "secret-user", "a red fox in the snow")
TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACED = replace(REQUEST, traceparent=f"00-{TRACE}-{CALLER}-01")
STEPS = ["submit", "generate", "download", "render", "store", "announce"]
ROOT_SAMPLED = ParentBased(ALWAYS_ON)


class Collected:
    """Traces of one worker, and the spans that they have finished."""

    def __init__(
        self, *, clock: SimulatedClock | None = None, sampler: Sampler = ROOT_SAMPLED
    ) -> None:
        """Collect nothing yet."""
        self.exporter = InMemorySpanExporter()
        self.traces = Traces(
            SimpleSpanProcessor(self.exporter),
            resource=Resource({}),
            namespace="mobart",
            clock=clock or SimulatedClock(),
            sampler=sampler,
        )

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """All that are finished, in that order."""
        return self.exporter.get_finished_spans()

    def one(self, name: str) -> ReadableSpan:
        """Return the only span of that name."""
        (found,) = (span for span in self.spans if span.name == name)
        return found

    def note_all(
        self, request: GenerationRequest, *events: tuple[LogEvent, dict[str, Any]]
    ) -> None:
        """Note *events* as a worker does that has the job."""
        ids = {"request_id": request.request_id, "traceparent": request.traceparent}
        with about(**ids):
            for event, facts in events:
                self.traces.note(event, **facts)


def id_of(span: ReadableSpan) -> str:
    """Return a span's id."""
    return f"{span.context.span_id:016x}" if span.context else ""


def trace_of(span: ReadableSpan) -> str:
    """Return the id of a span's trace."""
    return f"{span.context.trace_id:032x}" if span.context else ""


def parent_of(span: ReadableSpan) -> str:
    """Return the id of a span's parent; "" if it has none."""
    return f"{span.parent.span_id:016x}" if span.parent else ""


async def lived(
    request: GenerationRequest, provider: MemoryProvider, told: Callable[[Notes], object]
) -> tuple[Collected, WorkerParts]:
    """Have a worker take *request* in and work until *told*."""
    world, notes = MemoryWorld(), Notes()
    collected = Collected(clock=world.clock)
    parts = await worker_parts(
        provider,
        slots=Slots(1),
        world=world,
        observer=Observers(notes, collected.traces),
        begin_trace=collected.traces.begin,
    )
    await parts.admission.on_messages([wire.encode_request(request)])
    async with running(parts.worker), asyncio.timeout(10):
        while not told(notes):  # noqa: ASYNC110
            await asyncio.sleep(0)
    return collected, parts


def settled(notes: Notes) -> object:
    """Return what says that the job is settled."""
    return notes.of(LogEvent.JOB_SETTLED)


async def test_a_request_without_a_trace_gets_one_from_being_taken_in_to_its_announcement() -> None:
    """`accept` is its root, `process` below it, and the steps within that, in their order."""
    collected, _ = await lived(REQUEST, MemoryProvider(default=Course(pending=1)), settled)
    accept, process = collected.one("accept"), collected.one("process")
    assert parent_of(accept) == ""
    assert parent_of(process) == id_of(accept)
    steps = [span for span in collected.spans if span not in {accept, process}]
    assert [span.name for span in steps] == STEPS
    assert {parent_of(span) for span in steps} == {id_of(process)}
    assert len({trace_of(span) for span in collected.spans}) == 1


async def test_the_time_at_the_provider_and_what_it_told_are_in_the_trace() -> None:
    """So that a slow provider is seen at a glance."""
    collected, _ = await lived(REQUEST, MemoryProvider(default=Course(pending=1)), settled)
    generate, process = collected.one("generate"), collected.one("process")
    assert generate.end_time is not None
    assert generate.start_time is not None
    assert generate.end_time - generate.start_time > 10**9
    polled = [event for event in process.events if event.name == "picture.polled"]
    assert polled
    assert {event.attributes["mobart.polls"] for event in polled if event.attributes} >= {1}
    assert process.attributes is not None
    assert process.attributes["mobart.outcome"] == "completed"
    assert process.attributes["mobart.request_id"] == "r-1"


async def test_a_trace_that_comes_with_the_request_is_continued() -> None:
    """The backend's own span is the parent, and nothing pretends to be the root."""
    collected, _ = await lived(TRACED, MemoryProvider(), settled)
    assert {trace_of(span) for span in collected.spans} == {TRACE}
    assert parent_of(collected.one("accept")) == CALLER
    assert parent_of(collected.one("process")) == CALLER


async def test_a_completion_tells_the_trace_that_was_begun() -> None:
    """The backend continues it from there."""
    collected, parts = await lived(REQUEST, MemoryProvider(), settled)
    [told] = parts.world.redis.completions
    begun = collected.traces.begin("r-1")
    assert f'"traceparent":"{begun}"'.encode() in told
    assert begun == f"00-{trace_of(collected.one('accept'))}-{id_of(collected.one('accept'))}-01"


async def test_what_the_backend_does_not_sample_is_not_traced() -> None:
    """Its flags are the word of who began the trace."""
    unsampled = replace(TRACED, traceparent=f"00-{TRACE}-{CALLER}-00")
    collected, _ = await lived(unsampled, MemoryProvider(), settled)
    assert collected.spans == ()


async def test_a_failure_is_an_error_with_its_code() -> None:
    """And the announcement says whether it was paid."""
    provider = MemoryProvider(default=Course(ending="fail"))
    collected, _ = await lived(REQUEST, provider, settled)
    announce = collected.one("announce")
    assert announce.status.status_code is StatusCode.ERROR
    assert announce.status.description == "generation_failed"
    assert announce.attributes is not None
    assert announce.attributes["mobart.paid"] in {"true", "false"}


async def test_nothing_private_is_in_a_trace() -> None:
    """No prompt, user, address or key, whatever is noted."""
    collected, _ = await lived(REQUEST, MemoryProvider(), settled)
    told = "".join(span.to_json() for span in collected.spans)
    for private in ("red fox", "secret-user", "://", "generated/"):
        assert private not in told
    assert not {"prompt", "detail", "key", "user_id", "exc_info", "actor"} & set(TOLD)


async def test_a_job_that_is_taken_over_stays_in_its_trace() -> None:
    """Two workers, which know nothing of each other: one trace, a `process` each."""
    first, second = Collected(), Collected()
    request = replace(REQUEST, traceparent=first.traces.begin("r-1"))
    assert request.traceparent == second.traces.begin("r-1")
    taken = {"user_id": "u", "transport": "channel", "prompt": "p", "request_id": "r-1"}
    claimed = {"stage": "accepted", "epoch": 1}
    first.note_all(
        request,
        (LogEvent.REQUEST_ACCEPTED, taken),
        (LogEvent.JOB_CLAIMED, claimed),
        (LogEvent.JOB_PAID, {"provider": "midjourney", "ticket": "t", "seconds": 0.5}),
        (LogEvent.JOB_RELEASED, {"stage": "paid"}),
    )
    second.note_all(
        request,
        (LogEvent.JOB_RESCUED, {"stage": "paid", "epoch": 2}),
        (LogEvent.PICTURE_GENERATED, {"seconds": 9.0, "polls": 3}),
        (LogEvent.JOB_SETTLED, {"outcome": "completed", "code": "", "paid": True, "seconds": 9}),
    )
    spans = (*first.spans, *second.spans)
    assert len({trace_of(span) for span in spans}) == 1
    root = id_of(first.one("accept"))
    assert [parent_of(one.one("process")) for one in (first, second)] == [root, root]
    rescued = [(one.one("process").attributes or {})["mobart.rescued"] for one in (first, second)]
    assert rescued == [False, True]


def test_traces_of_different_requests_and_deployments_are_different() -> None:
    """Their ids are worked out from both names."""
    one, another = Collected().traces, Collected().traces
    another._namespace = "another"
    assert len({one.begin("r-1"), one.begin("r-2"), another.begin("r-1")}) == 3


def test_a_share_of_the_traces_is_taken_whole_or_not_at_all() -> None:
    """The flags say what the sampler decided, so that all workers agree with the root."""
    collected = Collected(sampler=ParentBased(TraceIdRatioBased(0.3)))
    taken = {"user_id": "u", "transport": "channel", "prompt": "p"}
    sampled = set()
    for number in range(200):
        name = f"r-{number}"
        traceparent = collected.traces.begin(name)
        sampled |= {name} if traceparent.endswith("-01") else set()
        collected.traces.note(
            LogEvent.REQUEST_ACCEPTED, request_id=name, traceparent=traceparent, **taken
        )
    told = {str((span.attributes or {})["mobart.request_id"]) for span in collected.spans}
    assert told == sampled
    assert 30 < len(sampled) < 90


def test_of_very_many_at_once_each_has_its_root() -> None:
    """But for those that have no trace."""
    collected = Collected()
    begun = collected.traces.begin("r-1")
    collected.traces.note(
        LogEvent.REQUESTS_ACCEPTED,
        count=3,
        request_ids="r-1 r-2 r-3",
        user_ids="u u u",
        transport="channel",
        traceparents=f"{begun} - {TRACED.traceparent}",
    )
    assert [parent_of(span) for span in collected.spans] == ["", CALLER]
    assert f"-{trace_of(collected.spans[0])}-" in begun


async def test_a_cancelled_job_ends_its_trace() -> None:
    """Announced by who heard the cancellation, and `process` does not stay open."""
    world, notes = MemoryWorld(), Notes()
    collected = Collected(clock=world.clock)
    parts = await worker_parts(
        MemoryProvider(default=Course(ending="never")),
        slots=Slots(1),
        world=world,
        observer=Observers(notes, collected.traces),
    )
    await parts.admission.on_messages([wire.encode_request(TRACED)])
    async with running(parts.worker), asyncio.timeout(10):
        while not notes.of(LogEvent.JOB_PAID):  # noqa: ASYNC110
            await asyncio.sleep(0)
        await parts.admission.on_cancellation(b'{"request_id":"r-1"}')
        while not notes.of(LogEvent.JOB_CANCELLED):  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert (collected.one("announce").attributes or {})["mobart.code"] == "cancelled"
    assert collected.one("process").end_time is not None
    assert collected.traces._open == {}


async def test_a_message_that_is_too_large_with_a_trace_goes_without() -> None:
    """It must be readable again from where it is stored."""
    parts = await worker_parts(
        MemoryProvider(), slots=Slots(1), begin_trace=Collected().traces.begin
    )
    rest = len(wire.encode_request(replace(REQUEST, options={"note": ""})))
    large = replace(REQUEST, options={"note": "x" * (9999 - rest)})
    payload = wire.encode_request(large)
    assert len(payload) == 9999
    assert parts.admission.parse(payload) == large
    assert parts.admission.parse(wire.encode_request(REQUEST)).traceparent
