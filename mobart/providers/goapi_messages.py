"""The messages of GoAPI's `mj/v2` API; nothing else knows their shape.

Pure: objects in, nouns of Mobart or `mobart.errors` out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mobart.domain import GenerationRequest, Pending, Picture
from mobart.errors import Code, InDoubt, Rejected, Unavailable
from mobart.providers.callback import CallbackAddress
from mobart.providers.outcomes import ELSEWHERE, REFUSED, refusal, spoken
from mobart.providers.redaction import redact
from mobart.providers.words import reason_in

TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
DONE = frozenset({"finished", "completed", "success"})
FAILED = frozenset({"failed", "failure", "error", "cancelled", "canceled"})
UNDER_WAY = frozenset(
    {"staged", "pending", "processing", "submitted", "queued", "accepted", "created", "ok"}
)
"""Words that, in the answer to a submit, hint that it was accepted."""

GRIDS = ("image_url", "permanent_url", "discord_image_url")
"""Fields with the whole 2x2 grid, the provider's own copy first."""
TILES = ("temporary_image_urls", "image_urls")
"""Fields with a list of the four tiles."""
LONGEST_URL = 4096

FAILURE = "The image provider could not finish the picture."
_ASPECT = re.compile(r"(?:--|[—–])\s*(?:ar|aspect)\b", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3})\s*%?")


def imagine(
    request: GenerationRequest,
    *,
    process_mode: str | None,
    aspect_ratio: str | None,
    callback: CallbackAddress | None = None,
) -> dict[str, object]:
    """Write the body of `/imagine`; an aspect ratio in the prompt itself is left to the prompt."""
    message: dict[str, object] = {"prompt": request.prompt}
    if process_mode:
        message["process_mode"] = process_mode
    if aspect_ratio and not _ASPECT.search(request.prompt):
        message["aspect_ratio"] = aspect_ratio
    if callback is not None:
        message["webhook_endpoint"] = callback.url(request.request_id)
        message["webhook_secret"] = callback.secret(request.request_id)
        message["notify_progress"] = True
    return message


def read_callback(body: object) -> str | None:
    """Return the task id in a call to the webhook, whose body is a task object."""
    task_id = body.get("task_id") if isinstance(body, dict) else None
    return task_id if isinstance(task_id, str) and TASK_ID.fullmatch(task_id) else None


def read_ticket(body: Mapping[str, Any], *, secrets: tuple[str, ...]) -> str:
    """Return the task id in the answer to a submit.

    Raises:
        Rejected: the answer says no.
        Unavailable: it says that there is no room now.
        InDoubt: it says neither yes nor no.

    """
    task_id, status, said = body.get("task_id"), _status(body), spoken(body)
    if isinstance(task_id, str) and TASK_ID.fullmatch(task_id):
        return task_id
    detail = redact(f"{status or 'no status'}: {said or 'no message'}", *secrets)
    if (task_id is None or task_id == "") and _says_no(status, said):
        raise refusal(said, fallback=(Code.PROVIDER_REJECTED, REFUSED), detail=detail)
    raise InDoubt(f"no usable task id ({detail})", code=Code.PROVIDER_BAD_RESPONSE)


def read_task(task: object, *, reference: str, tile: int) -> Pending | Picture:
    """Tell how far the task object *task* says that the generation *reference* is.

    *tile*, 1 to 4, is the one to take where there are tiles but no grid.

    Raises:
        Rejected: the generation failed.
        Unavailable: this is not an answer about that generation.

    """
    if not isinstance(task, Mapping):
        raise Unavailable(Code.PROVIDER_BAD_RESPONSE, ELSEWHERE, detail="poll: not readable")
    if task.get("task_id") != reference:
        raise Unavailable(Code.PROVIDER_BAD_RESPONSE, ELSEWHERE, detail="poll: another task")
    status, result = _status(task), _result(task)
    if status in FAILED:
        raise _failure(task, result)
    if status not in DONE:
        return Pending(_progress(result.get("task_progress")))
    urls = picture_urls(result, tile=tile)
    if not urls:
        raise Unavailable(
            Code.PROVIDER_BAD_RESPONSE, ELSEWHERE, detail="poll: finished without an address"
        )
    return Picture(urls)


def picture_urls(result: Mapping[str, Any], *, tile: int) -> tuple[str, ...]:
    """Return all addresses of one and the same picture: the grid, or else one tile of it."""
    grids = _distinct(result.get(name) for name in GRIDS)
    if grids:
        return grids
    rows = [row for name in TILES if isinstance(row := result.get(name), list) and row]
    return _distinct(row[tile - 1] if len(row) >= tile else row[0] for row in rows)


def _says_no(status: str, said: str) -> bool:
    """Tell whether the answer to a submit, which has no task id, is a refusal.

    A bare message may be a friendly one: without a status its words must be known.
    """
    if not status:
        return reason_in(said) is not None
    return status in FAILED or (bool(said) and status not in DONE | UNDER_WAY)


def _status(body: Mapping[str, Any]) -> str:
    status = body.get("status")
    return status.strip().casefold() if isinstance(status, str) else ""


def _result(task: Mapping[str, Any]) -> Mapping[str, Any]:
    result = task.get("task_result")
    return result if isinstance(result, Mapping) else {}


def _distinct(urls: Iterable[object]) -> tuple[str, ...]:
    fit = (url for url in urls if isinstance(url, str) and 0 < len(url) <= LONGEST_URL)
    return tuple(dict.fromkeys(fit))


def _progress(value: object) -> int | None:
    """Read a percentage; whatever is none is no progress, and no error."""
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value.strip())):
        value = int(match[1])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= 100 else None  # noqa: PLR2004 - per cent


def _failure(task: Mapping[str, Any], result: Mapping[str, Any]) -> Rejected:
    said = "; ".join(filter(None, [spoken(result), spoken(task)]))
    reason, prompt = reason_in(said), _prompt(task)
    told = redact(said, prompt) if prompt else "words that may quote the prompt"
    detail = f"failed: {told if said else 'no message'}"
    if reason is None:
        return Rejected(Code.GENERATION_FAILED, FAILURE, detail=detail)
    return Rejected(reason.code, reason.sentence, detail=detail)


def _prompt(task: Mapping[str, Any]) -> str:
    """Return the prompt that the task repeats, which its error messages may quote."""
    meta = task.get("meta")
    params = meta.get("task_param") if isinstance(meta, Mapping) else None
    prompt = params.get("prompt") if isinstance(params, Mapping) else None
    return prompt if isinstance(prompt, str) else ""
