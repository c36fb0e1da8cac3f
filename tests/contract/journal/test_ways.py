"""Ways to Redis: TLS with certificates on both sides, Sentinels and nodes that are away or wrong."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from pydantic import SecretStr
from redis import Redis as RedisInThread
from redis.asyncio import Redis
from redis.exceptions import RedisError

from mobart.app.checks import NotReady
from mobart.app.clock import SystemClock
from mobart.app.operator import switch
from mobart.core.errors import Rejected, Unavailable
from mobart.core.policy import Backoff
from mobart.core.redis_nodes import nodes_of, with_sentinel_login
from mobart.core.retry import Retrier
from mobart.journal import server_checks
from mobart.journal.connection import connect, connector
from mobart.journal.keys import Keys
from mobart.journal.locating import Locator
from mobart.journal.permissions import Permissions
from mobart.settings.model import RedisAlone
from mobart_local.ports import free_port
from mobart_local.redis import LOOPBACK
from tests.daemon.deployment import until
from tests.support.observers import Notes
from tests.support.proxy import Proxy
from tests.support.redis_groups import cluster_of, follow, is_owner, owner_of, sentinel, until_whole
from tests.support.redis_ways import (
    SENTINEL_PASSWORD,
    SENTINEL_USER,
    Certificates,
    by_sentinel,
    in_cluster,
    plain,
)
from tests.support.servers import redis_server

CANARY = "canary-sentinel"
KEYS = Keys("mobart", completed_channel="done")
NEEDS = Permissions(KEYS, subscribes=("requests",), publishes=("done",))
Way = Callable[[Path, Certificates], AbstractAsyncContextManager[str]]
WAYS: dict[str, Way] = {"plain": plain, "sentinel": by_sentinel, "cluster": in_cluster}


@pytest.fixture
def files(tmp_path: Path) -> Certificates:
    """Make certificates."""
    return Certificates(tmp_path / "certificates")


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[Redis]:
    """Connect as a worker does."""
    redis = connect(url, name="way")
    try:
        yield redis
    finally:
        await redis.aclose()


async def checked(url: str) -> None:
    """Judge a Redis as a start does, waiting for what is away."""
    retrier = Retrier(SystemClock(), Notes(), Backoff(base=0.05, cap=0.2))
    async with client_of(url) as redis:
        await retrier.retry(lambda: server_checks.check(redis, NEEDS))


# ---------------------------------------------------------------- TLS


@pytest.mark.parametrize("way", WAYS)
async def test_certificates_are_wanted_and_shown_on_every_way(
    tmp_path: Path, files: Certificates, way: str
) -> None:
    """To Sentinels and nodes as to the master, by commands and subscriptions alike."""
    async with WAYS[way](tmp_path, files) as address:
        url = with_sentinel_login(f"{address}?{files.options()}", SENTINEL_USER, SENTINEL_PASSWORD)
        await checked(url)
        hearing = connector(url, name="way", namespace="mobart")("hear")

        def subscribe() -> object:
            hearing.connect()  # type: ignore[no-untyped-call]
            hearing.send_command("SUBSCRIBE", "requests")  # type: ignore[no-untyped-call]
            return hearing.read_response()

        try:
            assert await asyncio.to_thread(subscribe) == [b"subscribe", b"requests", 1]
        finally:
            hearing.disconnect()  # type: ignore[no-untyped-call]
        with pytest.raises(Rejected, match=r"TLS fails with: .*certificate"):
            await checked(url.replace("/ca.pem", "/other-ca.pem"))


@pytest.mark.parametrize(
    ("server", "options", "said"),
    [
        ("server", {"ca": ""}, "self-signed certificate in certificate chain"),
        ("server", {"client": ""}, "certificate required"),
        ("server", {"client": "stranger"}, "unknown ca"),
        ("elsewhere", {}, "certificate is not valid for 'localhost'"),
    ],
)
async def test_what_tls_refuses_is_told_and_not_waited_for(
    tmp_path: Path, files: Certificates, server: str, options: dict[str, str], said: str
) -> None:
    """With the options to look at, and no address."""
    async with plain(tmp_path, files, server) as address:
        with pytest.raises(Rejected, match=f"TLS fails with: .*{said}.*; see ssl_ca_certs"):
            await checked(f"{address}?{files.options(**options)}")


# ---------------------------------------------------------------- Sentinels


def by(*ports: int, path: str = "mymaster", user: str = "", password: str = CANARY) -> str:
    """Return the address by way of Sentinels at these *ports*."""
    hosts = ",".join(f"{LOOPBACK}:{port}" for port in ports)
    return with_sentinel_login(f"redis+sentinel://{hosts}/{path}", user, password)


@pytest.fixture
async def redis_ports(tmp_path: Path) -> AsyncIterator[tuple[int, int]]:
    """Run a Redis, and a Sentinel that knows it as `mymaster`; their ports."""
    port = free_port()
    with redis_server(tmp_path / "master") as master:
        line = f"sentinel monitor mymaster {LOOPBACK} {master.port} 1"
        with sentinel(tmp_path / "sentinel", port, line, f"requirepass {CANARY}"):
            await checked(by(port))
            yield master.port, port


@asynccontextmanager
async def silence() -> AsyncIterator[list[int]]:
    """Accept connections and never answer; gives the port, and after it a mark for each connection."""
    told: list[int] = []

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.append(1)
        await reader.read(-1)
        writer.close()

    async with await asyncio.start_server(hold, LOOPBACK, 0) as server:
        told.append(server.sockets[0].getsockname()[1])
        yield told


async def test_sentinels_that_are_down_are_asked_once(redis_ports: tuple[int, int]) -> None:
    """One refuses, one is silent; whoever answered is asked first from then on."""
    async with silence() as silent:
        async with client_of(by(free_port(), silent[0], redis_ports[1])) as redis:
            await asyncio.gather(*(redis.ping() for _ in range(20)))
            await redis.connection_pool.disconnect()
            await redis.ping()
        assert len(silent) == 1 + 1


@pytest.mark.parametrize(
    ("path", "user", "password", "said"),
    [
        ("otherone", "", CANARY, "the Sentinels watch no otherone; they watch mymaster"),
        ("mymaster", "", "canary-wrong", "refuses us: .*invalid"),
        ("mymaster", "canary-nobody", CANARY, "refuses us: .*invalid"),
        ("mymaster", "", "", "refuses us: .*[Aa]uthentication required"),
    ],
)
async def test_what_sentinels_refuse_is_told_and_not_waited_for(
    redis_ports: tuple[int, int], path: str, user: str, password: str, said: str
) -> None:
    """Also where another one is away; without a part of a secret."""
    url = by(free_port(), redis_ports[1], path=path, user=user, password=password)
    with pytest.raises(Rejected, match=f"Redis refuses: .*{said}") as no:
        await checked(url)
    assert "canary" not in str(no.value)


@pytest.mark.parametrize("way", [{"redis_sentinel_password": "canary-wrong"}, {"away": True}])
async def test_a_command_tells_what_waiting_helps_against(
    redis_ports: tuple[int, int], way: dict[str, Any]
) -> None:
    """By its exit code: a wrong login lasts, a Sentinel that is away may come back."""
    port = free_port() if way.pop("away", False) else redis_ports[1]
    url = SecretStr(f"redis+sentinel://{LOOPBACK}:{port}/mymaster")
    with pytest.raises(NotReady) as no:
        await switch(RedisAlone(redis_url=url, **way), paused=True)
    assert no.value.healing is not bool(way)
    (line,) = no.value.problems
    assert "canary" not in line


@pytest.mark.parametrize(
    ("scheme", "said"), [("sentinel", "no Sentinel"), ("cluster", "no node of a cluster")]
)
async def test_a_redis_that_is_none_of_those_is_told(
    redis_ports: tuple[int, int], scheme: str, said: str
) -> None:
    """It would never become one."""
    path = "/mymaster" if scheme == "sentinel" else ""
    with pytest.raises(Rejected, match=said):
        await checked(f"redis+{scheme}://{LOOPBACK}:{redis_ports[0]}{path}")


async def test_a_sentinel_that_knows_only_a_dead_master_is_asked_last(
    redis_ports: tuple[int, int], tmp_path: Path
) -> None:
    """It is cut off from the others, say, and did not hear of the failover."""
    stale = free_port()
    line = f"sentinel monitor mymaster {LOOPBACK} {free_port()} 1"
    with sentinel(tmp_path / "stale", stale, line, patience=100_000):
        async with Redis(port=stale) as watcher:
            await until(lambda: names_a_master(watcher), "the stale Sentinel answers")
        async with client_of(by(stale, redis_ports[1], password="")) as redis:
            with pytest.raises(Unavailable, match="Connect call failed"):
                await server_checks.ping(redis)
        await checked(by(stale, redis_ports[1]))


async def names_a_master(watcher: Redis) -> bool:
    """Whether a Sentinel is up and knows `mymaster`."""
    try:
        return "mymaster" in await watcher.sentinel_masters()
    except RedisError:
        return False


# ---------------------------------------------------------------- clusters


async def test_a_user_who_may_do_what_is_needed_finds_the_node(tmp_path: Path) -> None:
    """With the rules that a start prints, whichever node is asked first."""
    with cluster_of(tmp_path, 2) as servers:
        await until_whole(servers)
        for server in servers:
            async with Redis.from_url(server.url) as admin:
                await admin.execute_command(  # type: ignore[no-untyped-call]
                    "ACL", "SETUSER", "worker", "on", ">right", "resetchannels", *NEEDS.rules
                )
        home = owner_of(servers, KEYS.requests)
        await checked(f"redis+cluster://worker:right@{LOOPBACK}:{servers[1 - home].port}")
        with pytest.raises(Rejected, match="invalid username-password"):
            await checked(f"redis+cluster://worker:wrong@{LOOPBACK}:{servers[1 - home].port}")


@pytest.mark.parametrize("said", [b"-CLUSTERDOWN The cluster is down\r\n", b"-READONLY no\r\n"])
async def test_a_node_that_lost_its_part_is_left(tmp_path: Path, said: bytes) -> None:
    """It may be cut off from the others, who have chosen another master."""
    async with Proxy(0) as proxy:
        here = (0, ("--cluster-announce-port", str(proxy.port)))
        with cluster_of(tmp_path, 1, each=[here]) as servers:
            proxy.target = servers[0].port
            await until_whole(servers)
            async with client_of(proxy.url) as redis:
                await redis.ping()
                before, proxy.troubles.canned = proxy.accepted, said
                with pytest.raises(Unavailable):
                    await server_checks.ping(redis)
                proxy.troubles.canned = None
                await redis.ping()
            assert proxy.accepted > before


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
async def test_a_master_that_becomes_a_replica_at_a_start_is_waited_for(
    tmp_path: Path, scheme: str
) -> None:
    """A failover is no wrong address, and the one who has the keys now is found by itself."""
    with cluster_of(tmp_path, 1, spares=1) as (old, new):
        await until_whole((old, new))
        await follow(old, new)
        async with client_of(f"{scheme}://{LOOPBACK}:{old.port}") as redis:
            await server_checks.check(redis, NEEDS)
            async with Redis.from_url(new.url) as heir:
                await heir.execute_command("CLUSTER", "FAILOVER")  # type: ignore[no-untyped-call]
            await until(lambda: asyncio.to_thread(is_owner, new, "{mobart}:requests"), "it leads")
            with pytest.raises(Unavailable, match="has just become a replica"):
                await server_checks.check(redis, NEEDS)
            await checked(f"{scheme}://{LOOPBACK}:{old.port}")
            await server_checks.check(redis, NEEDS)


async def test_a_replica_that_sentinels_name_is_waited_for(redis_ports: tuple[int, int]) -> None:
    """They may not have heard yet that it is none any more."""
    master, port = redis_ports
    async with client_of(by(port)) as redis, Redis.from_url(f"redis://{LOOPBACK}:{master}") as one:
        await redis.ping()
        await one.replicaof(LOOPBACK, str(free_port()))
        with pytest.raises(Unavailable, match="has just become a replica"):
            await server_checks.check(redis, NEEDS, sought=True)


def test_who_led_astray_is_asked_last() -> None:
    """As long as nobody else answers, it stays in line."""
    locator = Locator(nodes_of("redis+cluster://a,b,c"), "mobart", {})
    locator.doubt()
    assert [host for host, _ in locator._hosts] == ["b", "c", "a"]


def test_who_looks_for_the_keys_does_not_look_at_installed_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It does so for each connection while Redis is away, and that takes six times as long."""
    kwargs = connect("redis+cluster://a,b", name="x").connection_pool.connection_kwargs
    locator, look = Locator(nodes_of("redis+cluster://a,b"), "mobart", kwargs), Mock()
    monkeypatch.setattr("redis.utils.get_lib_version", look)
    RedisInThread(**locator._way)
    look.assert_not_called()
