"""What was freed goes back to the system, though something still lies behind it on the heap."""

import subprocess
import sys

import pytest

from mobart.rendering import heap

MB = 2**20
PROGRAM = f"""
import psutil
from mobart.rendering.heap import give_back_free_memory, map_blocks_from

def used():
    return psutil.Process().memory_info().rss

{{first}}
blocks = [bytes(b"x" * {{size}}) for _ in range(40 * {MB} // {{size}})]
behind = [bytes(b"x" * {{size}}) for _ in range(8)]
before = used()
del blocks
{{then}}
print((before - used()) // {MB})
"""

pytestmark = pytest.mark.skipif(heap.libc() is None, reason="not glibc")


def given_back(*, size: int, first: str = "", then: str = "") -> int:
    """Return how many of 40 MB in blocks of *size* bytes went back when they were freed."""
    program = PROGRAM.format(size=size, first=first, then=then)
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return int(done.stdout)


def test_small_blocks_go_back_when_that_is_asked_for() -> None:
    """A picture leaves many, of which glibc gives back the last ones alone."""
    assert given_back(size=50_000, then="give_back_free_memory()") >= 30
    assert given_back(size=50_000) < 30


def test_large_blocks_go_back_by_themselves() -> None:
    """Also once one of them was freed, from when on glibc takes them from its heap."""
    raise_threshold = "bytes(8_000_000)"
    asked = f"map_blocks_from({MB}); {raise_threshold}"
    assert given_back(size=4_000_000, first=asked) >= 30
    assert given_back(size=4_000_000, first=raise_threshold) < 30
