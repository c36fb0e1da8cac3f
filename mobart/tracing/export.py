"""Sending spans to a collector by OTLP over HTTP, in batches and from a thread of their own."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.util.re import parse_env_headers

from mobart.core.events import LogEvent
from mobart.core.ports import Clock, Observer
from mobart.tracing.traces import Traces

LAST_SECONDS = 2.0
"""For what is not sent yet, when the worker leaves."""
EXPORTER = logging.getLogger(OTLPSpanExporter.__module__)


class LastWords(logging.Filter):
    """Keeps what the exporter logs to itself: it would repeat that every few seconds."""

    text = ""

    def filter(self, record: logging.LogRecord) -> bool:
        """Remember a line instead of writing it."""
        self.text = record.getMessage()
        return False

    def __enter__(self) -> None:
        """Listen."""
        self.text = ""
        EXPORTER.addFilter(self)

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        EXPORTER.removeFilter(self)


@dataclass(slots=True, eq=False)
class ReportedExporter(SpanExporter):
    """Exports through another one, and notes when that begins to fail and when it works again."""

    exporter: SpanExporter
    observer: Observer
    lost: int = 0
    reason: LastWords = field(default_factory=LastWords)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; runs in the thread of the batches."""
        with self.reason:
            result = self.exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            if not self.lost:
                detail = self.reason.text or None
                self.observer.note(LogEvent.TRACES_LOST, count=len(spans), detail=detail)
            self.lost += len(spans)
        elif self.lost:
            self.observer.note(LogEvent.TRACES_SENT, count=self.lost)
            self.lost = 0
        return result

    def shutdown(self) -> None:
        """Give up what is being sent."""
        self.exporter.shutdown()


@dataclass(frozen=True, slots=True)
class Tracing:
    """The traces of one worker, and their way out."""

    traces: Traces

    async def aclose(self) -> None:
        """Send what is left, if that can be done quickly."""
        ending = threading.Thread(target=self.traces.provider.shutdown, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, LAST_SECONDS)


def build_exporting(
    *,
    endpoint: str,
    headers: str,
    service: str,
    version: str,
    worker: str,
    namespace: str,
    clock: Clock,
    observer: Observer,
) -> Tracing:
    """Build traces that go to *endpoint*, the full address; the SDK reads its other variables itself.

    *headers* is as OTEL_EXPORTER_OTLP_HEADERS has it.
    """
    exporter = OTLPSpanExporter(endpoint, headers=parse_env_headers(headers, liberal=True) or None)
    resource = Resource.create(
        {"service.name": service, "service.version": version, "service.instance.id": worker}
    )
    processor = BatchSpanProcessor(ReportedExporter(exporter, observer))
    return Tracing(Traces(processor, resource=resource, namespace=namespace, clock=clock))
