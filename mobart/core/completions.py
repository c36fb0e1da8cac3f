"""The JSON messages that go out: outcomes, refusals and progress.

They hold the contract's fields, to which fields are only ever added, so that old readers keep
working.
"""

import json
import math
import re
from datetime import UTC, datetime

from mobart.core.domain import Asset, Completed, Failed, GenerationRequest, Job, Outcome, Refusal
from mobart.core.errors import ADVICE, Code
from mobart.core.json_text import dump

HINT_CHARS = 500
"""Longest `detail`."""
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*)?://\S*", re.IGNORECASE)
"""No hint is meant to hold one; should one do so, it goes no further."""


def encode_outcome(job: Job, outcome: Outcome, *, at: datetime) -> bytes:
    """Write the completion message of *job*: one JSON object, not empty, without a `duplicate`."""
    head: dict[str, object] = {"request_id": job.request.request_id, "user_id": job.request.user_id}
    body = _completed(outcome) if isinstance(outcome, Completed) else _failed(outcome)
    tail: dict[str, object] = {"timestamp": timestamp(at)}
    if job.made_from:
        tail["made_from"] = job.made_from
    if job.correction:
        tail["correction"] = True
    if job.request.traceparent:
        tail["traceparent"] = job.request.traceparent
    return dump(head | body | tail)


def encode_refusal(refusal: Refusal, *, at: datetime) -> bytes:
    """Write the failed message of something that was never accepted."""
    head: dict[str, object] = {"request_id": refusal.request_id, "user_id": refusal.user_id}
    return dump(head | _failed(refusal.outcome) | {"timestamp": timestamp(at)})


def is_cancelled(completion: str | bytes) -> bool:
    """Whether a stored completion says that the backend cancelled the job."""
    message = json.loads(completion)
    return isinstance(message, dict) and message.get("error_code") == Code.CANCELLED


def encode_progress(request: GenerationRequest, stage: str, progress: int) -> bytes:
    """Write one message of the progress channel; *progress* is 0 to 100."""
    return dump(
        {
            "request_id": request.request_id,
            "user_id": request.user_id,
            "status": "processing",
            "stage": stage,
            "progress": progress,
        }
    )


def timestamp(at: datetime) -> str:
    """Format *at* (aware) as RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _completed(outcome: Completed) -> dict[str, object]:
    more: dict[str, object] = {
        "raw_key": outcome.raw_key,
        "variants": [_stored(variant) for variant in outcome.variants],
        "art": dict(outcome.art),
    }
    told: dict[str, object] = {} if outcome.cost is None else {"cost": _usd(outcome.cost)}
    return {
        "status": "completed",
        "generation_time_seconds": round(outcome.seconds, 3),
        "preset": outcome.preset,
        "provider": outcome.provider,
        **_stored(outcome.asset),
        **told,
        **{name: value for name, value in more.items() if value},
    }


def _usd(cost: float) -> float:
    """Round an amount to millionths, as it is counted."""
    return round(float(cost), 6)


def _stored(asset: Asset) -> dict[str, object]:
    return {
        "s3_key": asset.key,
        "s3_url": asset.url,
        "width": asset.width,
        "height": asset.height,
        "bytes": asset.bytes,
        "sha256": asset.sha256,
        **({"sidecar_key": asset.sidecar_key} if asset.sidecar_key else {}),
    }


def _failed(outcome: Failed) -> dict[str, object]:
    advice = ADVICE[outcome.code]
    after = advice.retry_after
    if after is not None and outcome.retry_after is not None:
        after = outcome.retry_after
    hint = _ADDRESS.sub("<address>", outcome.hint)[:HINT_CHARS]
    return {
        "status": "failed",
        "error": outcome.sentence,
        "error_code": str(outcome.code),
        "retryable": advice.retryable,
        "retry_after": None if after is None else math.ceil(after),
        "who": str(advice.who),
        "paid": outcome.paid,
        **({"cost": _usd(outcome.cost)} if outcome.cost else {}),
        **({"detail": hint} if hint else {}),
    }
