"""The paid and the polling half of the API: imagine, upscale, fetch, multi_fetch."""

import json
from typing import Any

from aiohttp import web

from mobart_local.standin.faults import POLLS, REFUSALS, SUBMITS
from mobart_local.standin.replies import Reply
from mobart_local.standin.script import Script
from mobart_local.standin.state import STATE, ServerState, answer, read_object
from mobart_local.standin.submit import SubmitRequest, accept
from mobart_local.standin.urls import API_PATH

INDEXES = frozenset({"1", "2", "3", "4"})


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{API_PATH}/imagine", imagine)
    app.router.add_post(f"{API_PATH}/upscale", upscale)
    app.router.add_post(f"{API_PATH}/fetch", fetch)
    app.router.add_post(f"{API_PATH}/multi_fetch", multi_fetch)


async def imagine(request: web.Request) -> web.StreamResponse:
    """Start a generation."""
    body = await read_object(request)
    prompt = _text(body, "prompt")
    fields = {"kind": "imagine", "prompt": prompt}
    return await _submit(request, body, fields, correct=bool(prompt.strip()))


async def upscale(request: web.Request) -> web.StreamResponse:
    """Start the enlargement of one tile of a finished grid; costs money as a generation does."""
    body = await read_object(request)
    parent = request.app[STATE].ledger.tasks.get(_text(body, "origin_task_id"))
    fields = {
        "kind": "upscale",
        "prompt": parent.prompt if parent else "",
        "origin_task_id": parent.task_id if parent else "",
        "index": _text(body, "index"),
    }
    correct = parent is not None and fields["index"] in INDEXES
    return await _submit(request, body, fields, correct=correct)


async def fetch(request: web.Request) -> web.StreamResponse:
    """Tell how one task is."""
    house = request.app[STATE]
    house.ledger.visits["fetch"] += 1
    if _wrong_key(house, request, needed=False):
        return await answer(request, REFUSALS["401"], house.playbook.default)
    task = house.ledger.tasks.get(_text(await read_object(request), "task_id"))
    if task is None:
        return await answer(request, house.row(POLLS, house.unknown_task), house.playbook.default)
    told = house.task_object(task, request)
    return await _told(request, house.row(POLLS, house.poll_row(task)), task.script, told)


async def multi_fetch(request: web.Request) -> web.StreamResponse:
    """Tell how several tasks are; those that nobody knows are null."""
    house = request.app[STATE]
    house.ledger.visits["multi_fetch"] += 1
    if _wrong_key(house, request, needed=False):
        return await answer(request, REFUSALS["401"], house.playbook.default)
    wanted = (await read_object(request) or {}).get("task_ids")
    if not isinstance(wanted, list):
        return await answer(request, house.row(POLLS, "400"), house.playbook.default)
    tasks = [house.ledger.tasks.get(str(task_id)) for task_id in wanted]
    rows = [(task.script, house.poll_row(task)) for task in tasks if task is not None]
    troubled = (pair for pair in rows if pair[1] != "answer")
    script, row = next(troubled, (house.playbook.default, "answer"))
    known = {task.task_id: house.task_object(task, request) for task in tasks if task}
    told = {"data": {str(task_id): known.get(str(task_id)) for task_id in wanted}}
    return await _told(request, house.row(POLLS, row), script, told)


async def _submit(
    request: web.Request, body: dict[str, Any] | None, fields: dict[str, Any], *, correct: bool
) -> web.StreamResponse:
    """Answer a paid request."""
    house = request.app[STATE]
    house.ledger.visits[fields["kind"]] += 1
    wrong = "401" if _wrong_key(house, request, needed=True) else None
    wrong = wrong or (None if body is not None and correct else "400")
    wanted = SubmitRequest(
        **fields,
        aspect_ratio=_text(body, "aspect_ratio"),
        process_mode=_text(body, "process_mode"),
        webhook_endpoint=_text(body, "webhook_endpoint"),
        webhook_secret=_text(body, "webhook_secret"),
        notify_progress=(body or {}).get("notify_progress") is True,
    )
    return await accept(request, SUBMITS, wanted, wrong=wrong)


async def _told(
    request: web.Request, reply: Reply, script: Script, told: dict[str, Any]
) -> web.StreamResponse:
    """Send *told* if the reply has a place for it."""
    body = json.dumps(told).encode() if reply is POLLS["answer"] else None
    return await answer(request, reply, script, body=body)


def _wrong_key(house: ServerState, request: web.Request, *, needed: bool) -> bool:
    """Judge `X-API-KEY`.  Polls need none, but a wrong one is wrong everywhere."""
    key = request.headers.get("X-API-KEY", "")
    if not key:
        return needed
    return house.api_key is not None and key != house.api_key


def _text(body: dict[str, Any] | None, name: str) -> str:
    """Read a text field; anything else counts as empty."""
    value = (body or {}).get(name)
    return value if isinstance(value, str) else ""
