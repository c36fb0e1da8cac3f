"""The moments that matter most, every time: paid at most once, told exactly once, nothing lost."""

import asyncio
import inspect
from collections.abc import Callable
from itertools import count

import pytest

from mobart.core.domain import Lookup
from mobart_local.redis import RedisServer
from tests.model import scenes
from tests.model.harness import Theatre
from tests.model.scenes import SCENES, Scene, perform
from tests.support.backends import MemoryWorld, RedisWorld

NAMESPACES = count()
every_scene = pytest.mark.parametrize(
    ("scene", "lookup"),
    [
        pytest.param(scene, lookup, id=f"{scene.__name__}-{lookup}")
        for scene, lookups in SCENES.items()
        for lookup in lookups
    ],
)


@every_scene
def test_every_scene_in_memory_ends_well(scene: Scene, lookup: Lookup) -> None:
    """On a `InMemoryRedis`."""
    with asyncio.Runner() as runner:
        theatre = Theatre(runner.get_loop(), MemoryWorld(), lookup, "fail")
        try:
            perform(scene, theatre)
        finally:
            theatre.close()


@every_scene
def test_every_scene_on_redis_ends_well(
    scene: Scene, lookup: Lookup, redis_servers: Callable[[str], RedisServer]
) -> None:
    """With the scripts."""
    url = redis_servers("bundled").url
    with asyncio.Runner() as runner:
        world = runner.run(RedisWorld.open(url, namespace=f"scene-{next(NAMESPACES)}"))
        theatre = Theatre(runner.get_loop(), world, lookup, "fail")
        try:
            perform(scene, theatre)
        finally:
            theatre.close()
            runner.run(world.close())


def test_every_scene_is_played() -> None:
    """One that stands in no table proves nothing."""
    written = {
        one
        for name, one in vars(scenes).items()
        if inspect.isfunction(one)
        and one.__module__ == scenes.__name__
        and [*inspect.signature(one).parameters] == ["stage"]
        and not name.startswith("_")
    }
    assert written == {*SCENES}
