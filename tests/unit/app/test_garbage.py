"""A worker looks for garbage often at little, and rarely at all."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from mobart.app.garbage import ALL, EVERY, YOUNG, look_for_garbage, look_rarely_at_all
from tests.support.clocks import SimulatedClock

OBJECTS_BETWEEN_LOOKS = 10_000_000
"""Objects that are made between two looks at all of them: a hundred times as many as with Python 3.11's own numbers."""


class Ring:
    """Refers to itself."""

    def __init__(self) -> None:
        """Be garbage once nobody else refers to it."""
        self.itself = self


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Let Python itself not look meanwhile."""
    gc.disable()
    yield
    gc.enable()


def test_a_worker_at_work_looks_rarely_at_all_its_objects() -> None:
    """With a thousand jobs such a look holds up the event loop for a tenth of a second."""
    usual = gc.get_threshold()
    try:
        look_rarely_at_all()
        young, middle, old = gc.get_threshold()
        assert young * middle * old >= OBJECTS_BETWEEN_LOOKS
        assert gc.get_freeze_count()
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


@pytest.mark.parametrize(("looked_at_before", "looks"), [(False, 1), (True, YOUNG)])
@pytest.mark.usefixtures("uncollected")
async def test_new_garbage_is_found_soon(*, looked_at_before: bool, looks: int) -> None:
    """However few objects are made: a look at all that jobs make in seconds takes long."""
    looking = asyncio.create_task(look_for_garbage(SimulatedClock()))
    await asyncio.sleep(0)  # it waits for its first look
    ring = Ring()
    found = weakref.ref(ring)
    if looked_at_before:
        gc.collect(0)
    del ring
    for _ in range(looks):
        assert found() is not None
        await asyncio.sleep(0)
    assert found() is None
    looking.cancel()


@pytest.mark.usefixtures("uncollected")
async def test_old_garbage_is_found_within_ten_minutes() -> None:
    """Or what was waited for, and failed, would be kept for hours, with all that it knows."""
    ring = Ring()
    gc.collect()
    found = weakref.ref(ring)
    del ring
    looking = asyncio.create_task(look_for_garbage(SimulatedClock()))
    for _ in range(ALL):
        await asyncio.sleep(0)
    assert found() is not None
    await asyncio.sleep(0)
    assert found() is None
    assert ALL * EVERY <= 600.0
    looking.cancel()
