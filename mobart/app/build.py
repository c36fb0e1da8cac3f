"""The parts of one worker process, wired."""

import os
import platform
from collections.abc import Sequence
from functools import partial
from uuid import uuid4

import aiohttp
from redis.asyncio import Redis

from mobart import __version__
from mobart.app.clock import SystemClock
from mobart.app.edges import blocklist_of, cookbook_of, downloads_of, renderer_of, store_of
from mobart.app.health import Question, problems
from mobart.core.limits import Limits, SuspensionPolicy
from mobart.core.policy import Backoff
from mobart.core.retry import Retrier
from mobart.downloads.stored import StoredDownloads
from mobart.jobs.admission import Admission
from mobart.jobs.cancellation import Cancellations
from mobart.jobs.fulfil import Fulfilment
from mobart.jobs.payment import Payment
from mobart.jobs.polling import Polling
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.slots import Slots
from mobart.jobs.spec import SpecResolver
from mobart.jobs.terms import Terms
from mobart.jobs.wakeups import NoWakeups, PubSubWakeups
from mobart.jobs.worker import Worker
from mobart.journal import server_checks
from mobart.journal.backlog import Backlog
from mobart.journal.connection import connect
from mobart.journal.intake import RedisIntake
from mobart.journal.keys import Keys
from mobart.journal.listener import Handler, Listener
from mobart.journal.permissions import Permissions
from mobart.journal.progress import ProgressChannel, Silent
from mobart.journal.queue import RedisQueue
from mobart.journal.record import RedisJournal
from mobart.prompts.rules import PromptRules
from mobart.providers.guarded import GuardedProvider
from mobart.providers.registry import PROVIDERS
from mobart.providers.spec import BuildContext, BuiltProvider
from mobart.providers.stored_result import SCHEME
from mobart.settings import Settings
from mobart.web.hooks import Hooks
from mobart.web.metrics import Metrics
from mobart.web.observers import LogObserver, Observers
from mobart.web.readiness import Readiness
from mobart.web.server import ProbeServer
from mobart.webhooks.sender import Callbacks

BACKOFF = Backoff(base=0.5, cap=20.0)
LETTING_GO = 15.0
"""Seconds, after the grace time and the longest submit, for releasing jobs."""


