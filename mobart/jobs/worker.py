"""The worker: claims as much as it has room for, keeps its leases, rescues, and leaves tidily."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from structlog.contextvars import bound_contextvars

from mobart.core.domain import Failed, GenerationRequest, Stage
from mobart.core.errors import Code, LeaseLost, MobartError, Paused, Unavailable
from mobart.core.events import LogEvent
from mobart.core.lifecycle import Event, Transition
from mobart.core.ports import (
    Acceptance,
    Claim,
    Clock,
    Delivery,
    JobQueue,
    Journal,
    Observer,
)
from mobart.core.wire import Refusal
from mobart.jobs.admission import Admission
from mobart.jobs.fulfil import PAID_IN, Fulfilment

MAX_CRASHES = 3
"""Unexpected errors after which a job is settled as failed instead of tried again."""
BROKEN = "An internal error occurred."
WAIT_FOR_WORK = 1.0
RESCUE_EVERY = 1.0
LOOK_EVERY = 1.0
STUCK_AFTER = 60.0
RENEWALS_A_LEASE = 3
TIDY_EVERY_LEASES = 4


@dataclass(slots=True, eq=False)
class Worker:
    """Runs jobs, at most *slots* at once; *lease* and *grace* are in seconds."""

    queue: JobQueue
    journal: Journal
    reception: Admission
    fulfilment: Fulfilment
    observer: Observer
    clock: Clock
    slots: int
    lease: float
    grace: float
    letting_go: float = 30.0
    """After the grace time: for submits under way, which are never cut, and for releasing."""
    jobs: dict[asyncio.Task[None], Claim | None] = field(default_factory=dict)
    lost: set[Claim] = field(default_factory=set)
    ticked_at: float = float("-inf")
    rescued_at: float = float("-inf")
    looked_at: float = float("-inf")
    paused: bool = False
    _room: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _away: bool = False

    def stop(self) -> None:
        """Take no more work, finish what can be finished in the grace time, release the rest."""
        self._stopping.set()
        self._room.set()

    @property
    def stopping(self) -> bool:
        """Whether the worker is on its way out."""
        return self._stopping.is_set()

    @property
    def stuck(self) -> bool:
        """Whether the loop that fetches work has not come round for very long."""
        running = self.ticked_at > float("-inf") and not self.stopping
        return running and self.clock.monotonic() - self.ticked_at > STUCK_AFTER

    async def run(self) -> None:
        """Work until `stop`; returns when everything is finished or released."""
        keeping = [
            asyncio.create_task(self._for_ever(self._renew, every=self.lease / RENEWALS_A_LEASE)),
            asyncio.create_task(self._for_ever(self._tidy, every=self.lease * TIDY_EVERY_LEASES)),
        ]
        try:
            while not self.stopping:
                await self._guard(self._fetch)
            await self._drain()
        finally:
            for task in keeping:
                task.cancel()

    # ---------------------------------------------------------------- loops

    async def _fetch(self) -> None:
        """Start as many jobs as there is room for: first what others left, then what is new."""
        self.ticked_at = self.clock.monotonic()
        await self._look()
        room = self.slots - len(self.jobs)
        if room <= 0:
            self._room.clear()
            await _first(self._room.wait(), self.clock.sleep(WAIT_FOR_WORK))
            return
        if self.ticked_at - self.rescued_at >= min(RESCUE_EVERY, self.lease / RENEWALS_A_LEASE):
            self.rescued_at = self.ticked_at
            held = [claim.entry for claim in self.jobs.values() if claim is not None]
            rescued = await self.queue.rescue(room, held=held)
            self._start(rescued)
            room -= len(rescued)
        if room and self.paused:
            await _first(self._stopping.wait(), self.clock.sleep(WAIT_FOR_WORK))
        elif room and not self.stopping:
            self._start(await self.queue.receive(room, wait=WAIT_FOR_WORK))

    async def _look(self) -> None:
        """Look at the kill switch.  What matters looks by itself; this is to stop fetching."""
        if self.ticked_at - self.looked_at >= LOOK_EVERY:
            self.looked_at = self.ticked_at
            self._heed(paused=await self.queue.paused())

    def _heed(self, *, paused: bool) -> None:
        if paused != self.paused:
            self.observer.note(LogEvent.INTAKE_PAUSED if paused else LogEvent.INTAKE_RESUMED)
        self.paused = paused

    async def _renew(self) -> None:
        tasks = {claim: task for task, claim in self.jobs.items() if claim is not None}
        for claim in await self.queue.renew(list(tasks)):
            self.lost.add(claim)
            tasks[claim].cancel()

    async def _tidy(self) -> None:
        for name in await self.queue.retire():
            self.observer.note(LogEvent.CONSUMER_REMOVED, consumer=name)

    async def _for_ever(self, act: Callable[[], Awaitable[None]], *, every: float) -> None:
        while True:
            await self.clock.sleep(every)
            await self._guard(act)

    async def _guard(self, act: Callable[[], Awaitable[None]]) -> None:
        """Run one round of a loop; nothing that goes wrong in it ends the loop."""
        try:
            await act()
        except Unavailable as away:
            if not self._away:
                self.observer.note(LogEvent.REDIS_LOST, detail=str(away))
            self._away = True
            await self.clock.sleep(WAIT_FOR_WORK * (0.5 + self.clock.jitter()))
        except Exception as error:  # noqa: BLE001 - a bug is logged, the loop goes on
            self.observer.note(LogEvent.LOOP_CRASHED, loop=act.__name__, exc_info=error)
            await self.clock.sleep(WAIT_FOR_WORK)
        else:
            if self._away:
                self.observer.note(LogEvent.REDIS_RECOVERED)
            self._away = False

    # ---------------------------------------------------------------- one job

    def _start(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            task = asyncio.create_task(self._work(delivery))
            self.jobs[task] = None
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self.jobs[task]
        self._room.set()

    async def _work(self, delivery: Delivery) -> None:
        request = self.reception.parse(delivery.payload)
        with bound_contextvars(request_id=request.request_id):
            try:
                if isinstance(request, Refusal):
                    await self.reception.refuse(request, delivery.payload, transport="stream")
                    await self.queue.discard(delivery)
                    return
                await self._work_on(delivery, request)
            except Paused:
                self._heed(paused=True)
            except MobartError as error:
                # The entry stays ours until its lease ends; then it is rescued, by us or others.
                self.observer.note(LogEvent.JOB_LOST, detail=f"{type(error).__name__}: {error}")
            except Exception as error:  # noqa: BLE001 - as above
                self.observer.note(LogEvent.JOB_CRASHED, exc_info=error)

    async def _work_on(self, delivery: Delivery, request: GenerationRequest) -> None:
        claim = await self.queue.claim(delivery, request)
        if claim is None:
            return
        if isinstance(claim, Acceptance):
            self.reception.log_acceptance(claim, request, transport="stream")
            return
        event = LogEvent.JOB_RESCUED if delivery.rescued else LogEvent.JOB_CLAIMED
        self.observer.note(event, stage=str(claim.job.stage), epoch=claim.job.epoch)
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("jobs run in tasks")
        self.jobs[task] = claim
        if self.stopping:
            await self._give_up(claim)
            return
        try:
            await self._bring_to_its_end(claim)
        except asyncio.CancelledError:
            await self._give_up(claim)
        except Paused:
            await self._give_up(claim)
            raise
        except MobartError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug must not cost the other jobs
            await self._count_crash(claim, error)
        finally:
            self.lost.discard(claim)

    async def _bring_to_its_end(self, claim: Claim) -> None:
        """Fulfil a job; one that has not cost anything yet may still be turned away."""
        unpaid = claim.job.stage is Stage.ACCEPTED
        refusal = self.reception.validate(claim.request) if unpaid else None
        await self.fulfilment.fulfil(claim, refusal)

    async def _give_up(self, claim: Claim) -> None:
        """Let a cancelled job go: it was lost, or the worker leaves."""
        if claim in self.lost:
            raise LeaseLost("the renewal was refused")
        await self.queue.release(claim)
        self.observer.note(LogEvent.JOB_RELEASED, stage=str(claim.job.stage))

    async def _count_crash(self, claim: Claim, error: Exception) -> None:
        """Leave a job that met a bug to the rescuer, or settle it when that goes on."""
        crashes = await self.queue.count_crash(claim)
        self.observer.note(LogEvent.JOB_CRASHED, crashes=crashes, exc_info=error)
        if crashes >= MAX_CRASHES:
            outcome = Failed(Code.INTERNAL, BROKEN, paid=PAID_IN[claim.job.stage])
            settled = Transition(Event.OUTCOME_SETTLED, outcome=outcome)
            await self.journal.record(claim, settled)

    # ---------------------------------------------------------------- the end

    async def _drain(self) -> None:
        """Finish what can be finished, release the rest, leave the group."""
        self.observer.note(LogEvent.WORKER_STOPPING, jobs=len(self.jobs), grace=self.grace)
        if self.jobs:
            await asyncio.wait(set(self.jobs), timeout=self.grace)
        rest = set(self.jobs)
        for task in rest:
            task.cancel()
        if rest:
            # A submit under way is never cut, and its ticket is brought home; with Redis away that
            # could take for ever, and then the job is left in doubt.
            await asyncio.wait(rest, timeout=self.letting_go)
        try:
            await self.queue.retire(leaving=True)
        except Unavailable as away:
            self.observer.note(LogEvent.REDIS_LOST, detail=str(away))


async def _first(*acts: Awaitable[object]) -> None:
    """Return when the first of *acts* is done; the others are cancelled."""
    tasks = [asyncio.ensure_future(act) for act in acts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
