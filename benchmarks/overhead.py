"""The CPU of one job without picture work: the real worker and journal, a provider in memory."""

import asyncio
import time

from mobart.app.clock import SystemClock
from mobart.core.capabilities import Capabilities
from mobart.core.domain import GenerationRequest, Order, Pending, Picture, Ticket
from mobart.core.policy import Backoff, PollSchedule
from mobart.core.retry import Retrier
from mobart.jobs.admission import Admission
from mobart.jobs.cancellation import Cancellations
from mobart.jobs.fulfil import Fulfilment
from mobart.jobs.payment import Payment
from mobart.jobs.polling import Polling
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.slots import Slots
from mobart.jobs.storing import Storing
from mobart.jobs.terms import Terms
from mobart.jobs.wakeups import NoWakeups
from mobart.jobs.worker import Worker
from mobart.journal.connection import connect
from mobart.journal.intake import RedisIntake
from mobart.journal.keys import Keys
from mobart.journal.progress import Silent
from mobart.journal.queue import RedisQueue
from mobart.journal.recent import RecentWork
from mobart.journal.record import RedisJournal
from mobart.testing.downloads import MemoryDownloads
from mobart.testing.storage import MemoryStore
from tests.support.fakes import InstantStudio
from tests.support.jobs import RESOLVER
from tests.support.observers import Notes

JOBS = 3000
SLOTS = 100
LEASE = 30.0
AT_ONCE = Capabilities(schedule=PollSchedule(initial=0.0), submit_timeout=5.0)


class InstantProvider:
    """An `ImageProvider` that costs nothing, not even time."""

    name: str = "instant"
    capabilities = AT_ONCE

    async def submit(self, order: Order) -> Ticket:
        """Sell."""
        return Ticket(self.name, order.request_id)

    async def find(self, order: Order) -> Ticket | None:
        """Remember nothing."""
        del order
        return None

    async def poll(self, ticket: Ticket) -> Pending | Picture:
        """Be finished."""
        return Picture((f"memory:{ticket.reference}",))

    async def cancel(self, ticket: Ticket) -> None:
        """Not needed."""


async def cpu_per_job(url: str) -> float:
    """Return the CPU seconds of this process for one job, from its entry in the stream to its end."""
    redis, blocking = connect(url, name="bench"), connect(url, name="bench:read")
    keys, clock, notes = Keys("bench"), SystemClock(), Notes()
    recent, store = RecentWork(clock), MemoryStore()
    queue = RedisQueue(
        redis,
        blocking=blocking,
        keys=keys,
        clock=clock,
        consumer="bench",
        lease=LEASE,
        observer=notes,
        recent=recent,
    )
    intake = RedisIntake(redis, keys=keys, clock=clock, recent=recent)
    journal = RedisJournal(redis, keys=keys, clock=clock, consumer="bench", recent=recent)
    retrier = Retrier(clock, notes, Backoff())
    provider = InstantProvider()
    router = ProviderRouter({provider.name: provider})
    cancellations = Cancellations(router, notes)
    payment = Payment(journal, router, cancellations, notes, clock, retrier, Terms(lease=LEASE))
    fulfilment = Fulfilment(
        journal=journal,
        resolver=RESOLVER,
        payment=payment,
        polling=Polling(router, NoWakeups(clock), Silent(), notes, clock),
        downloads=MemoryDownloads(default=b"raw"),
        renderer=InstantStudio(),
        storing=Storing(store, store, retrier, notes),
        announcer=Silent(),
        observer=notes,
        clock=clock,
        retrier=retrier,
    )
    worker = Worker(
        queue=queue,
        journal=journal,
        admission=Admission(intake, notes, RESOLVER, cancellations, clock, 65536, 2000),
        fulfilment=fulfilment,
        observer=notes,
        clock=clock,
        slots=Slots(SLOTS),
        lease=LEASE,
        grace=0.0,
    )
    for number in range(JOBS):
        await intake.accept(GenerationRequest(f"r-{number}", "u", "a dragon"))
    began = time.process_time()
    running = asyncio.create_task(worker.run())
    while await redis.xlen(keys.requests):  # noqa: ASYNC110 - Redis sets no event
        await asyncio.sleep(0.05)
    spent = time.process_time() - began
    worker.stop()
    await running
    for client in (redis, blocking):
        await client.aclose()
    return spent / JOBS
