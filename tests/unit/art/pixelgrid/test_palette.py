"""The colours a picture was meant to have."""

import numpy as np

from mobart.art.colours.oklab import to_oklab
from mobart.art.pixelgrid.cells import Colours
from mobart.art.pixelgrid.palette import find_palette


def shaded() -> Colours:
    """Draw forty flat fields that drift by a few levels each, under grain."""
    rng = np.random.default_rng(3)
    fields = rng.uniform(20, 235, (5, 8, 3)).repeat(16, 0).repeat(16, 1)
    y, x = np.mgrid[0:80, 0:128] % 16
    drift = (0.5 * x + 0.4 * y)[..., None] * (1, 0.8, 0.5)
    cells = fields + drift + rng.normal(0, 1.2, fields.shape)
    return np.asarray(cells.clip(0, 255), np.float32)


def test_grain_and_gradients_do_not_multiply_the_colours() -> None:
    """At most 64, and every cell close to what it was."""
    cells = shaded()
    found = find_palette(cells, None)
    assert len(found.colours) <= 64
    away = to_oklab(found.colours)[found.labels] - to_oklab(cells)
    assert np.percentile(np.sqrt((away**2).sum(-1)), 99) < 0.05


def test_one_bright_cell_keeps_its_colour() -> None:
    """A gleam is one cell among ten thousand."""
    cells = shaded()
    cells[40, 60] = (255, 250, 120)
    cells[33, 70] = (255, 0, 255)
    found = find_palette(cells, None)
    kept = found.colours[found.labels[[40, 33], [60, 70]]].astype(int)
    assert np.abs(kept - [(255, 250, 120), (255, 0, 255)]).max() <= 2


def test_art_that_has_more_colours_keeps_them() -> None:
    """A hundred and twenty-five plainly different colours are no grain."""
    steps = np.arange(5) * 60 + 8
    colours = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(5, 25, 3)
    cells = colours.repeat(4, 0).repeat(4, 1).astype(np.float32)
    assert len(find_palette(cells, None).colours) > 96


def test_many_shades_are_gathered_and_single_cells_stay() -> None:
    """Of hundreds of shades as a glow has them at most 64 are left; what is far from all is none of them."""
    y, x = np.mgrid[0:120, 0:120].astype(np.float32)
    glow = 255 * np.exp(-((x - 60) ** 2 + (y - 60) ** 2) / 1800)
    cells = np.stack([30 + 0.5 * glow, 60 + x + 0.3 * glow, 90 + y + 0.1 * glow], -1).clip(0, 255)
    cells[20, 30], cells[100, 90] = (255, 40, 40), (255, 255, 0)
    found = find_palette(cells, None)
    assert len(found.colours) <= 64
    kept = found.colours[found.labels[[20, 100], [30, 90]]].astype(int)
    assert np.abs(kept - [(255, 40, 40), (255, 255, 0)]).max() <= 2
    away = to_oklab(found.colours)[found.labels] - to_oklab(cells)
    assert np.percentile(np.sqrt((away**2).sum(-1)), 95) < 0.06


def test_greys_of_different_hue_stay_apart() -> None:
    """Brownish and bluish metal keep their hue, however many shades there are to be merged."""
    cells = shaded()
    light = np.random.default_rng(5).uniform(40, 160, (40, 64, 1))
    warmer = np.array((4, 0, -4))
    cells[:40, :64], cells[40:, :64] = light + warmer, light - warmer
    found = find_palette(cells, None)
    warm = found.colours.astype(int) @ (1, 0, -1)
    assert (warm[found.labels[:40, :64]] > 2).mean() > 0.99
    assert (warm[found.labels[40:, :64]] < -2).mean() > 0.99


def test_what_is_left_of_an_outline_makes_no_colour() -> None:
    """Cells beside it are a little darker or lighter than their field, but were meant to be equal."""
    rng = np.random.default_rng(9)
    line = np.zeros((60, 60), bool)
    line[::10] = line[:, ::10] = True
    fields = np.array([(200, 90, 60), (90, 170, 80)])[np.indices((60, 60)).sum(0) // 10 % 2]
    meant = np.where(line[..., None], 0, fields)
    beside = np.maximum.reduce([np.roll(line, step, axis) for step in (-1, 1) for axis in (0, 1)])
    tint = rng.normal(0, 0.025, (60, 60, 1)).clip(-0.06, 0.06) * (beside & ~line)[..., None]
    cells = np.asarray(meant * (1 - tint) + rng.normal(0, 1, meant.shape), np.float32).clip(0, 255)
    found = find_palette(cells, None)
    away = to_oklab(found.colours)[found.labels] - to_oklab(np.asarray(meant, np.float32))
    assert (np.sqrt((away**2).sum(-1)) < 0.01).mean() > 0.99


def test_neighbours_that_all_differ_are_no_grain() -> None:
    """A mosaic of sixty colours keeps them, though no two equal cells lie side by side."""
    rng = np.random.default_rng(1)
    colours = rng.uniform(0, 255, (60, 3))
    cells = colours[rng.integers(0, 60, (120, 120))] + rng.normal(0, 3, (120, 120, 3))
    assert len(find_palette(np.asarray(cells.clip(0, 255), np.float32), None).colours) > 50


def test_a_large_sheet_may_have_more_colours() -> None:
    """Of a hundred fields of wood each has its own, or nearly: with 60 they became blotches of others."""
    rng = np.random.default_rng(7)
    fields = rng.uniform((110, 70, 35), (190, 130, 95), (10, 10, 3)).repeat(28, 0).repeat(28, 1)
    cells = np.asarray(fields + rng.normal(0, 1, fields.shape), np.float32)
    found = find_palette(cells, None)
    away = to_oklab(found.colours)[found.labels] - to_oklab(fields.astype(np.float32))
    assert np.sqrt((away**2).sum(-1)).mean() < 0.003
    assert len(found.colours) <= 128


def test_two_large_dark_areas_stay_two_beside_stones_of_many_shades() -> None:
    """A warm brown panel and the grey of a wall are half a step apart, and drawn; what there are too many of is stones."""
    rng = np.random.default_rng(2)
    stones = rng.uniform(25, 170, (180, 180, 1)) + rng.uniform(-14, 14, (180, 180, 3))
    y, x = np.mgrid[0:180, 0:180]
    wall = np.where((y // 6 + x // 6) % 2, 96, 47)[..., None]
    cells = np.where(x[..., None] < 60, wall, stones)
    cells[60:120, 80:140] = (47, 43, 38)
    cells += rng.normal(0, 0.5, cells.shape)
    found = find_palette(np.asarray(cells, np.float32), None)
    kept = found.colours[found.labels[[90, 3], [110, 3]]].astype(int)
    assert np.abs(kept - [(47, 43, 38), (47, 47, 47)]).max() <= 1
