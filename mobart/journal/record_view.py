"""Reading the record of one request, as it is shown."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from mobart.core import wire
from mobart.core.domain import GenerationRequest, Stage
from mobart.core.views import RequestView

FIELDS = (
    *("request", "stage", "provider", "ticket", "completion", "in_doubt", "resolved", "cancelled"),
    "made_from",
    *("accepted_at", "claimed_at", "paying_at", "paid_at", "settled_at"),
)
"""Fields of a record that are shown."""
_TIMES = tuple(name for name in FIELDS if name.endswith("_at"))
_STAGES = frozenset(Stage)

BYTES = 2**24
"""Largest entry of the stream that is shown, far above what any setting allows."""


def view_of(values: Sequence[bytes | None]) -> RequestView | None:
    """Read the values of `FIELDS`; None if this is no record that this version understands."""
    told = {name: value.decode() for name, value in zip(FIELDS, values, strict=True) if value}
    if told.get("stage") not in _STAGES:
        return None
    return RequestView(
        wire.decode_request(told["request"].encode()),
        Stage(told["stage"]),
        provider=told.get("provider", ""),
        ticket=told.get("ticket", ""),
        **{name: _seconds(told.get(name)) for name in _TIMES},
        completion=completion_of(told.get("completion", "")),
        in_doubt=told["stage"] == Stage.SETTLED and "in_doubt" in told and "resolved" not in told,
        made_from=told.get("made_from", ""),
        cancelled="cancelled" in told,
        taken_in=True,
    )


def refusal_view(message: bytes) -> RequestView:
    """Show a message that was refused: all there is of it is what was answered."""
    told = completion_of(message.decode())
    request = GenerationRequest(str(told.get("request_id")), str(told.get("user_id") or ""), "")
    with suppress(ValueError):
        at = datetime.fromisoformat(str(told.get("timestamp"))).timestamp()
        return RequestView(request, Stage.SETTLED, settled_at=at, completion=told)
    return RequestView(request, Stage.SETTLED, completion=told)


def unread_view(payload: bytes, *, at: float) -> RequestView | None:
    """Show a request that lies in the stream since *at*; None if it is not well formed."""
    with suppress(wire.InvalidRequest):
        request = wire.parse_request(payload, max_bytes=BYTES, max_prompt_chars=BYTES)
        return RequestView(request, Stage.ACCEPTED, accepted_at=at, taken_in=False)
    return None


def completion_of(text: str) -> Mapping[str, Any]:
    """Read a completion; {} if there is none."""
    with suppress(ValueError, RecursionError):
        told = json.loads(text)
        return told if isinstance(told, dict) else {}
    return {}


def _seconds(milliseconds: str | None) -> float | None:
    return None if milliseconds is None else float(milliseconds) / 1000
