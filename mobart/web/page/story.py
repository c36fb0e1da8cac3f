"""A request's page: its timeline in words, one line that sums it up, and what stands in its completion."""

from collections.abc import Sequence
from dataclasses import dataclass

from mobart.core.views import Moment, RequestView
from mobart.web.page import words

GOOD = frozenset({"job.paid", "asset.stored", "job.adopted", "webhook.delivered"})
WARN = frozenset({"job.delayed", "job.passed_on", "job.rescued", "job.lost", "picture.spoiled"})
BAD = frozenset(
    {"job.doubted", "job.failed", "job.crashed", "request.refused", "webhook.abandoned"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline."""

    at: float
    text: str
    since: str
    """How long after the first one."""
    kind: str
    """Its class in the style sheet."""


def timeline(view: RequestView, moments: Sequence[Moment]) -> list[Line]:
    """Tell what happened; what was not written down is taken from the record."""
    told = sorted([*moments, *_milestones(view, moments)], key=lambda moment: moment.at)
    first = told[0].at if told else 0.0
    return [
        Line(one.at, words.sentence(one), f"+{one.at - first:.1f} s", _kind(one)) for one in told
    ]


def summary(view: RequestView) -> str:
    """Say in one line where the request stands."""
    told = view.completion
    if view.status == "completed":
        took = words.duration((view.settled_at or 0) - (view.accepted_at or view.settled_at or 0))
        shape = f"{told.get('width')}×{told.get('height')}, {words.size(told.get('bytes'))}"
        return f"{view.provider or told.get('provider')} made it, preset {view.preset}: {shape}, {took} in all."
    if view.status == "in_doubt":
        return (
            f"{view.provider or 'The provider'} was asked, and nobody knows whether it was charged."
        )
    if view.status == "failed":
        paid = {"True": "It was paid.", "False": "Nothing was paid."}.get(view.told("paid"), "")
        return f"{view.told('error')} ({view.told('error_code')}) {paid}"
    if view.status == "waiting":
        return "It waits for a worker." if view.taken_in else words.UNREAD
    return f"A worker has it; stage {view.stage}" + (
        f" at {view.provider}." if view.provider else "."
    )


def facts(view: RequestView) -> list[tuple[str, str]]:
    """List what its completion tells, by name."""
    names = {
        "error": "Error",
        "error_code": "Code",
        "detail": "Detail",
        "retryable": "Retry helps",
        "who": "Who acts",
        "paid": "Paid",
        "cost": "Cost, USD",
        "s3_key": "Key in S3",
        "raw_key": "Raw picture",
        "sha256": "SHA-256",
        "generation_time_seconds": "Seconds",
    }
    told = [
        (name, _plain(view.completion[field])) for field, name in names.items() if view.told(field)
    ]
    art = view.completion.get("art")
    if isinstance(art, dict):
        told += [(f"Art: {name}", _plain(value)) for name, value in art.items() if value]
    return told


def art_number(view: RequestView, name: str) -> int:
    """Return what was found in the picture: `scale`, the pixels of a cell, or `tile`; 0 for nothing."""
    art = view.completion.get("art")
    found = art.get(name) if isinstance(art, dict) else None
    return found if isinstance(found, int) and found > 0 else 0


def _milestones(view: RequestView, moments: Sequence[Moment]) -> list[Moment]:
    """Return what the record knows and the moments do not tell, as after a crash."""
    told = {moment.event for moment in moments}
    known: list[tuple[float | None, str, dict[str, object]]] = [
        (view.accepted_at, "request.accepted", {"transport": "channel or stream"}),
        (view.paid_at, "job.paid", {"provider": view.provider, "ticket": view.ticket}),
        (
            view.settled_at,
            "job.settled",
            {
                "outcome": view.told("status"),
                "seconds": (view.settled_at or 0.0) - (view.claimed_at or view.settled_at or 0.0),
            },
        ),
    ]
    if {"request.cancelled", "request.refused"} & told:
        told.add("job.settled")
    return [Moment(at, event, "", facts) for at, event, facts in known if at and event not in told]


def _kind(moment: Moment) -> str:
    if moment.event == "job.settled":
        return "good" if moment.facts.get("outcome") == "completed" else "bad"
    for kind, events in (("good", GOOD), ("warn", WARN), ("bad", BAD)):
        if moment.event in events:
            return kind
    return ""


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        if all(isinstance(one, int | float) for one in value):
            return " × ".join(_plain(one) for one in value)
        return "; ".join(_plain(one) for one in value)
    if isinstance(value, dict):
        return str(value.get("sentence") or value)
    return str(value)
