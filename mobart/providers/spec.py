"""What every provider is built from, and the row that it has in the catalogue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mobart.core.callbacks import CallbackVerifier
from mobart.core.policy import PollSchedule
from mobart.core.ports import CheckedProvider, Clock, ImmediateProvider, RawPictureStore
from mobart.providers.api_clients import ApiClients
from mobart.providers.callback import CallbackAddress
from mobart.providers.stored_result import RetryCall, StoredResultProvider
from mobart.settings import Settings

SLOWLY = 4.0
"""How much rarer a provider is asked that calls back by itself."""


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What the builders take from."""

    settings: Settings
    clock: Clock
    raw_store: RawPictureStore
    retry: RetryCall

    @property
    def tile(self) -> int:
        """Which of four single pictures is fetched; comparing them would mean to fetch them all."""
        tile = self.settings.midjourney_tile
        return 1 if tile == "best" else tile

    def callback(self, provider: str, key: str) -> CallbackAddress | None:
        """Return where *provider* calls back, if it can reach us, and something can prove its calls.

        *key* is the provider's API key, from which proofs are derived without MOBART_CALLBACK_KEY.
        """
        url, own = self.settings.mobart_public_url, self.settings.mobart_callback_key
        secret = own.get_secret_value() if own else key
        return CallbackAddress(url, provider, secret) if url and secret else None

    def schedule(
        self, initial: float, longest: float, *, callback: CallbackAddress | None = None
    ) -> PollSchedule:
        """Return when to look; rarely, where a call says when there is something to see."""
        if callback is None:
            return PollSchedule(initial, longest)
        return PollSchedule(initial * SLOWLY, longest * SLOWLY)

    def kept(self, painter: ImmediateProvider) -> StoredResultProvider:
        """Return *painter* with a vault behind it."""
        return StoredResultProvider(painter, self.raw_store, self.retry)


@dataclass(frozen=True, slots=True)
class BuiltProvider:
    """A provider as it is built, and what goes with it."""

    provider: CheckedProvider
    clients: ApiClients
    """Its connections: entered before use."""
    origins: Sequence[str] = ()
    """Addresses that its pictures may come from though they are not public https."""
    verifier: CallbackVerifier | None = None
    """Where it calls back, if it does."""


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """A row of the catalogue."""

    title: str
    """Its name for people."""
    settings: str
    """What to look at when it does not work."""
    build: Callable[[BuildContext], BuiltProvider]
    immediate: bool = False
    """It hands over pictures at once, so these are kept under `raw/`."""
    problems: Callable[[Settings], Sequence[str]] = lambda _: []
    """What in the settings it could not be built from, one readable line each."""
