"""Handles paid submits for all dialects: judge, write down, answer."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from aiohttp import web

from mobart_local.standin.answers import TASK, Table
from mobart_local.standin.ledger import Submit
from mobart_local.standin.pictures import picture
from mobart_local.standin.replies import Draw, Reply
from mobart_local.standin.script import Script
from mobart_local.standin.state import STATE, ServerState, answer, new_task_id, origin
from mobart_local.standin.tasks import Task

Writer = Callable[[Task, float, str], object]
"""Writes the body of an answer about a task, from it, the time and the origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRequest:
    """What a submit asks for; the fields are those of the `Task` that it becomes."""

    prompt: str
    kind: str = "imagine"
    provider: str = "midjourney"
    task_id: str = field(default_factory=new_task_id)
    origin_task_id: str = ""
    index: str = ""
    aspect_ratio: str = ""
    process_mode: str = ""
    webhook_endpoint: str = ""
    webhook_secret: str = ""
    notify_progress: bool = False
    notify_start: bool = False
    request_key: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


async def accept(
    request: web.Request,
    table: Table,
    wanted: SubmitRequest,
    *,
    wrong: str | None = None,
    single: bool = False,
    write: Writer | None = None,
    turn: AbstractAsyncContextManager[object] | None = None,
    idempotent: bool = False,
) -> web.StreamResponse:
    """Answer a submit with a row of *table*; the task is written down before anything is sent.

    *wrong* is the row of what the real API would refuse too.  A *single* picture is none of a grid.
    Where the row has a payload, the picture is in the answer, which so takes the whole generation,
    and before that its *turn* has to come.  A good answer whose body is only the blank `$task` is
    what *write* makes of the task, the time and the origin.  Where the API is *idempotent*, a submit
    whose key is known is answered with the task of the first, or `conflict` if it asks for another.
    """
    state, provider = request.app[STATE], wanted.provider
    wanted = replace(wanted, request_key=request.headers.get("Idempotency-Key", ""))
    if wrong is not None:
        state.ledger.record(_note(state, wanted, wrong, accepted=False))
        return await answer(request, table[wrong], state.playbook.default)
    known = _known(state, wanted) if idempotent else None
    if known is not None and write is not None:
        return await _repeat(request, table, wanted, known=known, write=write)
    script = state.playbook.choose(wanted.prompt, provider)
    if single:
        script = replace(script, shape="single", side=min(script.side, 1024))
    row = state.playbook.outage_of(provider) or script.submit
    reply = state.row(table, row, provider)
    task = _task(state, wanted, script) if reply.accepts else None
    state.ledger.record(_note(state, wanted, row, accepted=reply.accepts), task)
    if task is None:
        unsold = None if reply.payload is None else reply.payload(bytes)
        return await answer(request, reply, script, body=unsold)
    return await _carry_out(request, reply, task, write, turn)


async def _carry_out(
    request: web.Request,
    reply: Reply,
    task: Task,
    write: Writer | None,
    turn: AbstractAsyncContextManager[object] | None,
) -> web.StreamResponse:
    """Begin *task*, and answer with it, or with its picture."""
    await _begin(request, task, follow=reply.payload is None)
    if reply.payload is not None:
        body: bytes | None = await _generated(task, reply.payload, turn)
    else:
        body = _written(task, write, origin(request)) if reply.body == TASK else None
    await asyncio.sleep(task.script.submit_delay)
    return await answer(request, reply, task.script, task_id=task.task_id, body=body)


async def _repeat(
    request: web.Request, table: Table, wanted: SubmitRequest, *, known: Task, write: Writer
) -> web.StreamResponse:
    """Answer a submit whose key bought *known* before."""
    state = request.app[STATE]
    row = state.playbook.outage_of(wanted.provider) or _repeated(known, wanted)
    state.ledger.record(_note(state, wanted, row, accepted=False))
    body = _written(known, write, origin(request)) if row == "accept" else None
    reply = state.row(table, row, wanted.provider)
    return await answer(request, reply, known.script, task_id=known.task_id, body=body)


async def _generated(
    task: Task,
    payload: Callable[[Draw], bytes],
    turn: AbstractAsyncContextManager[object] | None,
) -> bytes:
    """Return the picture of *task* as *payload* holds it, after the whole generation."""
    async with turn or nullcontext():
        await asyncio.sleep(task.script.seconds)
    return await asyncio.to_thread(payload, partial(picture, task))


def _written(task: Task, write: Writer | None, origin: str) -> bytes | None:
    """Write the task as it was created: clients take any later status of a fresh one for its end."""
    return None if write is None else json.dumps(write(task, task.created_at, origin)).encode()


async def _begin(request: web.Request, task: Task, *, follow: bool) -> None:
    """Start what goes on while the submit is being answered."""
    state = request.app[STATE]
    state.begin_painting(task)
    if task.script.webhook_early and task.webhook_endpoint:
        await state.webhooks.tell(task, origin(request))
    if follow:
        state.webhooks.follow(task, origin(request))


def _known(state: ServerState, wanted: SubmitRequest) -> Task | None:
    """Return the task that was bought with the same key."""
    tasks = state.ledger.tasks.values() if wanted.request_key else ()
    mine = (task for task in tasks if task.provider == wanted.provider)
    return next((task for task in mine if task.request_key == wanted.request_key), None)


def _repeated(known: Task, wanted: SubmitRequest) -> str:
    """Return the row that answers a submit whose key is *known*."""
    same = (known.prompt, dict(known.extra)) == (wanted.prompt, dict(wanted.extra))
    return "accept" if same else "conflict"


def _task(state: ServerState, wanted: SubmitRequest, script: Script) -> Task:
    return Task(**asdict(wanted), created_at=state.clock(), script=script)


def _note(state: ServerState, wanted: SubmitRequest, row: str, *, accepted: bool) -> Submit:
    return Submit(
        prompt=wanted.prompt,
        at=state.clock(),
        answer=row,
        accepted=accepted,
        provider=wanted.provider,
        request_key=wanted.request_key,
    )
