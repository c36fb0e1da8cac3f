"""What Redis raises, as Mobart's own errors."""

import re

from redis.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,  # noqa: A004 - Redis's own is not the builtin one
    InvalidResponse,
    MovedError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,  # noqa: A004 - as above
    TryAgainError,
)

from mobart.core.errors import Code, Unavailable

AWAY = "The service is temporarily unavailable."
PASSING = (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    InvalidResponse,
    MovedError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError,
    TryAgainError,
    OSError,
)
PASSING_WORDS = (
    *("MISCONF", "NOREPLICAS", "BUSY", "MASTERDOWN", "LOADING", "OOM", "READONLY"),
    *("NOAUTH", "NOPERM", "NOGROUP", "UNBLOCKED", "CLUSTERDOWN", "max "),
    *("WRONGTYPE", "The user executing the script can't", "ACL failure in script"),
)
"""How errors begin that heal by themselves, or that somebody else has to mend, and that have no class.

"max ": a limit of clients, or of requests where Redis is hosted.  The last three: a key of another type under a name of ours, and rights that were taken from our user, as Redis and
Valkey say it.
"""
_IN_SCRIPT = re.compile(r"^Error running script .*?: (@user_script: ?\d+: )+-?")
"""What Redis before 7 puts in front of an error of a command in a script."""


class _Translation:
    """What `translated` returns: a class, since a generator costs three times as much, at each step of a job."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, PASSING) or (isinstance(error, ResponseError) and _passes(error)):
            detail = f"redis: {type(error).__name__}: {error}"
            # redis-py's frames refer to their error: with its traceback, jobs would be kept until a look for garbage
            raise Unavailable(Code.INTERNAL, AWAY, detail=detail) from error.with_traceback(None)


_TRANSLATION = _Translation()


def translated() -> _Translation:
    """Turn what Redis raises into `Unavailable`; a ResponseError about our own use is a bug."""
    return _TRANSLATION


def _passes(error: ResponseError) -> bool:
    return _IN_SCRIPT.sub("", str(error)).startswith(PASSING_WORDS)
