"""What every provider is built from, and the row that it has in the catalogue."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

from mobart.policy import PollSchedule
from mobart.ports import CheckedProvider, Clock, Painter, Vault
from mobart.providers.callback import CallbackAddress
from mobart.providers.kept import KeptProvider, Patiently
from mobart.settings import Settings

SLOWLY = 4.0
"""How much rarer a provider is asked that calls back by itself."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What the builders take from."""

    settings: Settings
    clock: Clock
    vault: Vault
    patiently: Patiently

    def callback(self, provider: str, key: str) -> CallbackAddress | None:
        """Return where *provider* calls back, if it can reach us; *key* is what it shares with us."""
        url = self.settings.mobart_public_url
        return CallbackAddress(url, provider, key) if url else None

    def schedule(self, initial: float, longest: float) -> PollSchedule:
        """Return when to look; rarely, where a call says when there is something to see."""
        schedule = PollSchedule(initial, longest)
        if self.settings.mobart_public_url is None:
            return schedule
        return replace(schedule, initial=initial * SLOWLY, longest=longest * SLOWLY)

    def kept(self, painter: Painter) -> KeptProvider:
        """Return *painter* with a vault behind it."""
        return KeptProvider(painter, self.vault, self.patiently)


@dataclass(frozen=True, slots=True)
class Door:
    """How a call of a provider is read: who may call, and the ticket's reference in its body."""

    proves: Callable[[str, str], bool]
    reading: Callable[[object], str | None]


@dataclass(frozen=True, slots=True)
class Stock:
    """A provider as it is built, and what goes with it."""

    provider: CheckedProvider
    opened: AbstractAsyncContextManager[Any]
    """What has connections: entered before use."""
    origins: Sequence[str] = ()
    """Addresses that its pictures may come from though they are not public https."""
    door: Door | None = None
    """Where it calls back, if it does."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A row of the catalogue."""

    title: str
    """Its name for people."""
    settings: str
    """What to look at when it does not work."""
    build: Callable[[Kit], Stock]
    immediate: bool = False
    """It hands over pictures at once, so these are kept under `raw/`."""
    problems: Callable[[Settings], Sequence[str]] = lambda _: []
    """What in the settings it could not be built from, one readable line each."""
