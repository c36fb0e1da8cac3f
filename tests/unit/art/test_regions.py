"""Connected parts of masks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mobart.art.regions import Mask, find_regions, flood, grow

masks = arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.booleans())


def spread_slowly(open_cells: Mask, seeds: Mask) -> Mask:
    """Flood one step at a time."""
    reached = open_cells & seeds
    while True:
        around = np.pad(reached, 1)
        wider = around[:-2, 1:-1] | around[2:, 1:-1] | around[1:-1, :-2] | around[1:-1, 2:]
        grown = reached | (wider & open_cells)
        if np.array_equal(grown, reached):
            return reached
        reached = grown


@given(masks)
def test_flood_reaches_what_single_steps_reach(mask: Mask) -> None:
    """From the border inwards, over sides only."""
    border = np.ones(mask.shape, bool)
    border[1:-1, 1:-1] = False
    assert np.array_equal(flood(mask), spread_slowly(mask, border))


@given(masks)
def test_each_region_is_what_one_of_its_pixels_reaches(mask: Mask) -> None:
    """Regions cover the mask, do not overlap, and their areas are right."""
    regions = find_regions(mask)
    parts = [regions.fill(np.arange(regions.count) == one) for one in range(regions.count)]
    assert regions.areas().tolist() == [int(part.sum()) for part in parts]
    together = sum((part.astype(int) for part in parts), np.zeros(mask.shape, int))
    assert np.array_equal(together, mask.astype(int))
    for part in parts:
        seed = np.zeros(mask.shape, bool)
        seed[tuple(np.argwhere(part)[0])] = True
        assert np.array_equal(flood(mask, seed), part)


@given(masks, st.integers(1, 5))
def test_growing_is_a_square_around_each_pixel(mask: Mask, radius: int) -> None:
    """Every pixel within the radius along both axes is reached."""
    padded = np.pad(mask, radius)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1,) * 2)
    assert np.array_equal(grow(mask, radius), windows.any((2, 3)))


def test_a_maze_of_half_a_million_turns_is_one_region() -> None:
    """A corridor that goes to and fro over the whole picture; a sweep a turn would take minutes."""
    maze = np.ones((1024, 1024), bool)
    maze[1::2] = False
    maze[1::4, -1] = maze[3::4, 0] = True
    assert find_regions(maze).count == find_regions(maze.T).count == 1
