"""Fewer, broader columns for charts over long ranges: 720 bars would be thinner than a pixel."""

from collections.abc import Sequence

from mobart.core.views import Bucket
from mobart.web.page.words import DAY, clock_time

MOST = 60
"""Columns of a chart."""
PEAKS = frozenset({"oldest", "outstanding"})
"""Counts of which the largest counts, and not the sum."""


def broader(buckets: Sequence[Bucket], most: int = MOST) -> Sequence[Bucket]:
    """Return at most so many buckets, each of equally many; the oldest may be of fewer."""
    size = -(-len(buckets) // most)
    if size <= 1:
        return buckets
    odd = len(buckets) % size
    starts = [*([0] if odd else []), *range(odd, len(buckets), size)]
    ends = [*starts[1:], len(buckets)]
    return [_joined(buckets[start:end]) for start, end in zip(starts, ends, strict=True)]


def marks(buckets: Sequence[Bucket]) -> list[str]:
    """Name the moments at the left edge, in the middle and at the right edge of a chart."""
    if not buckets:
        return []
    first, middle = buckets[0].at, buckets[len(buckets) // 2].at
    told = slice(11, 16) if buckets[-1].at - first < DAY else slice(5, 16)
    return [clock_time(first)[told], clock_time(middle)[told], "now"]


def _joined(buckets: Sequence[Bucket]) -> Bucket:
    counts: dict[str, float] = {}
    for bucket in buckets:
        for name, count in bucket.counts.items():
            known = counts.get(name, 0.0)
            counts[name] = max(known, count) if name in PEAKS else known + count
    return Bucket(buckets[0].at, counts)
