"""What the counters count."""

import asyncio
import math
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from mobart.core.errors import Code
from mobart.core.events import LogEvent
from mobart.core.wire import InvalidRequest, parse_request
from mobart.web.metrics import Metrics
from mobart.web.series import LABEL_VALUES, TABLE

BAD_MESSAGES = [
    b"x" * 101,
    b"{",
    b"[]",
    b"{}",
    b'{"request_id":"r","user_id":"u","prompt":"longer than ten"}',
]
IDENTITIES = {"user_id", "request_id", "prompt", "ticket", "key", "url"}


def make(**overrides: Any) -> Metrics:
    """Build metrics of a worker with nothing to do."""
    nothing: dict[str, Any] = {"in_progress": lambda: 0, "outstanding": lambda: 0}
    return Metrics(**{"version": "1.2.3", "providers": ["goapi"]} | nothing | overrides)


def read(metrics: Metrics, name: str, **labels: str) -> float | None:
    """Return one sample as a scrape sees it."""
    for family in parse(metrics.exposition().decode()):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return None


@pytest.mark.parametrize(
    ("event", "facts", "name", "labels"),
    [
        (
            LogEvent.REQUEST_ACCEPTED,
            {"transport": "channel"},
            "mobart_messages_received_total",
            {"transport": "channel"},
        ),
        (
            LogEvent.REQUEST_REFUSED,
            {"reason": "json", "code": Code.INVALID_MESSAGE},
            "mobart_messages_rejected_total",
            {"reason": "json"},
        ),
        (LogEvent.REQUEST_REPLAYED, {}, "mobart_duplicates_total", {"kind": "replayed"}),
        (LogEvent.JOB_RESCUED, {"stage": "paid"}, "mobart_recovered_jobs_total", {"stage": "paid"}),
        (
            LogEvent.JOB_PAID,
            {"provider": "goapi", "ticket": "t"},
            "mobart_provider_submits_total",
            {"provider": "goapi", "result": "accepted"},
        ),
        (
            LogEvent.JOB_SETTLED,
            {"outcome": "completed", "code": None, "seconds": 3.0},
            "mobart_requests_total",
            {"outcome": "completed", "error_code": ""},
        ),
        (
            LogEvent.JOB_SETTLED,
            {"outcome": "failed", "code": Code.PROVIDER_TIMEOUT, "seconds": 3.0},
            "mobart_requests_total",
            {"outcome": "failed", "error_code": "provider_timeout"},
        ),
        (LogEvent.INTAKE_INTERRUPTED, {"seconds": 2.0}, "mobart_pubsub_gaps_total", {}),
        (LogEvent.JOB_CRASHED, {}, "mobart_jobs_crashed_total", {}),
        (LogEvent.WEBHOOK_DELIVERED, {}, "mobart_callbacks_total", {"result": "delivered"}),
    ],
)
def test_an_event_counts_under_the_labels_its_facts_name(
    event: LogEvent,
    facts: dict[str, Any],
    name: str,
    labels: dict[str, str],
) -> None:
    """Each is there as zero before, so that the first one is an increase."""
    metrics = make()
    assert read(metrics, name, **labels) == 0
    metrics.note(event, **facts)
    assert read(metrics, name, **labels) == 1


def test_the_time_of_a_request_goes_into_the_histogram_of_its_outcome() -> None:
    """Seconds, as the event has them."""
    metrics = make()
    metrics.note(LogEvent.JOB_SETTLED, outcome="failed", code="internal", seconds=42.5)
    assert read(metrics, "mobart_request_duration_seconds_sum", outcome="failed") == 42.5
    bucket = "mobart_request_duration_seconds_bucket"
    assert read(metrics, bucket, outcome="failed", le="30.0") == 0
    assert read(metrics, bucket, outcome="failed", le="45.0") == 1


def test_the_time_of_a_step_goes_into_the_histogram_of_its_stage() -> None:
    """An event without its seconds is not observed at all."""
    metrics = make()
    metrics.note(LogEvent.PICTURE_GENERATED, seconds=12.0)
    metrics.note(LogEvent.PICTURE_DOWNLOADED, bytes=1000)
    name = "mobart_stage_duration_seconds_count"
    assert read(metrics, name, stage="generating") == 1
    assert read(metrics, name, stage="downloading") is None
    assert read(metrics, "mobart_downloaded_bytes_total") == 1000


