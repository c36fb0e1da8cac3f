"""The two HTTP clients of one provider: one for paid requests, one for what is free to repeat."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

from mobart.providers.http import MAX_ANSWER_BYTES, NO_HEADERS, ApiClient, split_credentials


class ApiClients:
    """`submit_http` for what costs money, `query_http` for the rest; open with `async with`.

    A paid request gets a connection of its own: one that was kept and went stale may be dropped in
    a way that looks like a lost answer.
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
        submit_headers: Mapping[str, str] = NO_HEADERS,
    ) -> None:
        """Connect to nothing yet.

        *base_url* may hold `user:password@`, which then go out as a header with every request.
        *secrets* stay out of errors.  Timeouts are in seconds, for one request as a whole;
        *max_bytes* bounds an answer; *submit_headers* go with paid requests only.
        """
        self.origin = base_url
        """The address as configured, which pictures may come from although it is not public https."""
        self.base_url, credentials, hidden = split_credentials(base_url)
        common: dict[str, Any] = {
            "base_url": self.base_url,
            "secrets": (*secrets, *hidden),
            "max_bytes": max_bytes,
        }
        usual = {"Accept": "application/json", **credentials, **headers}
        self.submit_http = ApiClient(
            headers=usual | dict(submit_headers), timeout=submit_timeout, reuse=False, **common
        )
        self._querying = {"headers": usual, "timeout": request_timeout, "reuse": True, **common}
        self.query_http = ApiClient(**self._querying)
        self._all = [self.submit_http, self.query_http]
        self._open = AsyncExitStack()

    def other(self, base_url: str, *, keyed: bool = True) -> ApiClient:
        """Return a client for free requests to another host of the same vendor.

        It has the same key unless it is not *keyed*, and is opened and closed with these.
        """
        options = {**self._querying, "base_url": base_url}
        if not keyed:
            options["headers"] = {"Accept": "application/json"}
        self._all.append(ApiClient(**options))
        return self._all[-1]

    def __repr__(self) -> str:
        """Name the address, which holds no credentials."""
        return f"<ApiClients {self.base_url}>"

    def use_proxies(self, proxy_of: Callable[[str], str | None]) -> None:
        """Ask each host through the proxy that *proxy_of* names for it; before it is opened."""
        for client in self._all:
            client.proxy = proxy_of(client.base_url)

    async def __aenter__(self) -> Self:
        """Open them."""
        for client in self._all:
            await self._open.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them."""
        await self._open.aclose()
