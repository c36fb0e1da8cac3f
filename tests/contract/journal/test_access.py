"""A Redis with access control lists, or without room: what a worker says at its start."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis

import mobart.journal
from mobart.app.clock import SystemClock
from mobart.core.errors import Rejected, Unavailable
from mobart.core.policy import Backoff
from mobart.core.retry import Retrier
from mobart.journal import server_checks
from mobart.journal.connection import connect
from mobart.journal.keys import Keys
from mobart.journal.permissions import PLAIN, Permissions, on_keys
from mobart_local.ports import free_port
from tests.daemon.deployment import until
from tests.support.backends import DONE, RedisWorld
from tests.support.observers import Notes
from tests.support.raw_http import raw_server, says
from tests.support.servers import redis_binaries, redis_server

KEYS = Keys("acl", completed_channel="done")
NEEDS = Permissions(
    KEYS, subscribes=("requests", "{acl}:echo:a"), publishes=("done", "{acl}:echo:a")
)
ENOUGH = ("~{acl}:*", "&requests", "&done", "&{acl}:echo:*", "+@all", "-@admin")
LISTS: dict[str, tuple[tuple[str, ...], str]] = {
    "keys": (("~other:*", "&*", "+@all"), r"lacks the ACL rules ~\{acl\}:\*$"),
    "one key": (("~{acl}:job:*", "&*", "+@all"), r"rules ~\{acl\}:\* .*\+xadd"),
    "a command": ((*ENOUGH, "-xadd"), r"rules ~\{acl\}:\* \+xadd$"),
    "a channel to hear": (
        ("~*", "&done", "&{acl}:echo:*", "+@all"),
        r"rules &requests \+subscribe$",
    ),
    "a channel to tell": (
        ("~*", "&requests", "&{acl}:echo:*", "+@all"),
        r"rules &done \+publish$",
    ),
    "nearly everything": (("~*", "&*", "+@read"), r"client\|setname"),
    "scripts": ((*ENOUGH, "-@scripting"), r"evalsha"),
}

Login = Callable[[str], Redis]


@pytest.fixture
async def login(redis_world: RedisWorld) -> AsyncIterator[Login]:
    """Connect as a user, whose password is "right"."""
    clients = list[Redis]()

    def connected(user: str) -> Redis:
        url = redis_world.url.replace("redis://", f"redis://{user}@")
        clients.append(connect(url, name="acl"))
        return clients[-1]

    yield connected
    for client in clients:
        await client.aclose()
    await acl(redis_world, "DELUSER", "worker")


async def allow(world: RedisWorld, *rules: str) -> None:
    """Make the user, with these rules only."""
    await acl(world, "SETUSER", "worker", "reset", "resetchannels", "on", ">right", *rules)


async def acl(world: RedisWorld, *words: str) -> None:
    """Change the lists as the administrator."""
    await world.redis.execute_command("ACL", *words)  # type: ignore[no-untyped-call]


async def test_a_user_who_may_do_what_is_needed_passes(
    redis_world: RedisWorld, login: Login
) -> None:
    """One that may do nothing more; asking leaves nothing behind."""
    await allow(redis_world, *ENOUGH)
    await server_checks.check(login("worker:right"), NEEDS)
    assert await redis_world.redis.keys("{acl}:*") == []


@pytest.mark.parametrize(("rules", "said"), LISTS.values(), ids=LISTS)
async def test_what_a_user_lacks_is_named(
    redis_world: RedisWorld, login: Login, rules: tuple[str, ...], said: str
) -> None:
    """So that it can be granted; there is nothing to wait for."""
    await redis_world.redis.script_flush()
    await allow(redis_world, *rules)
    with pytest.raises(Rejected, match=said) as no:
        await server_checks.check(login("worker:right"), NEEDS)
    assert "Redis refuses" in str(no.value)


@pytest.mark.parametrize("user", ["worker:canary-wrong", "nobody:canary-wrong"])
async def test_a_wrong_user_or_password_is_refused_and_not_repeated(
    redis_world: RedisWorld, login: Login, user: str
) -> None:
    """As everything else that does not heal by itself."""
    await allow(redis_world, *ENOUGH)
    with pytest.raises(Rejected, match="Redis refuses: invalid username-password") as no:
        await server_checks.check(login(user), NEEDS)
    assert "canary" not in str(no.value)


async def test_all_that_a_user_needs_is_told_at_once(redis_world: RedisWorld, login: Login) -> None:
    """Whichever rules are missing; with the rules that are told the next check passes."""
    await redis_world.redis.script_flush()
    for rules in ((), ("~{acl}:*",), ("+@all", "-@scripting"), ("~*", "&*", "+@all", "-info")):
        await allow(redis_world, *rules)
        with pytest.raises(Rejected) as no:
            await server_checks.check(login("worker:right"), NEEDS)
        assert f"ACL SETUSER <name> resetchannels {' '.join(NEEDS.rules)}" in str(no.value)
    await allow(redis_world, *NEEDS.rules)
    await server_checks.check(login("worker:right"), NEEDS)


async def test_a_job_can_be_done_with_the_rules_that_are_asked_for(
    redis_world: RedisWorld,
) -> None:
    """None is missing from the list."""
    namespace, channel = redis_world.keys.namespace, redis_world.keys.completed_channel
    named = {f"+{word}" for word in commands_of(on_keys(KEYS)) | commands_of(PLAIN)}
    connecting = {"+client", "+hello", "+auth"}
    await allow(redis_world, f"~{{{namespace}}}:*", f"&{channel}", "+publish", *named, *connecting)
    world = RedisWorld(
        redis_world.url.replace("redis://", "redis://worker:right@"),
        redis_world.keys,
        redis_world.redis,
        redis_world.subscription,
    )
    await (await world.view("a")).settled(DONE)
    assert (await redis_world.announced())[-1]["status"] == "completed"
    for client in world.clients:
        await client.aclose()
    await acl(redis_world, "DELUSER", "worker")


def commands_of(commands: object) -> set[str]:
    """Return the names of *commands* in small letters."""
    assert isinstance(commands, list | tuple)
    return {command[0].lower() for command in commands}


def test_every_command_of_the_scripts_is_asked_for() -> None:
    """A new one is easily forgotten."""
    folder = Path(mobart.journal.__file__).parent / "scripts"
    texts = [path.read_text() for path in folder.glob("*.lua")]
    called = {name.lower() for text in texts for name in re.findall(r"call\('([A-Z]+)'", text)}
    assert called - commands_of(on_keys(KEYS)) - commands_of(PLAIN) == {"publish"}


# ---------------------------------------------------------------- no room


@pytest.mark.parametrize("binary", redis_binaries())
async def test_a_redis_that_takes_no_more_clients_is_waited_for(
    tmp_path: Path, binary: str
) -> None:
    """Who is connected goes on; who comes is told that it is away, until somebody leaves."""
    options = ("--maxclients", "3")
    with redis_server(tmp_path, binary=redis_binaries()[binary], options=options) as server:
        async with AsyncExitStack() as stack:
            inside, guest, late = (connect(server.url, name=name) for name in ("a", "b", "c"))
            for client in (inside, guest, late):
                stack.push_async_callback(client.aclose)
            await inside.ping()
            async with guest.pubsub() as one, guest.pubsub() as two:
                for taken in (one, two):
                    await taken.subscribe("x")
                with pytest.raises(Unavailable, match="max number of clients"):
                    await server_checks.ping(late)
                await inside.ping()
            await guest.aclose()
            retrier = Retrier(SystemClock(), Notes(), Backoff(base=0.01, cap=0.1))
            await retrier.retry(lambda: server_checks.ping(late))


async def test_a_worker_never_has_more_connections_than_it_was_given(
    redis_world: RedisWorld,
) -> None:
    """A hundred commands at once wait for one of three."""
    client = connect(redis_world.url, name="bounded", connections=3)
    await asyncio.gather(*(client.ping() for _ in range(100)))
    names = [one["name"] for one in await redis_world.redis.client_list()]
    assert 1 <= names.count("bounded") <= 3
    await client.aclose()


# ---------------------------------------------------------------- of the wrong kind


@pytest.mark.parametrize("binary", redis_binaries())
async def test_a_replica_is_told_from_a_master(tmp_path: Path, binary: str) -> None:
    """At the start, and by the probes when a master becomes one; also one that takes writes."""
    server_of = partial(redis_server, binary=redis_binaries()[binary])
    with server_of(tmp_path / "master") as master, server_of(tmp_path / "replica") as replica:
        client = connect(replica.url, name="kind")
        assert await server_checks.problem(client, NEEDS) == ""
        for read_only in ("yes", "no"):
            await client.config_set("replica-read-only", read_only)
            await client.replicaof("127.0.0.1", str(master.port))
            with pytest.raises(Rejected, match="give the address of the master"):
                await server_checks.check(client, NEEDS)
            assert "replica" in await server_checks.problem(client, NEEDS)
        await client.aclose()


FULL = {"maxmemory": "1"}, "OOM"
ALONE = {"min-replicas-to-write": "1"}, "NOREPLICAS"
UNSAVED = {"save": "3600 1"}, "MISCONF"


@pytest.mark.parametrize(("settings", "why"), [FULL, ALONE, UNSAVED])
@pytest.mark.parametrize("binary", redis_binaries())
async def test_a_redis_that_takes_no_writes_is_told(
    tmp_path: Path, binary: str, settings: Mapping[str, str], why: str
) -> None:
    """It answers all the same; looking leaves nothing behind."""
    with redis_server(tmp_path, binary=redis_binaries()[binary]) as server:
        client = connect(server.url, name="kind")
        place = await client.config_get("dir", "dbfilename")
        (Path(str(place["dir"])) / str(place["dbfilename"]) / "in the way").mkdir(parents=True)
        for name, value in settings.items():
            await client.config_set(name, value)
        await client.bgsave()

        async def saved() -> bool:
            return not (await client.info("persistence"))["rdb_bgsave_in_progress"]

        await until(saved, "the copy has failed")
        assert await server_checks.problem(client, NEEDS) == f"takes no writes ({why})"
        await client.config_set("maxmemory", 0)
        await client.config_set("min-replicas-to-write", 0)
        await client.config_set("save", "")
        assert await server_checks.problem(client, NEEDS) == ""
        assert await client.dbsize() == 0
        await client.aclose()


@pytest.mark.parametrize("right", ["hset", "publish", "evalsha", "info"])
async def test_a_right_that_was_taken_from_a_running_worker_is_told(
    redis_world: RedisWorld, login: Login, right: str
) -> None:
    """Redis answers, and no job gets on."""
    await allow(redis_world, *ENOUGH)
    client = login("worker:right")
    assert await server_checks.problem(client, NEEDS) == ""
    await acl(redis_world, "SETUSER", "worker", f"-{right}")
    assert right in await server_checks.problem(client, NEEDS)


@pytest.mark.parametrize("binary", redis_binaries())
async def test_a_redis_that_drops_any_key_is_refused(tmp_path: Path, binary: str) -> None:
    """Unless that is wanted; INFO tells it, which services leave open that hide CONFIG."""
    with redis_server(tmp_path, binary=redis_binaries()[binary]) as server:
        client = connect(server.url, name="kind")
        await client.config_set("maxmemory", "100mb")
        await client.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(Rejected, match=r"allkeys-lru.* set noeviction, or MOBART_REDIS_MAY"):
            await server_checks.check(client, NEEDS)
        await server_checks.check(client, NEEDS, may_evict=True)
        await client.config_set("maxmemory", "0")
        await server_checks.check(client, NEEDS)
        await client.aclose()


@pytest.mark.parametrize(
    ("policy", "lost"), [("allkeys-lfu", "drop jobs;"), ("volatile-ttl", "drop finished jobs")]
)
async def test_what_a_redis_may_drop_is_told(tmp_path: Path, policy: str, lost: str) -> None:
    """Whatever it is, and though it starts; nothing is where nothing is dropped."""
    with redis_server(tmp_path, options=("--maxmemory", "100mb")) as server:
        client = connect(server.url, name="kind")
        assert await server_checks.warnings(client) == []
        await client.config_set("maxmemory-policy", policy)
        await server_checks.check(client, NEEDS, may_evict=True)
        (told,) = await server_checks.warnings(client)
        assert lost in told
        await client.aclose()


@pytest.mark.parametrize("binary", redis_binaries())
async def test_a_node_that_lacks_the_slot_is_told(tmp_path: Path, binary: str) -> None:
    """Each node of a cluster accepts commands for its own slots only."""
    cluster = ("--cluster-enabled", "yes", "--cluster-require-full-coverage", "no")
    with redis_server(tmp_path, binary=redis_binaries()[binary], options=cluster) as server:
        client, admin = connect(server.url, name="kind"), cast(Any, Redis.from_url(server.url))
        slot = await admin.execute_command("CLUSTER", "KEYSLOT", KEYS.job("x"))
        await admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, slot - 1, slot + 1, 16383)
        with pytest.raises(Unavailable, match=r"slot|ClusterDown"):
            await server_checks.check(client, NEEDS)
        await admin.execute_command("CLUSTER", "ADDSLOTS", slot)
        retrier = Retrier(SystemClock(), Notes(), Backoff(base=0.05, cap=0.1))
        await retrier.retry(lambda: server_checks.check(client, NEEDS))
        await client.aclose()
        await admin.aclose()


@pytest.mark.parametrize("binary", redis_binaries())
async def test_a_sentinel_is_told(tmp_path: Path, binary: str) -> None:
    """It answers, and keeps no data."""
    configuration = tmp_path / "sentinel.conf"
    configuration.touch()
    port = free_port()
    command = (redis_binaries()[binary], configuration, "--sentinel", "--port", str(port))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    client = connect(f"redis://127.0.0.1:{port}", name="kind")
    try:
        retrier = Retrier(SystemClock(), Notes(), Backoff(base=0.05, cap=0.1))
        await retrier.retry(lambda: server_checks.ping(client))
        with pytest.raises(Rejected, match="Sentinel"):
            await server_checks.check(client, NEEDS)
    finally:
        await client.aclose()
        process.kill()
        await process.wait()


async def test_what_is_no_redis_is_told() -> None:
    """The port of a web server, say; a worker that meets one later waits for Redis."""
    async with raw_server(says(400), greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as other:
        client = connect(other.origin.replace("http", "redis"), name="kind")
        with pytest.raises(Rejected, match="what answers there is no Redis"):
            await server_checks.check(client, NEEDS)
        with pytest.raises(Unavailable):
            await server_checks.ping(client)
        await client.aclose()


@pytest.mark.parametrize("binary", redis_binaries())
async def test_a_unix_socket_is_as_good_as_a_port(tmp_path: Path, binary: str) -> None:
    """Commands, and a subscription."""
    path = tmp_path / "redis.sock"
    options = ("--unixsocket", str(path))
    with redis_server(tmp_path / "data", binary=redis_binaries()[binary], options=options):
        client = connect(f"unix://{path}?db=0", name="kind")
        await server_checks.check(client, NEEDS)
        async with client.pubsub() as subscription:
            await subscription.subscribe("requests")
            assert await client.publish("requests", b"heard") == 1
        await client.aclose()
