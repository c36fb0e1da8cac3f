"""Has memory that was freed go back to the system.

Where the C library is glibc, its allocator keeps what was freed: it takes large blocks for ones that will
be needed again, and finds them a place on its heap, whose end alone can be given back.  Source: the
manual pages mallopt(3) and malloc_trim(3).
"""

import ctypes
import sys
from typing import Any

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt; setting one switches off that glibc adjusts both by itself."""
KEPT = 32 * 2**20
"""Bytes free at the heap's end that are kept, as glibc adjusts it at most."""


def map_blocks_from(size: int) -> None:
    """Have each block of *size* bytes or more be a mapping of its own, which ends when it is freed.

    A mapping costs the system's time for each of its pages, so small ones are not worth that.
    """
    if glibc := libc():
        glibc.mallopt(MMAP_THRESHOLD, size)
        glibc.mallopt(TRIM_THRESHOLD, KEPT)


def give_back_free_memory() -> None:
    """Give back all pages of the heap that nothing is on."""
    if glibc := libc():
        glibc.malloc_trim(0)


def libc() -> Any:
    """Return the C library of this process; None if it is another one than glibc."""
    known = ctypes.CDLL(None) if sys.platform == "linux" else None
    return known if hasattr(known, "gnu_get_libc_version") else None
