"""What the stand-ins of Replicate and fal share: their accounts, and where a task's pictures are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from mobart_local.standin.state import STATE
from mobart_local.standin.task_states import WORDINGS
from mobart_local.standin.tasks import Task
from mobart_local.standin.urls import addresses


def wrong_key(request: web.Request, scheme: str) -> str | None:
    """Judge `Authorization`: the row that refuses it, or none."""
    key, known = request.headers.get("Authorization", ""), request.app[STATE].api_key
    if not key.startswith(f"{scheme} ") or (known is not None and key != f"{scheme} {known}"):
        return "401"
    return None


def task_asked_for(request: web.Request, provider: str) -> Task | None:
    """Return the task in the address, as far as this API sold it."""
    task = request.app[STATE].ledger.tasks.get(request.match_info["task_id"])
    return task if task is not None and task.provider == provider else None


def pictures(task: Task, origin: str) -> list[Any]:
    """List the addresses of a finished task, or what its wording puts in the place of the first."""
    overlay = WORDINGS[task.script.wording].finished
    if overlay is None:
        return []
    if "image_url" in overlay:
        return [overlay["image_url"]]
    found = addresses(task.script.addresses, origin=origin, task_id=task.task_id).values()
    return [url for one in found for url in (one if isinstance(one, list) else [one])]


def called_off(task: Task, now: float) -> Task:
    """Return a task that ended just now, because somebody wanted that."""
    script = replace(
        task.script, staged_seconds=0.0, seconds=max(0.0, now - task.created_at), ending="failed"
    )
    return replace(task, script=script, extra={**task.extra, "called_off": True})


def text(values: object, name: str) -> str:
    """Read a text field; anything else counts as empty."""
    value = values.get(name) if isinstance(values, Mapping) else None
    return value if isinstance(value, str) else ""
