"""Retro Diffusion's API: the paid request, the free question for its price, tasks and requests."""

import asyncio
import base64
import json
from typing import Any

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.hosted import refusal, refuse, task_asked_for, text
from mobart_local.standin.dialects.retrodiffusion.answers import POLLS, SUBMITS
from mobart_local.standin.dialects.retrodiffusion.objects import (
    BALANCE,
    accepted,
    listed,
    native,
    price,
    read,
)
from mobart_local.standin.state import STATE, answer, origin, read_object
from mobart_local.standin.submit import SubmitRequest, accept

PATH = "/retrodiffusion/v2"
PROVIDER = "retrodiffusion"
SIDES = range(12, 513)
LONGEST_KEY = 255
MOST = 100
NO_STYLE = "nobody__style"


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"RETRODIFFUSION_API_URL": origin + PATH, "RETRODIFFUSION_API_KEY": key}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{PATH}/inferences", create)
    app.router.add_get(f"{PATH}/inferences/requests", requests)
    app.router.add_get(f"{PATH}/inferences/tasks", tasks)
    app.router.add_get(f"{PATH}/inferences/tasks/{{task_id}}", show)
    app.router.add_get(f"{PATH}/inferences/credits", credit)


async def create(request: web.Request) -> web.StreamResponse:
    """Admit a generation, or tell its price."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    asked = await read_object(request) or {}
    wrong = _wrong_key(request) or _misfit(request, asked)
    if asked.get("check_cost") is True:
        return await refusal(request, SUBMITS, PROVIDER, wrong) or web.json_response(price(asked))
    extra = {} if wrong else {"asked": asked, "native": native(asked)}
    wanted = SubmitRequest(prompt=text(asked, "prompt"), provider=PROVIDER, extra=extra)
    return await accept(
        request, SUBMITS, wanted, wrong=wrong, single=True, write=accepted, idempotent=True
    )


async def show(request: web.Request) -> web.StreamResponse:
    """Tell how a task is."""
    state = request.app[STATE]
    state.ledger.visits[PROVIDER] += 1
    task, wrong = task_asked_for(request, PROVIDER), _wrong_key(request)
    if wrong is not None or task is None:
        return await refuse(request, POLLS, wrong or state.unknown_task, PROVIDER)
    reply = state.row(POLLS, state.poll_row(task), PROVIDER)
    if reply is not POLLS["answer"]:
        return await answer(request, reply, task.script, task_id=task.task_id)
    message = await asyncio.to_thread(read, task, state.clock(), origin(request))
    return await answer(request, reply, task.script, body=json.dumps(message).encode())


async def requests(request: web.Request) -> web.StreamResponse:
    """List requests, the latest first, page by page."""
    state = request.app[STATE]
    state.ledger.visits[f"{PROVIDER} list"] += 1
    if no := await refusal(request, POLLS, PROVIDER, _wrong_key(request)):
        return no
    known = [task for task in reversed(state.ledger.tasks.values()) if task.provider == PROVIDER]
    begin, size = _place(request.query.get("cursor", "")), _size(request)
    message: dict[str, Any] = {
        "items": [listed(task, state.clock()) for task in known[begin : begin + size]]
    }
    if begin + size < len(known):
        message["next_cursor"] = base64.urlsafe_b64encode(str(begin + size).encode()).decode()
    return web.json_response(message)


async def tasks(request: web.Request) -> web.StreamResponse:
    """List tasks, the latest first; pictures are left out."""
    state = request.app[STATE]
    if no := await refusal(request, POLLS, PROVIDER, _wrong_key(request)):
        return no
    known = [task for task in reversed(state.ledger.tasks.values()) if task.provider == PROVIDER]
    message = [read(task, state.clock(), origin(request)) for task in known[: _size(request)]]
    for one in message:
        one.pop("result", None)
    return web.json_response({"tasks": message})


async def credit(request: web.Request) -> web.StreamResponse:
    """Tell what is left in the account."""
    if no := await refusal(request, POLLS, PROVIDER, _wrong_key(request)):
        return no
    return web.json_response({"credits": 0, "balance": BALANCE})


def _misfit(request: web.Request, asked: dict[str, object]) -> str | None:
    """Return the row that refuses what the real API would refuse."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY:
        return "bad-key"
    if asked.get("prompt_style") == NO_STYLE or not text(asked, "prompt_style"):
        return "no-style"
    if asked.get("width") not in SIDES or asked.get("height") not in SIDES:
        return "bad-size"
    try:
        native(asked)
    except (ValueError, OSError):
        return "400"
    return None if text(asked, "prompt").strip() and asked.get("num_images") == 1 else "400"


def _wrong_key(request: web.Request) -> str | None:
    key, known = request.headers.get("X-RD-Token", ""), request.app[STATE].api_key
    return "401" if not key or (known is not None and key != known) else None


def _size(request: web.Request) -> int:
    size = request.query.get("limit", "20")
    return min(int(size), MOST) if size.isdecimal() else MOST


def _place(cursor: str) -> int:
    """Read a cursor; a strange one begins anew."""
    try:
        return int(base64.urlsafe_b64decode(cursor).decode())
    except ValueError:
        return 0


DIALECT = Dialect(
    add=add_api, settings=settings, prefix="RETRODIFFUSION", submits=SUBMITS, polls=POLLS
)
