"""The providers in use, each behind its circuit breaker, and the router between them."""

from collections.abc import Mapping
from dataclasses import dataclass

from mobart.app.base import Base
from mobart.app.proxies import proxy_of
from mobart.core.callbacks import CallbackVerifier
from mobart.jobs.cancellation import Cancellations
from mobart.jobs.routing import ProviderRouter
from mobart.journal.pictures import RedisPictures
from mobart.providers.guarded import GuardedProvider
from mobart.providers.registry import PROVIDERS
from mobart.providers.spec import BuildContext, BuiltProvider
from mobart.settings import secret_value
from mobart.storage.s3 import S3Store

STORE_AGAIN = 10.0
"""Seconds in which storing a picture that came with its answer is begun again, where S3 is away."""


@dataclass(frozen=True, slots=True)
class ProviderParts:
    """The mappings are by name, in the order in which the providers are tried."""

    built: Mapping[str, BuiltProvider]
    guarded: Mapping[str, GuardedProvider]
    router: ProviderRouter
    cancellations: Cancellations

    @property
    def origins(self) -> list[str]:
        """Addresses that pictures may come from although they are not public https."""
        return [one.clients.origin for one in self.built.values()]

    @property
    def verifiers(self) -> dict[str, CallbackVerifier]:
        """How callbacks are judged, of the providers that call back."""
        return {name: one.verifier for name, one in self.built.items() if one.verifier}


def build_providers(base: Base, store: S3Store) -> ProviderParts:
    """Build the chosen providers; *store* keeps the pictures of those that keep none."""
    context = BuildContext(
        base.settings,
        base.clock,
        store,
        RedisPictures(
            base.redis.commands,
            keys=base.redis.keys,
            seconds=base.settings.mobart_job_deadline_seconds,
        ),
        base.retrier.within(STORE_AGAIN),
        base.observer,
        public_url=base.settings.mobart_public_url,
        callback_key=secret_value(base.settings.mobart_callback_key) or "",
        job_deadline=base.settings.mobart_job_deadline_seconds,
    )
    built = {name: PROVIDERS[name].build(context) for name in base.settings.providers}
    for one in built.values():
        one.clients.use_proxies(proxy_of)
    guarded = {
        name: GuardedProvider(
            one.provider, base.observer, base.clock, base_url=one.clients.base_url
        )
        for name, one in built.items()
    }
    router = ProviderRouter(guarded)
    return ProviderParts(built, guarded, router, Cancellations(router, base.observer))
