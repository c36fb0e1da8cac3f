"""The JSON messages, in and out; nothing else knows their shape.

In: one object with the strings `request_id`, `user_id`, `prompt`, optionally `preset`, `options`,
`traceparent`.  Unknown fields are ignored.  Out: the contract's fields, to which fields are only
ever added, so that old readers keep working.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import from_json

from mobart.core.domain import Completed, Failed, GenerationRequest, Job, Outcome
from mobart.core.errors import RETRYABLE, Code

ID_PATTERN = r"\A[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}\Z"
ADDRESSABLE_CHARS = 1024
"""Longest id, however malformed, that a refusal is still addressed to."""

_Id = Annotated[str, StringConstraints(pattern=re.compile(ID_PATTERN))]
_Given = Annotated[str | None, AfterValidator(lambda value: value or None)]
"""Many a program writes an empty string for what it does not have."""


def _writable(options: dict[str, Any]) -> dict[str, Any]:
    """Refuse what could be read but not written again: 1e400 is read as infinity."""
    _dump(options)
    return options


_Options = Annotated[dict[str, Any], AfterValidator(_writable)]


class _RequestMessage(BaseModel):
    """The request as it must be; strict, so that 1 and "1" are not the same id."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    request_id: _Id
    user_id: _Id
    prompt: str
    preset: _Given = None
    options: _Options = Field(default_factory=dict)
    traceparent: _Given = None


Reason = Literal["size", "json", "shape", "fields", "prompt", "preset", "words"]
"""What is wrong with a message, for the log and as a label of the metrics."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that is not accepted, and whom to tell; `request_id` is None if nobody."""

    request_id: str | None
    user_id: str
    code: Code
    sentence: str
    reason: Reason


def parse_request(
    payload: bytes,
    *,
    max_bytes: int,
    max_prompt_chars: int,
) -> GenerationRequest | Refusal:
    """Read a request message; anything that is not one comes back as a `Refusal`.

    The size is looked at before anything is parsed: parsing 100 MB would stop the event loop for
    seconds.  What is read is read again by whoever takes the job up, so it has to fit as it will be
    written, too: 1e15 becomes 1000000000000000.0.
    """
    too_large = f"The message is larger than {max_bytes} bytes."
    if len(payload) > max_bytes:
        return _refusal(_glimpse(payload), Code.PAYLOAD_TOO_LARGE, too_large, "size")
    try:
        raw = from_json(payload, allow_inf_nan=False)
    except ValueError:
        return _refusal({}, Code.INVALID_MESSAGE, "The message is not JSON.", "json")
    if not isinstance(raw, dict):
        return _refusal({}, Code.INVALID_MESSAGE, "The message is not a JSON object.", "shape")
    request = _read_fields(raw, max_prompt_chars=max_prompt_chars)
    if isinstance(request, GenerationRequest) and len(encode_request(request)) > max_bytes:
        return refuse(request, Code.PAYLOAD_TOO_LARGE, too_large, "size")
    return request


def _read_fields(raw: dict[str, Any], *, max_prompt_chars: int) -> GenerationRequest | Refusal:
    try:
        message = _RequestMessage.model_validate(raw)
    except ValidationError as error:
        return _refusal(raw, Code.INVALID_MESSAGE, _complaint(error), "fields")
    if not message.prompt.strip():
        return _refusal(raw, Code.INVALID_MESSAGE, "The prompt is empty.", "fields")
    if len(message.prompt) > max_prompt_chars:
        sentence = f"The prompt is longer than {max_prompt_chars} characters."
        return _refusal(raw, Code.PROMPT_REJECTED, sentence, "prompt")
    return GenerationRequest(**message.model_dump())


def is_id(value: str) -> bool:
    """Whether *value* can be the id of a request or a user."""
    return re.match(ID_PATTERN, value) is not None


def refuse(request: GenerationRequest, code: Code, sentence: str, reason: Reason) -> Refusal:
    """Turn a well-formed request away."""
    return Refusal(request.request_id, request.user_id, code, sentence, reason)


def parse_cancellation(payload: bytes, *, max_bytes: int) -> str | None:
    """Return the `request_id` to cancel, or None if the message names none."""
    if len(payload) > max_bytes:
        return None
    try:
        raw = from_json(payload, allow_inf_nan=False)
    except ValueError:
        return None
    request_id = raw.get("request_id") if isinstance(raw, dict) else None
    return request_id if isinstance(request_id, str) and is_id(request_id) else None


