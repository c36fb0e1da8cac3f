"""Addresses that lead to a Redis by way of others: Sentinels, or the nodes of a Redis Cluster.

    redis+sentinel://[user:password@]host[:port][,host[:port]...]/service[/db]
    redis+cluster://[user:password@]host[:port][,host[:port]...]

`rediss+...` has TLS on the way to all of them.  User and password are those of Redis itself; those of
the Sentinels are options, which REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD become.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

Kind = Literal["plain", "sentinel", "cluster"]
PORTS = {"sentinel": 26_379, "cluster": 6_379, "plain": 6_379}
BY_WAY = re.compile(r"(rediss?)\+(sentinel|cluster)")
SERVICE = re.compile(r"/([A-Za-z0-9._-]{1,128})(?:/(\d{1,9}))?/?")
SENTINEL_USER = "sentinel_username"
SENTINEL_PASSWORD = "sentinel_password"  # noqa: S105 - the name of an option


@dataclass(frozen=True, slots=True)
class Nodes:
    """Where to ask for the master, and what connects to it once its host and port are known."""

    kind: Kind
    hosts: tuple[tuple[str, int], ...]
    service: str = ""
    """The name under which Sentinels know the master."""
    url: str = field(default="", repr=False)
    """The address of one Redis, with login, database and options; its host is the first of *hosts*."""
    sentinel_user: str = ""
    sentinel_password: str = field(default="", repr=False)


def is_by_way(scheme: str) -> bool:
    """Whether an address with this scheme leads to a Redis by way of others."""
    return BY_WAY.fullmatch(scheme) is not None


def with_sentinel_login(url: str, user: str, password: str) -> str:
    """Return the address of Sentinels with a login for them; another one as it is."""
    given = {SENTINEL_USER: user, SENTINEL_PASSWORD: password}
    options = {name: value for name, value in given.items() if value}
    if "+sentinel" not in urlsplit(url).scheme or not options:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(options)}"


def nodes_of(url: str) -> Nodes:
    """Read an address of Redis; one of a plain Redis has one host, one of a socket none.

    Raises:
        ValueError: it is not written as above; the text holds no part of it.
    """
    parts = urlsplit(url)
    matched = BY_WAY.fullmatch(parts.scheme)
    if matched is None:
        hosts = () if parts.scheme == "unix" else _hosts(parts.netloc, "plain")
        return Nodes("plain", hosts, url=url)
    scheme, kind = matched[1], matched[2]
    login, at, _ = parts.netloc.rpartition("@")
    hosts = _hosts(parts.netloc, kind)
    service, database = _service(parts.path) if kind == "sentinel" else ("", _no_path(parts.path))
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    login_there = options.pop(SENTINEL_USER, ""), options.pop(SENTINEL_PASSWORD, "")
    host, port = hosts[0]
    first = f"[{host}]" if ":" in host else host
    query = f"?{urlencode(options)}" if options else ""
    plain = f"{scheme}://{login}{at}{first}:{port}/{database}{query}"
    return Nodes(cast(Kind, kind), hosts, service, plain, *login_there)


def _hosts(netloc: str, kind: str) -> tuple[tuple[str, int], ...]:
    found = []
    for one in netloc.rpartition("@")[2].split(","):
        try:
            parts = urlsplit(f"//{one}")
            port = parts.port
        except ValueError:
            raise ValueError("the port of one of its hosts is not a number") from None
        if not parts.hostname or port == 0 or (one.count(":") > 1 and not one.startswith("[")):
            raise ValueError("one of its hosts is missing or malformed; IPv6 stands in brackets")
        found.append((parts.hostname, port or PORTS[kind]))
    return tuple(found)


def _service(path: str) -> tuple[str, str]:
    matched = SERVICE.fullmatch(path)
    if matched is None:
        raise ValueError(
            "its path is the name of the service that the Sentinels watch, such as /mymaster,"
            " and perhaps a database behind it: /mymaster/0"
        )
    return matched[1], matched[2] or "0"


def _no_path(path: str) -> str:
    if path not in {"", "/", "/0"}:
        raise ValueError("a cluster has database 0 only, so its address has no path")
    return "0"
