"""A worker whose Redis is found by Sentinels, or is a node of a Redis Cluster."""

import asyncio
from contextlib import AbstractContextManager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from mobart_local.ports import free_port
from mobart_local.redis import RedisServer
from mobart_local.s3 import S3Server
from tests.daemon.deployment import Deployment, deployed, until
from tests.support.redis_groups import (
    Watched,
    cluster_of,
    owner_of,
    until_whole,
    watched_by_sentinel,
)
from tests.support.redis_ways import Certificates, watched_with_tls
from tests.support.servers import QUICK

NAMESPACE = "grouped"
UI_TOKEN = "an operator's token"
KEY = f"{{{NAMESPACE}}}:requests"
SLOW = replace(QUICK, seconds=2)


async def ends(server: RedisServer, count: int) -> None:
    """Wait until so many requests have come to an end, by the stream of a server."""
    redis = Redis.from_url(server.url)

    async def counted() -> bool:
        try:
            return await redis.xlen(f"{{{NAMESPACE}}}:completions") >= count
        except RedisError:
            return False

    try:
        await until(counted, f"{count} completions")
    finally:
        await redis.aclose()


async def ask(server: RedisServer, *names: str) -> None:
    """Add requests to the stream."""
    redis = Redis.from_url(server.url)
    for name in names:
        request = f'{{"request_id":"{name}","user_id":"u","prompt":"a dragon"}}'
        await redis.xadd(KEY, {"request": request})
    await redis.aclose()


def group_of(folder: Path, *, secured: bool) -> AbstractContextManager[Watched]:
    """Run a master, its replica and a Sentinel; *secured*: all of them by TLS with certificates."""
    if secured:
        return watched_with_tls(folder / "redis", Certificates(folder / "certificates"))
    return watched_by_sentinel(folder / "redis", free_port())


async def until_followed(group: Watched) -> None:
    """Wait until the replica has what its master has: one that has not is never promoted."""

    def follows() -> bool:
        with BlockingRedis.from_url(group.replica.url) as redis:
            return bool(redis.info("replication").get("master_link_status") == "up")

    await until(lambda: asyncio.to_thread(follows), "the replica follows")


def is_paid_once(one: Deployment, count: int) -> bool:
    """Whether each of *count* requests was bought exactly once."""
    return one.midjourney.ledger.paid() == count


@pytest.mark.parametrize("secured", [False, True])
async def test_a_worker_follows_a_failover_of_sentinels(
    tmp_path: Path, s3: S3Server, secured: bool
) -> None:
    """The master is killed with paid jobs in hand: each ends, and none is paid again; with TLS as well."""
    with group_of(tmp_path, secured=secured) as group:
        async with deployed(group.master, s3, tmp_path, namespace=NAMESPACE, script=SLOW) as one:
            await until_followed(group)
            await one.ready_worker(REDIS_URL=group.url, MOBART_LEASE_SECONDS="2")
            await ask(group.master, "s-1", "s-2", "s-3")
            await one.until_paid(3)
            await asyncio.to_thread(group.master.kill)
            await ends(group.replica, 3)
            await ask(group.replica, "s-4")
            await ends(group.replica, 4)
            assert is_paid_once(one, 4)


@pytest.mark.parametrize("plain", [True, False])
async def test_a_worker_finds_the_node_of_a_cluster_that_has_its_keys(
    tmp_path: Path, s3: S3Server, plain: bool
) -> None:
    """Told by the address, or noticed; whichever node that names."""
    with cluster_of(tmp_path / "redis", 3) as servers:
        await until_whole(servers)
        home = owner_of(servers, KEY)
        other = servers[(home + 1) % 3]
        url = f"redis://127.0.0.1:{other.port}/0"
        if not plain:
            url = f"redis+cluster://127.0.0.1:{free_port()},127.0.0.1:{other.port}"
        async with deployed(servers[home], s3, tmp_path, namespace=NAMESPACE, script=QUICK) as one:
            await one.ready_worker(REDIS_URL=url)
            await ask(servers[home], "c-1")
            await ends(servers[home], 1)
            listener = Redis.from_url(other.url)
            request = '{"request_id":"c-2","user_id":"u","prompt":"a dragon"}'
            await listener.publish(f"{NAMESPACE}:image_generation_requests", request)
            await listener.aclose()
            await ends(servers[home], 2)
            assert is_paid_once(one, 2)


PAGES = (
    *("/", "/?range=30d", "/requests", "/requests?user=u", "/requests/c-1", "/sheet"),
    *("/requests/c-1/asset.png", "/requests/c-1/raw.png", "/v1/history?since=30d"),
    *("/v1/status", "/v1/failures", "/v1/spending?days=31", "/v1/users/u", "/v1/requests"),
    *("/v1/requests/c-1", "/v1/requests/c-1/timeline"),
)


async def test_the_status_page_of_a_cluster_shows_and_changes_all(
    tmp_path: Path, s3: S3Server
) -> None:
    """Each page is there, and each action is done, though other nodes have other slots."""
    with cluster_of(tmp_path / "redis", 3) as servers:
        await until_whole(servers)
        home = owner_of(servers, KEY)
        url = f"redis+cluster://127.0.0.1:{servers[(home + 1) % 3].port}"
        async with deployed(servers[home], s3, tmp_path, namespace=NAMESPACE, script=QUICK) as one:
            worker = await one.ready_worker(
                REDIS_URL=url, MOBART_UI_TOKEN=UI_TOKEN, MOBART_KEEP_RAW="1"
            )
            await ask(servers[home], "c-1")
            await ends(servers[home], 1)
            headers = {"Authorization": f"Bearer {UI_TOKEN}"}
            here = f"http://127.0.0.1:{worker.port}"
            async with aiohttp.ClientSession(here, headers=headers) as http:
                for path in PAGES:
                    async with http.get(path) as answer:
                        assert answer.status == HTTPStatus.OK, path
                for path in ("/v1/pause", "/v1/resume", "/v1/requests/c-1/announce", "/v1/resend"):
                    async with http.post(path, json={}) as answer:
                        assert answer.status == HTTPStatus.OK, path
                again = {"preset": "icon"}
                async with http.post("/v1/requests/c-1/reprocess", json=again) as answer:
                    assert answer.status == HTTPStatus.OK, await answer.text()
            await ends(servers[home], 3)
            assert is_paid_once(one, 1)
