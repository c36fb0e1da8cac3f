"""A provider behind a circuit: one that fails for everybody is probed, not hammered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

from mobart.core.capabilities import Capabilities
from mobart.core.circuit import Circuit
from mobart.core.domain import Pending, Picture, Ticket
from mobart.core.errors import Code, InDoubt, MobartError, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.orders import Order
from mobart.core.ports import CheckedProvider, Clock, Observer
from mobart.providers.sentences import RESTING

T = TypeVar("T")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1"})  # noqa: S104 - compared
EVERYBODY = frozenset({Code.PROVIDER_UNAVAILABLE, Code.PROVIDER_AUTH, Code.PROVIDER_CREDIT})
"""What says something about the provider and not about one request.  Asking for patience (429) is
not among them: that is a provider in good health."""


@dataclass(slots=True)
class GuardedProvider:
    """An `ImageProvider` in front of another one, which is not called while it keeps failing.

    Probing is free: before a submit goes to a provider that was failing, `check` must pass.
    """

    provider: CheckedProvider
    observer: Observer
    clock: Clock
    base_url: str = ""
    """Where its API is: what addresses without a host, or without a scheme, are of."""
    circuit: Circuit = field(default_factory=Circuit)
    cause: Code = Code.PROVIDER_UNAVAILABLE
    """Of the last failure: what waits behind an open circuit waits for its end."""

    @property
    def name(self) -> str:
        """See `ImageProvider`."""
        return self.provider.name

    @property
    def capabilities(self) -> Capabilities:
        """See `ImageProvider`."""
        return self.provider.capabilities

    async def submit(self, order: Order) -> Ticket:
        """See `ImageProvider`; Unavailable while the circuit is open."""
        self._admit()
        if not self.circuit.closed:
            await self._judged(self.provider.check)
        return await self._judged(lambda: self.provider.submit(order))

    async def find(self, order: Order) -> Ticket | None:
        """See `ImageProvider`; asks even while the circuit is open, and proves nothing about it."""
        return await self.provider.find(order)

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """See `ImageProvider`; Unavailable while the circuit is open."""
        self._admit()
        told = await self._judged(lambda: self.provider.poll(ticket))
        if isinstance(told, Picture):
            return self._located(told)
        return replace(told, so_far=told.so_far and self._located(told.so_far))

    def _located(self, picture: Picture) -> Picture:
        urls = (each for url in picture.urls for each in seen_from(self.base_url, url))
        return replace(picture, urls=tuple(urls))

    async def cancel(self, ticket: Ticket) -> None:
        """See `ImageProvider`; as `find`."""
        await self.provider.cancel(ticket)

    async def check(self) -> None:
        """See `CheckedProvider`; asks even while the circuit is open."""
        await self.provider.check()

    def _admit(self) -> None:
        wait = self.circuit.wait(self.clock.monotonic())
        if wait > 0:
            detail = f"{self.name}: the circuit is open"
            raise Unavailable(self.cause, RESTING, retry_after=wait, detail=detail)

    async def _judged(self, act: Callable[[], Awaitable[T]]) -> T:
        try:
            answer = await act()
        except MobartError as error:
            if _concerns_everybody(error):
                self._note_failure(error)
            else:
                self._note_success()
            raise
        self._note_success()
        return answer

    def _note_success(self) -> None:
        if self.circuit.succeed():
            self.observer.note(LogEvent.CIRCUIT_CLOSED, provider=self.name)

    def _note_failure(self, error: MobartError) -> None:
        code = getattr(error, "code", None)
        self.cause = code if code in EVERYBODY else Code.PROVIDER_UNAVAILABLE
        if self.circuit.fail(self.clock.monotonic()):
            seconds = self.circuit.pause
            self.observer.note(
                LogEvent.CIRCUIT_OPENED, provider=self.name, seconds=seconds, detail=str(error)
            )


def seen_from(base_url: str, url: str) -> tuple[str, ...]:
    """Return where a picture may be whose address an API at *base_url* told, likeliest first.

    One without a host is of the API.  One at `localhost` may be as well: so servers of one's own, which do not
    know by what name they are reached, call themselves.  One may be written as in HTML.
    """
    if url[:1] == "/":
        return (urljoin(base_url, url),)
    try:
        told, api = urlsplit(url), urlsplit(base_url)
        own = told.scheme in {"http", "https"} and told.hostname in LOOPBACK
    except ValueError:
        return (url,)
    there = told._replace(scheme=api.scheme, netloc=api.netloc).geturl()
    found = (url, there) if own and api.netloc else (url,)
    plain = [one.replace("&amp;", "&") for one in found]  # as it stands in HTML
    return tuple(dict.fromkeys((*plain, *found)))


def _concerns_everybody(error: MobartError) -> bool:
    known = isinstance(error, Rejected | Unavailable) and error.code in EVERYBODY
    return known or isinstance(error, InDoubt)