def test_gauges_are_asked_on_every_scrape() -> None:
    """They hold no value of their own."""
    jobs = [3.0]
    metrics = make(in_progress=lambda: jobs[0])
    assert read(metrics, "mobart_jobs_in_progress") == 3
    jobs[0] = 4
    assert read(metrics, "mobart_jobs_in_progress") == 4


async def test_the_tasks_of_the_event_loop_are_counted() -> None:
    """One more is one more: a leak of tasks shows."""
    metrics = make()
    before = read(metrics, "mobart_asyncio_tasks")
    sleeping = asyncio.create_task(asyncio.sleep(60))
    after = read(metrics, "mobart_asyncio_tasks")
    sleeping.cancel()
    assert before is not None
    assert after == before + 1


def test_a_gauge_that_fails_is_unknown_and_leaves_the_scrape_whole() -> None:
    """NaN is how Prometheus says unknown."""

    def fail() -> float:
        raise ConnectionError("away")

    metrics = make(outstanding=fail)
    value = read(metrics, "mobart_jobs_outstanding")
    assert value is not None
    assert math.isnan(value)
    assert read(metrics, "mobart_jobs_in_progress") == 0


def test_redis_is_up_until_lost_and_up_again_when_recovered() -> None:
    """The gauge that the alert looks at."""
    metrics = make()
    seen = [read(metrics, "mobart_redis_up")]
    for event in (LogEvent.REDIS_LOST, LogEvent.REDIS_RECOVERED):
        metrics.note(event)
        seen.append(read(metrics, "mobart_redis_up"))
    assert seen == [1, 0, 1]


def test_no_label_identifies_a_user_a_request_or_a_prompt() -> None:
    """Neither by its name nor through what an event knows."""
    metrics = make()
    for event in TABLE:
        metrics.note(event, **dict.fromkeys([*IDENTITIES, *LABEL_VALUES, "code"], "secret-dragon"))
    assert b"secret-dragon" not in metrics.exposition()
    labels = {
        label for family in metrics.registry.collect() for s in family.samples for label in s.labels
    }
    assert not labels & IDENTITIES


def test_unknown_label_values_share_one_series() -> None:
    """However many there are, the scrape does not grow."""
    metrics = make()
    for number in range(100):
        metrics.note(LogEvent.REQUEST_REFUSED, reason=f"reason {number}", transport=f"{number}")
    assert read(metrics, "mobart_messages_rejected_total", reason="other") == 100
    assert read(metrics, "mobart_messages_received_total", transport="other") == 100


@pytest.mark.parametrize("payload", BAD_MESSAGES, ids=["size", "json", "shape", "fields", "prompt"])
def test_every_reason_of_the_wire_has_a_label_value(payload: bytes) -> None:
    """The closed list here knows what the wire says."""
    with pytest.raises(InvalidRequest) as no:
        parse_request(payload, max_bytes=100, max_prompt_chars=10)
    assert no.value.reason in LABEL_VALUES["reason"]


def test_names_follow_the_conventions_of_prometheus() -> None:
    """One prefix, `_total` for counters, base units, a sentence of help each."""
    for family in make().registry.collect():
        if family.name.startswith("process_"):
            continue
        assert family.name.startswith("mobart_")
        assert family.documentation.endswith(".")
        if family.type == "counter":
            assert {s.name for s in family.samples} <= {
                f"{family.name}_total",
                f"{family.name}_created",
            }
        if family.type == "histogram":
            assert family.name.endswith("_seconds")


def test_the_build_is_named() -> None:
    """Which version runs where is a label, as is the custom."""
    families = {family.name: family for family in make().registry.collect()}
    assert families["mobart_build"].samples[0].labels["version"] == "1.2.3"


def test_two_workers_in_one_process_count_apart() -> None:
    """There is no registry that everybody shares."""
    one, other = make(), make()
    one.note(LogEvent.JOB_LOST)
    assert read(one, "mobart_jobs_lost_total") == 1
    assert read(other, "mobart_jobs_lost_total") == 0


def test_money_is_summed_by_provider() -> None:
    """From nothing on, so that an alert on it sees the first cent."""
    metrics = make()
    name = "mobart_provider_cost_usd_total"
    assert read(metrics, name, provider="goapi") == 0
    for cost in (0.019, 0.021):
        metrics.note(LogEvent.JOB_CHARGED, provider="goapi", cost=cost)
    assert read(metrics, name, provider="goapi") == pytest.approx(0.04)
