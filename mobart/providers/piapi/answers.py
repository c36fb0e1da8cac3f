"""What PiAPI and LegNext answer; nothing else knows its shape.

Both speak of tasks: PiAPI puts one into an envelope `{code, message, data}`, LegNext sends it bare
and wraps it for webhooks only.  What a task is called by, `task_id` or `job_id`, is the *name*.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.providers.error_phrases import find_reason
from mobart.providers.fields import percent
from mobart.providers.http import Answer
from mobart.providers.midjourney import (
    DONE,
    FAILED,
    TASK_ID,
    failure,
    picture_urls,
    status_of,
)
from mobart.providers.outcomes import (
    ELSEWHERE,
    REFUSED,
    accepted_body,
    error_text,
    json_object,
    refusal,
    wrapped_error_text,
)
from mobart.providers.redaction import redact

OK, INTERNAL = 200, 500
PROOF = frozenset(
    {Code.PROVIDER_CREDIT, Code.PROVIDER_AUTH, Code.MODERATION_BLOCKED, Code.PROMPT_REJECTED}
)
"""What a 500 may say that proves a refusal.  "No room now" does not: that may be the next house."""


def task_in(body: object, *, name: str) -> Mapping[str, Any] | None:
    """Return the task that a body speaks of: itself, its `data`, or the `task` in that."""
    layers = [body]
    for inner in ("data", "task"):
        layer = layers[-1]
        layers.append(layer.get(inner) if isinstance(layer, Mapping) else None)
    return next((layer for layer in layers if isinstance(layer, Mapping) and name in layer), None)


def reference_in(body: object, *, name: str) -> str | None:
    """Return what a task can be asked about by, if the body holds it."""
    task = task_in(body, name=name)
    reference = None if task is None else task[name]
    fit = isinstance(reference, str) and TASK_ID.fullmatch(reference)
    return str(reference) if fit else None


def reading(name: str) -> Callable[[object], str | None]:
    """Return what reads the id of the task in a webhook's body, which is wrapped or not."""
    return lambda body: reference_in(body, name=name)


def read_ticket(answer: Answer, *, name: str, now: datetime, secrets: tuple[str, ...]) -> str:
    """Return the id of the task in the answer to a submit, whatever else is said: it can be asked.

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
    if meant.status == INTERNAL:
        _refuse_if_proven(body, secrets)
    accepted_body(meant, now=now, secrets=secrets)
    raise InDoubt("no task id", code=Code.PROVIDER_BAD_RESPONSE)


def as_meant(answer: Answer) -> Answer:
    """Return an answer with the status that its envelope tells; an odd code is an error of theirs."""
    code = (json_object(answer) or {}).get("code")
    if answer.status // 100 != 2 or isinstance(code, bool) or not isinstance(code, int):  # noqa: PLR2004
        return answer
    if code in (0, OK):
        return answer
    return replace(answer, status=code if 400 <= code < 600 else INTERNAL)  # noqa: PLR2004


def read_task(body: object, *, name: str, reference: str, tile: int) -> Pending | Picture:
    """Tell how far a body says that the generation *reference* is.

    *tile*, 1 to 4, is the one to take where there are tiles but no grid.

    Raises:
        Rejected: the generation failed.
        Unavailable: this is not an answer about that generation.

    """
    task = task_in(body, name=name)
    if task is None or task[name] != reference:
        raise Unavailable(Code.PROVIDER_BAD_RESPONSE, ELSEWHERE, detail="poll: not about the task")
    status, output = status_of(task), _part(task, "output")
    if status in FAILED:
        raise _failure(task, output)
    if status not in DONE:
        return Pending(percent(output.get("progress")))
    urls = picture_urls(output, tile=tile)
    if not urls:
        detail = "poll: finished without a picture"
        raise Unavailable(Code.PROVIDER_BAD_RESPONSE, ELSEWHERE, detail=detail)
    return Picture(urls)


def _refuse_if_proven(body: Mapping[str, Any], secrets: tuple[str, ...]) -> None:
    """Raise Rejected if the envelope of an internal error says a thing that proves a refusal.

    Where the prompt, one of *secrets*, says such things itself, they may be quoted, and prove nothing.
    """
    said = wrapped_error_text(body)
    reason = find_reason(said)
    quoted = any(find_reason(secret) for secret in secrets)
    if "code" in body and reason is not None and reason.code in PROOF and not quoted:
        fallback = (Code.PROVIDER_REJECTED, REFUSED)
        raise refusal(said, fallback=fallback, detail=redact(said, *secrets))


def _failure(task: Mapping[str, Any], output: Mapping[str, Any]) -> Rejected:
    said = "; ".join(filter(None, (error_text(task), error_text(output))))
    given = _part(task, "input")
    prompts = (given.get("prompt"), given.get("text"), task.get("text"))
    return failure(said, *(prompt for prompt in prompts if isinstance(prompt, str)))


def _part(task: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = task.get(name)
    return part if isinstance(part, Mapping) else {}
