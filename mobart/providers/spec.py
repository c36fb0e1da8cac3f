"""What a provider is built from, and its row in the registry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TypeVar

from pydantic import BaseModel

from mobart.core.policy import PollSchedule
from mobart.core.ports import CheckedProvider, Clock, ImmediateProvider, RawPictureStore
from mobart.providers.api_clients import ApiClients
from mobart.providers.callback import CallbackAddress
from mobart.providers.stored_result import RetryCall, StoredResultProvider

Group = TypeVar("Group", bound=BaseModel)
CALLED_BACK = 4.0
"""How much rarer a provider is polled that calls back: enough for a call that got lost."""


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What the builders take from."""

    settings: BaseModel
    """All settings: an instance of each provider's own group as well."""
    clock: Clock
    raw_store: RawPictureStore
    retry: RetryCall
    public_url: str | None = None
    """Where providers reach this worker, if they do."""

    def group(self, kind: type[Group]) -> Group:
        """Return the settings as one provider's group."""
        return group_of(self.settings, kind)

    def callback(self, provider: str, key: str) -> CallbackAddress | None:
        """Return where *provider* calls back, if it can reach us; *key* is the shared secret."""
        return CallbackAddress(self.public_url, provider, key) if self.public_url else None

    def stored(self, source: ImmediateProvider) -> StoredResultProvider:
        """Return *source* with the raw store behind it."""
        return StoredResultProvider(source, self.raw_store, self.retry)


def group_of(settings: BaseModel, kind: type[Group]) -> Group:
    """Return *settings* as one of the groups that it inherits from."""
    if not isinstance(settings, kind):
        raise AssertionError(f"the settings have no {kind.__name__}")
    return settings


def schedule(initial: float, longest: float, callback: CallbackAddress | None) -> PollSchedule:
    """Return when to poll, in seconds; rarely where a call tells that there is something to see."""
    if callback is None:
        return PollSchedule(initial, longest)
    return PollSchedule(initial * CALLED_BACK, longest * CALLED_BACK)


@dataclass(frozen=True, slots=True)
class CallbackVerifier:
    """How a provider's callback is checked and read."""

    proves: Callable[[str, str], bool]
    """Whether a secret, the second argument, is that of a request id, the first."""
    reading: Callable[[object], str | None]
    """Returns the ticket's reference in the body; None if it holds none."""
    verifies: Callable[[Mapping[str, str], bytes], bool] | None = None
    """Where callbacks are signed: whether the headers hold a signature of the body."""


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


def no_problems(_: BaseModel) -> Sequence[str]:
    """Find nothing wrong with the settings."""
    return ()


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """A row of the registry.

    The provider's folder is where its settings group is; `build.py` beside it has `build(context)`,
    and `problems(settings)` where the types of the settings do not say all.
    """

    title: str
    """Its name for people."""
    settings: type[BaseModel]
    """Its group of settings."""
    variables: str
    """The settings to look at when it does not work."""
    immediate: bool = False
    """It answers with the picture itself, which is stored under `raw/`."""

    def build(self, context: BuildContext) -> BuiltProvider:
        """Build it; only providers that are used are imported."""
        built: BuiltProvider = self._module().build(context)
        return built

    def problems(self, settings: BaseModel) -> Sequence[str]:
        """Return what in the settings it could not be built from, one readable line each."""
        find: Callable[[BaseModel], Sequence[str]]
        find = getattr(self._module(), "problems", no_problems)
        return find(settings)

    def _module(self) -> ModuleType:
        folder = self.settings.__module__.rpartition(".")[0]
        return import_module(f"{folder}.build")
