"""Which events become spans, and what is told of them: no prompt, no address, no user, no secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.trace import SpanKind

from mobart.core.events import LogEvent


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A step that an event ends; *timed*: it took the event's `seconds`, else it is a moment."""

    name: str
    kind: SpanKind
    timed: bool = True


BEGINNINGS = frozenset({LogEvent.REQUEST_ACCEPTED, LogEvent.REQUEST_DERIVED})
"""A request is taken in: `accept`, the root of a trace that was begun here."""
CLAIMS = frozenset({LogEvent.JOB_CLAIMED, LogEvent.JOB_RESCUED})
"""A worker has the job: `process` begins, within which all steps are."""
ENDS = frozenset(
    {
        LogEvent.JOB_SETTLED,
        LogEvent.JOB_RELEASED,
        LogEvent.JOB_LOST,
        LogEvent.JOB_CANCELLED,
        LogEvent.JOB_CRASHED,
    }
)
"""It has it no more: `process` ends."""
_WEBHOOK = SpanRow("webhook", SpanKind.CLIENT)
STEPS: Mapping[LogEvent, SpanRow] = {
    LogEvent.JOB_PAID: SpanRow("submit", SpanKind.CLIENT),
    LogEvent.PICTURE_GENERATED: SpanRow("generate", SpanKind.CLIENT),
    LogEvent.PICTURE_DOWNLOADED: SpanRow("download", SpanKind.CLIENT),
    LogEvent.PICTURE_RENDERED: SpanRow("render", SpanKind.INTERNAL),
    LogEvent.ASSET_STORED: SpanRow("store", SpanKind.CLIENT),
    LogEvent.JOB_SETTLED: SpanRow("announce", SpanKind.PRODUCER, timed=False),
    LogEvent.WEBHOOK_DELIVERED: _WEBHOOK,
    LogEvent.WEBHOOK_DELAYED: _WEBHOOK,
    LogEvent.WEBHOOK_ABANDONED: _WEBHOOK,
    LogEvent.WEBHOOK_DISABLED: _WEBHOOK,
}
TOLD = (
    *("stage", "epoch", "provider", "ticket", "code", "outcome", "paid", "cost", "made_from"),
    *("polls", "progress", "bytes", "size", "native", "cell", "confidence"),
    *("attempt", "wait_seconds", "status", "transport"),
)
"""Facts that become attributes."""
FAILED = frozenset(
    {
        LogEvent.JOB_CRASHED,
        LogEvent.WEBHOOK_DELAYED,
        LogEvent.WEBHOOK_ABANDONED,
        LogEvent.WEBHOOK_DISABLED,
    }
)


def attributes_of(facts: Mapping[str, Any], request_id: str) -> dict[str, str | int | float]:
    """Return what a span tells."""
    told = {name: facts[name] for name in TOLD if facts.get(name) is not None}
    if "paid" in told:  # true, false or unknown
        told["paid"] = str(told["paid"]).lower()
    return {"mobart.request_id": request_id} | {
        f"mobart.{name}": fact for name, fact in told.items() if fact != ""
    }


def has_failed(event: LogEvent, facts: Mapping[str, Any]) -> bool:
    """Whether a span that ends with *event* ended badly."""
    return event in FAILED or facts.get("outcome") == "failed"
