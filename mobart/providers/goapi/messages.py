"""The messages of GoAPI's `mj/v2` API; nothing else knows their shape.

Pure: objects in, nouns of Mobart or `mobart.core.errors` out.
"""

from collections.abc import Mapping
from typing import Any

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, InDoubt
from mobart.core.orders import Order
from mobart.providers.callback import CallbackAddress
from mobart.providers.error_phrases import find_reason
from mobart.providers.fields import error_text, object_of, percent, task_id_of, text_of
from mobart.providers.midjourney import has_parameter, picture_urls
from mobart.providers.outcomes import failure, nonsense, refusal, refuse_if_proven
from mobart.providers.redaction import redact, unquoted
from mobart.providers.sentences import REFUSED
from mobart.providers.states import DONE, FAILED, pending, status_of

UNDER_WAY = frozenset(
    {"staged", "pending", "processing", "submitted", "queued", "accepted", "created", "ok"}
)
"""Statuses that, in the answer to a submit, hint that it was accepted."""
REFUSING = FAILED - {"timeout", "timed_out", "aborted", "terminated", "expired"}
"""Those that say that it was not; of the others nobody knows what came before."""


def imagine(
    order: Order,
    *,
    process_mode: str | None,
    aspect_ratio: str | None,
    callback: CallbackAddress | None = None,
) -> dict[str, object]:
    """Write the body of `/imagine`; an aspect ratio in the prompt itself is left to the prompt."""
    message: dict[str, object] = {"prompt": order.prompt}
    if process_mode:
        message["process_mode"] = process_mode
    ratio = order.aspect_ratio or aspect_ratio
    if ratio and not has_parameter(order.prompt, "ar", "aspect"):
        message["aspect_ratio"] = ratio
    if callback is not None:
        message["webhook_endpoint"] = callback.url(order.request_id)
        message["webhook_secret"] = callback.secret(order.request_id)
        message["notify_progress"] = True
    return message


def read_callback(body: object) -> str | None:
    """Return the task id in a call to the webhook: of the body, or of the `data` in it."""
    layers = (body, object_of(body, "data"))
    ids = (task_id_of(layer.get("task_id")) for layer in layers if isinstance(layer, Mapping))
    return next((task_id for task_id in ids if task_id is not None), None)


def read_ticket(body: Mapping[str, Any], *, secrets: tuple[str, ...]) -> str:
    """Return the task id in the answer to a submit.

    Raises:
        Rejected: the answer says no.
        Unavailable: it says that there is no room now.
        InDoubt: it says neither yes nor no.
    """
    reference = read_callback(body)
    if reference is not None:
        return reference
    status, text = status_of(body), error_text(body)
    detail = redact(f"{status or 'no status'}: {text or 'no message'}", *secrets)
    said = unquoted(text, *secrets)
    if body.get("task_id") in (None, ""):
        if _refuses(status, said):
            raise refusal(said, fallback=(Code.PROVIDER_REJECTED, REFUSED), detail=detail)
        refuse_if_proven(body, secrets)
    raise InDoubt(f"no usable task id ({detail})", code=Code.PROVIDER_BAD_RESPONSE)


def read_task(task: object, *, reference: str, tile: int) -> Pending | Picture:
    """Read from the task object *task* the state of the generation *reference*.

    *tile*, 1 to 4, is the one to take where there are tiles but no grid.

    Raises:
        Rejected: the generation failed.
        Unavailable: this is not an answer about that generation.
    """
    if isinstance(task, Mapping) and "task_id" not in task:
        task = object_of(task, "data")
    if not isinstance(task, Mapping):
        raise nonsense("not readable")
    if task_id_of(task.get("task_id")) != reference:
        raise nonsense("another task")
    status, result = status_of(task), object_of(task, "task_result")
    if status in FAILED:
        text = "; ".join(filter(None, [error_text(result), error_text(task)]))
        parameters = object_of(object_of(task, "meta"), "task_param")
        raise failure(text, text_of(parameters, "prompt"), status=status)
    if status not in DONE:
        progress = percent(result.get("task_progress"))
        return pending(status, progress, lambda: _picture(result, tile))
    return _picture(result, tile)


def _picture(result: Mapping[str, Any], tile: int) -> Picture:
    urls = picture_urls(result, tile=tile)
    if not urls:
        raise nonsense("finished without an address")
    return Picture(urls, grid=True)


def _refuses(status: str, text: str) -> bool:
    """Return whether the answer to a submit, which has no task id, is a refusal.

    A bare message may be a friendly one: without a status its words must be known.
    """
    if not status:
        return find_reason(text) is not None
    return status in REFUSING or (bool(text) and status not in DONE | FAILED | UNDER_WAY)
