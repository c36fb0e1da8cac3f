"""Fake pixel art becomes true pixel art; what has no grid stays what it is."""

import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.recover import recover
from tests.support.fake_pixel_art import draw_creature, enlarge, grained


def sprite(seed: int, side: int = 32) -> Pixels:
    """Draw a creature of blocks and shades on one ground colour."""
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (9, 3), np.uint8)
    labels = np.zeros((side, side), np.intp)
    for label in range(1, 9):
        y, x = rng.integers(4, side - 10, 2)
        h, w = rng.integers(3, 9, 2)
        labels[y : y + h, x : x + w] = label
    labels[6:-6:3, 6:-6:5] = rng.integers(1, 9, labels[6:-6:3, 6:-6:5].shape)
    opaque = np.full((side, side, 1), 255, np.uint8)
    return np.dstack([palette[labels], opaque])


def blow_up(native: Pixels, cell: float, seed: int = 0) -> Pixels:
    """Enlarge *native* as generators do: no whole number, soft borders, noise."""
    side = round(native.shape[0] * cell)
    fine = Image.fromarray(native.repeat(16, 0).repeat(16, 1))
    soft = fine.resize((side, side), Image.Resampling.BICUBIC).convert("RGB")
    noise = np.random.default_rng(seed).normal(0, 2, (side, side, 3))
    levels = np.clip(np.asarray(soft.filter(ImageFilter.GaussianBlur(0.4))) + noise, 0, 255)
    return np.array(Image.fromarray(levels.astype(np.uint8)).convert("RGBA"))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), factor=st.integers(1, 16), side=st.integers(16, 48))
def test_enlarged_sprite_comes_back_exactly(seed: int, factor: int, side: int) -> None:
    """Whole-number enlargement loses nothing, so nothing may be lost on the way back."""
    native = sprite(seed, side)
    found = recover(native.repeat(factor, 0).repeat(factor, 1))
    assert found is not None
    assert np.array_equal(found.pixels, native)


@pytest.mark.parametrize("cell", [5.3, 7.71, 11.2, 17.6])
@pytest.mark.parametrize("seed", [1, 2])
def test_fake_pixel_art_is_recovered(cell: float, seed: int) -> None:
    """Size, place and colours of every cell are found again."""
    native = sprite(seed, 48)
    found = recover(blow_up(native, cell))
    assert found is not None
    assert found.pixels.shape == native.shape
    off = np.abs(found.pixels.astype(int) - native).max(-1)
    assert (off <= 6).mean() > 0.99
    assert abs(found.cell / cell - 1) < 0.03


@pytest.mark.parametrize("cell", [5.3, 11.2])
def test_recovery_after_recovery_changes_nothing(cell: float) -> None:
    """A recovered sprite is true pixel art."""
    once = recover(blow_up(sprite(3, 48), cell))
    assert once is not None
    twice = recover(once.pixels)
    assert twice is not None
    assert np.array_equal(twice.pixels, once.pixels)


def test_recovery_mutates_nothing_and_repeats_itself() -> None:
    """The same picture gives the same sprite, and stays as it was."""
    picture = blow_up(sprite(4, 40), 9.4)
    before = picture.copy()
    one, two = recover(picture), recover(picture)
    assert one is not None
    assert two is not None
    assert np.array_equal(one.pixels, two.pixels)
    assert np.array_equal(picture, before)


