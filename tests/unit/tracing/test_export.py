"""A collector that is away is told once, and holds nobody up."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from mobart.core.events import LogEvent
from mobart.tracing.export import EXPORTER, LAST_SECONDS, ReportedExporter, Tracing, build_exporting
from tests.support.clocks import SimulatedClock
from tests.support.observers import Notes


class Moody(SpanExporter):
    """Fails as it is told, with a line of its own in the log each time."""

    def __init__(self, *succeeds: bool) -> None:
        """Take what becomes of each batch."""
        self._succeeds = list(succeeds)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See `SpanExporter`."""
        del spans
        if self._succeeds.pop(0):
            return SpanExportResult.SUCCESS
        EXPORTER.warning("connection refused by %s", "collector")
        return SpanExportResult.FAILURE


def test_an_outage_of_the_collector_is_told_at_its_begin_and_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With the reason, and with how much was lost; the exporter's own lines are left out."""
    notes = Notes()
    exporter = ReportedExporter(Moody(True, False, False, True, True), notes)
    spans = [ReadableSpan("one"), ReadableSpan("two")]
    with caplog.at_level(logging.DEBUG):
        for _ in range(5):
            exporter.export(spans)
    assert notes.taken == [
        (LogEvent.TRACES_LOST, {"count": 2, "detail": "connection refused by collector"}),
        (LogEvent.TRACES_SENT, {"count": 4}),
    ]
    assert caplog.records == []


@pytest.fixture
def silent_collector() -> Iterator[str]:
    """Listen, and never answer."""
    asked = threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.wait(30)

    server = HTTPServer(("127.0.0.1", 0), Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces"
    asked.set()
    server.shutdown()
    server.server_close()


def exporting(endpoint: str) -> Tracing:
    """Build traces that go to *endpoint*."""
    return build_exporting(
        endpoint=endpoint,
        headers="",
        service="mobart",
        version="1",
        worker="w",
        namespace="mobart",
        clock=SimulatedClock(),
        observer=Notes(),
    )


async def test_a_collector_that_never_answers_does_not_keep_a_worker_alive(
    silent_collector: str,
) -> None:
    """What is not sent within two seconds is given up."""
    tracing = exporting(silent_collector)
    tracing.traces.provider.get_tracer("test").start_span("one").end()
    began = time.monotonic()
    await tracing.aclose()
    assert time.monotonic() - began < LAST_SECONDS + 5