class Assembly:
    """The parts, wired; each gets what it needs by keyword and knows nothing of the settings."""

    def __init__(self, settings: Settings) -> None:
        """Build everything.  Raises ValueError if the webhook secret is malformed."""
        self.settings = settings
        self.name = f"{platform.node()}-{os.getpid()}-{uuid4().hex[:6]}"
        self.clock = SystemClock()
        self.wakeups = (
            PubSubWakeups(self.clock) if settings.mobart_public_url else NoWakeups(self.clock)
        )
        self.keys = Keys(settings.mobart_namespace, settings.mobart_complete_channel)
        self.permissions = self._permissions()
        self.redis = self._connect("")
        self.blocking = self._connect(":read")
        self.subscription = self._connect(":hear")
        self.backlog = Backlog(self.redis, keys=self.keys)
        self.metrics = Metrics(
            version=__version__,
            in_progress=lambda: len(self.worker.running),
            outstanding=lambda: self.backlog.size,
            providers=settings.providers,
        )
        self.observer = Observers(LogObserver(), self.metrics)
        self.retrier = Retrier(self.clock, self.observer, BACKOFF)
        self.prompts = PromptRules(
            settings.mobart_prompt_flags, max_chars=settings.mobart_max_prompt_chars
        )
        self.store = store_of(settings)
        self.built = self._stocks()
        self.providers = {
            name: GuardedProvider(built_provider.provider, self.observer, self.clock)
            for name, built_provider in self.built.items()
        }
        self.downloads = downloads_of(
            settings,
            origins=[
                url for built_provider in self.built.values() for url in built_provider.origins
            ],
        )
        self.presets = cookbook_of(settings)
        self.resolver = SpecResolver(self.presets, self.prompts, blocklist_of(settings))
        self.router = ProviderRouter(self.providers)
        self.renderer = renderer_of(settings)
        self.cancellations = Cancellations(self.router, self.observer)
        self.suspension = SuspensionPolicy(
            settings.mobart_user_strikes, settings.mobart_user_suspension_minutes * 60
        )
        self.admission = Admission(
            RedisIntake(self.redis, keys=self.keys, clock=self.clock, suspension=self.suspension),
            self.observer,
            self.resolver,
            self.cancellations,
            max_bytes=settings.mobart_max_message_bytes,
            max_prompt_chars=settings.mobart_max_prompt_chars,
        )
        self.journal = RedisJournal(
            self.redis,
            keys=self.keys,
            clock=self.clock,
            consumer=self.name,
            limits=Limits(
                user_concurrent=settings.mobart_user_concurrent_jobs,
                user_daily=settings.mobart_user_daily_jobs,
                daily_budget=settings.mobart_daily_budget,
            ),
            suspension=self.suspension,
        )
        self.announcer = self._announcer()
        self.listener = self._listener()
        self.worker = self._worker()
        self.callbacks = self._callbacks()
        self.probes = self._probes()

    @property
    def heartbeat_channel(self) -> str:
        """The channel on which this worker hears itself."""
        return f"{{{self.settings.mobart_namespace}}}:echo:{self.name}"

    def _permissions(self) -> Permissions:
        settings = self.settings
        bell = [self.keys.bell] if isinstance(self.wakeups, PubSubWakeups) else []
        asked = (settings.mobart_requests_channel, settings.mobart_cancel_channel)
        heard = (*asked, self.heartbeat_channel, *bell)
        told = [settings.mobart_complete_channel, self.heartbeat_channel, *bell]
        told += [settings.mobart_progress_channel] if settings.mobart_progress else []
        return Permissions(self.keys, hears=heard, tells=told)

    def _connect(self, suffix: str) -> Redis:
        return connect(self.settings.redis_address, name=f"mobart:{self.name}{suffix}")

    def _stocks(self) -> dict[str, BuiltProvider]:
        context = BuildContext(self.settings, self.clock, self.store, self.retrier.retry)
        return {name: PROVIDERS[name].build(context) for name in self.settings.providers}

    def _hooks(self) -> Hooks | None:
        verifiers = {
            name: built_provider.verifier
            for name, built_provider in self.built.items()
            if built_provider.verifier
        }
        if not verifiers:
            return None
        return Hooks(verifiers, adopt=self.journal.adopt, ring=self.journal.ring)

    def _listener(self) -> Listener:
        settings = self.settings
        handlers: dict[str, Handler] = {
            settings.mobart_requests_channel: self.admission.on_message,
            settings.mobart_cancel_channel: self.admission.on_cancellation,
        }
        if isinstance(self.wakeups, PubSubWakeups):
            handlers[self.keys.bell] = self.wakeups.on_message
        return Listener(
            self.subscription,
            publisher=self.redis,
            handlers=handlers,
            heartbeat_channel=self.heartbeat_channel,
            observer=self.observer,
            clock=self.clock,
            retrier=self.retrier,
        )

    def _worker(self) -> Worker:
        settings, lease = self.settings, self.settings.mobart_lease_seconds
        queue = RedisQueue(
            self.redis,
            blocking=self.blocking,
            keys=self.keys,
            clock=self.clock,
            consumer=self.name,
            lease=lease,
        )
        return Worker(
            queue=queue,
            journal=self.journal,
            admission=self.admission,
            fulfilment=self._fulfilment(),
            observer=self.observer,
            clock=self.clock,
            slots=Slots(
                settings.mobart_max_concurrent_jobs, beside=settings.mobart_max_waiting_jobs
            ),
            lease=lease,
            grace=settings.mobart_shutdown_grace_seconds,
            letting_go=LETTING_GO + self.router.longest_submit,
        )

    def _fulfilment(self) -> Fulfilment:
        settings, deadline = self.settings, self.settings.mobart_job_deadline_seconds
        payment = Payment(
            journal=self.journal,
            router=self.router,
            cancellations=self.cancellations,
            observer=self.observer,
            clock=self.clock,
            retrier=self.retrier,
            terms=Terms(
                job_deadline=deadline,
                lease=settings.mobart_lease_seconds,
                in_doubt=settings.mobart_in_doubt,
            ),
        )
        return Fulfilment(
            journal=self.journal,
            resolver=self.resolver,
            payment=payment,
            polling=Polling(self.router, self.wakeups, self.announcer, self.observer, self.clock),
            downloads=StoredDownloads(SCHEME, self.store.get_raw, elsewhere=self.downloads),
            renderer=self.renderer,
            store=self.store,
            announcer=self.announcer,
            observer=self.observer,
            clock=self.clock,
            retrier=self.retrier,
            job_deadline=deadline,
        )

    def _announcer(self) -> ProgressChannel | Silent:
        if not self.settings.mobart_progress:
            return Silent()
        return ProgressChannel(redis=self.redis, channel=self.settings.mobart_progress_channel)

    def _probes(self) -> ProbeServer:
        asked: dict[str, Question] = {
            "Redis": partial(server_checks.ping, self.redis),
            "S3": self.store.reach,
        }

        async def reasons() -> Sequence[str]:
            draining, hearing = self.worker.stopping, self.listener.hearing
            return await problems(draining=draining, hearing=hearing, dependencies=asked)

        return ProbeServer(
            host=self.settings.mobart_http_host,
            port=self.settings.mobart_http_port,
            readiness=Readiness(problems=reasons, clock=self.clock, max_age=0.25),
            exposition=self.metrics.exposition,
            paused=lambda: self.worker.paused,
            alive=lambda: not self.worker.stuck,
            hooks=self._hooks(),
        )

    def _callbacks(self) -> Callbacks | None:
        settings = self.settings
        if settings.go_backend_url is None or settings.mobart_webhook_secret is None:
            return None
        return Callbacks(
            redis=self.redis,
            stream=self.keys.completions,
            consumer=self.name,
            url=settings.go_backend_url,
            secret=settings.mobart_webhook_secret.get_secret_value(),
            http=aiohttp.ClientSession,
            clock=self.clock,
            observer=self.observer,
        )
