"""Real workers, a real collector: one trace a request, whoever works on it."""

import asyncio
from collections import Counter

from mobart_local.ports import free_port
from mobart_local.standin import Script
from tests.daemon.deployment import SECRETS, Deployment, until
from tests.daemon.test_outages import backend
from tests.support.collector import Collector, collector

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
STEPS = {"submit", "generate", "download", "render", "store", "announce", "webhook"}
EX_CONFIG = 78
HIDING = """
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

import sys
sys.meta_path.insert(0, Missing())
"""


def tracing(one: Collector) -> dict[str, str]:
    """Return the settings that send traces to *one*, soon."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": one.endpoint,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-collector-key=canary-collector",
        "OTEL_SERVICE_NAME": "pictures",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }


async def test_a_job_that_a_killed_worker_had_paid_is_one_trace_to_its_webhook(
    deployment: Deployment,
) -> None:
    """Taken in, paid and lost by one worker; finished and reported by another."""
    deployment.midjourney.play(Script(seconds=3, side=64), times=1)
    async with collector() as one, backend() as (callbacks, posts):
        settings = tracing(one) | callbacks
        first = await deployment.ready_worker(**settings)
        await deployment.ask("r-1")
        await until(lambda: bool(one.named("submit")), "the span of the payment")
        await first.kill()
        second = await deployment.ready_worker(**settings)
        told = await deployment.outcome("r-1")
        post, _ = await asyncio.wait_for(posts.get(), 60)
        await second.end()

        assert {span.trace_id for span in one.spans} == {one.spans[0].trace_id}
        names = Counter(span.name for span in one.spans)
        assert set(names) == {"accept", "process", *STEPS}
        assert (names["accept"], names["submit"], names["announce"]) == (1, 1, 1)
        [accept], [process] = one.named("accept"), one.named("process")
        assert accept.parent_span_id == b""
        assert process.parent_span_id == accept.span_id
        assert len({one.workers[span.span_id] for span in (accept, process)}) == 2
        assert one.services == {"pictures"}
        traceparent = f"00-{accept.trace_id.hex()}-{accept.span_id.hex()}-01"
        assert told["traceparent"] == post.headers["traceparent"] == traceparent
        assert {post["x-collector-key"] for post in one.headers} == {"canary-collector"}
        for private in (*SECRETS, "dragon", "player", "generated/"):
            assert private.encode() not in one.raw
    assert "canary-collector" not in first.output.read_text() + second.output.read_text()
    assert second.logged("job.settled")[0]["traceparent"] == traceparent


async def test_the_backends_trace_goes_on_in_the_worker_and_not_to_the_provider(
    deployment: Deployment,
) -> None:
    """The vendor is a stranger; the backend is not."""
    async with collector() as one:
        worker = await deployment.ready_worker(**tracing(one))
        await deployment.ask("r-1", traceparent=f"00-{TRACE}-{CALLER}-01")
        told = await deployment.outcome("r-1")
        await worker.end()
    assert {span.trace_id.hex() for span in one.spans} == {TRACE}
    assert {span.parent_span_id.hex() for span in one.named("process")} == {CALLER}
    assert told["traceparent"] == f"00-{TRACE}-{CALLER}-01"
    assert TRACE not in str(deployment.midjourney.ledger.submits)


async def test_a_collector_that_is_away_costs_a_line_in_the_log(deployment: Deployment) -> None:
    """And neither a job nor the worker's leave."""
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    worker = await deployment.ready_worker(**away, OTEL_BSP_SCHEDULE_DELAY="50")
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    await worker.until_logged("traces.lost")
    assert await worker.end() == 0
    assert len(worker.logged("traces.lost")) == 1


async def test_a_worker_without_the_packages_says_so_and_does_not_start(
    deployment: Deployment,
) -> None:
    """Traces that are silently not there would be missed when they are needed."""
    hiding = deployment.folder / "hiding"
    hiding.mkdir()
    (hiding / "sitecustomize.py").write_text(HIDING)
    settings = {"PYTHONPATH": str(hiding)}
    switched_on = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}

    worker = await deployment.start(**settings, **switched_on)
    assert await asyncio.wait_for(worker.process.wait(), 60) == EX_CONFIG
    text = worker.output.read_text()
    assert "pip install -r requirements-otel.txt" in text
    assert "Traceback" not in text
    for off in ({}, switched_on | {"OTEL_SDK_DISABLED": "true"}):
        works = await deployment.ready_worker(**settings, **off)
        assert await works.end() == 0
