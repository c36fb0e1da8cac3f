"""The messages of midjourney-proxy's API; nothing else knows their shape.

Pure: objects in, nouns of Mobart or `mobart.core.errors` out.  Sources: the controllers of
novicezk/midjourney-proxy (Java), trueai-org/midjourney-proxy (.NET), and the router and relay of
QuantumNous/new-api, which resells both.
"""

import re
from collections.abc import Mapping
from typing import Any

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.providers.callback import CallbackAddress
from mobart.providers.fields import (
    addresses_of,
    error_text,
    object_of,
    percent,
    task_id_of,
    text_of,
)
from mobart.providers.midjourney import prompt_of
from mobart.providers.outcomes import failure, nonsense, refusal, usable
from mobart.providers.redaction import redact, unquoted
from mobart.providers.sentences import BUSY, LOST, MODERATED, REFUSED
from mobart.providers.states import DONE, FAILED, pending, status_of

PARAMETERS = ("mode", "bot_type")
"""Parameters of a preset: `relax`, `fast`, `turbo`; `mid_journey`, `niji_journey` (trueai only)."""
MODES = frozenset({"relax", "fast", "turbo"})
BOT_TYPES = frozenset({"mid_journey", "niji_journey"})

ACCEPTED = frozenset({1, 21, 22})
"""`SUCCESS`, `EXISTED`, `IN_QUEUE`: the result is the id of a task that will be paid for."""
NOT_FOUND, INVALID, FAILURE, QUEUE_REJECTED, BANNED_PROMPT = 3, 4, 9, 23, 24
"""All other codes, 5 of resellers among them, leave open what happened."""
KNOWN = ACCEPTED | {NOT_FOUND, INVALID, FAILURE, QUEUE_REJECTED, BANNED_PROMPT}
"""Codes of the proxy's own; an envelope around its answer has others, as 200."""
ENVELOPES = ("data", "result", "response")
QUEUE_FULL = re.compile(r"queue( is)? full|队列已满|排队.{0,4}已满", re.IGNORECASE)
"""The one `FAILURE` that proves that nothing was bought: the .NET proxy says it before it submits."""
EXCEPTION = "异常"
"""In `INVALID`, the .NET proxy's words for an exception that it met anywhere, after the queue as well."""
NO_CHANNEL = 30
"""A code of resellers; the HTTP status beside it says what it means."""


def imagine(
    order: Order, *, aspect_ratio: str | None, callback: CallbackAddress | None = None
) -> dict[str, object]:
    """Write the body of `/submit/imagine`; `state` comes back with the task, wherever it is listed."""
    message: dict[str, object] = {
        "prompt": prompt_of(order, aspect_ratio=order.aspect_ratio or aspect_ratio or ""),
        "state": order.request_id,
    }
    if callback is not None:
        message["notifyHook"] = callback.proving_url(order.request_id)
    mode, bot_type = (order.parameters.get(name) for name in PARAMETERS)
    if isinstance(mode, str) and mode in MODES:
        message["accountFilter"] = {"modes": [mode.upper()]}
    if isinstance(bot_type, str) and bot_type in BOT_TYPES:
        message["botType"] = bot_type.upper()
    return message


def read_callback(body: object) -> str | None:
    """Return the task id in a call to the hook, whose body is a task object, or one in an envelope."""
    layers = (body, object_of(body, "result"), object_of(body, "data"))
    ids = (task_id_of(layer.get("id")) for layer in layers if isinstance(layer, Mapping))
    return next((task_id for task_id in ids if task_id is not None), None)


def read_ticket(body: Mapping[str, Any], *, secrets: tuple[str, ...]) -> str:
    """Return the task id in the answer to a submit, which is HTTP 200 also where it says no.

    Raises:
        Rejected: the answer says no.
        Unavailable: it says that there is no room now.
        InDoubt: it says neither yes nor no.
    """
    layers = (body, *(object_of(body, name) for name in ENVELOPES))
    told = next((one for one in layers if _code(one) in KNOWN), body)
    if _code(told) not in ACCEPTED:
        raise verdict(told, secrets=secrets) or InDoubt("neither yes nor no")
    result = told.get("result")
    if isinstance(result, Mapping):
        result = result.get("id", result.get("result"))
    return usable(task_id_of(result))


