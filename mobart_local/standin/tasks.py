"""A task at the provider, and how far it is at a given time."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from mobart_local.standin.script import Script
from mobart_local.standin.task_states import ENDINGS, WORDINGS, Ending
from mobart_local.standin.urls import addresses

FINAL = frozenset({"finished", "failed"})
PENDING_SHARE = 0.1
"""Part of the generation time that goes by before a free account is found."""
GRID_ACTIONS = [
    "reroll",
    *(f"{action}{index}" for action in ("upscale", "variation") for index in range(1, 5)),
]
UPSCALED_ACTIONS = ["upscale_subtle", "upscale_creative", "high_variation", "low_variation"]
QUOTA = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task that was accepted, and so paid for.  *created_at* is in Unix seconds."""

    task_id: str
    kind: str
    prompt: str
    created_at: float
    script: Script
    provider: str = "midjourney"
    origin_task_id: str = ""
    index: str = ""
    aspect_ratio: str = ""
    process_mode: str = ""
    webhook_endpoint: str = ""
    webhook_secret: str = ""
    notify_progress: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What else the dialect has to remember, fit for JSON."""

    @property
    def ending(self) -> Ending:
        """What becomes of it."""
        return ENDINGS[self.script.ending]

    @property
    def started_at(self) -> float:
        """When staging is over."""
        return self.created_at + self.script.staged_seconds

    @property
    def ended_at(self) -> float:
        """When it is final; infinity when it never is."""
        final = self.ending.status in FINAL
        return self.started_at + self.script.seconds if final else math.inf

    def told(self) -> dict[str, Any]:
        """Write the task as JSON."""
        return {**asdict(self), "script": self.script.told()}

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Self:
        """Read what `told` wrote."""
        return cls(**{**values, "script": Script.parse(values["script"])})


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a task is; *step* counts the percentages it has shown."""

    status: str
    step: int


def moment(task: Task, now: float) -> Moment:
    """Tell how far the task is: staged, pending, processing step by step, then its ending."""
    steps = len(WORDINGS[task.script.wording].progress)
    running = now - task.started_at
    if running < 0:
        return Moment("staged", 0)
    if now >= task.started_at + task.script.seconds:
        return Moment(task.ending.status, steps - 1)
    share = running / task.script.seconds
    if share < PENDING_SHARE:
        return Moment("pending", 0)
    step = int((share - PENDING_SHARE) / (1 - PENDING_SHARE) * steps)
    return Moment("processing", min(step, steps - 1))


def describe(task: Task, *, now: float, origin: str) -> dict[str, Any]:
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
