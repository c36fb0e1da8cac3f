"""The life of each request as one trace, made of the events that its workers note.

    accept ── process (a worker) ── submit, generate, download, render, store, announce
           └─ process (the next)  └─ webhook

A trace is continued where the request came with one, and begun here otherwise.  What is begun is
worked out from the request's id, so that all workers continue the same trace, whoever takes the
job over.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from mobart.core.events import LogEvent
from mobart.core.ports import Clock
from mobart.core.subject import known_ids
from mobart.core.thinning import Thinning
from mobart.tracing.spans import BEGINNINGS, CLAIMS, ENDS, STEPS, attributes_of, has_failed

SECOND = 1_000_000_000
"""In nanoseconds, in which spans count."""
TRACE_DIGITS, SPAN_DIGITS = 32, 16


class ChosenIds(RandomIdGenerator):
    """Ids of spans: by chance, but for the root of a trace that is worked out."""

    trace_id = 0
    span_id = 0

    def generate_trace_id(self) -> int:
        """Return the chosen id, once, or a random one."""
        chosen, self.trace_id = self.trace_id, 0
        return chosen or super().generate_trace_id()

    def generate_span_id(self) -> int:
        """Return the chosen id, once, or a random one."""
        chosen, self.span_id = self.span_id, 0
        return chosen or super().generate_span_id()


class Traces:
    """An `Observer` of one worker."""

    def __init__(
        self,
        processor: SpanProcessor,
        *,
        resource: Resource,
        namespace: str,
        clock: Clock,
        sampler: Sampler | None = None,
    ) -> None:
        """Hand finished spans to *processor*; without a *sampler* it is as OTEL_TRACES_SAMPLER says."""
        self._ids = ChosenIds()
        self.provider = TracerProvider(
            sampler=sampler, resource=resource, id_generator=self._ids, shutdown_on_exit=False
        )
        self.provider.add_span_processor(processor)
        self._tracer = self.provider.get_tracer("mobart")
        self._propagator = TraceContextTextMapPropagator()
        self._namespace = namespace
        self._clock = clock
        self._thinning = Thinning()
        self._open: dict[str, Span] = {}
        """The `process` of each job in hand, by request."""

    def begin(self, request_id: str) -> str:
        """Return the context of the trace of a request that came without one."""
        trace_id, span_id = self._root(request_id)
        verdict = self.provider.sampler.should_sample(None, int(trace_id, 16), "accept")
        return f"00-{trace_id}-{span_id}-{int(verdict.decision is Decision.RECORD_AND_SAMPLE):02x}"

    def note(self, event: LogEvent, **facts: Any) -> None:
        """See `Observer`."""
        if event is LogEvent.REQUESTS_ACCEPTED:
            self._accept_all(facts)
            return
        known = {**known_ids(), **facts}
        request_id, traceparent = known.get("request_id"), known.get("traceparent")
        if isinstance(request_id, str) and isinstance(traceparent, str):
            self._tell(event, facts, request_id, traceparent)

    def _tell(
        self, event: LogEvent, facts: Mapping[str, Any], request_id: str, traceparent: str
    ) -> None:
        if event in BEGINNINGS:
            self._accept(facts, request_id, traceparent)
        elif event in CLAIMS:
            self._claim(event, facts, request_id, traceparent)
        elif event in STEPS:
            self._step(event, facts, request_id, traceparent)
        else:
            self._add(event, facts, request_id)
        if event in ENDS and (span := self._open.pop(request_id, None)):
            self._finish(span, event, facts, request_id)

    def _accept_all(self, facts: Mapping[str, Any]) -> None:
        """Tell of very many requests that came at once."""
        traces = str(facts.get("traceparents") or "").split()
        for request_id, traceparent in zip(facts["request_ids"].split(), traces, strict=False):
            if traceparent != "-":
                self._accept({"transport": facts["transport"]}, request_id, traceparent)

    def _accept(self, facts: Mapping[str, Any], request_id: str, traceparent: str) -> None:
        trace_id, span_id = self._root(request_id)
        parent: Context | None = self._context(traceparent)
        if f"-{trace_id}-{span_id}-" in traceparent:
            parent = Context()
            self._ids.trace_id, self._ids.span_id = int(trace_id, 16), int(span_id, 16)
        now = self._now()
        span = self._tracer.start_span("accept", parent, SpanKind.CONSUMER, start_time=now)
        self._ids.trace_id = self._ids.span_id = 0
        span.set_attributes(attributes_of(facts, request_id))
        span.end(now)

    def _claim(
        self, event: LogEvent, facts: Mapping[str, Any], request_id: str, traceparent: str
    ) -> None:
        if former := self._open.pop(request_id, None):
            former.end(self._now())
        span = self._tracer.start_span(
            "process",
            self._context(traceparent),
            SpanKind.CONSUMER,
            attributes_of(facts, request_id),
            start_time=self._now(),
        )
        span.set_attribute("mobart.rescued", event is LogEvent.JOB_RESCUED)
        self._open[request_id] = span

    def _step(
        self, event: LogEvent, facts: Mapping[str, Any], request_id: str, traceparent: str
    ) -> None:
        row, now = STEPS[event], self._now()
        took = float(facts.get("seconds") or 0.0) if row.timed else 0.0
        within = self._open.get(request_id)
        parent = set_span_in_context(within) if within else self._context(traceparent)
        started = now - int(took * SECOND)
        span = self._tracer.start_span(row.name, parent, row.kind, start_time=started)
        self._finish(span, event, facts, request_id)

    def _add(self, event: LogEvent, facts: Mapping[str, Any], request_id: str) -> None:
        """Tell within `process` what is no step of its own: waits, doubts, polls."""
        span = self._open.get(request_id)
        told = event.level != "debug" or event is LogEvent.PICTURE_POLLED
        if span and told and self._thinning.times(event, facts, request_id):
            span.add_event(str(event), attributes_of(facts, request_id), self._now())

    def _finish(
        self, span: Span, event: LogEvent, facts: Mapping[str, Any], request_id: str
    ) -> None:
        span.set_attributes(attributes_of(facts, request_id))
        if has_failed(event, facts):
            span.set_status(StatusCode.ERROR, str(facts.get("code") or event))
        span.end(self._now())

    def _context(self, traceparent: str) -> Context:
        return self._propagator.extract({"traceparent": traceparent}, Context())

    def _root(self, request_id: str) -> tuple[str, str]:
        """Return trace and span id of the root of the trace that a request has of itself."""
        digest = sha256(f"{self._namespace}/{request_id}".encode()).hexdigest()
        return digest[:TRACE_DIGITS], digest[TRACE_DIGITS : TRACE_DIGITS + SPAN_DIGITS]

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * SECOND)
