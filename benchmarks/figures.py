"""What a benchmark found, as a row of one table."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure beside the limit, or the peer, that was measured in the same run."""

    what: str
    ours: float
    other: float
    unit: str
    against: str
    """What *other* is."""

    @property
    def ratio(self) -> float:
        """How much of the other's we need; below 1 is better."""
        return self.ours / self.other


def table(figures: Iterable[Figure]) -> str:
    """Write the figures as Markdown."""
    lines = ["| what | ours | against | ratio |", "|---|---|---|---|"]
    lines += [
        f"| {one.what} | {one.ours:.3g} {one.unit} | {one.against}: {one.other:.3g} {one.unit}"
        f" | {one.ratio:.2f} |"
        for one in figures
    ]
    return "\n".join(lines)
