"""Addresses of Redis by way of Sentinels and of a cluster's nodes."""

import pytest

from mobart.core.addresses import passwords_in, redis_url
from mobart.core.redis_nodes import Nodes, nodes_of, with_sentinel_login


@pytest.mark.parametrize(
    ("url", "nodes"),
    [
        ("redis://h:1/2", Nodes("plain", (("h", 1),), url="redis://h:1/2")),
        ("redis://h", Nodes("plain", (("h", 6379),), url="redis://h")),
        ("unix:///run/redis.sock", Nodes("plain", (), url="unix:///run/redis.sock")),
        (
            "redis+sentinel://u:p%2F@a,b:1/mymaster/3",
            Nodes("sentinel", (("a", 26379), ("b", 1)), "mymaster", "redis://u:p%2F@a:26379/3"),
        ),
        (
            "rediss+sentinel://a/m?ssl_cert_reqs=none&sentinel_password=s%2F",
            Nodes(
                "sentinel",
                (("a", 26379),),
                "m",
                "rediss://a:26379/0?ssl_cert_reqs=none",
                sentinel_password="s/",
            ),
        ),
        (
            "rediss+cluster://:p@[::1],b:7001/",
            Nodes("cluster", (("::1", 6379), ("b", 7001)), url="rediss://:p@[::1]:6379/0"),
        ),
    ],
)
def test_an_address_is_read_into_who_to_ask_and_how_to_connect(url: str, nodes: Nodes) -> None:
    """Sentinels and nodes have their usual ports."""
    assert nodes_of(redis_url(url) if "sentinel_password" not in url else url) == nodes


def test_the_login_at_the_sentinels_becomes_a_part_of_their_address() -> None:
    """Encoded, and the password known to the log as a secret; other addresses stay as they are."""
    url = with_sentinel_login("redis+sentinel://a/m", "us/er", "se/cret")
    assert nodes_of(url).sentinel_user == "us/er"
    assert nodes_of(url).sentinel_password == "se/cret"
    assert "se/cret" in passwords_in(url)
    assert with_sentinel_login("redis://h", "us/er", "se/cret") == "redis://h"
    assert with_sentinel_login("redis+sentinel://a/m", "", "") == "redis+sentinel://a/m"


def test_no_representation_shows_a_password() -> None:
    """It may end up in a traceback."""
    assert "secret" not in repr(nodes_of("redis+sentinel://:secret@a/m?sentinel_password=secret"))
