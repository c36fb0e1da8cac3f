"""The two lines that a client has to one API, and what every look at the start asks of it."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import MappingProxyType
from typing import Any, Self

from mobart.core.errors import Code, Rejected, Unavailable
from mobart.providers.http import AWAY, MAX_ANSWER_BYTES, Answer, ApiClient
from mobart.providers.outcomes import NO_ACCESS, json_object

NOTHING: Mapping[str, str] = MappingProxyType({})
REFUSED_KEY = frozenset({401, 403})


class ApiClients:
    """A till for what costs money, and a desk for what is free to repeat; open with `async with`.

    At the till each request has a connection of its own: a kept one that went stale may be dropped
    in a way that looks like an answer lost.
    """

    def __init__(
        self,
        *,
        base_url: str,
        headers: Mapping[str, str],
        secrets: tuple[str, ...],
        submit_timeout: float,
        request_timeout: float = 20.0,
        max_bytes: int = MAX_ANSWER_BYTES,
        buying: Mapping[str, str] = NOTHING,
    ) -> None:
        """Open nothing yet.  Times are in seconds, for one request as a whole.

        *secrets* stay out of errors; *max_bytes* bounds an answer; *buying* are headers
        of the till alone.
        """
        common: dict[str, Any] = {
            "base_url": base_url,
            "secrets": secrets,
            "max_bytes": max_bytes,
        }
        asking = {"Accept": "application/json", **headers}
        self.submit_http = ApiClient(
            headers=asking | dict(buying), timeout=submit_timeout, reuse=False, **common
        )
        self.query_http = ApiClient(headers=asking, timeout=request_timeout, reuse=True, **common)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open both."""
        for line in (self.submit_http, self.query_http):
            await self._open.enter_async_context(line)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close both."""
        await self._open.aclose()


def prove_key(key: str, *, setting: str) -> None:
    """See that *key* can stand in a header.  Raises Rejected, which names the *setting*."""
    if not (key and key.isascii() and key.isprintable()):
        detail = f"{setting} is empty, or holds what no HTTP header may hold"
        raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)


def prove_access(answer: Answer, *, setting: str) -> None:
    """See that a key was not refused.  Raises Rejected, which names the *setting*."""
    if answer.status in REFUSED_KEY:
        detail = f"HTTP {answer.status}: the API refuses the key in {setting}"
        raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)


def prove_api(answer: Answer, *, setting: str) -> Mapping[str, Any]:
    """Return the JSON object of a good answer; anything else is not the API that was expected.

    Raises:
        Unavailable: it names the *setting* with the address.

    """
    body = json_object(answer)
    if answer.status != 200 or body is None:  # noqa: PLR2004 - OK
        detail = f"HTTP {answer.status}: what answers at {setting} does not look like the API"
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)
    return body
