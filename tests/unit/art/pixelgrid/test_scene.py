"""One drifting lattice is told from parts that have lattices of their own."""

import numpy as np
import pytest

from mobart.art.pixelgrid.judge import Verdict
from mobart.art.pixelgrid.lattice import straight
from mobart.art.pixelgrid.pitch import Pitch
from mobart.art.pixelgrid.scene import Grid, runs_straight


def laid(bent: Verdict, unbent: Verdict) -> Grid:
    """Return a grid that leaves so much unexplained."""
    lines = np.arange(4.0)
    return Grid(Pitch(10.0, 10.0, 1.0), straight(lines, lines), bent, unbent, (lines, lines))


@pytest.mark.parametrize(
    ("unbent", "straightly"),
    [
        (Verdict(0.0256, 0.0279), True),  # a sheet that drifts as a whole: bending hardly helps
        (Verdict(0.0410, 0.1620), False),  # parts askew: bending explains most of what is left
        (Verdict(0.0256, 0.0360), False),
    ],
)
def test_lines_that_bending_hardly_helps_run_straight(unbent: Verdict, straightly: bool) -> None:
    """Even lines that are bent follow noise too, and had one column more between two sprites."""
    even = laid(Verdict(0.0210, 0.0240), Verdict(0.1740, 0.3730))
    assert runs_straight(laid(Verdict(0.0240, 0.0262), unbent), even) is straightly
