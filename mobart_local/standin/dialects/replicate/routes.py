"""Replicate's API: create, read, list and cancel predictions, and describe models."""

import base64
import json
import uuid
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.hosted import (
    called_off,
    refusal,
    refuse,
    show_task,
    task_asked_for,
    text,
    wrong_key,
)
from mobart_local.standin.dialects.replicate.answers import POLLS, SUBMITS
from mobart_local.standin.dialects.replicate.objects import model, model_version, prediction
from mobart_local.standin.state import STATE, origin, read_object
from mobart_local.standin.submit import SubmitRequest, accept
from mobart_local.standin.tasks import FINAL, Task, moment
from mobart_local.standin.webhook_messages import WebhookMessage

PATH = "/replicate/v1"
PROVIDER = "replicate"
SCHEME = "Bearer"
PAGE = 100
NO_MODEL = "nobody"
"""The owner of no model."""
SIGNING_SECRET = "whsec_" + base64.b64encode(b"the stand-in signs with this").decode()
ACCEPTED = frozenset(range(200, 300))
ID_LETTERS = 26


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {
        "REPLICATE_API_URL": origin + PATH,
        "REPLICATE_API_TOKEN": key,
        "REPLICATE_WEBHOOK_SECRET": SIGNING_SECRET,
    }


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    model_path = f"{PATH}/models/{{owner}}/{{name}}"
    app.router.add_post(f"{model_path}/predictions", create)
    app.router.add_post(f"{PATH}/predictions", create)
    app.router.add_get(f"{PATH}/predictions", listing)
    app.router.add_get(f"{PATH}/predictions/{{task_id}}", show)
    app.router.add_post(f"{PATH}/predictions/{{task_id}}/cancel", cancel)
    app.router.add_get(f"{PATH}/webhooks/default/secret", signing_secret)
    app.router.add_get(model_path, describe)
    app.router.add_get(f"{model_path}/versions/{{version}}", describe)


async def create(request: web.Request) -> web.StreamResponse:
    """Start a prediction."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    body = await read_object(request) or {}
    given, at = body.get("input"), request.match_info
    owner, name, version = at.get("owner", ""), at.get("name", ""), text(body, "version")
    asked = body.get("webhook_events_filter")
    wanted = SubmitRequest(
        prompt=text(given, "prompt"),
        provider=PROVIDER,
        task_id=uuid.uuid4().hex[:ID_LETTERS],
        webhook_endpoint=text(body, "webhook"),
        notify_progress=isinstance(asked, list) and bool({"output", "logs"} & set(asked)),
        notify_start=isinstance(asked, list) and "start" in asked,
        extra={
            "input": given if isinstance(given, dict) else {},
            "model": f"{owner}/{name}" if owner else "",
            "version": version,
            "cancel_after": request.headers.get("Cancel-After", ""),
        },
    )
    wrong = wrong_key(request, SCHEME) or ("no-model" if owner == NO_MODEL else None)
    if wrong is None and not (owner or version):
        wrong = "no-version"
    wrong = wrong or (None if wanted.prompt.strip() else "400")
    return await accept(request, SUBMITS, wanted, wrong=wrong, single=True, write=prediction)


async def show(request: web.Request) -> web.StreamResponse:
    """Tell how a prediction is."""
    wrong = wrong_key(request, SCHEME)
    return await show_task(request, POLLS, PROVIDER, prediction, wrong=wrong)


async def listing(request: web.Request) -> web.StreamResponse:
    """List predictions, the latest first, page by page; `next` leads to the script's location."""
    state = request.app[STATE]
    state.ledger.visits[f"{PROVIDER} list"] += 1
    if no := await refusal(request, POLLS, PROVIDER, wrong_key(request, SCHEME)):
        return no
    known = [task for task in reversed(state.ledger.tasks.values()) if task.provider == PROVIDER]
    begin = _place(request.query.get("cursor", ""))
    place = f"{state.playbook.default.location or origin(request)}{PATH}/predictions?cursor="
    following = begin + PAGE
    results = [_listed(task, state.clock(), request) for task in known[begin:following]]
    more = place + _cursor(following) if following < len(known) else None
    return web.json_response({"previous": None, "next": more, "results": results})


async def cancel(request: web.Request) -> web.StreamResponse:
    """Call a prediction off; one that is over stays as it is."""
    state, task = request.app[STATE], task_asked_for(request, PROVIDER)
    wrong = state.playbook.outage_of(PROVIDER) or wrong_key(request, SCHEME)
    if wrong is not None or task is None:
        return await refuse(request, POLLS, wrong or state.unknown_task, PROVIDER)
    now = state.clock()
    if moment(task, now).status not in FINAL:
        task = state.ledger.tasks[task.task_id] = called_off(task, now)
    return web.json_response(prediction(task, now, origin(request)))


async def describe(request: web.Request) -> web.StreamResponse:
    """Describe a model, as far as there is one."""
    owner, name = request.match_info["owner"], request.match_info["name"]
    unknown = "no-model" if owner == NO_MODEL else None
    if no := await refusal(request, SUBMITS, PROVIDER, wrong_key(request, SCHEME), unknown):
        return no
    version = request.match_info.get("version")
    return web.json_response(model_version(version) if version else model(owner, name))


async def signing_secret(request: web.Request) -> web.StreamResponse:
    """Tell with which secret webhooks are signed."""
    if no := await refusal(request, POLLS, PROVIDER, wrong_key(request, SCHEME)):
        return no
    return web.json_response({"key": SIGNING_SECRET})


def webhook(task: Task, now: float, origin: str) -> WebhookMessage:
    """Write a webhook, signed as Standard Webhooks."""
    body = json.dumps(prediction(task, now, origin))
    name, at = f"msg_{task.task_id}", datetime.fromtimestamp(int(now), UTC)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": Webhook(SIGNING_SECRET).sign(name, at, body),
    }
    return WebhookMessage(body=body.encode(), headers=headers, accepted=ACCEPTED)


def _listed(task: Task, now: float, request: web.Request) -> dict[str, Any]:
    """Write a prediction as the list has it: nobody documents that it says the webhook."""
    message = prediction(task, now, origin(request))
    return {name: value for name, value in message.items() if name not in {"webhook", "logs"}}


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"p={place}".encode()).decode().rstrip("=")


def _place(cursor: str) -> int:
    """Read a cursor; a strange one begins anew."""
    try:
        return int(base64.urlsafe_b64decode(cursor + "==").decode().removeprefix("p="))
    except ValueError:
        return 0


DIALECT = Dialect(
    add=add_api,
    settings=settings,
    prefix="REPLICATE",
    submits=SUBMITS,
    polls=POLLS,
    webhook=webhook,
)
