"""What the handlers of several APIs share: keys, fields, refusals, and where a task's pictures are."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from mobart_local.standin.answers import Table
from mobart_local.standin.state import STATE, answer, origin
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


async def refuse(request: web.Request, table: Table, row: str, provider: str) -> web.StreamResponse:
    """Answer with a row that belongs to no task."""
    state = request.app[STATE]
    return await answer(request, state.row(table, row, provider), state.playbook.default)


async def refusal(
    request: web.Request, table: Table, provider: str, *rows: str | None
) -> web.StreamResponse | None:
    """Answer with the outage, or else the first of *rows* that is one; None if all is well."""
    outage = request.app[STATE].playbook.outage_of(provider)
    row = next(filter(None, (outage, *rows)), None)
    return None if row is None else await refuse(request, table, row, provider)


async def show_task(
    request: web.Request,
    table: Table,
    provider: str,
    write: Callable[[Task, float, str], Mapping[str, Any]],
    *,
    wrong: str | None,
) -> web.StreamResponse:
    """Answer a poll with what *write* makes of the task in the address, the time and the origin."""
    state, task = request.app[STATE], task_asked_for(request, provider)
    state.ledger.visits[provider] += 1
    if wrong is not None or task is None:
        return await refuse(request, table, wrong or state.unknown_task, provider)
    reply = state.row(table, state.poll_row(task), provider)
    known = json.dumps(write(task, state.clock(), origin(request))).encode()
    body = known if reply is table["answer"] else None
    return await answer(request, reply, task.script, task_id=task.task_id, body=body)


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


def digest(raw: bytes) -> str:
    """Return what a test knows a picture by that came with a submit."""
    return hashlib.sha256(raw).hexdigest()


async def read_form(request: web.Request) -> tuple[dict[str, object], str]:
    """Read a multipart form: its texts, and the digest of the file in it; "" if there is none."""
    form = await request.post()
    files = [value.file.read() for value in form.values() if isinstance(value, web.FileField)]
    texts = {name: value for name, value in form.items() if isinstance(value, str)}
    return dict(texts), digest(files[0]) if files else ""


def part(values: object, name: str) -> dict[str, Any]:
    """Read an object field; anything else counts as empty."""
    value = values.get(name) if isinstance(values, Mapping) else None
    return dict(value) if isinstance(value, Mapping) else {}
