"""How PiAPI and LegNext write a task: zero times, null lists, and capitals where a script wants them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from mobart_local.standin.dialects.piapi.answers import ERROR_CODE
from mobart_local.standin.task_states import WORDINGS
from mobart_local.standin.tasks import FINAL, GRID_ACTIONS, Moment, Task, moment
from mobart_local.standin.urls import addresses

Writing = Callable[[Task, float, str], dict[str, Any]]
ZERO_TIME = "0001-01-01T00:00:00Z"
"""What Go writes for a time that has not come."""
POINTS = 700_000
OUTPUT: dict[str, Any] = {
    "image_url": "",
    "image_urls": None,
    "temporary_image_urls": None,
    "discord_image_url": "",
    "actions": None,
    "progress": 0,
    "intermediate_image_urls": None,
}
JOB_OUTPUT: dict[str, Any] = {
    "image_url": "",
    "image_urls": None,
    "seed": "",
    "available_actions": None,
}
"""LegNext's, in which nobody has seen progress."""
NO_ERROR: dict[str, Any] = {"code": 0, "raw_message": "", "message": "", "detail": None}


def piapi_task(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write the `data` of PiAPI's envelope."""
    current = moment(task, now)
    return {
        "task_id": task.task_id,
        "model": "midjourney",
        "task_type": task.kind,
        "status": _status(task, current),
        "config": {
            "service_mode": task.extra.get("service_mode", ""),
            "webhook_config": {"endpoint": task.webhook_endpoint, "secret": task.webhook_secret},
        },
        "input": {
            "prompt": task.prompt,
            "aspect_ratio": task.aspect_ratio or "1:1",
            "process_mode": task.process_mode,
            "skip_prompt_check": False,
            "bot_id": 0,
        },
        "output": _output(task, current, OUTPUT, _finished(task, origin)),
        "meta": _meta(task, current),
        "detail": None,
        "logs": [],
        "error": _error(task, current),
    }


def legnext_job(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write LegNext's job: its output is null until it has ended well, its tiles are there with it."""
    current = moment(task, now)
    changes = _finished(task, origin)
    tiles = addresses("tiles-only", origin=origin, task_id=task.task_id)
    known: dict[str, Any] = {
        name: changes[name] for name in ("image_url", "image_urls") if name in changes
    }
    actions = {"upscale": [0, 1, 2, 3]}
    finished: dict[str, Any] = {**tiles, **known, "seed": "4711", "available_actions": actions}
    ended = current.status == "finished"
    return {
        "job_id": task.task_id,
        "model": "midjourney",
        "task_type": "diffusion",
        "status": _status(task, current),
        "config": {
            "service_mode": "public",
            "webhook_config": {"endpoint": task.webhook_endpoint, "secret": ""},
        },
        "input": {"text": task.prompt},
        "output": _output(task, current, JOB_OUTPUT, finished) if ended else None,
        "meta": _meta(task, current),
        "detail": None,
        "logs": [],
        "error": _error(task, current),
    }


def _status(task: Task, current: Moment) -> str:
    """Return the word: `completed` where others say finished, else as the wording has it."""
    usual = "completed" if current.status == "finished" else current.status
    if task.script.wording == "capitalised":
        return usual.capitalize()
    return WORDINGS[task.script.wording].statuses.get(current.status, usual)


def _output(
    task: Task, current: Moment, blank: dict[str, Any], finished: dict[str, Any]
) -> dict[str, Any] | None:
    """Write `output`: the *blank* one, *finished* or not, with the wording's overlay."""
    wording = WORDINGS[task.script.wording]
    if current.status == "finished":
        return None if wording.finished is None else {**blank, **finished, **wording.finished}
    if current.status == "failed":
        return {**blank}
    if wording.running is None:
        return None
    progress = wording.progress[current.step] if current.status == "processing" else 0
    shown = {"progress": progress} if "progress" in blank else {}
    return {**blank, **shown, **wording.running}


def _finished(task: Task, origin: str) -> dict[str, Any]:
    found = addresses(task.script.addresses, origin=origin, task_id=task.task_id)
    return {"progress": 100, "actions": GRID_ACTIONS, **found}


def _error(task: Task, current: Moment) -> dict[str, Any]:
    said = task.script.error_messages or task.ending.error_messages
    if current.status != "failed" or not said:
        return {**NO_ERROR}
    message, raw = said[0], "; ".join(said)
    return {"code": ERROR_CODE, "raw_message": raw, "message": message, "detail": None}


def _meta(task: Task, current: Moment) -> dict[str, Any]:
    started = current.status not in {"staged", "pending"}
    ended = current.status in FINAL
    consumed = POINTS if current.status == "finished" else 0
    return {
        "created_at": _instant(task.created_at),
        "started_at": _instant(task.started_at) if started else ZERO_TIME,
        "ended_at": _instant(task.ended_at) if ended else ZERO_TIME,
        "usage": {"type": "point", "frozen": POINTS, "consume": consumed},
        "is_using_private_pool": False,
        "model_version": "unknown",
        "process_mode": task.process_mode or "fast",
        "failover_triggered": False,
    }


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
