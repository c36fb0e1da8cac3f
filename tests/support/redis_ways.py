"""Ways to a Redis that wants certificates of its clients: plain, by a Sentinel, in a cluster."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mobart_local.ports import LAST, free_port
from mobart_local.redis import LOOPBACK
from tests.support.certificates import authority
from tests.support.redis_groups import Watched, cluster_of, sentinel, until_whole
from tests.support.servers import redis_binaries, redis_server

SENTINEL_USER, SENTINEL_PASSWORD = "watcher", "canary-sentinel"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files with certificates: of a server, of a client, and of a client of another authority."""

    folder: Path

    def __post_init__(self) -> None:
        """Write them."""
        self.folder.mkdir()
        for name, text in {
            "ca": authority().own_pem(),
            "other-ca": authority(1).own_pem(),
            "server": authority().pem("localhost", LOOPBACK),
            "elsewhere": authority().pem("elsewhere.example"),
            "client": authority().pem("client.example"),
            "stranger": authority(1).pem("client.example"),
        }.items():
            (self.folder / f"{name}.pem").write_bytes(text)

    def options(self, *, ca: str = "ca", client: str = "client") -> str:
        """Return what an address says of them; nothing of those whose name is empty."""
        given = {"ssl_ca_certs": ca, "ssl_certfile": client}
        return "&".join(
            f"{name}={self.folder}/{which}.pem" for name, which in given.items() if which
        )

    def of_server(self, port: int, *, name: str = "server") -> Sequence[str]:
        """Return the options of a server that listens with TLS on *port*, too."""
        given = {
            "tls-port": port,
            "tls-cert-file": self.folder / f"{name}.pem",
            "tls-key-file": self.folder / f"{name}.pem",
            "tls-ca-cert-file": self.folder / "ca.pem",
            "tls-auth-clients": "yes",
        }
        return [text for option, value in given.items() for text in (f"--{option}", str(value))]


def server_with_tls() -> Path:
    """Return a server that knows TLS, or skip the test."""
    found = redis_binaries().get("installed")
    if found is None:
        pytest.skip("no redis-server on the PATH: the bundled one has no TLS")
    return found


@asynccontextmanager
async def plain(folder: Path, files: Certificates, name: str = "server") -> AsyncIterator[str]:
    """Run a Redis whose certificate has that *name*; its address, but for the options."""
    port = free_port()
    options = files.of_server(port, name=name)
    with redis_server(folder / "redis", binary=server_with_tls(), options=options):
        yield f"rediss://localhost:{port}/0"


@asynccontextmanager
async def by_sentinel(folder: Path, files: Certificates) -> AsyncIterator[str]:
    """Run a Redis, and a Sentinel that has users, and gives the names of hosts."""
    port, here = free_port(), free_port()
    lines = [
        " ".join(files.of_server(here)).replace(" --", "\n").removeprefix("--"),
        "tls-replication yes",
        "sentinel resolve-hostnames yes",
        "sentinel announce-hostnames yes",
        f"user {SENTINEL_USER} on >{SENTINEL_PASSWORD} ~* &* +@all",
        "user default off",
        f"sentinel monitor mymaster localhost {port} 1",
    ]
    binary = server_with_tls()
    with (
        redis_server(folder / "redis", binary=binary, options=files.of_server(port)),
        sentinel(folder / "sentinel", free_port(), *lines, binary=binary),
    ):
        yield f"rediss+sentinel://localhost:{here}/mymaster/0"


@contextmanager
def watched_with_tls(folder: Path, files: Certificates) -> Iterator[Watched]:
    """Run a master and its replica, which follow each other with TLS, and a Sentinel that finds them so."""
    ports, here, binary = (free_port(), free_port()), free_port(), server_with_tls()
    lines = [
        " ".join(files.of_server(here)).replace(" --", "\n").removeprefix("--"),
        "tls-replication yes",
        f"sentinel monitor mymaster {LOOPBACK} {ports[0]} 1",
    ]
    follows = ("--tls-replication", "yes")
    after = ("--replicaof", LOOPBACK, str(ports[0]))
    one, other = ((*files.of_server(port), *follows) for port in ports)
    with (
        redis_server(folder / "master", binary=binary, options=one) as master,
        redis_server(folder / "replica", binary=binary, options=(*other, *after)) as replica,
        sentinel(folder / "sentinel", free_port(), *lines, binary=binary),
    ):
        url = f"rediss+sentinel://localhost:{here}/mymaster/0?{files.options()}"
        yield Watched(master, replica, url)


@asynccontextmanager
async def in_cluster(folder: Path, files: Certificates) -> AsyncIterator[str]:
    """Run a cluster of two, of which the second has the slot of the namespace `mobart`."""
    ports = [bus_free_port(), bus_free_port()]
    each = [(port, (*files.of_server(port), "--tls-cluster", "yes")) for port in ports]
    with cluster_of(folder / "redis", 2, binary=server_with_tls(), each=each) as servers:
        await until_whole(servers)
        yield f"rediss+cluster://{LOOPBACK}:{ports[0]},{LOOPBACK}:{ports[1]}"


def bus_free_port() -> int:
    """Return a free port that leaves room for the one of a cluster's bus, 10,000 above."""
    return free_port(LAST - 10_000)
