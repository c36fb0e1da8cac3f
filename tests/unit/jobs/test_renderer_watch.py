"""Whether new work begins, by whether pictures can be processed."""

import asyncio

import pytest

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Unavailable
from mobart.core.events import LogEvent
from mobart.jobs import renderer_watch
from mobart.jobs.renderer_watch import TRY_EVERY, RendererWatch
from mobart.jobs.running import RunningJobs
from mobart.jobs.slots import Slots
from mobart.testing.providers import MemoryProvider
from tests.support.backends import REQUEST
from tests.support.clocks import SimulatedClock
from tests.support.fakes import InstantStudio
from tests.support.jobs import running, worker_parts
from tests.support.observers import Notes


async def test_a_renderer_that_works_is_tried_once() -> None:
    """Before the first job; each try may start a process."""
    renderer, notes, clock = InstantStudio(), Notes(), SimulatedClock()
    watch = RendererWatch(renderer, RunningJobs(), notes, clock)
    for _ in range(3):
        await watch.look()
        clock.seconds += TRY_EVERY
    assert (watch.stopped, renderer.checks, notes.taken) == (False, 1, [])


async def test_one_that_cannot_work_is_told_once_and_tried_rarely_until_it_can() -> None:
    """The loop that fetches work comes round once a second or oftener."""
    renderer, notes, clock = InstantStudio(trouble="no room"), Notes(), SimulatedClock()
    watch = RendererWatch(renderer, RunningJobs(), notes, clock)
    for _ in range(10):
        await watch.look()
        clock.seconds += TRY_EVERY / 5
    assert (watch.stopped, renderer.checks) == (True, 2)
    renderer.trouble = ""
    await watch.look()
    assert not watch.stopped
    assert [(event, facts) for event, facts in notes.taken] == [
        (LogEvent.RENDERING_STOPPED, {"detail": "no room"}),
        (LogEvent.RENDERING_RESUMED, {}),
    ]


async def test_a_worker_buys_nothing_that_it_cannot_make() -> None:
    """Nor takes over what others left; as soon as it can, it goes on by itself."""
    provider = MemoryProvider()
    parts = await worker_parts(provider, slots=Slots(2))
    renderer = parts.worker.fulfilment.renderer
    assert isinstance(renderer, InstantStudio)
    renderer.trouble = "no room"
    await parts.view.intake.accept(REQUEST)
    async with running(parts.worker):
        await parts.notes.has(LogEvent.RENDERING_STOPPED)
        for _ in range(5):
            await parts.world.clock.sleep(60)
        assert parts.notes.of(LogEvent.JOB_CLAIMED) == []
        renderer.trouble = ""
        await parts.notes.has(LogEvent.JOB_SETTLED)
    (message,) = await parts.world.announced()
    assert message["status"] == "completed"


class Unproven(InstantStudio):
    """A renderer of which nothing is known before it is tried, and that cannot work."""

    async def check(self) -> None:
        """See `Renderer`."""
        self.trouble = "no room"
        await super().check()


async def test_that_it_cannot_is_found_out_before_the_first_purchase() -> None:
    """And not by pictures that are paid."""
    provider = MemoryProvider()
    parts = await worker_parts(provider, slots=Slots(2), renderer=Unproven())
    await parts.view.intake.accept(REQUEST)
    async with running(parts.worker):
        await parts.notes.has(LogEvent.RENDERING_STOPPED)
        for _ in range(5):
            await parts.world.clock.sleep(60)
    assert parts.notes.of(LogEvent.JOB_CLAIMED) == []
    assert provider.payments(REQUEST.request_id) == 0


class Hanging(InstantStudio):
    """A renderer whose processes start, and are not ready in time, for so many tries."""

    hangs = 2

    async def check(self) -> None:
        """See `Renderer`."""
        await super().check()
        if self.checks <= self.hangs:
            await asyncio.Event().wait()


async def test_a_try_that_hangs_is_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one too: nothing is bought before a process was ready."""
    monkeypatch.setattr(renderer_watch, "TRY_FOR", 0.01)
    renderer, notes, clock = Hanging(), Notes(), SimulatedClock()
    watch = RendererWatch(renderer, RunningJobs(), notes, clock)
    await watch.look()
    await watch.look()
    assert (watch.stopped, renderer.checks) == (True, 1)
    for checks, stopped in [(2, True), (3, False)]:
        clock.seconds += TRY_EVERY
        await watch.look()
        assert (watch.stopped, renderer.checks) == (stopped, checks)
    assert [(event, facts) for event, facts in notes.taken] == [
        (LogEvent.RENDERING_STOPPED, {"detail": "no child was ready within 0.01 s"}),
        (LogEvent.RENDERING_RESUMED, {}),
    ]


class Failing(InstantStudio):
    """A renderer that breaks at its first picture."""

    async def render(self, raw: bytes, recipe: object) -> Rendering:
        """See `Renderer`."""
        if not self.rendered:
            self.rendered.append(raw)
            self.trouble = "no room"
        if self.trouble:
            raise Unavailable(Code.PROCESSING_FAILED, "It fails.", detail=self.trouble)
        return await super().render(raw, recipe)


async def test_what_is_in_hand_is_given_up_for_workers_that_can_make_it() -> None:
    """Here there is none but itself; nothing is paid again."""
    provider = MemoryProvider()
    renderer = Failing()
    parts = await worker_parts(provider, slots=Slots(2), renderer=renderer)
    await parts.view.intake.accept(REQUEST)
    async with running(parts.worker):
        await parts.notes.has(LogEvent.JOB_RELEASED)
        for _ in range(5):
            await parts.world.clock.sleep(60)
        assert len(parts.notes.of(LogEvent.JOB_CLAIMED)) == 1
        renderer.trouble = ""
        await parts.notes.has(LogEvent.JOB_SETTLED)
    (message,) = await parts.world.announced()
    assert message["status"] == "completed"
    assert provider.payments(REQUEST.request_id) == 1
