"""What the handlers of PiAPI and LegNext share."""

import json
from typing import Any

from aiohttp import web

from mobart_local.standin.answers import Table
from mobart_local.standin.dialects.piapi.objects import Writing
from mobart_local.standin.state import STATE, answer, origin
from mobart_local.standin.tasks import Task


def wrong_key(request: web.Request) -> str | None:
    """Judge `x-api-key`: the row that refuses it, or none."""
    key, known = request.headers.get("x-api-key", ""), request.app[STATE].api_key
    return "401" if not key or (known is not None and key != known) else None


def task_asked_for(request: web.Request, provider: str) -> Task | None:
    """Return the task in the address, as far as this API sold it."""
    task = request.app[STATE].ledger.tasks.get(request.match_info["task_id"])
    return task if task is not None and task.provider == provider else None


async def tell(
    request: web.Request, table: Table, provider: str, write: Writing
) -> web.StreamResponse:
    """Tell how the task in the address is, in the words of *write*."""
    state = request.app[STATE]
    state.ledger.visits[provider] += 1
    task = task_asked_for(request, provider)
    wrong = wrong_key(request)
    if wrong is not None or task is None:
        reply = state.row(table, wrong or state.unknown_task, provider)
        return await answer(request, reply, state.playbook.default)
    reply = state.row(table, state.poll_row(task), provider)
    message = json.dumps(write(task, state.clock(), origin(request))).encode()
    body = message if reply is table["answer"] else None
    return await answer(request, reply, task.script, body=body)


def text(values: object, name: str) -> str:
    """Read a text field; anything else counts as empty."""
    value = values.get(name) if isinstance(values, dict) else None
    return value if isinstance(value, str) else ""


def part(values: object, name: str) -> dict[str, Any]:
    """Read an object field; anything else counts as empty."""
    value = values.get(name) if isinstance(values, dict) else None
    return value if isinstance(value, dict) else {}
