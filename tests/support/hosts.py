"""Hosts of their own on this machine: network namespaces on two bridges in one more of them.

Each host has an address on both bridges, `REDIS_NET` and `PROVIDER_NET`, and can be cut off from either.
Nothing of it touches the machine's own network: both ends of each link are in namespaces that have no
other way out.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

REDIS_NET, PROVIDER_NET = "198.18.0", "198.18.1"
"""Of the range that is set apart for tests of networks."""
HUB = 1
"""The number of the host with the servers."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """A hub, and hosts with numbers from 2 on."""

    name: str
    count: int

    @property
    def hub(self) -> str:
        """The namespace of the servers."""
        return f"{self.name}-{HUB}"

    def within(self, number: int) -> Sequence[str]:
        """Return the command that runs another one on a host."""
        return ("ip", "netns", "exec", f"{self.name}-{number}")

    def cut(self, number: int, net: str, *, off: bool = True) -> None:
        """Cut a host off from one of the nets, without a word to either end; or let it back."""
        side = "r" if net == REDIS_NET else "p"
        _ip("-n", self.hub, "link", "set", f"{side}{number}", "down" if off else "up")

    def part(self, number: int, others: Sequence[int], *, off: bool = True) -> None:
        """Let no answer of a host reach *others* on the first net, while the rest reach it; or let it again."""
        for other in others:
            what = ("add" if off else "del", "blackhole", f"{REDIS_NET}.{other}/32")
            _ip("-n", f"{self.name}-{number}", "route", *what)

    @contextmanager
    def inside(self, number: int) -> Iterator[None]:
        """Be on a host meanwhile: what this thread starts is there."""
        with _inside(Path("/run/netns") / f"{self.name}-{number}"):
            yield

    def build(self) -> None:
        """Make all of it."""
        for number in range(HUB, HUB + self.count + 1):
            _ip("netns", "add", f"{self.name}-{number}")
            _ip("-n", f"{self.name}-{number}", "link", "set", "lo", "up")
        for side, net in (("r", REDIS_NET), ("p", PROVIDER_NET)):
            bridge, hub = f"{side}bridge", ("-n", self.hub)
            _ip(*hub, "link", "add", bridge, "type", "bridge")
            _ip(*hub, "address", "add", f"{net}.{HUB}/24", "dev", bridge)
            _ip(*hub, "link", "set", bridge, "up")
            for number in range(HUB + 1, HUB + self.count + 1):
                host, end = f"{self.name}-{number}", f"{side}{number}"
                peer = ("type", "veth", "peer", "name", side, "netns", host)
                _ip(*hub, "link", "add", end, *peer)
                _ip(*hub, "link", "set", end, "master", bridge, "up")
                _ip("-n", host, "address", "add", f"{net}.{number}/24", "dev", side)
                _ip("-n", host, "link", "set", side, "up")

    def remove(self) -> None:
        """Take it away, with all its links."""
        for number in range(HUB, HUB + self.count + 1):
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "del", f"{self.name}-{number}")


@contextmanager
def hosts(count: int) -> Iterator[Hosts]:
    """Build *count* hosts, and be at the hub: what this thread opens and starts is there."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("network namespaces need root and the command ip")
    built = Hosts(f"mobart-{os.getpid()}", count)
    try:
        try:
            built.build()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
        with _inside(Path("/run/netns") / built.hub):
            yield built
    finally:
        built.remove()


@contextmanager
def _inside(namespace: Path) -> Iterator[None]:
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(namespace, os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(before)
        os.close(there)
        os.close(before)


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns came with Python 3.12
    if libc.setns(namespace, 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], capture_output=True, check=True)  # noqa: S607 - where it is differs
