"""A cluster whose nodes are on hosts of their own, so that one can be cut off from the others alone."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mobart_local.redis import LOOPBACK, RedisServer, bundled_binary
from tests.support.hosts import HUB, REDIS_NET, Hosts
from tests.support.redis_groups import CLUSTER, share_slots


class HostedRedis(RedisServer):
    """A server that is reached from other hosts, too."""

    host = LOOPBACK

    @property
    def url(self) -> str:
        """Where it listens for them."""
        return super().url.replace(LOOPBACK, self.host)


@contextmanager
def cluster_on(there: Hosts, folder: Path, masters: int) -> Iterator[Sequence[HostedRedis]]:
    """Run a node on each host; the first *masters* share the slots, the others have none."""
    with ExitStack() as stack:
        servers = list[HostedRedis]()
        for number in range(HUB + 1, HUB + 1 + there.count):
            address = f"{REDIS_NET}.{number}"
            server = HostedRedis(
                folder / f"node-{number}",
                binary=bundled_binary(),
                options=(*CLUSTER, "--bind", LOOPBACK, address, "--protected-mode", "no"),
            )
            with there.inside(number):
                stack.enter_context(server)
            server.host = address
            servers.append(server)
        share_slots(servers, masters, [(one.host, one.port) for one in servers])
        yield servers
