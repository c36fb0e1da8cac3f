"""The worker: fetches as many jobs as it has slots for, runs them, and stops in good order.

Two tasks of their own run beside that loop: the `heartbeat` (leases) and the `janitor` (consumers that
are gone).  In each round of the loop the kill switch is looked at, once a second at most, and whether
pictures can be processed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from mobart.core.events import LogEvent
from mobart.core.ports import Clock, Delivery, JobQueue, Journal, Observer
from mobart.jobs.admission import Admission
from mobart.jobs.fulfil import Fulfilment
from mobart.jobs.heartbeat import BEATS_A_LEASE, Heartbeat
from mobart.jobs.janitor import EVERY_LEASES, Janitor
from mobart.jobs.kill_switch import KillSwitch
from mobart.jobs.loop import LoopGuard, first
from mobart.jobs.renderer_watch import RendererWatch
from mobart.jobs.runner import JobRunner
from mobart.jobs.running import RunningJobs
from mobart.jobs.slots import Slots

WAIT_FOR_WORK = 1.0
"""Seconds that one read of the queue, or one wait for a free slot, may take."""
RESCUE_EVERY = 1.0
"""Seconds between two searches for jobs of other workers, or a third of a lease if that is less."""
STUCK_AFTER = 60.0
"""Seconds without a round of the fetching loop after which the worker is not alive."""


@dataclass(slots=True, eq=False)
class Worker:
    """Runs jobs within *slots*; *lease* and *grace* are in seconds."""

    queue: JobQueue
    journal: Journal
    admission: Admission
    fulfilment: Fulfilment
    observer: Observer
    clock: Clock
    slots: Slots
    lease: float
    grace: float
    letting_go: float = 30.0
    """After the grace time: for submits under way, which are never cut, and for releasing."""
    running: RunningJobs = field(default_factory=RunningJobs)
    ticked_at: float = float("-inf")
    _rescued_at: float = float("-inf")
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _kill_switch: KillSwitch = field(init=False)
    rendering: RendererWatch = field(init=False)
    _runner: JobRunner = field(init=False)
    _heartbeat: Heartbeat = field(init=False)

    def __post_init__(self) -> None:
        """Build the parts that share what this worker is running."""
        self.slots.changed = self.running.changed
        self._kill_switch = KillSwitch(self.queue, self.observer, self.clock)
        renderer = self.fulfilment.renderer
        self.rendering = RendererWatch(renderer, self.running, self.observer, self.clock)
        self._heartbeat = Heartbeat(self.queue, self.running)
        self._runner = JobRunner(
            self.queue,
            self.journal,
            self.admission,
            self.fulfilment,
            self.observer,
            self.running,
            self._kill_switch,
            self._stopping,
        )

    def stop(self) -> None:
        """Take no more work, finish what can be finished in the grace time, release the rest."""
        self._stopping.set()
        self.running.changed.set()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping.is_set()

    @property
    def paused(self) -> bool:
        """Whether the operator lets nothing new begin."""
        return self._kill_switch.paused

    @property
    def stuck(self) -> bool:
        """Whether the loop that fetches work has not come round for very long."""
        started = self.ticked_at > float("-inf") and not self.stopping
        return started and self.clock.monotonic() - self.ticked_at > STUCK_AFTER

    async def run(self) -> None:
        """Work until `stop`; returns when everything is finished or released."""
        guard = LoopGuard(self.observer, self.clock)
        heartbeat = self._heartbeat
        janitor = Janitor(self.queue, self.observer)
        loops = [
            asyncio.create_task(guard.forever(heartbeat.beat, every=self.lease / BEATS_A_LEASE)),
            asyncio.create_task(guard.forever(janitor.tidy, every=self.lease * EVERY_LEASES)),
        ]
        try:
            while not self.stopping:
                await guard.once(self._fetch)
            await self._drain()
            await janitor.leave()
        finally:
            for task in loops:
                task.cancel()

    async def _fetch(self) -> None:
        """Start as many jobs as there is room for: first what others left, then what is new."""
        self.ticked_at = self.clock.monotonic()
        if not await self.queue.proven():
            await self._heartbeat.beat()
        await self._kill_switch.look()
        await self.rendering.look()
        room = self.slots.room(len(self.running))
        if room <= 0:
            self.running.changed.clear()
            await first(self.running.changed.wait(), self.clock.sleep(WAIT_FOR_WORK))
            return
        room -= 0 if self.rendering.stopped else await self._rescue(room)
        if room and (self.paused or self.rendering.stopped):
            await first(self._stopping.wait(), self.clock.sleep(WAIT_FOR_WORK))
        elif room and not self.stopping:
            self._start(await self.queue.receive(room, wait=WAIT_FOR_WORK))

    async def _rescue(self, room: int) -> int:
        """Start up to *room* jobs whose worker went silent, if it is time; return how many."""
        if self.ticked_at - self._rescued_at < min(RESCUE_EVERY, self.lease / BEATS_A_LEASE):
            return 0
        self._rescued_at = self.ticked_at
        held = [claim.entry for claim in self.running.claims]
        rescued = await self.queue.rescue(room, held=held)
        self._start(rescued)
        return len(rescued)

    def _start(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self.running.start(self._runner.run(delivery, self.slots.open()))

    async def _drain(self) -> None:
        """Finish what can be finished in the grace time, then release the rest.

        A submit under way is never cut, and its ticket is recorded; with Redis away that could
        take any time, so after `letting_go` the job is left in doubt.
        """
        self.observer.note(LogEvent.WORKER_STOPPING, jobs=len(self.running), grace=self.grace)
        await self.running.wait(self.grace)
        self.running.cancel()
        await self.running.wait(self.letting_go)
