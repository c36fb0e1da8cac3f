"""GoAPI's `mj/v2`: the paid requests, imagine and upscale, and the poll, fetch."""

import json
from typing import Any

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.goapi.answers import POLLS, SUBMITS
from mobart_local.standin.dialects.goapi.objects import task_object
from mobart_local.standin.dialects.hosted import refuse, text
from mobart_local.standin.state import STATE, ServerState, answer, origin, read_object
from mobart_local.standin.submit import SubmitRequest, accept
from mobart_local.standin.tasks import Task
from mobart_local.standin.webhook_messages import WebhookMessage

PATH = "/mj/v2"
PROVIDER = "midjourney"
INDEXES = frozenset({"1", "2", "3", "4"})


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"MIDJOURNEY_API_URL": origin + PATH, "MIDJOURNEY_API_KEY": key}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{PATH}/imagine", imagine)
    app.router.add_post(f"{PATH}/upscale", upscale)
    app.router.add_post(f"{PATH}/fetch", fetch)


async def imagine(request: web.Request) -> web.StreamResponse:
    """Start a generation."""
    body = await read_object(request)
    prompt = text(body, "prompt")
    fields = {"kind": "imagine", "prompt": prompt}
    return await _submit(request, body, fields, correct=bool(prompt.strip()))


async def upscale(request: web.Request) -> web.StreamResponse:
    """Start the enlargement of one tile of a finished grid; it costs as much as a generation."""
    body = await read_object(request)
    parent = request.app[STATE].ledger.tasks.get(text(body, "origin_task_id"))
    fields = {
        "kind": "upscale",
        "prompt": parent.prompt if parent else "",
        "origin_task_id": parent.task_id if parent else "",
        "index": text(body, "index"),
    }
    correct = parent is not None and fields["index"] in INDEXES
    return await _submit(request, body, fields, correct=correct)


async def fetch(request: web.Request) -> web.StreamResponse:
    """Tell how one task is."""
    state = request.app[STATE]
    state.ledger.visits["fetch"] += 1
    if _wrong_key(state, request, needed=False):
        return await answer(request, POLLS["401"], state.playbook.default)
    task = state.ledger.tasks.get(text(await read_object(request), "task_id"))
    if task is None:
        return await refuse(request, POLLS, state.unknown_task, PROVIDER)
    reply = state.row(POLLS, state.poll_row(task))
    known = json.dumps(task_object(task, now=state.clock(), origin=origin(request))).encode()
    body = known if reply is POLLS["answer"] else None
    return await answer(request, reply, task.script, body=body)


async def _submit(
    request: web.Request, body: dict[str, Any] | None, fields: dict[str, Any], *, correct: bool
) -> web.StreamResponse:
    """Answer a paid request."""
    state = request.app[STATE]
    state.ledger.visits[fields["kind"]] += 1
    wrong = "401" if _wrong_key(state, request, needed=True) else None
    wrong = wrong or (None if body is not None and correct else "400")
    wanted = SubmitRequest(
        **fields,
        aspect_ratio=text(body, "aspect_ratio"),
        process_mode=text(body, "process_mode"),
        webhook_endpoint=text(body, "webhook_endpoint"),
        webhook_secret=text(body, "webhook_secret"),
        notify_progress=(body or {}).get("notify_progress") is True,
    )
    return await accept(request, SUBMITS, wanted, wrong=wrong)


def webhook(task: Task, now: float, origin: str) -> WebhookMessage:
    """Write what `/fetch` answers, with the submit's secret in a header."""
    return WebhookMessage.echoing(task, task_object(task, now=now, origin=origin))


def _wrong_key(state: ServerState, request: web.Request, *, needed: bool) -> bool:
    """Judge `X-API-KEY`.  Polls need none, but a wrong one is wrong everywhere."""
    key = request.headers.get("X-API-KEY", "")
    if not key:
        return needed
    return state.api_key is not None and key != state.api_key


DIALECT = Dialect(
    add=add_api,
    settings=settings,
    prefix="MIDJOURNEY",
    submits=SUBMITS,
    polls=POLLS,
    webhook=webhook,
)
