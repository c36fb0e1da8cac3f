"""LegNext's API: the paid request, and a job."""

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.hosted import refusal, show_task, text
from mobart_local.standin.dialects.legnext.answers import POLLS, SUBMITS
from mobart_local.standin.dialects.piapi.keys import wrong_key
from mobart_local.standin.dialects.piapi.objects import legnext_job
from mobart_local.standin.state import STATE, read_object
from mobart_local.standin.submit import SubmitRequest, accept
from mobart_local.standin.tasks import FINAL, Task, moment
from mobart_local.standin.webhook_messages import WebhookMessage

ROOT = "/legnext/api"
PATH = f"{ROOT}/v1"
PROVIDER = "legnext"
LONGEST = 8192


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"LEGNEXT_API_URL": origin + PATH, "LEGNEXT_API_KEY": key}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{PATH}/diffusion", create)
    app.router.add_get(f"{PATH}/job/{{task_id}}", show)
    app.router.add_get(f"{ROOT}/account/active_tasks", active)
    app.router.add_get(f"{ROOT}/account/balance", balance)


async def create(request: web.Request) -> web.StreamResponse:
    """Start a generation."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    body = await read_object(request)
    prompt = text(body, "text")
    wanted = SubmitRequest(
        prompt=prompt, provider=PROVIDER, webhook_endpoint=text(body, "callback")
    )
    fits = bool(prompt.strip()) and len(prompt) <= LONGEST
    return await accept(
        request,
        SUBMITS,
        wanted,
        wrong=wrong_key(request) or (None if fits else "400"),
        write=legnext_job,
    )


async def show(request: web.Request) -> web.StreamResponse:
    """Tell how a job is."""
    wrong = wrong_key(request)
    return await show_task(request, POLLS, PROVIDER, legnext_job, wrong=wrong)


async def active(request: web.Request) -> web.StreamResponse:
    """List the jobs under way, grouped by model."""
    state = request.app[STATE]
    state.ledger.visits[f"{PROVIDER} list"] += 1
    if no := await refusal(request, POLLS, PROVIDER, wrong_key(request)):
        return no
    known = (task for task in state.ledger.tasks.values() if task.provider == PROVIDER)
    running = [
        (task, status)
        for task in known
        if (status := moment(task, state.clock()).status) not in FINAL
    ]
    counts = {
        f"{word}_count": sum(status == word for _, status in running)
        for word in ("staged", "pending", "processing")
    }
    message = {"midjourney": {"active_tasks": [task.task_id for task, _ in running], **counts}}
    return web.json_response({"code": 200, "data": message, "message": "success"})


async def balance(request: web.Request) -> web.StreamResponse:
    """Tell what is left in the account."""
    if no := await refusal(request, POLLS, PROVIDER, wrong_key(request)):
        return no
    message = {
        "account_id": 4711,
        "balance_usd": 12.5,
        "available_credits": 0,
        "available_points": 9,
    }
    return web.json_response({"code": 200, "data": message, "message": "success"})


def webhook(task: Task, now: float, origin: str) -> WebhookMessage:
    """Write a webhook: the job is wrapped there, and no secret comes with it."""
    return WebhookMessage.echoing(task, {"data": legnext_job(task, now, origin)})


DIALECT = Dialect(
    add=add_api, settings=settings, prefix="LEGNEXT", submits=SUBMITS, polls=POLLS, webhook=webhook
)
