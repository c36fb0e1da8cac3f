"""What jobs need in tests, with the shipped presets and default rules."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mobart.art import Recipe
from mobart.core.domain import Failed, Refusal, Ticket
from mobart.core.policy import Backoff
from mobart.core.ports import (
    Announcer,
    Claim,
    Clock,
    Downloads,
    ImageProvider,
    Intake,
    JobQueue,
    Journal,
    Observer,
)
from mobart.core.retry import Retrier
from mobart.core.wire import InvalidRequest
from mobart.jobs.admission import Admission
from mobart.jobs.cancellation import Cancellations
from mobart.jobs.fulfil import Fulfilment
from mobart.jobs.payment import Payment
from mobart.jobs.polling import Polling
from mobart.jobs.presets import PresetLibrary
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.slots import Slots
from mobart.jobs.spec import JobContext, SpecResolver
from mobart.jobs.storing import Storing
from mobart.jobs.terms import Terms
from mobart.jobs.wakeups import NoWakeups
from mobart.jobs.worker import Worker
from mobart.prompts.blocklist import Blocklist
from mobart.prompts.rules import PromptRules
from mobart.testing.downloads import MemoryDownloads
from mobart.testing.providers import MemoryProvider
from mobart.testing.storage import MemoryStore
from tests.support.backends import LEASE, MemoryWorld, WorkerView
from tests.support.fakes import InstantStudio, Progress
from tests.support.observers import Notes

PRESETS = PresetLibrary.open(basis=Recipe(), default="auto")
RESOLVER = SpecResolver(PRESETS, PromptRules(), Blocklist())
TERMS = Terms(lease=LEASE)


def in_hand(claim: Claim) -> JobContext:
    """Return what a worker knows about a job that it has claimed."""
    return JobContext(claim, RESOLVER.resolve(claim.request), Slots(1).open())


def refusal_of(no: InvalidRequest) -> Refusal:
    """Return what is announced about a message that is no request."""
    outcome = Failed.because(no, paid=False)
    return Refusal(no.request_id, no.user_id, outcome, no.reason)


class NotedCancellations(Cancellations):
    """Cancellations that are only remembered."""

    def __init__(self, observer: Observer | None = None) -> None:
        """Remember none yet."""
        super().__init__(ProviderRouter({"memory": MemoryProvider()}), observer or Notes())
        self.started: list[Ticket] = []

    def start(self, ticket: Ticket) -> None:
        """Remember *ticket*."""
        self.started.append(ticket)


@dataclass(slots=True)
class BuiltWorker:
    """A worker, and what it works with."""

    worker: Worker
    admission: Admission
    cancellations: Cancellations


def build_worker(
    provider: ImageProvider,
    *,
    queue: JobQueue,
    journal: Journal,
    intake: Intake,
    clock: Clock,
    observer: Observer,
    slots: Slots,
    store: MemoryStore,
    terms: Terms = TERMS,
    downloads: Downloads | None = None,
    announcer: Announcer | None = None,
    begin_trace: Callable[[str], str] | None = None,
    renderer: InstantStudio | None = None,
) -> BuiltWorker:
    """Build a worker with one provider, whose pictures are neither fetched nor rendered."""
    announcer = announcer or Progress()
    retrier, router = (
        Retrier(clock, observer, Backoff(base=0.5, cap=30.0)),
        ProviderRouter({provider.name: provider}),
    )
    cancellations = Cancellations(router, observer)
    admission = Admission(intake, observer, RESOLVER, cancellations, clock, 9999, 99, begin_trace)
    polling = Polling(router, NoWakeups(clock), announcer, observer, clock)
    downloads = downloads or MemoryDownloads(default=b"raw")
    fulfilment = Fulfilment(
        journal=journal,
        resolver=RESOLVER,
        payment=Payment(journal, router, cancellations, observer, clock, retrier, terms),
        polling=polling,
        downloads=downloads,
        renderer=renderer or InstantStudio(),
        storing=Storing(store, store, polling, downloads, retrier, observer),
        announcer=announcer,
        observer=observer,
        clock=clock,
        retrier=retrier,
        job_deadline=terms.job_deadline,
    )
    worker = Worker(
        queue=queue,
        journal=journal,
        admission=admission,
        fulfilment=fulfilment,
        observer=observer,
        clock=clock,
        slots=slots,
        lease=terms.lease,
        grace=0.0,
    )
    return BuiltWorker(worker, admission, cancellations)


@dataclass(slots=True)
class WorkerParts:
    """A worker over a world in memory, and what it works with."""

    worker: Worker
    world: MemoryWorld
    view: WorkerView
    admission: Admission
    cancellations: Cancellations
    notes: Notes
    store: MemoryStore


async def worker_parts(
    provider: MemoryProvider,
    *,
    slots: Slots,
    downloads: Downloads | None = None,
    store: MemoryStore | None = None,
    world: MemoryWorld | None = None,
    observer: Observer | None = None,
    begin_trace: Callable[[str], str] | None = None,
    renderer: InstantStudio | None = None,
) -> WorkerParts:
    """Build a worker; its clock moves on whenever it sleeps."""
    world, notes, store = world or MemoryWorld(), Notes(), store or MemoryStore()
    view = await world.view("worker")
    built = build_worker(
        provider,
        queue=view.queue,
        journal=view.journal,
        intake=view.intake,
        clock=world.clock,
        observer=observer or notes,
        slots=slots,
        store=store,
        downloads=downloads,
        begin_trace=begin_trace,
        renderer=renderer,
    )
    return WorkerParts(
        built.worker, world, view, built.admission, built.cancellations, notes, store
    )


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    """Run *worker* while inside."""
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await task
