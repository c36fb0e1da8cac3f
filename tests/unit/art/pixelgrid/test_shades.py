"""Smooth shades in few colours."""

import numpy as np

from mobart.art.pixelgrid.cells import Colours
from mobart.art.pixelgrid.palette import find_palette
from mobart.art.pixelgrid.shades import calm, steady
from mobart.art.regions import find_regions


def sky() -> Colours:
    """Draw a sky that grows lighter downwards, with a little grain, over a meadow of eighty plain colours."""
    rng = np.random.default_rng(5)
    shade = np.linspace((78, 170, 245), (150, 225, 255), 120)[:, None] + rng.normal(
        0, 1, (120, 96, 1)
    )
    meadow = rng.uniform(20, 235, (5, 16, 3)).repeat(6, 0).repeat(6, 1)
    return np.concatenate([shade, meadow]).clip(0, 255).astype(np.float32)


def test_the_steps_of_a_gradient_have_no_specks() -> None:
    """Grain would strew cells of each step of the sky over the next."""
    found = find_palette(sky(), None)
    steps = found.labels[:120]
    pieces = sum(find_regions(steps == one).count for one in np.unique(steps))
    assert len(np.unique(steps)) > 1
    assert pieces == len(np.unique(steps))


def test_what_is_drawn_is_no_shade() -> None:
    """A faint chequered pattern, a line of one cell and a spot stay as they are."""
    lab = np.zeros((30, 30, 3), np.float32)
    lab[:, :10] = 0.02 * (np.indices((30, 10)).sum(0) % 2)[..., None]
    lab[:, 15] = lab[12, 22] = 0.02
    assert np.array_equal(calm(lab, None, 0.016), lab)


def test_a_plain_that_lies_between_three_colours_has_one_of_them() -> None:
    """Grain decided which of them is nearest, cell by cell; the border to what is another colour stays."""
    centres = np.array([(0.50, 0, 0), (0.52, 0.02, 0), (0.52, -0.02, 0), (0.70, 0, 0)], np.float32)
    lab = np.tile(centres[:3].mean(0), (30, 30, 1)).astype(np.float32)
    lab[:, 20:] = centres[3]
    labels = np.zeros((30, 30), np.intp)
    labels[10:13, 5:8], labels[20, 12], labels[:, 20:] = 1, 2, 3
    found = steady(lab, labels, centres, np.ones((30, 30), np.bool_), 0.016)
    assert (found[:, :20] == 0).all()
    assert (found[:, 20:] == 3).all()
