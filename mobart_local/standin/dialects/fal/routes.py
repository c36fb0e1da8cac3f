"""fal's queue: requests are put in, asked about, fetched and called off."""

import json
from dataclasses import replace
from datetime import datetime

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.fal.answers import POLLS, SUBMITS
from mobart_local.standin.dialects.fal.objects import (
    PATH,
    listed,
    place_of,
    result,
    status,
    ticket,
    webhook,
)
from mobart_local.standin.dialects.hosted import (
    called_off,
    refusal,
    refuse,
    task_asked_for,
    text,
    wrong_key,
)
from mobart_local.standin.dialects.signing import jwks
from mobart_local.standin.state import STATE, answer, origin, read_object
from mobart_local.standin.submit import SubmitRequest, accept
from mobart_local.standin.tasks import FINAL, Task, moment

PLATFORM = f"{PATH}-platform/v1"
JWKS = f"{PATH}-platform/.well-known/jwks.json"
MOST = 100
PROVIDER = "fal"
SCHEME = "Key"
REQUEST = f"{PATH}/{{owner}}/{{app}}/requests/{{task_id}}"
CANCELLABLE = frozenset({"staged", "pending"})


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {
        "FAL_API_URL": origin + PATH,
        "FAL_PLATFORM_URL": origin + PLATFORM,
        "FAL_JWKS_URL": origin + JWKS,
        "FAL_KEY": key,
    }


def add_api(app: web.Application) -> None:
    """Add the routes of the queue; a request's address has no sub-path."""
    app.router.add_get(f"{REQUEST}/status", show)
    app.router.add_get(REQUEST, fetch)
    app.router.add_put(f"{REQUEST}/cancel", cancel)
    app.router.add_get(f"{PLATFORM}/models/requests/by-endpoint", listing)
    app.router.add_get(JWKS, keys)
    app.router.add_post(f"{PATH}/{{owner}}/{{app}}", create)
    app.router.add_post(f"{PATH}/{{owner}}/{{app}}/{{path:.+}}", create)


async def create(request: web.Request) -> web.StreamResponse:
    """Take a request in; its inputs are looked at only when it begins."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    body = await read_object(request)
    at = request.match_info
    wanted = SubmitRequest(
        prompt=text(body, "prompt"),
        provider=PROVIDER,
        webhook_endpoint=request.query.get("fal_webhook", ""),
        extra={
            "input": body or {},
            "app": f"{at['owner']}/{at['app']}",
            "model": "/".join(filter(None, (at["owner"], at["app"], at.get("path")))),
            "start_within": request.headers.get("X-Fal-Request-Timeout", ""),
        },
    )
    wrong = wrong_key(request, SCHEME) or (None if body is not None else "422")
    return await accept(request, SUBMITS, wanted, wrong=wrong, single=True, write=ticket)


async def show(request: web.Request) -> web.StreamResponse:
    """Tell the status of a request: 202 until it is over."""
    state, task = request.app[STATE], _task(request)
    state.ledger.visits[PROVIDER] += 1
    wrong = wrong_key(request, SCHEME)
    if wrong is not None or task is None:
        return await refuse(request, POLLS, wrong or state.unknown_task, PROVIDER)
    reply = state.row(POLLS, state.poll_row(task), PROVIDER)
    if reply is not POLLS["answer"]:
        return await answer(request, reply, task.script, task_id=task.task_id)
    code, message = status(task, state.clock(), place_of(task, origin(request)))
    body = json.dumps(message).encode()
    return await answer(request, replace(reply, status=code), task.script, body=body)


async def fetch(request: web.Request) -> web.StreamResponse:
    """Give the result of a request that is over."""
    state, task = request.app[STATE], _task(request)
    wrong = state.playbook.outage_of(PROVIDER) or wrong_key(request, SCHEME)
    if wrong is not None or task is None:
        return await refuse(request, POLLS, wrong or state.unknown_task, PROVIDER)
    if moment(task, state.clock()).status not in FINAL:
        return web.json_response({"detail": "Request is still in progress"}, status=400)
    code, message, headers = result(task, origin(request))
    return web.json_response(message, status=code, headers=headers)


async def listing(request: web.Request) -> web.StreamResponse:
    """List the requests of a model that have ended, the latest first, page by page."""
    state = request.app[STATE]
    state.ledger.visits[f"{PROVIDER} list"] += 1
    if no := await refusal(request, POLLS, PROVIDER, wrong_key(request, SCHEME)):
        return no
    query = request.query
    since = datetime.fromisoformat(query["start"]).timestamp() if "start" in query else 0.0
    ended = [
        task
        for task in reversed(state.ledger.tasks.values())
        if task.provider == PROVIDER
        and task.extra["model"] == query.get("endpoint_id")
        and task.created_at >= since
        and moment(task, state.clock()).status in FINAL
    ]
    size, begin = min(int(query.get("limit", "50")), MOST), int(query.get("cursor", "0"))
    payloads = "payloads" in query.get("expand", "")
    shown, more = ended[begin : begin + size], len(ended) > begin + size
    message = {
        "items": [listed(task, origin(request), payloads=payloads) for task in shown],
        "next_cursor": str(begin + size) if more else None,
        "has_more": more,
    }
    return web.json_response(message)


async def keys(request: web.Request) -> web.Response:
    """Publish the keys with which webhooks are signed."""
    request.app[STATE].ledger.visits[f"{PROVIDER} keys"] += 1
    return web.json_response(jwks())


async def cancel(request: web.Request) -> web.StreamResponse:
    """Call a request off that is not begun; another one goes on."""
    state, task = request.app[STATE], _task(request)
    wrong = state.playbook.outage_of(PROVIDER) or wrong_key(request, SCHEME)
    if wrong is not None or task is None:
        return await refuse(request, POLLS, wrong or state.unknown_task, PROVIDER)
    now = state.clock()
    known = moment(task, now).status
    if known in FINAL:
        return web.json_response({"status": "ALREADY_COMPLETED"}, status=400)
    if known in CANCELLABLE:
        state.ledger.tasks[task.task_id] = called_off(task, now)
    return web.json_response({"status": "CANCELLATION_REQUESTED"}, status=202)


def _task(request: web.Request) -> Task | None:
    """Return the request in the address, if it is one of this app."""
    task, at = task_asked_for(request, PROVIDER), request.match_info
    return task if task and task.extra["app"] == f"{at['owner']}/{at['app']}" else None


DIALECT = Dialect(
    add=add_api, settings=settings, prefix="FAL", submits=SUBMITS, polls=POLLS, webhook=webhook
)
