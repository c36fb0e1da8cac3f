"""Which event counts as what: all metrics but the gauges that are read on a scrape.

Label values come from closed lists, so the number of time series is bounded whatever users send.
What identifies a user, a request or a prompt is never a label.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from mobart.core.domain import Stage
from mobart.core.errors import Code, Reason
from mobart.core.events import LogEvent

OTHER = "other"
CODES = tuple(str(code) for code in Code)
LABEL_VALUES: Mapping[str, tuple[str, ...]] = {
    "error_code": ("", *CODES),
    "kind": ("repeated", "replayed", "conflicted"),
    "outcome": ("completed", "failed"),
    "reason": get_args(Reason),
    "result": ("accepted", "unknown", "delivered", "delayed", "abandoned"),
    "stage": (
        *(str(stage) for stage in Stage),
        *("generating", "downloading", "rendering", "storing"),
    ),
    "transport": ("channel", "stream", "http"),
}
"""All values a label can have besides `other`; those of `provider` are given by the worker."""

REQUEST_BUCKETS = (5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900)
STAGE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 900)


@dataclass(frozen=True, slots=True)
class Series:
    """One metric; *initial* lists the label values that exist, as zero, before anything happens.

    A counter that first appears as 1 has no increase, and an alert on it stays silent.
    """

    kind: Literal["counter", "gauge", "histogram"]
    name: str
    about: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    initial: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class FromFact:
    """The name of a fact of an event whose value is taken, as a label value or a number."""

    name: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What an event does to a series: add, observe or set *value*, under *labels*."""

    series: Series
    labels: tuple[str | FromFact, ...] = ()
    value: float | FromFact = 1.0


def _counter(name: str, about: str, *labels: str, **initial: tuple[str, ...]) -> Series:
    """Return a counter with *labels*, and those of *initial*, whose values are known."""
    known = tuple(product(*initial.values()))
    return Series("counter", name, about, (*labels, *initial), initial=known)


RECEIVED = _counter(
    "mobart_messages_received_total",
    "Request messages received.",
    transport=LABEL_VALUES["transport"],
)
REJECTED = _counter(
    "mobart_messages_rejected_total", "Request messages refused.", reason=LABEL_VALUES["reason"]
)
DUPLICATES = _counter(
    "mobart_duplicates_total",
    "Request messages whose request_id was known already, as when another worker heard it first.",
    kind=LABEL_VALUES["kind"],
)
CANCELLED = _counter("mobart_cancellations_total", "Requests cancelled.")
CLAIMED = _counter("mobart_jobs_claimed_total", "Jobs taken up by this worker.")
RECOVERED = _counter(
    "mobart_recovered_jobs_total",
    "Jobs taken over from a worker that went silent, by the stage they were found in.",
    stage=tuple(str(stage) for stage in Stage),
)
SUBMITS = _counter(
    "mobart_provider_submits_total",
    "Paid generations: accepted (found again later included), or without a known answer.",
    *("provider", "result"),
)
COST = _counter(
    "mobart_provider_cost_usd_total",
    "What settled jobs cost, in USD: as their providers told it, else by the list of prices.",
    "provider",
)
ADOPTED = _counter("mobart_provider_adoptions_total", "Submits in doubt that were found again.")
DELAYS = _counter(
    "mobart_job_delays_total",
    "Waits for something that was away, by the code the job would fail with.",
    error_code=CODES,
)
SPOILED = _counter(
    "mobart_spoiled_pictures_total",
    "Pictures that had to be fetched again.",
    error_code=(str(Code.DOWNLOAD_FAILED), str(Code.IMAGE_INVALID)),
)
DOWNLOADED_BYTES = _counter("mobart_downloaded_bytes_total", "Bytes of pictures downloaded.")
STORED_BYTES = _counter("mobart_stored_bytes_total", "Bytes of finished assets stored.")
REQUESTS = Series(
    "counter",
    "mobart_requests_total",
    "Requests brought to their outcome.",
    ("outcome", "error_code"),
    initial=(("completed", ""), *(("failed", code) for code in CODES)),
)
REQUEST_SECONDS = Series(
    "histogram",
    "mobart_request_duration_seconds",
    "Time from a request's first claim to its outcome.",
    ("outcome",),
    REQUEST_BUCKETS,
)
STAGE_SECONDS = Series(
    "histogram",
    "mobart_stage_duration_seconds",
    "Time spent on one step of a job.",
    ("stage",),
    STAGE_BUCKETS,
)
LOST = _counter("mobart_jobs_lost_total", "Jobs that another worker took over from this one.")
RELEASED = _counter("mobart_jobs_released_total", "Jobs given up for takeover on shutdown.")
CRASHED = _counter("mobart_jobs_crashed_total", "Jobs that hit a bug.")
GAPS = _counter("mobart_pubsub_gaps_total", "Times in which the subscription was interrupted.")
GAP_SECONDS = _counter("mobart_pubsub_gap_seconds_total", "Seconds without a subscription.")
MISSED = _counter(
    "mobart_pubsub_missed_messages_total",
    "Request messages that this worker did not hear in gaps, estimated.",
)
DEAFENED = _counter("mobart_pubsub_deafened_total", "Subscriptions that went deaf silently.")
PAUSED = Series("gauge", "mobart_intake_paused", "1 while an operator lets nothing new begin.")
REDIS_LOSSES = _counter("mobart_redis_losses_total", "Times in which Redis was lost.")
REDIS_UP = Series("gauge", "mobart_redis_up", "1 while Redis can be reached.")
LOOP_CRASHES = _counter("mobart_loop_crashes_total", "Loops of the worker restarted after a bug.")
LOG_ERRORS = _counter("mobart_log_write_errors_total", "Failures of the log file.")
CALLBACKS = _counter(
    "mobart_callbacks_total",
    "Completions posted to the backend, by result.",
    result=("delivered", "delayed", "abandoned"),
)
CALLBACKS_DISABLED = Series(
    "gauge", "mobart_callbacks_disabled", "1 after the backend asked for no more webhooks."
)


