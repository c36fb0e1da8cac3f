"""The addresses of pictures: grids, single tiles, and signed ones."""

import asyncio
from functools import partial

from aiohttp import web

from mobart_local.standin.picture_answers import PICTURES
from mobart_local.standin.pictures import picture
from mobart_local.standin.state import STATE, answer
from mobart_local.standin.tasks import moment
from mobart_local.standin.urls import SIGNATURE


def add_pictures(app: web.Application) -> None:
    """Add the routes of pictures."""
    app.router.add_get("/mj/{task_id:[0-9a-f-]{16,36}}.png", grid)
    app.router.add_get("/mj/{task_id:[0-9a-f-]{16,36}}_{tile:[0-3]}.png", tile)
    app.router.add_get("/attachments/1/2/{task_id:[0-9a-f-]{16,36}}.png", signed)


async def grid(request: web.Request) -> web.StreamResponse:
    """Give the picture of a task."""
    return await give(request, request.match_info["task_id"])


async def tile(request: web.Request) -> web.StreamResponse:
    """Give one quarter of a grid: 0 to 3, in reading order."""
    task_id, number = request.match_info["task_id"], int(request.match_info["tile"])
    return await give(request, task_id, tile=number)


async def signed(request: web.Request) -> web.StreamResponse:
    """Give the picture if the query came byte for byte as it was given out."""
    if request.url.raw_query_string != SIGNATURE:
        return await answer(request, PICTURES["404"], request.app[STATE].playbook.default)
    return await give(request, request.match_info["task_id"])


async def give(
    request: web.Request, task_id: str, *, tile: int | None = None
) -> web.StreamResponse:
    """Give the picture of a task, or one quarter of it, as far as it is finished."""
    state = request.app[STATE]
    state.ledger.visits["picture"] += 1
    task = state.ledger.tasks.get(task_id)
    if task is None or moment(task, state.clock()).status != "finished":
        return await answer(request, PICTURES["404"], state.playbook.default)
    reply = state.row(PICTURES, state.picture_row(task))
    payload = reply.payload
    body = (
        None if payload is None else await asyncio.to_thread(payload, partial(picture, task, tile))
    )
    return await answer(request, reply, task.script, task_id=task.task_id, body=body)
