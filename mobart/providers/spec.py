"""Input and result of a provider's `build`, and the times in its capabilities."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, SecretStr

from mobart.core.callbacks import CallbackVerifier
from mobart.core.policy import PollSchedule
from mobart.core.ports import (
    CheckedProvider,
    Clock,
    ImmediateProvider,
    Observer,
    RawPictureStore,
    SharedPictures,
)
from mobart.core.setting_types import Group, group_of, secret_text
from mobart.providers.api_clients import ApiClients
from mobart.providers.callback import CallbackAddress
from mobart.providers.kept_pictures import KeptPictures, RetryCall
from mobart.providers.stored_result import StoredResultProvider, StoredTaskProvider, TaskSource

Reading = Callable[[object], str | None]
"""Reads the id of the task in a callback."""
Verifying = Callable[[Mapping[str, str], bytes], Awaitable[bool]]
"""Judges the signature of a callback."""
CALLED_BACK = 4.0
"""How much rarer a provider is polled that calls back: enough for a call that got lost."""


class StoredClient(ImmediateProvider, Protocol):
    """A client that answers with the picture."""

    clients: ApiClients


class PolledClient(CheckedProvider, Protocol):
    """A client whose tasks are polled."""

    clients: ApiClients
    callback: CallbackAddress | None


class TaskClient(TaskSource, Protocol):
    """A client whose tasks are polled, unless it answers with the picture."""

    clients: ApiClients
    callback: CallbackAddress | None


@dataclass(frozen=True, slots=True)
class BuildContext:
    """Input of a provider's `build`."""

    settings: BaseModel
    """All settings: an instance of each provider's own group as well."""
    clock: Clock
    raw_store: RawPictureStore
    shared: SharedPictures
    retry: RetryCall
    observer: Observer
    public_url: str | None = None
    """Where providers reach this worker, if they do."""
    callback_key: str = ""
    """What proves their callbacks, if it is not derived from their own keys."""
    job_deadline: float = 3600.0
    """Seconds for which a paid job may want its picture."""

    def group(self, kind: type[Group]) -> Group:
        """Return the settings as one provider's group."""
        return group_of(self.settings, kind)

    def callback(
        self, provider: str, key: SecretStr | None, *, echo: str = ""
    ) -> CallbackAddress | None:
        """Return where *provider* calls back, if it can reach us, and a secret can prove its calls.

        *key* is the provider's API key, from which proofs are derived without a callback key.  Its tasks repeat
        the request's id in the field *echo*.
        """
        secret = self.callback_key or secret_text(key)
        if not (self.public_url and secret):
            return None
        return CallbackAddress(self.public_url, provider, secret, echo)

    def stored(self, source: StoredClient) -> "BuiltProvider":
        """Return *source* with the raw store behind it."""
        provider = StoredResultProvider(source, self.kept_pictures)
        return BuiltProvider(provider, source.clients)

    def polled(
        self, client: TaskClient, reads: Reading | None = None, verifies: Verifying | None = None
    ) -> "BuiltProvider":
        """As `polled`, with the raw store behind *client* for pictures that come instead of a task."""
        provider = StoredTaskProvider(client, self.kept_pictures)
        return BuiltProvider(provider, client.clients, verifier_of(client, reads, verifies))

    @property
    def kept_pictures(self) -> KeptPictures:
        """The raw store, for one provider's pictures."""
        return KeptPictures(
            self.raw_store, self.shared, self.retry, self.observer, self.job_deadline
        )


@dataclass(frozen=True, slots=True)
class BuiltProvider:
    """A provider with what goes with it."""

    provider: CheckedProvider
    clients: ApiClients
    """Its connections: entered before use."""
    verifier: CallbackVerifier | None = None
    """Where it calls back, if it does."""


def polled(
    client: PolledClient, reads: Reading | None = None, verifies: Verifying | None = None
) -> BuiltProvider:
    """Return *client* with what *reads* the task id in a callback, and *verifies* its signature."""
    return BuiltProvider(client, client.clients, verifier_of(client, reads, verifies))


def verifier_of(
    client: PolledClient | TaskClient, reads: Reading | None, verifies: Verifying | None
) -> CallbackVerifier | None:
    """Return what proves the callbacks of *client*; None where it does not call back."""
    if client.callback is None or reads is None:
        return None
    address = client.callback
    return CallbackVerifier(address.proves, reads, address.names_another, verifies)


def polling(
    settings: BaseModel, prefix: str, callback: CallbackAddress | None = None
) -> dict[str, Any]:
    """Return the times in `Capabilities` of a provider that is polled.

    *prefix* is how the names of its settings begin.  It is polled rarely where a *callback* reports the result.
    """
    rarer = 1.0 if callback is None else CALLED_BACK

    def seconds(name: str) -> float:
        return float(getattr(settings, f"{prefix}_{name}_seconds"))

    return {
        "submit_timeout": seconds("submit_timeout"),
        "generation_timeout": seconds("timeout"),
        "schedule": PollSchedule(seconds("poll_initial") * rarer, seconds("poll_max") * rarer),
    }


def immediately(timeout: float) -> dict[str, Any]:
    """Return the times in `Capabilities` of a provider that answers with the picture."""
    schedule = PollSchedule(initial=0.0)
    return {"submit_timeout": timeout, "generation_timeout": timeout, "schedule": schedule}
