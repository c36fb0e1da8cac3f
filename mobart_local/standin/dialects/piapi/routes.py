"""PiAPI's unified API: the paid request, a task, its cancellation, and the history."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.hosted import (
    part,
    refusal,
    refuse,
    show_task,
    task_asked_for,
    text,
)
from mobart_local.standin.dialects.piapi.answers import POLLS, SUBMITS
from mobart_local.standin.dialects.piapi.keys import wrong_key
from mobart_local.standin.dialects.piapi.objects import piapi_task
from mobart_local.standin.state import STATE, origin, read_object
from mobart_local.standin.submit import SubmitRequest, accept
from mobart_local.standin.tasks import Task, moment
from mobart_local.standin.webhook_messages import WebhookMessage

PATH = "/piapi"
PROVIDER = "piapi"
LARGEST_PAGE = 100
CANCELLABLE = frozenset({"pending", "staged"})


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"PIAPI_API_URL": origin + PATH, "PIAPI_API_KEY": key}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{PATH}/api/v1/task", create)
    app.router.add_get(f"{PATH}/api/v1/task/{{task_id}}", show)
    app.router.add_delete(f"{PATH}/api/v1/task/{{task_id}}", cancel)
    app.router.add_get(f"{PATH}/api/open/tasks/histories", history)


async def create(request: web.Request) -> web.StreamResponse:
    """Start a generation."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    body = await read_object(request) or {}
    given, config = part(body, "input"), part(body, "config")
    webhook = part(config, "webhook_config")
    wanted = SubmitRequest(
        prompt=text(given, "prompt"),
        provider=PROVIDER,
        aspect_ratio=text(given, "aspect_ratio"),
        process_mode=text(given, "process_mode"),
        webhook_endpoint=text(webhook, "endpoint"),
        webhook_secret=text(webhook, "secret"),
        notify_progress=True,
        extra={"service_mode": text(config, "service_mode")},
    )
    known = (text(body, "model"), text(body, "task_type")) == ("midjourney", "imagine")
    wrong = wrong_key(request) or (None if known and wanted.prompt.strip() else "400")
    return await accept(request, SUBMITS, wanted, wrong=wrong)


async def show(request: web.Request) -> web.StreamResponse:
    """Tell how a task is."""
    wrong = wrong_key(request)
    return await show_task(request, POLLS, PROVIDER, envelope, wrong=wrong)


async def cancel(request: web.Request) -> web.StreamResponse:
    """Call a task off, as long as nobody works on it."""
    state, task = request.app[STATE], task_asked_for(request, PROVIDER)
    state.ledger.visits[PROVIDER] += 1
    outage, wrong = state.playbook.outage_of(PROVIDER), wrong_key(request)
    row = outage or wrong or (state.unknown_task if task is None else None)
    if task is not None and moment(task, state.clock()).status not in CANCELLABLE:
        row = row or "400"
    if task is None or row is not None:
        return await refuse(request, POLLS, row or state.unknown_task, PROVIDER)
    state.ledger.tasks[task.task_id] = called_off(task, state.clock())
    return web.json_response({"code": 200, "message": f"task {task.task_id} canceled"})


def called_off(task: Task, now: float) -> Task:
    """Return a task that ended in failure just now."""
    script = replace(
        task.script,
        staged_seconds=0.0,
        seconds=max(0.0, now - task.created_at),
        ending="failed",
        error_messages=("task canceled",),
    )
    return replace(task, script=script)


async def history(request: web.Request) -> web.StreamResponse:
    """List tasks, the latest first; what surrounds them is a guess, since nobody documents it."""
    state = request.app[STATE]
    state.ledger.visits[PROVIDER] += 1
    if no := await refusal(request, POLLS, PROVIDER, wrong_key(request)):
        return no
    query = request.query
    since, until = (int(query.get(name, "0")) for name in ("start_time", "end_time"))
    size, page = min(int(query.get("page_size", "20")), LARGEST_PAGE), int(query.get("page", "1"))
    known = [
        task
        for task in reversed(state.ledger.tasks.values())
        if task.provider == PROVIDER
        and since <= task.created_at
        and (not until or task.created_at <= until)
    ]
    shown = known[(page - 1) * size : page * size]
    tasks = [piapi_task(task, state.clock(), origin(request)) for task in shown]
    data = {"tasks": tasks, "total": len(known), "page": page, "page_size": size}
    return web.json_response({"code": 200, "message": "success", "data": data})


def envelope(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write what a poll is answered with."""
    return {"code": 200, "message": "success", "data": piapi_task(task, now, origin)}


def webhook(task: Task, now: float, origin: str) -> WebhookMessage:
    """Write a webhook, with the secret as it came."""
    message = {"timestamp": int(now), "data": piapi_task(task, now, origin)}
    return WebhookMessage.echoing(task, message)


DIALECT = Dialect(
    add=add_api, settings=settings, prefix="PIAPI", submits=SUBMITS, polls=POLLS, webhook=webhook
)