def test_checker_ground_is_looked_through() -> None:
    """The painted sign of transparency has a lattice of its own, stronger than the art's."""
    native = sprite(5, 48)
    native[..., 3] = np.where((native == native[0, 0]).all(-1), 0, 255)
    rgb = blow_up(native, 10.3)[..., :3]
    alpha = np.asarray(Image.fromarray(native[..., 3]).resize(rgb.shape[1::-1], 1))[..., None] > 127
    squares = (np.indices(rgb.shape[:2]) // 17).sum(0) % 2
    tones = np.where(squares, 255, 204)[..., None]
    picture = np.where(alpha, rgb, tones).astype(np.uint8)
    found = recover(np.dstack([picture, np.full(rgb.shape[:2], 255, np.uint8)]))
    assert found is not None
    assert abs(found.cell / 10.3 - 1) < 0.03


@pytest.mark.parametrize("side", [0, 32])
def test_a_dark_checker_of_a_few_cells_a_square_does_not_hide_the_art(side: int) -> None:
    """Its squares are a lattice that nobody takes for cells; the art's is twice as fine, if there is any art."""
    squares = (np.indices((96, 96)) // 2).sum(0) % 2
    tones = np.where(squares, 144, 80).astype(np.uint8)
    native = np.dstack([tones, tones, tones, np.full_like(tones, 255)])
    if side:
        creature, middle = draw_creature(1, side), slice(48 - side // 2, 48 + side // 2)
        shape = ~(creature == creature[0, 0]).all(-1)
        native[middle, middle][shape] = creature[shape]
    found = recover(grained(enlarge(native, 501, 501), 1, 3.0))
    assert (found is not None) == bool(side)
    assert found is None or found.pixels.shape == native.shape


def clouds(seed: int, side: int = 512) -> Pixels:
    """Paint noise of all scales, as clouds and oil paintings have it."""
    rng = np.random.default_rng(seed)
    total = np.zeros((side, side, 3))
    for step in (4, 8, 16, 32, 64, 128):
        layer = rng.integers(0, 256, (step, step, 3), np.uint8)
        total += np.asarray(Image.fromarray(layer).resize((side, side), 3)) / step
    total = (total - total.min()) / np.ptp(total) * 255
    return np.array(Image.fromarray(total.astype(np.uint8)).convert("RGBA"))


@pytest.mark.parametrize("seed", range(4))
def test_painting_has_no_grid(seed: int) -> None:
    """Nothing in it returns regularly."""
    assert recover(clouds(seed)) is None


def test_jpeg_blocks_are_no_grid() -> None:
    """The codec's eight-pixel lattice on a smooth picture is not the artist's."""
    ramp = np.linspace(20, 220, 512, dtype=np.uint8)
    image = Image.fromarray(np.add.outer(ramp // 2, ramp // 2))
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=60)
    assert recover(np.array(Image.open(buffer).convert("RGBA")), lossy=True) is None


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (63, 64), (300, 5), (65, 64)])
def test_tiny_and_thin_pictures_pass(size: tuple[int, int]) -> None:
    """There is room for no grid, and no crash either."""
    rng = np.random.default_rng(0)
    picture = np.dstack([rng.integers(0, 256, (*size, 3), np.uint8), np.full(size, 255, np.uint8)])
    found = recover(picture)
    assert found is None or found.pixels.shape[2] == 4


def wall(brick: int, mortar: int, side: int = 640) -> Pixels:
    """Paint a brick wall, each brick in a shade of its own."""
    rng = np.random.default_rng(7)
    y, x = np.indices((side, side))
    row = y // brick
    column = (x + row % 2 * brick) // (2 * brick)
    shade = rng.integers(-20, 20, (side, side))[row, column][..., None]
    within = (y % brick >= mortar) & ((x + row % 2 * brick) % (2 * brick) >= mortar)
    rgb = np.where(within[..., None], shade + np.array((168, 84, 60)), (196, 190, 180))
    soft = Image.fromarray(rgb.clip(0, 255).astype(np.uint8)).resize((601, 601), 3)
    return np.array(soft.convert("RGBA"))


@pytest.mark.parametrize(("brick", "mortar"), [(16, 3), (24, 4), (32, 5), (64, 3), (80, 4)])
def test_brick_wall_is_no_pixel_art(brick: int, mortar: int) -> None:
    """Its lines return as regularly as a grid's, but are drawn in a colour of their own."""
    assert recover(wall(brick, mortar)) is None


def facade(wide: int, high: int) -> Pixels:
    """Paint rows of windows, *wide* by *high* pixels apart, each with a bar; some are lit."""
    rng = np.random.default_rng(wide)
    shade = np.linspace(0, 20, 1024)[:, None, None]
    picture = np.full((1024, 1024, 3), (190, 150, 110)) + shade
    for top in range(20, 1024 - high, high):
        for left in range(20, 1024 - wide, wide):
            pane = (
                (240, 220, 130)
                if rng.random() < 0.3
                else rng.integers(20, 90) + np.array((0, 10, 30))
            )
            picture[top : top + high * 3 // 5, left : left + wide * 5 // 9] = pane
            bar = top + high * 3 // 10
            picture[bar - 2 : bar + 2, left : left + wide * 5 // 9] = 220
    return grained(picture, 1, 2.0)


@pytest.mark.parametrize(("wide", "high"), [(110, 83), (78, 66), (71, 70)])
def test_rows_of_windows_are_no_pixel_art(wide: int, high: int) -> None:
    """They are flat and return regularly, but their bars are lines of a colour of their own."""
    assert recover(facade(wide, high)) is None


def icon(unit: float) -> Pixels:
    """Draw a house in straight and curved lines, its corners on a designer's grid of *unit* pixels."""
    large = Image.new("RGB", (2048, 2048), (240, 236, 224))
    draw = ImageDraw.Draw(large)

    def place(*units: float) -> tuple[float, ...]:
        return tuple(2 * unit * one for one in units)

    draw.ellipse(place(4, 2, 20, 18), fill=(40, 70, 120))
    draw.ellipse(place(8, 6, 16, 14), fill=(250, 200, 60))
    draw.polygon(place(2, 16, 12, 6, 22, 16), fill=(190, 60, 50))
    draw.rectangle(place(5, 14, 19, 22), fill=(250, 240, 200))
    for left in (7, 10, 13, 16):
        draw.rectangle(place(left, 16, left + 1, 20), fill=(40, 70, 120))
    return np.array(large.resize((1024, 1024), Image.Resampling.BOX).convert("RGBA"))


@pytest.mark.parametrize("unit", [18, 21.3, 30])
def test_drawing_on_a_designers_grid_is_no_pixel_art(unit: float) -> None:
    """Its corners lie on a lattice, but its curves and slopes cross the lines anywhere."""
    picture = icon(unit)
    found = recover(picture)
    assert found is None or found.pixels.shape == picture.shape


def player(side: int, screen: tuple[int, int, int]) -> Pixels:
    """Draw a player's icon: a rounded plate, a screen, a triangle; ten long edges in all."""
    large = Image.new("RGB", (1024, 1024), (20, 24, 30))
    draw = ImageDraw.Draw(large)
    draw.rounded_rectangle((72, 250, 952, 960), 40, fill=(245, 245, 244))
    draw.rectangle((128, 304, 896, 900), fill=screen)
    draw.polygon([(450, 512), (600, 600), (450, 680)], fill=(255, 255, 255))
    return np.array(large.resize((side, side), Image.Resampling.LANCZOS).convert("RGBA"))


@pytest.mark.parametrize("side", [512, 640])
@pytest.mark.parametrize("screen", [(180, 60, 90), (60, 120, 200)])
def test_a_few_long_edges_are_no_lattice(side: int, screen: tuple[int, int, int]) -> None:
    """Some lattice meets them all; each counts once, however many rows it runs through."""
    assert recover(player(side, screen)) is None


@pytest.mark.parametrize("cell", [9.3, 23.2])
def test_stripes_are_no_lattice(cell: float) -> None:
    """They are regular along one axis, and nothing is seen along the other."""
    rng = np.random.default_rng(1)
    shades = rng.integers(40, 200, (1, round(700 / cell)), np.uint8)
    stripes = np.asarray(Image.fromarray(shades).resize((700, 700), 0), np.float64)
    levels = stripes + np.linspace(0, 30, 700)[:, None]
    assert recover(grained(levels[..., None] * (1, 0.9, 0.8), 1, 1.0)) is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_large_cells_with_soft_borders_are_recovered(seed: int) -> None:
    """A small picture that was enlarged smoothly has borders as wide as half a cell."""
    native = sprite(seed, 20)
    large = Image.fromarray(native.repeat(48, 0).repeat(48, 1))
    found = recover(np.array(large.filter(ImageFilter.GaussianBlur(10))))
    assert found is not None
    assert found.pixels.shape == native.shape
    assert (np.abs(found.pixels.astype(int) - native).max(-1) <= 12).all()


def test_a_large_picture_is_looked_at_in_little_memory() -> None:
    """In less than four times what its pixels take, tables that are made once included."""
    pixels = np.random.default_rng(7).integers(0, 256, (2048, 2048, 4), np.uint8)
    pixels[..., 3] = 255
    tracemalloc.start()
    try:
        assert recover(pixels) is None
        assert tracemalloc.get_traced_memory()[1] < 4 * pixels.nbytes
    finally:
        tracemalloc.stop()
