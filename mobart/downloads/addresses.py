"""The IP addresses that a picture must never be fetched from, and the function that checks them.

`ipaddress.is_global` alone is no guard: it calls NAT64 and 6to4 addresses global that lead to
private IPv4 hosts, and knows nothing of the addresses where clouds keep credentials.
Sources: IANA Special-Purpose Address Registries (RFC 6890), RFC 6052, RFC 8215, RFC 3056,
RFC 4380, RFC 5214, and the manuals of the cloud providers.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

IPAddress = IPv4Address | IPv6Address

REFUSED_NETWORKS: dict[str, str] = {
    # IPv4
    "0.0.0.0/8": "this host",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by carriers; also Alibaba Cloud's metadata at 100.100.100.200",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "Azure's platform",
    "169.254.0.0/16": "link-local, and the metadata of most clouds",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments, and Oracle Cloud's metadata at 192.0.0.192",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112",
    "192.52.193.0/24": "AMT",
    "192.88.99.0/24": "6to4 relays",
    "192.168.0.0/16": "private",
    "192.175.48.0/24": "AS112",
    "198.18.0.0/15": "benchmarks",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved, and broadcast",
    # IPv6
    "::/96": "unspecified, loopback, IPv4-compatible",
    "::ffff:0:0/96": "IPv4-mapped",
    "::ffff:0:0:0/96": "IPv4-translated",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "local NAT64",
    "100::/64": "discard",
    "100:0:0:1::/64": "dummy prefix",
    "2001::/23": "protocol assignments: Teredo, benchmarks, ORCHID",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "AS112",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "unique local; also the metadata of AWS at fd00:ec2::254 and of others",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
}
"""Networks and why each is refused."""

_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(map(ip_network, REFUSED_NETWORKS))
_ISATAP_MARKS = (0x00005EFE, 0x02005EFE)
"""Upper half of the interface identifier of addresses that embed an IPv4 host (RFC 5214)."""


def is_refused(address: IPAddress) -> bool:
    """Return whether *address* may lead anywhere but to a public host of the internet."""
    if any(address in network for network in _NETWORKS):
        return True
    if isinstance(address, IPv6Address) and (address.scope_id or _is_isatap(address)):
        return True
    return not address.is_global or address.is_multicast or address.is_reserved


def parse_literal(host: str) -> IPAddress | None:
    """Return the address that *host*, maybe in brackets, spells; None if it is a name."""
    try:
        return ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _is_isatap(address: IPv6Address) -> bool:
    return int(address) >> 32 & 0xFFFFFFFF in _ISATAP_MARKS
