"""Finds the server that has Mobart's keys: one address, the master of Sentinels, a cluster's node.

All keys of a namespace are in one slot, so a cluster is to Mobart the one master that has the slot.
It is asked for anew whenever a connection is opened; a connection to a server that does not have the
keys any more is closed.  Finding is blocking code, from redis-py's own clients, and runs in threads.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from redis import Redis
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import (
    ConnectionError,  # noqa: A004 - Redis's own is not the builtin one
    RedisClusterException,
    RedisError,
)
from redis.sentinel import MasterNotFoundError, Sentinel

from mobart.core.redis_nodes import Nodes

Address = tuple[str, int]
TIMEOUT = 2.0
"""Seconds for a Sentinel or a node to answer, before the next one is asked."""


class Locator:
    """Returns where the keys of a namespace are; may be called by several threads."""

    def __init__(self, nodes: Nodes, namespace: str, options: Mapping[str, Any]) -> None:
        """*options* are those of a connection; its login and TLS are used here, too."""
        self.nodes = nodes
        self._key = f"{{{namespace}}}:requests"
        tls = {name: value for name, value in options.items() if name.startswith("ssl")}
        self._way = tls | {
            "ssl": nodes.url.startswith("rediss"),
            "socket_timeout": TIMEOUT,
            "socket_connect_timeout": TIMEOUT,
        }
        self._login = {name: options[name] for name in ("username", "password") if name in options}
        self._hosts = nodes.hosts
        self._lock = threading.Lock()
        self._find: Callable[[], Address] | None = {
            "sentinel": self._at_sentinels,
            "cluster": self._in_cluster,
        }.get(nodes.kind)

    def locate(self) -> Address:
        """Return host and port.  Raises RedisError or OSError."""
        with self._lock:
            if self._find is None:
                self._find = self._in_cluster if self._is_cluster() else self._as_given
            return self._find()

    def forget(self) -> None:
        """Take a plain address for that of a cluster's node: it has just said so."""
        with self._lock:
            if self.nodes.kind == "plain":
                self._find = self._in_cluster

    def _as_given(self) -> Address:
        return self.nodes.hosts[0]

    def _at_sentinels(self) -> Address:
        way = self._way | {"password": self.nodes.sentinel_password or None}
        sentinels = Sentinel(list(self._hosts), sentinel_kwargs=way)  # type: ignore[no-untyped-call]
        try:
            host, port = sentinels.discover_master(self.nodes.service)  # type: ignore[no-untyped-call]
        except MasterNotFoundError as error:  # its text is long, and no help
            name = self.nodes.service
            raise ConnectionError(f"no Sentinel answers with a master for {name}") from error
        finally:
            for one in sentinels.sentinels:
                one.close()
        return str(host), int(port)

    def _in_cluster(self) -> Address:
        known = [ClusterNode(host, port) for host, port in self._hosts]  # type: ignore[no-untyped-call]
        try:
            cluster = RedisCluster(
                startup_nodes=known, require_full_coverage=False, **self._way, **self._login
            )
            try:
                node = cluster.get_node_from_key(self._key)  # type: ignore[no-untyped-call]
                nodes = cluster.get_nodes()  # type: ignore[no-untyped-call]
            finally:
                cluster.close()
        except (RedisClusterException, IndexError) as error:  # the latter where nobody has any slot
            raise ConnectionError(
                f"the cluster, or the slot of our keys, is away: {error}"
            ) from error
        self._hosts = tuple((one.host, int(one.port)) for one in nodes)
        return str(node.host), int(node.port)

    def _is_cluster(self) -> bool:
        """Ask a plain address; where it does not answer, the connection will say why."""
        host, port = self.nodes.hosts[0]
        with Redis(host=host, port=port, **self._way, **self._login) as redis:
            try:
                told: Mapping[str, Any] = redis.info("cluster")
            except (RedisError, OSError):
                return False
        return bool(told.get("cluster_enabled"))
