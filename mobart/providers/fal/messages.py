"""The messages of fal's queue; nothing else knows their shape.

Pure: objects in, nouns of Mobart or `mobart.core.errors` out.  Source: fal's documentation of its queue
and its Python SDK, 1.0.3.
"""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from mobart.core.domain import Picture
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.providers.error_phrases import is_moderation
from mobart.providers.fields import addresses_in, list_of, task_id_of
from mobart.providers.outcomes import failure, nonsense, unreadable
from mobart.providers.redaction import redact
from mobart.providers.sentences import FAILED as UNFINISHED
from mobart.providers.sentences import MODERATED, NO_CREDIT, REFUSED, TOO_LATE
from mobart.providers.states import DONE, FAILED, status_of

MODEL = re.compile(r"[\w.-]+(/[\w.-]+)+", re.ASCII)
NAMESPACES = frozenset({"workflows", "comfy"})
"""What may stand before the owner of an app."""
TYPES: Mapping[str, tuple[Code, str]] = {
    "content_policy_violation": (Code.MODERATION_BLOCKED, MODERATED),
    "no_media_generated": (Code.GENERATION_FAILED, UNFINISHED),
    "generation_timeout": (Code.GENERATION_FAILED, UNFINISHED),
    "request_timeout": (Code.PROVIDER_TIMEOUT, TOO_LATE),
    "startup_timeout": (Code.PROVIDER_TIMEOUT, TOO_LATE),
    "insufficient_balance": (Code.PROVIDER_CREDIT, NO_CREDIT),
}
"""Types of errors; they decide, not the words beside them."""
UNBILLED = re.compile(r"runner_\w+|(request|startup)_timeout|internal_(server_)?error", re.ASCII)
"""Types of errors whose HTTP status is 500 or above, which fal does not bill, as it says."""
MODELS_OWN = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""Statuses that a result has from its model alone, where the body has fal's words."""


def app_of(model: str) -> str:
    """Return the app of a model, under whose address its requests are: `owner/app`, no sub-path."""
    parts = model.split("/")
    return "/".join(parts[: 3 if parts[0] in NAMESPACES else 2])


def reference_of(model: str, request_id: str) -> str:
    """Return where a request is found; it holds the app, so it is good after a change of models."""
    return f"{app_of(model)}/requests/{request_id}"


def read_callback(body: object, *, model: str) -> str | None:
    """Return the reference of the request that *body* names, if it does."""
    request_id = task_id_of(body.get("request_id")) if isinstance(body, Mapping) else None
    return None if request_id is None else reference_of(model, request_id)


def judge(body: Mapping[str, Any]) -> Rejected | Unavailable | None:
    """Read the types of the errors in a refused submit: a `Judgement`."""
    known = next((TYPES[kind] for kind in _types(body) if kind in TYPES), None)
    return None if known is None else Rejected(*known, detail="; ".join(_types(body)))


def read_status(body: object, *, reference: str) -> bool:
    """Return whether the request is over, so that there is a result to ask for.

    Raises:
        Rejected: it ended without one.
        Unavailable: this is not an answer about that request.
    """
    if not isinstance(body, Mapping) or not isinstance(body.get("status"), str):
        raise nonsense("no status")
    request_id = body.get("request_id")
    if request_id is not None and task_id_of(request_id) != reference.rpartition("/")[2]:
        raise nonsense("another request")
    known = status_of(body)
    if known not in DONE | FAILED:
        return False
    if known in FAILED or body.get("error") or body.get("error_type"):
        raise failed_request(body)
    return True


def read_result(body: object) -> Picture:
    """Return the picture in a result: the first one, the others are other pictures.

    Raises:
        Rejected: moderation blackened it, or there is none.
        Unavailable: the answer cannot be read.
    """
    if not isinstance(body, Mapping):
        raise nonsense("an unreadable result")
    flags = list_of(body, "has_nsfw_concepts")
    if flags and flags[0] is True:
        raise Rejected(Code.MODERATION_BLOCKED, MODERATED, detail="has_nsfw_concepts")
    found = addresses_in([body.get("images"), body.get("image"), body])
    if not found:
        raise unreadable(
            f"the result holds no picture ({', '.join(map(str, body))[:100]}): see FAL_MODEL"
        )
    return Picture(found[:1])


def failed_request(body: Mapping[str, Any], *, status: int = HTTPStatus.OK) -> Rejected:
    """Make the error for a request that ended badly; *status* is that of its result, if it has one.

    Where an error has a type, that decides, and not the words beside it.
    """
    types, text = list(_types(body)), "; ".join(_words(body))
    detail = redact(f"failed: {' '.join([*types, text]) or 'no message'}", *_inputs(body))
    broken = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    unbilled = broken or any(UNBILLED.fullmatch(kind) for kind in types)
    known = next((TYPES[kind] for kind in types if kind in TYPES), None)
    if known is not None:
        told = detail if any(_inputs(body)) else f"failed: {types}"
        return Rejected(*known, detail=told, refunded=unbilled)
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return Rejected(Code.PROVIDER_REJECTED, REFUSED, detail=f"failed: {types}")
    if is_moderation(*types):
        return Rejected(Code.MODERATION_BLOCKED, MODERATED, detail=f"failed: {types}")
    if types:
        detail = f"failed: {types}"
        return Rejected(Code.GENERATION_FAILED, UNFINISHED, detail=detail, refunded=unbilled)
    return failure(text, *_inputs(body), status=status_of(body))


def is_failure(status: int, headers: Mapping[str, str], body: object) -> bool:
    """Return whether the answer to a question for a result is the model's own error.

    It is named in fal's header, or in its words where nobody else has such a status; what a front
    end says on its own account may pass.
    """
    if status < HTTPStatus.BAD_REQUEST or not isinstance(body, Mapping):
        return False
    named = any(name.lower() == "x-fal-error-type" for name in headers)
    return named or (status in MODELS_OWN and bool(list(_types(body))))


def _errors(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """List the errors in a body: itself, and those of its `detail`."""
    yield body
    for one in list_of(body, "detail"):
        if isinstance(one, Mapping):
            yield one


def _types(body: Mapping[str, Any]) -> Iterator[str]:
    for error in _errors(body):
        for name in ("error_type", "type"):
            if isinstance(kind := error.get(name), str) and kind:
                yield kind


def _words(body: Mapping[str, Any]) -> Iterator[str]:
    for error in _errors(body):
        for name in ("error", "detail", "msg"):
            if isinstance(text := error.get(name), str) and text:
                yield text


def _inputs(body: Mapping[str, Any]) -> Iterator[str]:
    """List the inputs that errors repeat, the prompt among them."""
    for error in _errors(body):
        given = error.get("input")
        values = given.values() if isinstance(given, Mapping) else [given]
        yield from (value for value in values if isinstance(value, str))
