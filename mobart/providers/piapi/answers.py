"""What PiAPI and LegNext answer; nothing else knows its shape.

Both speak of tasks: PiAPI puts one into an envelope `{code, message, data}`, LegNext sends it bare
and wraps it for webhooks only.  What a task is called by, `task_id` or `job_id`, is the *name*.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, InDoubt, Rejected
from mobart.core.lenient_json import nested_json
from mobart.providers.fields import error_text, object_of, percent, task_id_of, text_of
from mobart.providers.http import Answer
from mobart.providers.midjourney import picture_urls
from mobart.providers.outcomes import (
    accepted_body,
    failure,
    is_success,
    json_object,
    nonsense,
    refuse_if_proven,
)
from mobart.providers.states import DONE, FAILED, pending, status_of

ERRORS = range(400, 600)


def task_in(body: object, *, name: str) -> Mapping[str, Any] | None:
    """Return the task in a body: the body itself, its `data`, or the `task` in that."""
    layers = [body]
    for inner in ("data", "task"):
        layer = layers[-1]
        value = layer.get(inner) if isinstance(layer, Mapping) else None
        layers.append(nested_json(value) or value)
    return next((layer for layer in layers if isinstance(layer, Mapping) and name in layer), None)


def reference_in(body: object, *, name: str) -> str | None:
    """Return the id of the task that a body speaks of, if it holds one."""
    task = task_in(body, name=name)
    return None if task is None else task_id_of(task[name])


def read_ticket(answer: Answer, *, name: str, now: datetime, secrets: tuple[str, ...]) -> str:
    """Return the id of the task in the answer to a submit, whatever else is text: it can be asked.

    Raises:
        Rejected, Unavailable, InDoubt: as `ImageProvider.submit`.
    """
    body = json_object(answer) or {}
    reference = reference_in(body, name=name)
    if reference is not None:
        return reference
    task = task_in(body, name=name)
    if task is not None and task[name] not in (None, ""):
        raise InDoubt("no usable task id", code=Code.PROVIDER_BAD_RESPONSE)
    meant = as_meant(answer)
    failed = "code" in body and meant.status == HTTPStatus.INTERNAL_SERVER_ERROR
    if failed or (is_success(meant) and _is_failure(body)):
        refuse_if_proven(body, secrets)
    accepted_body(meant, now=now, secrets=secrets)
    raise InDoubt("no task id", code=Code.PROVIDER_BAD_RESPONSE)


def as_meant(answer: Answer) -> Answer:
    """Return *answer* with the status that its envelope holds; an unknown code counts as 500."""
    code = (json_object(answer) or {}).get("code")
    if isinstance(code, str) and code.isdecimal() and code.isascii():
        code = int(code[:9])
    if not is_success(answer) or isinstance(code, bool) or not isinstance(code, int):
        return answer
    if code in (0, HTTPStatus.OK):
        return answer
    return replace(answer, status=code if code in ERRORS else HTTPStatus.INTERNAL_SERVER_ERROR)


def read_task(body: object, *, name: str, reference: str, tile: int) -> Pending | Picture:
    """Read from a body the state of the generation *reference*.

    *tile*, 1 to 4, is the one to take where there are tiles but no grid.

    Raises:
        Rejected: the generation failed.
        Unavailable: this is not an answer about that generation.
    """
    task = task_in(body, name=name)
    if task is None or task_id_of(task[name]) != reference:
        raise nonsense("not about the task")
    status, output = status_of(task), object_of(task, "output")
    if status in FAILED:
        raise _failure(task, output)
    if status not in DONE:
        progress = percent(output.get("progress"))
        return pending(status, progress, lambda: _picture(output, tile))
    return _picture(output, tile)


def _picture(output: Mapping[str, Any], tile: int) -> Picture:
    urls = picture_urls(output, tile=tile)
    if not urls:
        raise nonsense("finished without a picture")
    return Picture(urls, grid=True)


def _is_failure(body: Mapping[str, Any]) -> bool:
    """Return whether a body without a code, as a bare task has none, says that it failed."""
    return "code" not in body and (bool(object_of(body, "error")) or status_of(body) in FAILED)


def _failure(task: Mapping[str, Any], output: Mapping[str, Any]) -> Rejected:
    text = "; ".join(filter(None, (error_text(task), error_text(output))))
    given = object_of(task, "input")
    prompts = (text_of(given, "prompt"), text_of(given, "text"), text_of(task, "text"))
    return failure(text, *prompts, status=status_of(task))
