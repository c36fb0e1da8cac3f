"""How GoAPI writes a task, in answers to polls and in webhooks."""

from datetime import UTC, datetime
from typing import Any

from mobart_local.standin.task_states import WORDINGS
from mobart_local.standin.tasks import FINAL, GRID_ACTIONS, Moment, Task, moment
from mobart_local.standin.urls import addresses

UPSCALED_ACTIONS = ["upscale_subtle", "upscale_creative", "high_variation", "low_variation"]
QUOTA = 3


def task_object(task: Task, *, now: float, origin: str) -> dict[str, Any]:
    """Write the task object of `/fetch` and of webhooks, as the task is *now*.

    *origin* is the scheme, host and port under which the pictures are found.
    """
    current = moment(task, now)
    wording = WORDINGS[task.script.wording]
    ended = current.status in FINAL
    return {
        "task_id": task.task_id,
        "status": wording.statuses.get(current.status, current.status),
        "process_time": round(task.ended_at - task.started_at) if ended else 0,
        "retry_count": 0,
        "meta": _meta(task, current, ended=ended),
        "task_result": _result(task, current, origin),
    }


def _meta(task: Task, current: Moment, *, ended: bool) -> dict[str, Any]:
    started = current.status not in {"staged", "pending"}
    return {
        "account_id": "a1" if started else "",
        "task_type": task.kind,
        "origin_task_id": task.origin_task_id,
        "bot_hash": "",
        "bot_id": 0,
        "model_version": "v6.1",
        "process_mode": task.process_mode or "fast",
        "quota_frozen": 0 if ended else QUOTA,
        "frozen_credit": 0,
        **_instant("created_at", task.created_at),
        **_instant("started_at", task.started_at if started else None),
        **_instant("ended_at", task.ended_at if ended else None),
        "task_request": {"task_id": task.task_id},
        "task_param": {
            "prompt": task.prompt,
            "index": task.index,
            "zoom_ratio": "",
            "aspect_ratio": task.aspect_ratio,
            "direction": "",
        },
    }


def _instant(name: str, at: float | None) -> dict[str, Any]:
    """Write a time twice, as Unix seconds and as text; what has not happened is zero."""
    if at is None:
        return {name: 0, f"{name}_utc": "0001-01-01T00:00:00Z"}
    text = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {name: int(at), f"{name}_utc": text}


def _result(task: Task, current: Moment, origin: str) -> dict[str, Any] | None:
    """Write `task_result`, with the wording's overlay."""
    wording = WORDINGS[task.script.wording]
    blank = {
        "discord_image_url": "",
        "image_url": "",
        "image_urls": [],
        "permanent_url": "",
        "task_progress": wording.progress[current.step] if current.status == "processing" else 0,
        "intermediate_image_urls": [],
        "image_id": "",
        "seed": "",
        "result_message_id": "",
        "quota_used": 0,
        "credit": 0,
        "message": "",
        "warning": "",
        "error_messages": [],
        "need_retry": False,
        "actions": [],
    }
    if current.status == "finished":
        overlay, changes = wording.finished, _finished(task, origin)
    elif current.status == "failed":
        messages = task.script.error_messages or task.ending.error_messages
        overlay, changes = {}, {"error_messages": list(messages)}
    else:
        overlay, changes = wording.running, {}
    return None if overlay is None else {**blank, **changes, **overlay}


def _finished(task: Task, origin: str) -> dict[str, Any]:
    return {
        "task_progress": 100,
        "image_id": task.task_id,
        "result_message_id": str(int(task.created_at * 1_000_000)),
        "quota_used": QUOTA,
        "actions": UPSCALED_ACTIONS if task.kind == "upscale" else GRID_ACTIONS,
        **addresses(task.script.addresses, origin=origin, task_id=task.task_id),
    }
