"""Input and result of a provider's `build`."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from mobart.core.callbacks import CallbackVerifier
from mobart.core.policy import PollSchedule
from mobart.core.ports import CheckedProvider, Clock, ImmediateProvider, RawPictureStore
from mobart.core.setting_types import Group, group_of
from mobart.providers.api_clients import ApiClients
from mobart.providers.callback import CallbackAddress
from mobart.providers.stored_result import RetryCall, StoredResultProvider

CALLED_BACK = 4.0
"""How much rarer a provider is polled that calls back: enough for a call that got lost."""


@dataclass(frozen=True, slots=True)
class BuildContext:
    """Input of a provider's `build`."""

    settings: BaseModel
    """All settings: an instance of each provider's own group as well."""
    clock: Clock
    raw_store: RawPictureStore
    retry: RetryCall
    public_url: str | None = None
    """Where providers reach this worker, if they do."""
    callback_key: str = ""
    """What proves their callbacks, if it is not derived from their own keys."""

    def group(self, kind: type[Group]) -> Group:
        """Return the settings as one provider's group."""
        return group_of(self.settings, kind)

    def callback(self, provider: str, key: str) -> CallbackAddress | None:
        """Return where *provider* calls back, if it can reach us, and a secret can prove its calls.

        *key* is the provider's API key, from which proofs are derived without a callback key.
        """
        secret = self.callback_key or key
        if not (self.public_url and secret):
            return None
        return CallbackAddress(self.public_url, provider, secret)

    def stored(self, source: ImmediateProvider) -> StoredResultProvider:
        """Return *source* with the raw store behind it."""
        return StoredResultProvider(source, self.raw_store, self.retry)


def schedule(initial: float, longest: float, callback: CallbackAddress | None) -> PollSchedule:
    """Return when to poll, in seconds; rarely where a callback will report the result."""
    if callback is None:
        return PollSchedule(initial, longest)
    return PollSchedule(initial * CALLED_BACK, longest * CALLED_BACK)


@dataclass(frozen=True, slots=True)
class BuiltProvider:
    """A provider with what goes with it."""

    provider: CheckedProvider
    clients: ApiClients
    """Its connections: entered before use."""
    origins: Sequence[str] = ()
    """Addresses that its pictures may come from although they are not public https."""
    verifier: CallbackVerifier | None = None
    """Where it calls back, if it does."""
