"""Translates the exceptions of S3's client into what a job does next; see `problems`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from mobart.core.errors import MobartError, Rejected, Unavailable
from mobart.core.policy import retry_after
from mobart.storage.problems import (
    BAD_KMS,
    BUSY,
    BY_CODE,
    BY_EXCEPTION,
    FULL,
    KMS,
    LIMITED,
    NO_BUCKET,
    NOT_ALLOWED,
    NOT_READABLE,
    NOT_THE_OBJECTS,
    UNSUPPORTED,
    WRONG_REGION,
    Retryability,
    S3Problem,
)

LONGEST_MESSAGE = 300
BY_STATUS: Mapping[int, S3Problem] = {
    301: WRONG_REGION,
    401: NOT_ALLOWED,
    403: NOT_ALLOWED,
    404: NO_BUCKET,
    413: LIMITED,
    507: FULL,
}
"""What an answer without a code that is known means."""
READING = "GetObject"
"""The operation by which pictures are read."""


@contextmanager
def translated(*, starting: bool = False) -> Iterator[None]:
    """Translate exceptions of the client that are raised inside the block.

    Raises:
        Rejected: waiting does not help this picture or, when *starting*, this configuration.
        Unavailable: any other problem with the store.
    """
    try:
        yield
    except MobartError:
        raise
    except Exception as fault:
        problem = diagnose(fault)
        if problem is None:
            raise
        raise _verdict(problem, fault, starting=starting) from fault


def diagnose(fault: BaseException) -> S3Problem | None:
    """Name the problem behind a foreign exception; None if it is not about the store."""
    response = _response(fault)
    if response:
        code = str(response.get("Error", {}).get("Code", ""))
        problem = BY_CODE.get(code) or (BAD_KMS if code.startswith(KMS) else _by_status(response))
        reading = getattr(fault, "operation_name", "") == READING
        return NOT_READABLE if problem is NOT_ALLOWED and reading else problem
    names = (kind.__name__ for kind in type(fault).__mro__)
    return next((BY_EXCEPTION[name] for name in names if name in BY_EXCEPTION), None)


def name_of(fault: BaseException | None) -> str:
    """Return a name for what the store, or its client, met: a documented one, or the status."""
    if fault is None:
        return "not an S3"
    code = str(_response(fault).get("Error", {}).get("Code", ""))
    return code if code in BY_CODE else str(_status(fault) or type(fault).__name__)


def is_refusal(fault: BaseException | None) -> bool:
    """Return whether the store answered with a refusal (4xx)."""
    return 400 <= _status(fault) < 500  # noqa: PLR2004 - that is what 4xx means


def refuses_object(fault: BaseException | None) -> bool:
    """Return whether it refused this object, and not the caller, the bucket or the moment."""
    return fault is not None and is_refusal(fault) and diagnose(fault) not in NOT_THE_OBJECTS


def is_taken(fault: BaseException | None) -> bool:
    """Return whether an object already has the key that was to be new."""
    return _status(fault) == HTTPStatus.PRECONDITION_FAILED


def is_denied(fault: BaseException | None) -> bool:
    """Return whether the store does not allow the request, whatever for."""
    return fault is not None and diagnose(fault) is NOT_ALLOWED


def may_be_of_raw_alone(fault: BaseException | None) -> bool:
    """Return whether it does not allow what may be allowed elsewhere: other keys, smaller objects."""
    return fault is not None and diagnose(fault) in {NOT_ALLOWED, LIMITED}


def is_not_understood(fault: BaseException | None) -> bool:
    """Return whether the store does not support the request."""
    return fault is not None and diagnose(fault) is UNSUPPORTED


def _by_status(response: Mapping[str, Any]) -> S3Problem:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    passing = {0, 307, 408, 409, 425, 429}
    if status in BY_STATUS:
        return BY_STATUS[status]
    return UNSUPPORTED if status < 500 and status not in passing else BUSY  # noqa: PLR2004


def _verdict(problem: S3Problem, fault: Exception, *, starting: bool) -> Rejected | Unavailable:
    detail = f"{problem.advice} ({_quote(fault)})"
    final = problem.retryability is Retryability.HOPELESS
    if final or (starting and problem.retryability is Retryability.LASTING):
        return Rejected(problem.code, problem.sentence, detail=detail)
    return Unavailable(
        problem.code, problem.sentence, retry_after=_retry_after(fault), detail=detail
    )


def _quote(fault: Exception) -> str:
    """Return the store's message on one line; it holds nothing of the request."""
    error = _response(fault).get("Error", {})
    name, said = type(fault).__name__, str(fault)
    if error:
        name, said = error.get("Code", ""), error.get("Message", "")
    return " ".join(f"{name}: {said}".split())[:LONGEST_MESSAGE]


def _retry_after(fault: Exception) -> float | None:
    headers = _response(fault).get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return retry_after(headers, now=datetime.now(UTC))


def _status(fault: BaseException | None) -> int:
    metadata = _response(fault).get("ResponseMetadata", {}) if fault is not None else {}
    return int(metadata.get("HTTPStatusCode", 0))


def _response(fault: BaseException) -> Mapping[str, Any]:
    response = getattr(fault, "response", None)
    return response if isinstance(response, Mapping) else {}
