"""How Replicate writes a prediction."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mobart_local.standin.dialects.hosted import pictures
from mobart_local.standin.dialects.replicate.answers import ENDINGS
from mobart_local.standin.task_states import WORDINGS
from mobart_local.standin.tasks import FINAL, Moment, Task, moment

KEPT = 3600.0
"""Seconds after its end for which a prediction has input and output."""
STATUSES: Mapping[str, str] = {
    "staged": "starting",
    "pending": "starting",
    "processing": "processing",
    "finished": "succeeded",
    "failed": "failed",
}
EARLY = ("pending", "processing")


def prediction(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write it as it is *now*; `urls` lead to the script's location, where it has one."""
    current = moment(task, now)
    removed = now > task.ended_at + KEPT
    own, started = task.extra, current.status not in {"staged", "pending"}
    place = f"{task.script.location or origin}/replicate/v1/predictions/{task.task_id}"
    return {
        "id": task.task_id,
        "model": own.get("model", ""),
        "version": own.get("version") or "hidden",
        "status": _status(task, current),
        "input": {} if removed else dict(own.get("input", {})),
        "output": None if removed else _output(task, current, origin),
        "error": _error(task, current),
        "logs": _logs(task, current) if started else "",
        "metrics": {"predict_time": task.script.seconds} if current.status == "finished" else {},
        "created_at": _instant(task.created_at),
        "started_at": _instant(task.started_at) if started else None,
        "completed_at": _instant(task.ended_at) if current.status in FINAL else None,
        "data_removed": removed,
        "source": "api",
        "urls": {"get": place, "cancel": f"{place}/cancel", "web": place},
        **({"webhook": task.webhook_endpoint} if task.webhook_endpoint else {}),
    }


def _status(task: Task, current: Moment) -> str:
    if current.status == "failed" and task.extra.get("called_off"):
        return "canceled"
    if current.status == "failed" and task.script.ending == "job-timeout":
        return "aborted"
    usual = STATUSES[current.status]
    if task.script.wording == "capitalised":
        return usual.capitalize()
    if current.status in EARLY:
        return WORDINGS[task.script.wording].statuses.get(current.status, usual)
    return usual


def _output(task: Task, current: Moment, origin: str) -> list[Any] | None:
    """Write the list; a model that gives parts early shows the wording's while it runs."""
    if current.status == "finished":
        return pictures(task, origin) or None
    early = WORDINGS[task.script.wording].running or {}
    return [early["image_url"]] if "image_url" in early and current.status in EARLY else None


def _error(task: Task, current: Moment) -> str | None:
    if current.status != "failed":
        early = WORDINGS[task.script.wording].running or {}
        shown = current.status in EARLY and "error_messages" in early
        return str(early["error_messages"][0]) if shown else None
    if task.script.error_messages:
        return "; ".join(task.script.error_messages)
    return ENDINGS.get(task.script.ending, "; ".join(task.ending.error_messages))


def _logs(task: Task, current: Moment) -> str:
    """Write a progress bar, step below step."""
    shown = WORDINGS[task.script.wording].progress[: current.step + 1]
    return "".join(f"{str(value).rstrip('%'):>3}%|###   | 1/2 [00:01]\n" for value in shown)


def _instant(at: float) -> str | None:
    if math.isinf(at):
        return None
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def model(owner: str, name: str) -> dict[str, Any]:
    """Write the description of a model."""
    return {
        "url": f"https://replicate.com/{owner}/{name}",
        "owner": owner,
        "name": name,
        "description": "Generates pictures",
        "visibility": "public",
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "run_count": 4711,
        "cover_image_url": None,
        "default_example": None,
        "latest_version": model_version("0" * 64),
    }


def model_version(identifier: str) -> dict[str, Any]:
    """Write the description of one version of a model."""
    return {
        "id": identifier,
        "created_at": "2025-01-01T00:00:00.000000Z",
        "cog_version": "0.16.0",
        "openapi_schema": {"openapi": "3.0.2", "info": {}, "paths": {}, "components": {}},
    }
