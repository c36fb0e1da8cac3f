"""How fal writes the status of a request, its result, and the call about it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from mobart_local.standin.dialects.fal.answers import CALLED_OFF, FAILURES, Failure, typed
from mobart_local.standin.dialects.hosted import pictures
from mobart_local.standin.dialects.signing import signed
from mobart_local.standin.task_states import WORDINGS
from mobart_local.standin.tasks import FINAL, Task, moment
from mobart_local.standin.webhook_messages import WebhookMessage

STATUSES: Mapping[str, str] = {
    "staged": "IN_QUEUE",
    "pending": "IN_QUEUE",
    "processing": "IN_PROGRESS",
    "finished": "COMPLETED",
    "failed": "COMPLETED",
}
PATH = "/fal"
ATTEMPTS = 10
ACCEPTED = frozenset(range(200, 300))


def failure_of(task: Task) -> Failure | None:
    """Return how the task ends badly, if it does."""
    if task.extra.get("called_off"):
        return CALLED_OFF
    if task.ending.status != "failed" or task.script.ending == "filtered":
        return None
    if task.script.error_messages:
        return Failure("", "; ".join(task.script.error_messages))
    reasons = "; ".join(task.ending.error_messages)
    return FAILURES.get(task.script.ending, Failure("", reasons))


def place_of(task: Task, origin: str) -> str:
    """Return the address of a request, at the script's location where it has one."""
    app = task.extra["app"]
    return f"{task.script.location or origin}{PATH}/{app}/requests/{task.task_id}"


def ticket(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write the answer to a submit."""
    del now
    place = place_of(task, origin)
    return {
        "status": "IN_QUEUE",
        "request_id": task.task_id,
        "response_url": place,
        "status_url": f"{place}/status",
        "cancel_url": f"{place}/cancel",
        "queue_position": 0,
    }


def listed(task: Task, origin: str, *, payloads: bool) -> dict[str, Any]:
    """Write a request as the platform API lists it; inputs and outputs only if asked for."""
    code, output, _ = result(task, origin)
    more = {"json_input": task.extra["input"], "json_output": output} if payloads else {}
    return {
        "request_id": task.task_id,
        "endpoint_id": task.extra["model"],
        "started_at": _instant(task.started_at),
        "sent_at": _instant(task.created_at),
        "ended_at": _instant(task.ended_at),
        "status_code": code,
        "duration": task.script.seconds,
        **more,
    }


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def status(task: Task, now: float, place: str) -> tuple[int, dict[str, Any]]:
    """Write the status with its HTTP status; *place* is the request's address."""
    current = moment(task, now)
    word = STATUSES[current.status]
    message: dict[str, Any] = {
        "status": _worded(task, current.status, word),
        "request_id": task.task_id,
        "response_url": place,
    }
    if word != "COMPLETED":
        more: dict[str, Any] = {"queue_position": 0} if word == "IN_QUEUE" else {"logs": []}
        return 202, message | more
    message |= {"logs": [], "metrics": {"inference_time": task.script.seconds}}
    failure = failure_of(task)
    if failure is not None and failure.result is None:
        message["error"] = failure.message
        message |= {"error_type": failure.kind} if failure.kind else {}
    return 200, message


def result(task: Task, origin: str) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Write the result: HTTP status, body and headers."""
    failure = failure_of(task)
    if failure is None:
        return 200, _output(task, origin), {}
    body = json.loads(typed(failure.kind or "unknown", failure.message, prompt=task.prompt))
    headers = {"X-Fal-Error-Type": failure.kind or "unknown", "X-Fal-Request-Id": task.task_id}
    return failure.result or 500, body, headers


def webhook(task: Task, now: float, origin: str) -> WebhookMessage:
    """Write the call at the end, signed with the stand-in's own key."""
    ended = moment(task, now).status in FINAL
    code, payload, _ = result(task, origin) if ended else (200, {}, {})
    message: dict[str, Any] = {
        "request_id": task.task_id,
        "gateway_request_id": task.task_id,
        "status": "OK" if code == HTTPStatus.OK else "ERROR",
        "payload": payload,
    }
    if code != HTTPStatus.OK:
        message["error"] = f"Invalid status code: {code}"
    text = json.dumps(message).encode()
    names = {"prefix": "X-Fal-Webhook", "id_name": "Request-Id"}
    signature = signed(text, task.task_id, int(now), **names)
    headers = {"Content-Type": "application/json", **signature}
    return WebhookMessage(body=text, headers=headers, accepted=ACCEPTED, attempts=ATTEMPTS)


def _worded(task: Task, status: str, word: str) -> str:
    if task.script.wording == "capitalised":
        return word.capitalize()
    early = status in {"pending", "processing"}
    return WORDINGS[task.script.wording].statuses.get(status, word) if early else word


def _output(task: Task, origin: str) -> dict[str, Any]:
    side = task.script.side
    images = [
        {"url": url, "width": side, "height": side, "content_type": "image/png"}
        for url in pictures(task, origin)
    ]
    filtered = task.script.ending == "filtered"
    return {
        "images": images,
        "seed": 4711,
        "has_nsfw_concepts": [filtered for _ in images],
        "prompt": task.prompt,
    }
