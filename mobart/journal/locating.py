"""Finds the server that has Mobart's keys: one address, the master of Sentinels, a cluster's node.

All keys of a namespace are in one slot, so a cluster is to Mobart the one master that has the slot.
It is asked for anew whenever a connection is opened; a connection to a server that does not have the
keys any more is closed.  Finding is blocking code, over connections of redis-py, and runs in threads.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import (
    AuthenticationError,
    ClusterDownError,
    ConnectionError,  # noqa: A004 - Redis's own is not the builtin one
    NoPermissionError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from mobart.core.redis_nodes import Nodes

Address = tuple[str, int]
TIMEOUT = 2.0
"""Seconds for a Sentinel or a node to answer, before the next one is asked."""

SENTINEL_LOGIN = "see REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD"


class Misdirected(ConnectionError):
    """What answers at the address cannot lead to the keys, however long one waits."""


REFUSED = (Misdirected, AuthenticationError, NoPermissionError)
"""What is told rather than that another one of the hosts is away."""


class Locator:
    """Returns where the keys of a namespace are; may be called by several threads."""

    def __init__(self, nodes: Nodes, namespace: str, options: Mapping[str, Any]) -> None:
        """*options* are those of a connection; its login and TLS are used here, too."""
        self.nodes = nodes
        self._kind: str = nodes.kind if nodes.kind != "plain" else "unknown"
        self._slot = key_slot(f"{{{namespace}}}".encode())
        login = options.get("username"), options.get("password")
        if nodes.kind == "sentinel":
            login = nodes.sentinel_user, nodes.sentinel_password
        self._way = {name: value for name, value in options.items() if name.startswith("ssl")} | {
            "ssl": nodes.url.startswith("rediss"),
            "username": login[0] or None,
            "password": login[1] or None,
            "protocol": 2,
            "socket_timeout": TIMEOUT,
            "socket_connect_timeout": TIMEOUT,
            "retry": Retry(NoBackoff(), 0),
            "driver_info": options.get("driver_info"),  # or it is looked for each time
        }
        self._hosts = nodes.hosts
        self._lock = threading.Lock()
        self._searched = float("-inf")
        self._found: Address | Exception

    def locate(self) -> Address:
        """Return host and port.  Raises RedisError or OSError.

        Callers who waited while somebody searched share what was found.
        """
        asked = time.monotonic()
        with self._lock:
            if self._searched < asked:
                self._searched = time.monotonic()
                self._found = self._search()
            if isinstance(self._found, Exception):
                raise self._found
            return self._found

    def doubt(self, *, in_cluster: bool = False) -> None:
        """Ask another host first: what was found is away, or has no master's part any more.

        A plain address that turns out to be *in_cluster* is taken for that of a node.
        """
        with self._lock:
            if in_cluster and self._kind != "sentinel":
                self._kind = "cluster"
            self._hosts = (*self._hosts[1:], *self._hosts[:1])

    def _search(self) -> Address | Exception:
        if self._kind == "unknown":
            self._kind = self._recognised()
        if self._kind in {"plain", "unknown"}:
            return self.nodes.hosts[0]
        failures = list[Exception]()
        for host in self._hosts:
            try:
                with Redis(host=host[0], port=host[1], **self._way) as one:
                    return self._ask(one, host)
            except (RedisError, OSError) as error:
                failures.append(error.with_traceback(None))  # which refers to this list
        return next((one for one in failures if isinstance(one, REFUSED)), failures[0])

    def _recognised(self) -> str:
        """Ask a plain address; where it does not answer, the connection will say why."""
        host, port = self.nodes.hosts[0]
        try:
            with Redis(host=host, port=port, **self._way) as redis:
                told: Mapping[str, Any] = redis.info("cluster")
        except (RedisError, OSError):
            return "unknown"
        return "cluster" if told.get("cluster_enabled") else "plain"

    def _ask(self, one: Redis, host: Address) -> Address:
        found, known = (self._at_sentinel if self._kind == "sentinel" else self._at_node)(one, host)
        self._hosts = tuple(dict.fromkeys((host, *known, *self.nodes.hosts)))
        return found

    def _at_sentinel(self, one: Redis, _: Address) -> tuple[Address, list[Address]]:
        service = self.nodes.service
        try:
            masters: Any = one.sentinel_masters()
        except (AuthenticationError, NoPermissionError) as error:
            raise Misdirected(f"a Sentinel refuses us: {error}; {SENTINEL_LOGIN}") from error
        except ResponseError as error:
            raise Misdirected(f"what answers there is no Sentinel: {error}") from error
        if service not in masters:
            known = ", ".join(sorted(masters)) or "nothing"
            raise Misdirected(f"the Sentinels watch no {service}; they watch {known}")
        state = masters[service]
        if not state["is_master"] or state["is_sdown"] or state["is_odown"]:
            raise ConnectionError(f"the Sentinels know of no master of {service} that is alive")
        return (str(state["ip"]), int(state["port"])), []

    def _at_node(self, one: Redis, host: Address) -> tuple[Address, list[Address]]:
        try:
            shares: Any = one.execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]
        except (NoPermissionError, ClusterDownError):
            raise
        except ResponseError as error:
            raise Misdirected(f"what answers there is no node of a cluster: {error}") from error
        found, known = None, list[Address]()
        for first, last, *nodes in shares:
            addresses = [(_text(name) or host[0], int(port)) for name, port, *_ in nodes]
            known += addresses
            if first <= self._slot <= last:
                found = addresses[0]
        if found is None:
            raise ConnectionError("the cluster is away, or the slot of our keys is nobody's")
        return found, known


def _text(name: bytes | None) -> str:
    """Return the name of a node; "" where it is to be reached under the address that was asked."""
    return "" if name in {None, b"?"} else str(name, "ascii")