def verdict(
    body: Mapping[str, Any], *, secrets: tuple[str, ...]
) -> Rejected | Unavailable | InDoubt | None:
    """Judge the code in a body that says no, whatever the HTTP status; None if there is none.

    A reseller reports that its own upstream's answer was lost as HTTP 400 with code 5, so a status
    that proves a refusal elsewhere proves none here.
    """
    code, text = _code(body), error_text(body)
    if code is None or code == NO_CHANNEL:
        return None
    detail = redact(f"code {code}: {text or 'no message'}", *secrets, *_banned(body))
    if code == BANNED_PROMPT:
        return Rejected(Code.MODERATION_BLOCKED, MODERATED, detail=detail)
    if code == QUEUE_REJECTED:
        return Unavailable(Code.PROVIDER_RATE_LIMITED, BUSY, detail=detail)
    if code == FAILURE and QUEUE_FULL.search(text):
        return Unavailable(Code.PROVIDER_RATE_LIMITED, BUSY, detail=detail)
    if code in {NOT_FOUND, INVALID} and EXCEPTION not in text:
        said = unquoted(text, *secrets)
        return refusal(said, fallback=(Code.PROVIDER_REJECTED, REFUSED), detail=detail)
    return InDoubt(detail)


def read_list(tasks: object, *, request_id: str) -> str | None:
    """Return the id of the task in a list that works on a request: one that lives, if there is one."""
    listed = tasks if isinstance(tasks, list) else []
    ours = [task for task in listed if isinstance(task, dict) and task.get("state") == request_id]
    ours.sort(key=lambda task: status_of(task) in FAILED)
    return next((found for task in ours if (found := task_id_of(task.get("id")))), None)


def read_task(task: object, *, reference: str, tile: int) -> Pending | Picture:
    """Read from the task object *task* the state of the generation *reference*.

    *tile*, 1 to 4, is the one to take where there are tiles but no grid.

    Raises:
        Rejected: the generation failed.
        Unavailable: this is not an answer about that generation.
    """
    if task is None:
        raise Unavailable(Code.GENERATION_FAILED, LOST, detail="poll: nothing, so it was lost")
    if not isinstance(task, Mapping) or task_id_of(task.get("id")) != reference:
        raise nonsense("another task")
    status = status_of(task)
    if status in FAILED:
        raise _failure(task)
    if status not in DONE:
        return pending(status, percent(task.get("progress")), lambda: _picture(task, tile))
    return _picture(task, tile)


def _picture(task: Mapping[str, Any], tile: int) -> Picture:
    urls = picture_urls(task, tile=tile)
    if not urls:
        raise nonsense("finished without an address")
    return Picture(urls, grid=True)


def picture_urls(task: Mapping[str, Any], *, tile: int) -> tuple[str, ...]:
    """Return the address of the grid, or else of one tile of it; byte for byte, as it is signed."""
    grid, tiles = addresses_of(task.get("imageUrl")), addresses_of(task.get("imageUrls"))
    return grid[:1] or tiles[tile - 1 : tile] or tiles[:1]


def _code(body: Mapping[str, Any]) -> int | None:
    code = body.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _banned(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a refusal quotes of the prompt."""
    quoted = object_of(body, "properties").values()
    return tuple(value for value in quoted if isinstance(value, str))


def _failure(task: Mapping[str, Any]) -> Rejected:
    """Read `failReason`; the description beside it repeats the prompt."""
    prompts = text_of(task, "prompt"), text_of(task, "promptEn")
    return failure(text_of(task, "failReason"), *prompts, status=status_of(task))
