"""The failures of a download, and what to do about each.

    Unavailable   a network or server failure that may pass
    Rejected      DOWNLOAD_FAILED, IMAGE_INVALID: a fresh poll may give a better address
                  the rest: nothing will help

A failure that would repeat is Rejected, so that no job waits for it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus

import aiohttp
from aiohttp.http import HttpProcessingError

from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.policy import retry_after
from mobart.downloads.bodies import FAILED
from mobart.downloads.guard import AddressRefused
from mobart.downloads.locations import blocked

GOOD = range(200, 400)
"""What may bring a picture: of 201, 202, 206, and of redirects to nowhere, it depends on the body."""
NOT_NOW = frozenset({408, 425, 429})
BROKEN = (aiohttp.ClientError, HttpProcessingError, OSError, TimeoutError, ValueError)
"""What is raised when the server, the network or the address is at fault."""
HOPEFUL = (Code.DOWNLOAD_FAILED, Code.IMAGE_INVALID)
DEEPEST_CAUSE = 5


def refuse_status(status: int, headers: Mapping[str, str], *, now: datetime) -> None:
    """Raise Rejected or Unavailable for any status that brings no picture."""
    if status in GOOD:
        return
    if status in NOT_NOW or status // 100 == 5:  # noqa: PLR2004 - the class of server errors
        wait = retry_after(headers, now=now)
        raise Unavailable(Code.DOWNLOAD_FAILED, FAILED, retry_after=wait, detail=f"HTTP {status}")
    raise Rejected(Code.DOWNLOAD_FAILED, FAILED, detail=f"HTTP {status}")


def refuse_body(status: int, *, broken: bool) -> None:
    """Raise Rejected for a body that is no picture, if more can be said of it than that."""
    if status != HTTPStatus.OK:
        raise Rejected(Code.DOWNLOAD_FAILED, FAILED, detail=f"HTTP {status}, and no picture")
    if broken:
        raise Rejected(Code.DOWNLOAD_FAILED, FAILED, detail="a broken coding")


def judge_failure(error: Exception) -> Rejected | Unavailable:
    """Translate one of `BROKEN`; the result holds no address, since it may be signed."""
    what = type(error).__name__
    if _is_refusal(error):
        return blocked("a name or address that is private or special")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unavailable(Code.DOWNLOAD_FAILED, FAILED, detail=what)
    if isinstance(error, ValueError):
        return blocked(f"malformed: {what}")
    if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):
        return Rejected(Code.DOWNLOAD_FAILED, FAILED, detail=f"no HTTP: {what}")
    return Unavailable(Code.DOWNLOAD_FAILED, FAILED, detail=what)


def most_hopeful(failures: Sequence[Rejected | Unavailable]) -> Rejected | Unavailable:
    """Return the failure after which most can still be tried."""
    return min(failures, key=_hopelessness)


def _hopelessness(failure: Rejected | Unavailable) -> int:
    if isinstance(failure, Unavailable):
        return 0
    return 1 if failure.code in HOPEFUL else 2


def _is_refusal(error: BaseException | None) -> bool:
    """Return whether the guard is the cause; aiohttp wraps what its parts raise."""
    for _ in range(DEEPEST_CAUSE):
        if error is None or isinstance(error, AddressRefused):
            break
        error = getattr(error, "os_error", None) or error.__cause__
    return isinstance(error, AddressRefused)
