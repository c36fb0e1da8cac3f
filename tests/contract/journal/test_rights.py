"""Rights that are taken from a worker's user while it works, and given back."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from mobart.core.domain import Failed, Refusal
from mobart.core.errors import Code, Unavailable
from mobart.core.limits import Limits
from mobart.core.ports import Claim
from mobart.journal.permissions import on_keys
from tests.support.backends import (
    DONE,
    RECEIVED,
    REQUEST,
    STARTED,
    RedisWorld,
    WorkerView,
    settled,
)

LIMITS = Limits(user_concurrent=9, user_daily=9, daily_budget=9, daily_budget_micros=10**9)
PRICED = replace(STARTED, price=0.01)
Step = Callable[[WorkerView, Claim], Any]


def rights(world: RedisWorld) -> list[str]:
    """List the commands that a worker runs on keys, and the one by which it tells."""
    return sorted({command[0].lower() for command in on_keys(world.keys)} | {"publish"})


async def acl(world: RedisWorld, *words: str) -> None:
    """Change the lists as the administrator."""
    await world.redis.execute_command("ACL", *words)  # type: ignore[no-untyped-call]


@asynccontextmanager
async def as_user(server: RedisWorld, right: str) -> AsyncIterator[RedisWorld]:
    """Open a world of its own for a user who may do everything so far."""
    await acl(server, "SETUSER", "worker", "reset", "on", ">right", "~*", "&*", "+@all")
    world = await RedisWorld.open(server.url, namespace=f"{server.keys.namespace}-{right}")
    world.url = server.url.replace("redis://", "redis://worker:right@")
    try:
        yield world
    finally:
        await world.close()
        await acl(server, "DELUSER", "worker")


async def without(world: RedisWorld, right: str, act: Callable[[], Any]) -> None:
    """Try an act twice without a right, and then with it, unless it did without."""
    await acl(world, "SETUSER", "worker", f"-{right}")
    for _ in range(2):
        try:
            await act()
        except Unavailable:
            continue
        break
    else:
        await acl(world, "SETUSER", "worker", "+@all")
        await act()
    await acl(world, "SETUSER", "worker", "+@all")


STEPS = ("accept", "pay", "ticket", "settle")


@pytest.mark.parametrize("step", STEPS)
async def test_whichever_right_is_taken_from_a_step_it_is_done_once(
    redis_world: RedisWorld, step: str
) -> None:
    """It is waited for: nothing is counted, kept or told twice, nor left untold."""
    for right in rights(redis_world):
        async with as_user(redis_world, right) as world:
            view = await world.view("a", limits=LIMITS)

            async def at(
                name: str,
                act: Callable[[], Any],
                world: RedisWorld = world,
                right: str = right,
            ) -> None:
                await (without(world, right, act) if name == step else act())

            await at("accept", lambda view=view: view.intake.accept(REQUEST))  # type: ignore[misc]
            claim = await view.take()
            for name, event in zip(STEPS[1:], (PRICED, RECEIVED, settled(DONE)), strict=True):
                await at(name, lambda event=event: view.journal.record(claim, event))  # type: ignore[misc]  # noqa: B023
            found = (
                len(await world.announced()),
                await world.redis.xlen(world.keys.completions),
                await world.outstanding(),
                await world.redis.get(world.keys.spent),
                await world.redis.hget(world.keys.money, "micros"),
                await world.redis.zcard(world.keys.busy(REQUEST.user_id)),
            )
            assert found == (1, 1, 0, b"1", b"10000", 0), right


@pytest.mark.parametrize("right", ["publish", "set", "xadd", "xtrim", "hset", "incr", "expire"])
async def test_a_refusal_is_told_once_whichever_right_was_taken(
    redis_world: RedisWorld, right: str
) -> None:
    """As an outcome is."""
    no = Refusal("r-1", "u", Failed(Code.INVALID_MESSAGE, "No.", paid=False), reason=None)
    async with as_user(redis_world, right) as world:
        view = await world.view("a")
        await without(world, right, lambda: view.intake.refuse(no, payload=b"{}"))
        assert len(await world.announced()) == 1
        assert await world.redis.xlen(world.keys.completions) == 1