def fingerprint(request: GenerationRequest) -> str:
    """Digest of what was asked for: a repeat has the same one, a clash of ids another."""
    asked = [request.user_id, request.prompt, request.preset, request.options]
    return hashlib.sha256(_dump(asked, sort_keys=True)).hexdigest()


def encode_request(request: GenerationRequest) -> bytes:
    """Write *request* as `parse_request` reads it."""
    message: dict[str, object] = {
        "request_id": request.request_id,
        "user_id": request.user_id,
        "prompt": request.prompt,
    }
    optional = {
        "preset": request.preset,
        "options": request.options,
        "traceparent": request.traceparent,
    }
    return _dump(message | {name: value for name, value in optional.items() if value})


def decode_request(payload: bytes) -> GenerationRequest:
    """Read what `encode_request` wrote."""
    return GenerationRequest(**_RequestMessage.model_validate_json(payload).model_dump())


def encode_outcome(job: Job, outcome: Outcome, *, at: datetime) -> bytes:
    """Write the completion message of *job*: one JSON object, not empty, without a `duplicate`."""
    head: dict[str, object] = {
        "request_id": job.request.request_id,
        "user_id": job.request.user_id,
    }
    body = _completed(outcome) if isinstance(outcome, Completed) else _failed(outcome)
    tail: dict[str, object] = {"timestamp": timestamp(at)}
    if job.correction:
        tail["correction"] = True
    if job.request.traceparent:
        tail["traceparent"] = job.request.traceparent
    return _dump(head | body | tail)


def encode_refusal(refusal: Refusal, *, at: datetime) -> bytes:
    """Write the failed message of something that was never accepted."""
    outcome = Failed(refusal.code, refusal.sentence, paid=False)
    head: dict[str, object] = {"request_id": refusal.request_id, "user_id": refusal.user_id}
    return _dump(head | _failed(outcome) | {"timestamp": timestamp(at)})


def encode_progress(request: GenerationRequest, stage: str, progress: int) -> bytes:
    """Write one message of the progress channel; *progress* is 0 to 100."""
    return _dump(
        {
            "request_id": request.request_id,
            "user_id": request.user_id,
            "status": "processing",
            "stage": stage,
            "progress": progress,
        },
    )


def timestamp(at: datetime) -> str:
    """Format *at* (aware) as RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _completed(outcome: Completed) -> dict[str, object]:
    asset = outcome.asset
    sidecar = {"sidecar_key": asset.sidecar_key} if asset.sidecar_key else {}
    return {
        "status": "completed",
        "s3_key": asset.key,
        "s3_url": asset.url,
        "generation_time_seconds": round(outcome.seconds, 3),
        "width": asset.width,
        "height": asset.height,
        "bytes": asset.bytes,
        "sha256": asset.sha256,
        "preset": outcome.preset,
        "provider": outcome.provider,
        **sidecar,
    }


def _failed(outcome: Failed) -> dict[str, object]:
    return {
        "status": "failed",
        "error": outcome.sentence,
        "error_code": str(outcome.code),
        "retryable": outcome.code in RETRYABLE,
        "paid": outcome.paid,
    }


def _refusal(raw: Mapping[str, Any], code: Code, sentence: str, reason: Reason) -> Refusal:
    request_id, user_id = (_address(raw.get(name)) for name in ("request_id", "user_id"))
    return Refusal(request_id or None, user_id, code, sentence, reason)


def _address(value: object) -> str:
    """Return an id as it came, if anybody can be addressed by it."""
    return value if isinstance(value, str) and len(value) <= ADDRESSABLE_CHARS else ""


_GLIMPSE = re.compile(rb'"(request_id|user_id)"\s*:\s*"([A-Za-z0-9][A-Za-z0-9._:@-]{0,127})"')
_GLIMPSE_BYTES = 4096


def _glimpse(payload: bytes) -> dict[str, str]:
    """Find the ids in the first and last few kilobytes of a message too large to parse."""
    ends = payload[:_GLIMPSE_BYTES] + b"\n" + payload[-_GLIMPSE_BYTES:]
    found: dict[str, str] = {}
    for name, value in _GLIMPSE.findall(ends):
        found.setdefault(name.decode(), value.decode())
    return found


def _complaint(error: ValidationError) -> str:
    """Name the wrong fields without repeating what was in them."""
    names = sorted({str(problem["loc"][0]) for problem in error.errors(include_input=False)})
    return f"Missing or malformed: {', '.join(names)}."


def _dump(value: object, *, sort_keys: bool = False) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=sort_keys
    ).encode()
