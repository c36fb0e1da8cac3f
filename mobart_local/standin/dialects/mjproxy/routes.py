"""midjourney-proxy: submit, fetch, list and cancel, under every prefix of speed."""

import json
import time
from dataclasses import replace
from random import randrange
from typing import Any

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.hosted import refusal, refuse, text
from mobart_local.standin.dialects.mjproxy.answers import POLLS, SUBMITS
from mobart_local.standin.state import STATE, answer, origin, read_object
from mobart_local.standin.submit import SubmitRequest, accept
from mobart_local.standin.task_states import WORDINGS
from mobart_local.standin.tasks import FINAL, Task, moment
from mobart_local.standin.urls import addresses
from mobart_local.standin.webhook_messages import WebhookMessage

ROOT = "/midjourney-proxy"
PATH = f"{ROOT}/{{speed:(?:mj-(?:fast|turbo|relax)/)?}}mj"
PROVIDER = "midjourney-proxy"
LISTED = 100
"""As many as the stricter of the two implementations."""
STATUSES = {
    "staged": "NOT_START",
    "pending": "SUBMITTED",
    "processing": "IN_PROGRESS",
    "finished": "SUCCESS",
    "failed": "FAILURE",
}
ODD_STATUSES = {"unknown-status": {"staged": "", "pending": "MODAL", "processing": "MODAL"}}
"""By wording: trueai waits for somebody to fill in a form."""
PREVIEW = "http://127.0.0.1:9/attachments/1/2/preview.webp"
CANCELLED = "取消任务"


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"MJ_PROXY_API_URL": f"{origin}{ROOT}/mj", "MJ_PROXY_API_KEY": key}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{PATH}/submit/imagine", imagine)
    app.router.add_get(f"{PATH}/task/{{id}}/fetch", fetch)
    app.router.add_get(f"{PATH}/task/list", listing)
    app.router.add_post(f"{PATH}/task/{{id}}/cancel", cancel)


async def imagine(request: web.Request) -> web.StreamResponse:
    """Start a generation."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    body = await read_object(request) or {}
    prompt, state, hook = (text(body, name) for name in ("prompt", "state", "notifyHook"))
    wrong = _wrong_key(request) or (None if prompt.strip() else "invalid")
    wanted = SubmitRequest(
        prompt=prompt,
        provider=PROVIDER,
        task_id=f"{time.time_ns() // 1_000_000}{randrange(1000):03}",  # noqa: S311 - no secret
        webhook_endpoint=hook,
        notify_progress=True,
        extra={"state": state, "speed": request.match_info["speed"]},
    )
    return await accept(request, SUBMITS, wanted, wrong=wrong)


async def fetch(request: web.Request) -> web.StreamResponse:
    """Tell how a task is; one that nobody knows is an empty body."""
    state = request.app[STATE]
    task = state.ledger.tasks.get(request.match_info["id"])
    row = state.poll_row(task) if task else "empty"
    script = task.script if task else state.playbook.default
    reply = state.row(POLLS, _wrong_key(request) or row, PROVIDER)
    body = None
    if task is not None and reply is POLLS["answer"]:
        body = json.dumps(task_object(task, state.clock(), origin(request))).encode()
    return await answer(request, reply, script, body=body)


async def listing(request: web.Request) -> web.StreamResponse:
    """List the newest tasks."""
    state = request.app[STATE]
    if no := await refusal(request, POLLS, PROVIDER, _wrong_key(request)):
        return no
    tasks = [task for task in state.ledger.tasks.values() if task.provider == PROVIDER]
    newest = sorted(tasks, key=lambda task: -task.created_at)[:LISTED]
    return web.json_response([task_object(task, state.clock(), origin(request)) for task in newest])


async def cancel(request: web.Request) -> web.StreamResponse:
    """Write down that nobody wants a task, as trueai does; what runs goes on."""
    state = request.app[STATE]
    if wrong := _wrong_key(request):
        return await refuse(request, POLLS, wrong, PROVIDER)
    task = state.ledger.tasks.get(request.match_info["id"])
    if task is not None and moment(task, state.clock()).status not in FINAL:
        cancelled = replace(task, extra={**task.extra, "cancelled": True})
        state.ledger.tasks[task.task_id] = cancelled
    return web.Response()


def webhook(task: Task, now: float, origin: str) -> WebhookMessage:
    """Write a call to the hook: the whole task, once, without any header of ours."""
    body = json.dumps(task_object(task, now, origin)).encode()
    headers = {"Content-Type": "application/json"}
    return WebhookMessage(body=body, headers=headers, accepted=range(200, 300), attempts=1)


def task_object(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write the task object as the task is *now*."""
    status = "failed" if task.extra.get("cancelled") else moment(task, now).status
    wording = task.script.wording
    return {
        "id": task.task_id,
        "action": "IMAGINE",
        "status": ODD_STATUSES.get(wording, {}).get(status) or STATUSES[status],
        "prompt": task.prompt,
        "promptEn": task.prompt,
        "description": f"/imagine {task.prompt}",
        "state": task.extra.get("state", ""),
        "submitTime": int(task.created_at * 1000),
        "startTime": None if status in {"staged", "pending"} else int(task.started_at * 1000),
        "finishTime": int(min(task.ended_at, now) * 1000) if status in FINAL else None,
        "progress": _progress(task, status, now),
        "failReason": _fail_reason(task) if status == "failed" else None,
        "properties": {"finalPrompt": task.prompt, "discordInstanceId": "1118"},
        **_pictures(task, status, origin),
    }


def _progress(task: Task, status: str, now: float) -> object:
    """Write a percentage as text; a failed task has none, one that waits null."""
    if status != "processing":
        return {"finished": "100%", "failed": "", "staged": None}.get(status, "0%")
    value = WORDINGS[task.script.wording].progress[moment(task, now).step]
    return f"{value}%" if isinstance(value, int) else value


def _fail_reason(task: Task) -> str:
    messages = task.script.error_messages or task.ending.error_messages
    return CANCELLED if task.extra.get("cancelled") else "; ".join(messages)


def _pictures(task: Task, status: str, origin: str) -> dict[str, Any]:
    """Write the addresses: a preview's while it runs; the grid's, signed, and trueai's tiles."""
    if status == "processing":
        return {"imageUrl": PREVIEW}
    if status != "finished":
        return {"imageUrl": None}
    kinds = addresses(task.script.addresses, origin=origin, task_id=task.task_id)
    tiles = kinds.get("temporary_image_urls") or kinds.get("image_urls") or []
    signed = addresses("signed-only", origin=origin, task_id=task.task_id)["discord_image_url"]
    message: dict[str, Any] = {
        "imageUrl": None if task.script.addresses == "tiles-only" else signed
    }
    if tiles:
        message["imageUrls"] = [{"url": url, "thumbnail": url} for url in tiles]
    if (overlay := WORDINGS[task.script.wording].finished) is None:
        return {}
    return message | ({"imageUrl": overlay["image_url"]} if "image_url" in overlay else {})


def _wrong_key(request: web.Request) -> str | None:
    """Judge the key, in either of its headers: the row that refuses it, or none."""
    known, headers = request.app[STATE].api_key, request.headers
    bearer = headers.get("Authorization", "").removeprefix("Bearer ")
    return None if known in {None, headers.get("mj-api-secret"), bearer} else "401"


DIALECT = Dialect(
    add=add_api, settings=settings, prefix="MJ_PROXY", submits=SUBMITS, polls=POLLS, webhook=webhook
)