CIRCUIT_OPEN = Series(
    "gauge",
    "mobart_provider_circuit_open",
    "1 while the provider is left alone because it fails for everybody.",
    ("provider",),
)


def _received(*more: Rule) -> tuple[Rule, ...]:
    return (Rule(RECEIVED, (FromFact("transport"),)), *more)


def _took(stage: str, *more: Rule) -> tuple[Rule, ...]:
    return (Rule(STAGE_SECONDS, (stage,), FromFact("seconds")), *more)


TABLE: Mapping[LogEvent, tuple[Rule, ...]] = {
    LogEvent.REQUEST_ACCEPTED: _received(),
    LogEvent.REQUEST_REFUSED: _received(Rule(REJECTED, (FromFact("reason"),))),
    LogEvent.REQUEST_REPEATED: _received(Rule(DUPLICATES, ("repeated",))),
    LogEvent.REQUEST_REPLAYED: _received(Rule(DUPLICATES, ("replayed",))),
    LogEvent.REQUEST_CONFLICTED: _received(Rule(DUPLICATES, ("conflicted",))),
    LogEvent.REQUESTS_ACCEPTED: (Rule(RECEIVED, (FromFact("transport"),), FromFact("count")),),
    LogEvent.REQUESTS_REPEATED: (
        Rule(RECEIVED, (FromFact("transport"),), FromFact("count")),
        Rule(DUPLICATES, ("repeated",), FromFact("count")),
    ),
    LogEvent.REQUEST_CANCELLED: (Rule(CANCELLED),),
    LogEvent.JOB_CLAIMED: (Rule(CLAIMED),),
    LogEvent.JOB_RESCUED: (Rule(RECOVERED, (FromFact("stage"),)),),
    LogEvent.JOB_PAID: (Rule(SUBMITS, (FromFact("provider"), "accepted")),),
    LogEvent.JOB_DOUBTED: (Rule(SUBMITS, (FromFact("provider"), "unknown")),),
    LogEvent.JOB_ADOPTED: (Rule(ADOPTED),),
    LogEvent.JOB_DELAYED: (Rule(DELAYS, (FromFact("code"),)),),
    LogEvent.PICTURE_GENERATED: _took("generating"),
    LogEvent.PICTURE_DOWNLOADED: _took(
        "downloading", Rule(DOWNLOADED_BYTES, value=FromFact("bytes"))
    ),
    LogEvent.PICTURE_SPOILED: (Rule(SPOILED, (FromFact("code"),)),),
    LogEvent.PICTURE_RENDERED: _took("rendering"),
    LogEvent.ASSET_STORED: _took("storing", Rule(STORED_BYTES, value=FromFact("bytes"))),
    LogEvent.JOB_SETTLED: (
        Rule(REQUESTS, (FromFact("outcome"), FromFact("code"))),
        Rule(REQUEST_SECONDS, (FromFact("outcome"),), FromFact("seconds")),
    ),
    LogEvent.JOB_CHARGED: (Rule(COST, (FromFact("provider"),), FromFact("cost")),),
    LogEvent.JOB_LOST: (Rule(LOST),),
    LogEvent.JOB_RELEASED: (Rule(RELEASED),),
    LogEvent.JOB_CRASHED: (Rule(CRASHED),),
    LogEvent.INTAKE_OPENED: (Rule(REDIS_UP, value=1.0),),
    LogEvent.INTAKE_INTERRUPTED: (Rule(GAPS), Rule(GAP_SECONDS, value=FromFact("seconds"))),
    LogEvent.REQUESTS_MISSED: (Rule(MISSED, value=FromFact("count")),),
    LogEvent.INTAKE_DEAFENED: (Rule(DEAFENED),),
    LogEvent.INTAKE_PAUSED: (Rule(PAUSED, value=1.0),),
    LogEvent.INTAKE_RESUMED: (Rule(PAUSED, value=0.0),),
    LogEvent.REDIS_LOST: (Rule(REDIS_LOSSES), Rule(REDIS_UP, value=0.0)),
    LogEvent.REDIS_RECOVERED: (Rule(REDIS_UP, value=1.0),),
    LogEvent.CIRCUIT_OPENED: (Rule(CIRCUIT_OPEN, (FromFact("provider"),)),),
    LogEvent.CIRCUIT_CLOSED: (Rule(CIRCUIT_OPEN, (FromFact("provider"),), 0.0),),
    LogEvent.LOOP_CRASHED: (Rule(LOOP_CRASHES),),
    LogEvent.LOG_FILE_FAILED: (Rule(LOG_ERRORS),),
    LogEvent.WEBHOOK_DELIVERED: (Rule(CALLBACKS, ("delivered",)),),
    LogEvent.WEBHOOK_DELAYED: (Rule(CALLBACKS, ("delayed",)),),
    LogEvent.WEBHOOK_ABANDONED: (Rule(CALLBACKS, ("abandoned",)),),
    LogEvent.WEBHOOK_CRASHED: (Rule(LOOP_CRASHES),),
    LogEvent.WEBHOOK_DISABLED: (Rule(CALLBACKS_DISABLED, value=1.0),),
}
"""Events without a row are for the log only."""
