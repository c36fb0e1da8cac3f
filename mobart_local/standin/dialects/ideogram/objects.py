"""How Ideogram writes a generation, its pictures, and the call about them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mobart_local.standin.dialects.hosted import pictures
from mobart_local.standin.dialects.ideogram.answers import REASONS, WITHHELD
from mobart_local.standin.dialects.signing import signed
from mobart_local.standin.task_states import WORDINGS
from mobart_local.standin.tasks import Task, moment
from mobart_local.standin.webhook_messages import WebhookMessage

STATUSES: Mapping[str, str] = {
    "staged": "pending",
    "pending": "pending",
    "processing": "pending",
    "finished": "completed",
    "failed": "failed",
}
COST_MICROS = 60_000
"""Of a picture, in millionths of a USD."""
ACCEPTED = frozenset(range(200, 300))


def ticket(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write the answer to a submit."""
    del now, origin
    return {"generation_id": task.task_id, "seed": 4711}


def generation(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write the state of a generation: its pictures, or why there are none."""
    status = moment(task, now).status
    message = {"generation_id": task.task_id, "created": _instant(task.created_at)}
    if status == "failed" and task.script.ending not in WITHHELD:
        said = task.script.error_messages or task.ending.error_messages
        reason = REASONS.get(task.script.ending, "; ".join(said))
        return {**message, "status": "failed", "failure_reason": reason}
    word = "completed" if status == "failed" else STATUSES[status]
    if word != "completed":
        return {**message, "status": _worded(task, status, word)}
    message |= {"status": _worded(task, status, word), "response_type": "url"}
    return {**message, "data": images(task, origin), "usage_cost_usd_micros": COST_MICROS}


def images(task: Task, origin: str) -> list[dict[str, Any]]:
    """Write the pictures of a generation that is over; one that is unsafe has no address."""
    size = f"{task.script.side}x{task.script.side}"
    common = {"prompt": task.prompt, "resolution": size, "seed": 4711, "object_type": "image"}
    if task.script.ending in WITHHELD:
        return [{**common, "url": None, "is_image_safe": False}]
    return [{**common, "url": url, "is_image_safe": True} for url in pictures(task, origin)]


def webhook(task: Task, now: float, origin: str) -> WebhookMessage:
    """Write the call at the end, signed with the stand-in's own key."""
    message = {"generation_id": task.task_id, "created": _instant(task.created_at)}
    text = json.dumps({**message, "data": images(task, origin)}).encode()
    names = {"prefix": "X-Ideogram-Webhook", "id_name": "Generation-Id"}
    signature = signed(text, task.task_id, int(now), **names)
    headers = {"Content-Type": "application/json", "X-Ideogram-Webhook-Key-Id": "stand-in"}
    return WebhookMessage(body=text, headers=headers | signature, accepted=ACCEPTED)


def _worded(task: Task, status: str, word: str) -> str:
    if task.script.wording == "capitalised":
        return word.capitalize()
    early = status in {"pending", "processing"}
    return WORDINGS[task.script.wording].statuses.get(status, word) if early else word


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
