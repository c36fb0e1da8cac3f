"""Builds the worker, which claims jobs and fulfils them."""

from dataclasses import dataclass

from mobart.app.base import Base
from mobart.app.intake import IntakeParts, suspension_of
from mobart.app.pictures import PictureParts
from mobart.app.providers import ProviderParts
from mobart.app.redis import durability_of
from mobart.app.stop import RELEASE_SECONDS
from mobart.art import Preset, Recipe
from mobart.core.limits import Limits, micros
from mobart.jobs.fulfil import Fulfilment
from mobart.jobs.payment import Payment
from mobart.jobs.polling import Polling
from mobart.jobs.references import References
from mobart.jobs.slots import Slots
from mobart.jobs.storing import Storing
from mobart.jobs.terms import Terms
from mobart.jobs.worker import Worker
from mobart.journal.queue import RedisQueue
from mobart.journal.record import RedisJournal
from mobart.providers.registry import PROVIDERS, price_of
from mobart.settings import Settings

PICTURES_PER_PROCESS = 4
"""Pictures that a worker has in memory for each of its processes: one is processed, others are fetched."""
FETCHED_BESIDE = 2
"""Large pictures that it has beside those that are processed: as fast as with four for each of two processes
while each takes half a second to fetch, and a tenth slower where it takes a second; with 1, a third."""


@dataclass(frozen=True, slots=True)
class WorkerBuilder:
    """The parts that a worker is built from."""

    base: Base
    intake: IntakeParts
    providers: ProviderParts
    pictures: PictureParts
    journal: RedisJournal

    def worker(self) -> Worker:
        """Build the worker."""
        base, settings = self.base, self.base.settings
        queue = RedisQueue(
            base.redis.commands,
            blocking=base.redis.blocking,
            keys=base.redis.keys,
            clock=base.clock,
            consumer=base.name,
            lease=settings.mobart_lease_seconds,
            observer=base.observer,
            recent=base.redis.recent,
            user_slots=settings.mobart_user_slots,
        )
        return Worker(
            queue=queue,
            journal=self.journal,
            admission=self.intake.admission,
            fulfilment=self._fulfilment(),
            observer=base.observer,
            clock=base.clock,
            slots=Slots(
                settings.mobart_max_concurrent_jobs,
                beside=settings.mobart_max_waiting_jobs,
                at_once=PICTURES_PER_PROCESS * settings.mobart_render_processes,
                large_at_once=FETCHED_BESIDE + settings.mobart_render_processes,
            ),
            lease=settings.mobart_lease_seconds,
            grace=settings.mobart_shutdown_grace_seconds,
            letting_go=RELEASE_SECONDS + self.providers.router.longest_submit,
            running=base.running,
        )

    def _fulfilment(self) -> Fulfilment:
        base, pictures = self.base, self.pictures
        announcer = base.progress
        polling = Polling(
            self.providers.router,
            self.intake.wakeups,
            announcer,
            base.observer,
            base.clock,
            base.usual,
            lambda name, order: f"{name}/{PROVIDERS[name].model_of(base.settings, order)}",
        )
        return Fulfilment(
            journal=self.journal,
            resolver=self.intake.resolver,
            payment=self._payment(),
            polling=polling,
            downloads=pictures.downloads,
            renderer=pictures.renderer,
            storing=Storing(
                pictures.store,
                pictures.store,
                polling,
                pictures.downloads,
                base.retrier,
                base.observer,
                keep_raw=base.settings.mobart_keep_raw > 0,
            ),
            announcer=announcer,
            observer=base.observer,
            clock=base.clock,
            retrier=base.retrier,
            job_deadline=base.settings.mobart_job_deadline_seconds,
        )

    def _references(self) -> References:
        settings, pictures = self.base.settings, self.pictures
        plain = Preset(name="reference")
        return References(
            downloads=pictures.referred,
            store=pictures.store,
            renderer=pictures.renderer,
            recipe=Recipe(preset=plain, tile=None, max_pixels=settings.mobart_max_source_pixels),
            clock=self.base.clock,
            max_bytes=settings.mobart_max_source_bytes,
        )

    def _payment(self) -> Payment:
        base, settings = self.base, self.base.settings
        return Payment(
            journal=self.journal,
            router=self.providers.router,
            cancellations=self.providers.cancellations,
            observer=base.observer,
            clock=base.clock,
            retrier=base.retrier,
            references=self._references(),
            terms=Terms(
                job_deadline=settings.mobart_job_deadline_seconds,
                lease=settings.mobart_lease_seconds,
                in_doubt=settings.mobart_in_doubt,
            ),
            price_of=lambda provider, order: price_of(provider, settings, order),
        )


def build_journal(base: Base) -> RedisJournal:
    """Build the records of claimed jobs, which the HTTP port uses as well."""
    return RedisJournal(
        base.redis.commands,
        keys=base.redis.keys,
        clock=base.clock,
        consumer=base.name,
        recent=base.redis.recent,
        limits=limits_of(base.settings),
        suspension=suspension_of(base.settings),
        durability=durability_of(base.settings),
    )


def limits_of(settings: Settings) -> Limits:
    """Return how many pictures may be ordered."""
    return Limits(
        user_concurrent=settings.mobart_user_concurrent_jobs,
        user_daily=settings.mobart_user_daily_jobs,
        daily_budget=settings.mobart_daily_budget,
        daily_budget_micros=micros(settings.mobart_daily_budget_usd),
    )
