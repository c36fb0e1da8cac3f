"""Which addresses a picture is never fetched from."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.downloads.addresses import REFUSED_NETWORKS, is_refused, parse_literal

PRIVATE = [
    "0.0.0.0",  # noqa: S104 - an address to refuse, not to bind
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
]
SPECIAL = [
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2a00:1450::5efe:7f00:1",
    "2a00:1450::200:5efe:808:808",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2a00:1450::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "168.63.129.15",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700::6810:84e5",
    "2a00:1450:4001:81b::200e",
    "2001:4860:4860::8888",
]


@pytest.mark.parametrize("address", PRIVATE + SPECIAL)
def test_private_and_special_addresses_are_refused(address: str) -> None:
    """The table, one by one, embedded IPv4 addresses included."""
    assert is_refused(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not(address: str) -> None:
    """The neighbours of refused networks, and well-known hosts."""
    assert not is_refused(ip_address(address))


@pytest.mark.parametrize("network", REFUSED_NETWORKS)
def test_networks_are_refused_from_end_to_end(network: str) -> None:
    """The first and the last address of each."""
    parsed = ip_network(network)
    assert is_refused(parsed[0])
    assert is_refused(parsed[-1])


@given(st.sampled_from(PRIVATE))
def test_what_is_refused_is_refused_in_every_disguise(address: str) -> None:
    """Mapped, compatible, translated, 6to4, NAT64, ISATAP."""
    value = int(IPv4Address(address))
    disguises = (
        0xFFFF << 32 | value,
        value,
        0xFFFF << 48 | value,
        0x2002 << 112 | value << 80 | 1,
        0x64FF9B << 96 | value,
        0x64FF9B0001 << 80 | value,
        0x2A0014504001081B << 64 | 0x00005EFE << 32 | value,
        0x2A0014504001081B << 64 | 0x02005EFE << 32 | value,
    )
    assert all(is_refused(IPv6Address(disguise)) for disguise in disguises)


@given(st.ip_addresses())
def test_nothing_is_let_through_that_python_calls_private(
    address: IPv4Address | IPv6Address,
) -> None:
    """The table only ever adds to the standard library's."""
    refused = address.is_private or address.is_multicast or not address.is_global
    assert is_refused(address) >= refused


@given(st.ip_addresses())
def test_a_literal_is_read_back(address: IPv4Address | IPv6Address) -> None:
    """With or without brackets."""
    assert parse_literal(str(address)) == address
    assert parse_literal(f"[{address}]") == address


@pytest.mark.parametrize("host", ["", "a.example", "127.1", "0x7f.0.0.1", "2130706433", "[", "::g"])
def test_a_name_is_no_literal(host: str) -> None:
    """Odd spellings are names, and so the resolver's answer is what counts."""
    assert parse_literal(host) is None
