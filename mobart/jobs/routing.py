"""The providers of a worker, and which of them a request goes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code, Unavailable
from mobart.core.orders import Order
from mobart.core.ports import ImageProvider

UNKNOWN_HERE = "The image provider of this picture is not available at the moment."


@dataclass(frozen=True, slots=True)
class ProviderRouter:
    """Sends every request to the first provider, unless its preset chooses others."""

    providers: Mapping[str, ImageProvider]
    """By name, in the order in which they are tried."""

    def candidates(self, wished: Sequence[str] = ()) -> Sequence[ImageProvider]:
        """Return the providers to ask, in this order.

        They are those of the names *wished* that this worker has, or else all.
        """
        known = [name for name in wished if name in self.providers]
        return [self.providers[name] for name in known or self.providers]

    @property
    def longest_submit(self) -> float:
        """Seconds that a submit may take, at most."""
        return max(one.capabilities.submit_timeout for one in self.providers.values())

    @property
    def free(self) -> frozenset[str]:
        """Names of the providers that take no money."""
        return frozenset(name for name, one in self.providers.items() if one.capabilities.free)

    def get_provider(self, name: str) -> ImageProvider:
        """Return the provider that a payment went to; "" stands for the first one.

        One that was taken out of the settings answers `Unavailable`, so its job waits.
        """
        if not name:
            return next(iter(self.providers.values()))
        return self.providers.get(name) or AbsentProvider(name)


@dataclass(frozen=True, slots=True)
class AbsentProvider:
    """A provider that only other workers know: it cannot be asked, so nothing is decided."""

    name: str
    capabilities: Capabilities = field(default_factory=partial(Capabilities, lookup=Lookup.PARTIAL))

    async def submit(self, order: Order) -> Ticket:
        """See `ImageProvider`."""
        del order
        raise self._away()

    async def find(self, order: Order) -> Ticket | None:
        """See `ImageProvider`."""
        del order
        raise self._away()

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """See `ImageProvider`."""
        del ticket
        raise self._away()

    async def cancel(self, ticket: Ticket) -> None:
        """See `ImageProvider`."""

    def _away(self) -> Unavailable:
        detail = f"{self.name}: not among this worker's providers"
        return Unavailable(Code.PROVIDER_UNAVAILABLE, UNKNOWN_HERE, detail=detail)
