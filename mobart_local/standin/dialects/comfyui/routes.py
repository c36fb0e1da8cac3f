"""ComfyUI: the queue of workflows, the history of what is finished, and the files.

Under `/comfyui-2024` is one of 2024: it gives out ids of its own, and knows no status.
"""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.comfyui.answers import POLLS, SUBMITS
from mobart_local.standin.dialects.comfyui.objects import (
    FILE,
    RUNNING,
    SUBFOLDER,
    history,
    object_info,
    prompt_of,
    queue,
)
from mobart_local.standin.dialects.hosted import called_off, digest, refusal, refuse
from mobart_local.standin.picture_routes import give
from mobart_local.standin.state import STATE, answer, new_task_id, read_object
from mobart_local.standin.submit import SubmitRequest, accept
from mobart_local.standin.tasks import Task, moment

PATH = "/comfyui"
OLD = "comfyui-2024"
PROVIDER = "comfyui"


def settings(origin: str, _: str) -> dict[str, str]:
    """Point a worker at it; it knows no keys."""
    return {"COMFYUI_URL": origin + PATH}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    base = f"/{{version:{PATH.strip('/')}|{OLD}}}"
    app.router.add_post(f"{base}/prompt", submit)
    app.router.add_post(f"{base}/upload/image", upload)
    app.router.add_get(f"{base}/queue", show_queue)
    app.router.add_post(f"{base}/queue", change_queue)
    app.router.add_post(f"{base}/interrupt", interrupt)
    app.router.add_get(f"{base}/history", recent)
    app.router.add_get(f"{base}/history/{{prompt_id}}", look)
    app.router.add_get(f"{base}/view", view)
    app.router.add_get(f"{base}/system_stats", system_stats)
    app.router.add_get(f"{base}/object_info/{{kind}}", nodes)


async def submit(request: web.Request) -> web.StreamResponse:
    """Queue a workflow, under the id that is asked for."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    body = await read_object(request) or {}
    graph, asked = body.get("prompt"), body.get("prompt_id")
    wanted = SubmitRequest(
        prompt=prompt_of(graph),
        provider=PROVIDER,
        task_id=new_task_id() if asked is None or _is_old(request) else str(asked),
        extra={"graph": graph, "client_id": body.get("client_id")},
    )
    wrong = None if isinstance(graph, dict) else "no-prompt"
    return await accept(request, SUBMITS, wanted, wrong=wrong, single=True)


async def upload(request: web.Request) -> web.StreamResponse:
    """Take a picture in, for `LoadImage`."""
    form = await request.post()
    image = form.get("image")
    if not isinstance(image, web.FileField):
        return web.Response(status=400)
    request.app[STATE].ledger.visits[f"upload {image.filename} {digest(image.file.read())}"] += 1
    stored = {"name": image.filename, "subfolder": "", "type": form.get("type", "input")}
    return await refusal(request, POLLS, PROVIDER) or web.json_response(stored)


async def show_queue(request: web.Request) -> web.StreamResponse:
    """List what runs and what waits."""
    message = queue(_tasks(request), request.app[STATE].clock())
    return await refusal(request, POLLS, PROVIDER) or web.json_response(message)


async def change_queue(request: web.Request) -> web.StreamResponse:
    """Take what waits out of the queue."""
    request.app[STATE].ledger.visits["delete"] += 1
    unwanted = (await read_object(request) or {}).get("delete")
    _drop(request, unwanted if isinstance(unwanted, list) else [], running=False)
    return await refusal(request, POLLS, PROVIDER) or web.Response()


async def interrupt(request: web.Request) -> web.StreamResponse:
    """Stop what runs; old versions stop anything that runs."""
    request.app[STATE].ledger.visits["interrupt"] += 1
    named = (await read_object(request) or {}).get("prompt_id")
    everything = named is None or _is_old(request)
    ids = [task.task_id for task in _tasks(request)] if everything else [str(named)]
    _drop(request, ids, running=True)
    return await refusal(request, POLLS, PROVIDER) or web.Response()


async def look(request: web.Request) -> web.StreamResponse:
    """Tell about one workflow; nothing until it is finished."""
    state = request.app[STATE]
    task = state.ledger.tasks.get(request.match_info["prompt_id"])
    if task is None or task.provider != PROVIDER:
        return await refuse(request, POLLS, "unknown", PROVIDER)
    row = state.row(POLLS, state.poll_row(task), PROVIDER)
    if row is not POLLS["answer"]:
        return await answer(request, row, task.script)
    return web.json_response(history([task], state.clock(), old=_is_old(request)))


async def recent(request: web.Request) -> web.StreamResponse:
    """List what is finished, the latest of it."""
    tasks = _tasks(request)[-int(request.query.get("max_items", "10000")) :]
    message = history(tasks, request.app[STATE].clock(), old=_is_old(request))
    return await refusal(request, POLLS, PROVIDER) or web.json_response(message)


async def view(request: web.Request) -> web.StreamResponse:
    """Give a file."""
    name = FILE.fullmatch(request.query.get("filename", ""))
    place = (request.query.get("subfolder"), request.query.get("type"))
    if name is None or place != (SUBFOLDER, "output"):
        return web.Response(status=404)
    return await give(request, name[1])


async def system_stats(request: web.Request) -> web.StreamResponse:
    """Tell what kind of server it is."""
    message: dict[str, Any] = {
        "system": {"os": "posix", "comfyui_version": "0.3.60"},
        "devices": [],
    }
    return await refusal(request, SUBMITS, PROVIDER) or web.json_response(message)


async def nodes(request: web.Request) -> web.StreamResponse:
    """Describe one kind of nodes."""
    message = object_info(request.match_info["kind"])
    return await refusal(request, SUBMITS, PROVIDER) or web.json_response(message)


def _is_old(request: web.Request) -> bool:
    return request.match_info["version"] == OLD


def _tasks(request: web.Request) -> list[Task]:
    known = request.app[STATE].ledger.tasks.values()
    return [task for task in known if task.provider == PROVIDER]


def _drop(request: web.Request, task_ids: Sequence[object], *, running: bool) -> None:
    """Interrupt tasks that are *running*, which stay in the history, or forget those that wait."""
    state = request.app[STATE]
    for task in _tasks(request):
        status = moment(task, state.clock()).status
        if task.task_id in task_ids and (status == RUNNING) is running:
            if running:
                state.ledger.tasks[task.task_id] = called_off(task, state.clock())
            else:
                del state.ledger.tasks[task.task_id]


DIALECT = Dialect(add=add_api, settings=settings, prefix="COMFYUI", submits=SUBMITS, polls=POLLS)
