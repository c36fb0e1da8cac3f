"""Other deployments that listen on the same channel, as Redis shows them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from redis.asyncio.client import PubSub

from mobart.core.errors import Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.journal.connection import connect
from mobart.journal.neighbours import Deployment, Neighbours, deployment_of
from tests.support.backends import RedisWorld
from tests.support.observers import Notes


@pytest.fixture
def here(redis_world: RedisWorld) -> Deployment:
    """Return this test's own deployment, on a channel whose name holds what separates names."""
    namespace = redis_world.keys.namespace
    return Deployment(namespace, 0, f"{{{namespace}}}:in:*")


@pytest.fixture
async def listening(redis_world: RedisWorld, here: Deployment) -> AsyncIterator[PubSub]:
    """Subscribe as a worker of the own deployment does."""
    async with redis_world.redis.pubsub() as subscription:
        await join(subscription, here.heartbeat_channel("host-1-abc"))
        yield subscription


async def join(subscription: PubSub, *channels: str) -> None:
    """Subscribe, and return when Redis has done so."""
    await subscription.subscribe(*channels)
    for _ in channels:
        await subscription.get_message(timeout=None)


async def leave(subscription: PubSub, channel: str) -> None:
    """Likewise unsubscribe."""
    await subscription.unsubscribe(channel)
    await subscription.get_message(timeout=None)


async def test_the_own_workers_are_no_others(
    redis_world: RedisWorld, here: Deployment, listening: PubSub
) -> None:
    """Nor are those of another channel, nor a channel that is nobody's heartbeat."""
    elsewhere = replace(here, namespace="green", requests_channel="another")
    await join(listening, elsewhere.heartbeat_channel("host-2-def"), "{x}:echo:1:2", "echo")
    notes = Notes()
    await Neighbours(redis_world.redis, here=here, observer=notes).check()
    assert notes.taken == []


@pytest.mark.parametrize(
    "elsewhere",
    [lambda here: replace(here, namespace="green"), lambda here: replace(here, database=1)],
    ids=["another namespace", "another database"],
)
async def test_another_deployment_on_the_channel_is_told(
    redis_world: RedisWorld,
    here: Deployment,
    listening: PubSub,
    elsewhere: Callable[[Deployment], Deployment],
) -> None:
    """At the start it is a reason to refuse; later it is logged once, and again if it comes back."""
    other = elsewhere(here).heartbeat_channel("host-2-def")
    notes = Notes()
    neighbours = Neighbours(redis_world.redis, here=here, observer=notes)
    await join(listening, other)
    with pytest.raises(Rejected, match="another MOBART_NAMESPACE"):
        await neighbours.check()
    for _ in range(2):
        await neighbours.look()
    assert len(notes.of(LogEvent.DEPLOYMENT_CLASHED)) == 1
    await leave(listening, other)
    await neighbours.look()
    await join(listening, other)
    await neighbours.look()
    assert len(notes.of(LogEvent.DEPLOYMENT_CLASHED)) == 2


async def test_a_user_who_may_not_look_starts_with_a_warning(
    redis_world: RedisWorld, here: Deployment
) -> None:
    """The rule that is missing is named."""
    rules = ("on", ">right", "~*", "&*", "+@all", "-pubsub")
    await redis_world.redis.execute_command("ACL", "SETUSER", "blind", "reset", *rules)  # type: ignore[no-untyped-call]
    client = connect(redis_world.url.replace("redis://", "redis://blind:right@"), name="blind")
    notes = Notes()
    neighbours = Neighbours(client, here=here, observer=notes)
    await neighbours.check()
    await neighbours.look()
    assert "+pubsub|channels" in notes.of(LogEvent.CHECK_WARNED)[0]["detail"]
    await client.aclose()
    await redis_world.redis.execute_command("ACL", "DELUSER", "blind")  # type: ignore[no-untyped-call]


async def test_a_redis_that_is_away_is_waited_for(here: Deployment) -> None:
    """It says nothing of anybody."""
    client = connect("redis://127.0.0.1:1", name="away")
    with pytest.raises(Unavailable):
        await Neighbours(client, here=here, observer=Notes()).check()


def test_a_heartbeat_channel_tells_whose_it_is() -> None:
    """Whatever the requests channel is called."""
    one = Deployment("a.b-c", 3, "in:{x}:echo:9:y:\nz")
    assert deployment_of(one.heartbeat_channel("host-1-abc")) == one
    assert deployment_of("{mobart}:echo:host-1-abc") is None
