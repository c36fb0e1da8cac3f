"""What real generators do to pixel art is undone: every kind of damage, several sprites."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.hint import GridHint
from mobart.art.pixelgrid.recover import Source, recover, recover_parts
from tests.support.fake_pixel_art import (
    KINDS,
    draw_creature,
    enlarge,
    exact_sixteen,
    finish,
    grained,
    large_cells,
    narrow_face,
    palette_png,
    resampled,
    share_right,
    sharpened,
    shifted_parts,
    small_on_grain,
    unequal_axes,
    uneven_cells,
)

EYE = np.array(
    [
        (20, 20, 30),
        (236, 236, 240),
        (40, 120, 72),
        (96, 168, 200),
        (250, 190, 90),
        (120, 30, 30),
        (120, 120, 60),
    ]
)
"""Colours of an eye's cells, far from each other."""
SKIN = np.array([(228, 176, 140), (180, 130, 100)])
"""Two tones of the face around it."""

WHOLE = [name for name in KINDS if name != "shifted_parts"]


@pytest.mark.parametrize("side", [24, 48])
@pytest.mark.parametrize("kind", WHOLE)
def test_damage_of_each_kind_is_undone(kind: str, side: int) -> None:
    """Size and nearly every cell are found again."""
    native = draw_creature(side, side)
    found = recover(KINDS[kind](native, 1), lossy=kind == "subsampled_jpeg")
    assert found is not None
    assert share_right(native, found.pixels) > 0.98


@pytest.mark.parametrize("side", [24, 32, 48])
def test_parts_on_lattices_of_their_own_keep_their_cells(side: int) -> None:
    """The size is right within a cell, and every colour is one of the artist's, no mean of two."""
    native = draw_creature(side, side)
    found = recover(KINDS["shifted_parts"](native, 1))
    assert found is not None
    assert max(abs(a - b) for a, b in zip(found.pixels.shape, native.shape, strict=True)) <= 1
    artist = np.unique(native[..., :3].reshape(-1, 3), axis=0).astype(int)
    away = np.abs(found.pixels[..., None, :3].astype(int) - artist).max(-1).min(-1)
    assert (away <= 24).mean() > 0.98


@pytest.mark.parametrize("side", [16, 18, 24])
def test_cells_up_to_a_sixteenth_of_the_side_are_found(side: int) -> None:
    """An icon of 16 cells on 1024 pixels is common; multiples and fractions are not taken for it."""
    native = draw_creature(side, side)
    found = recover(large_cells(native, 2))
    assert found is not None
    assert found.pixels.shape == native.shape
    assert found.cell == pytest.approx(1024 / side)


@pytest.mark.parametrize("squares", [((500, 600, 10),), ((505, 607, 11), (333, 140, 37))])
def test_a_square_or_two_bear_out_no_lattice(squares: tuple[tuple[int, int, int], ...]) -> None:
    """Any cell that divides them would fit; too little is seen."""
    picture = np.zeros((1200, 1200, 4), np.uint8)
    picture[..., 3] = 255
    for left, top, side in squares:
        picture[top : top + side, left : left + side, :3] = 255
    assert recover(picture) is None


def test_a_pitch_for_each_axis_is_told() -> None:
    """Cells need not be square."""
    found = recover(unequal_axes(draw_creature(7, 40), 1))
    assert found is not None
    assert found.pitch == pytest.approx((14.2, 12.9), rel=0.01)


def test_a_lattice_of_sixteen_pixels_is_no_codecs_even_in_a_jpeg() -> None:
    """Blocks of a codec are no cells of one colour."""
    native = draw_creature(3, 48)
    found = recover(exact_sixteen(native, 1), lossy=True)
    assert found is not None
    assert share_right(native, found.pixels) > 0.98


def test_a_large_picture_with_a_palette_is_recovered_not_taken_for_native() -> None:
    """Few colours prove nothing: its file may have had a palette."""
    found = recover(palette_png(draw_creature(5, 48), 1))
    assert found is not None
    assert found.source is Source.LATTICE
    assert found.pixels.shape[:2] == (48, 48)


def test_one_odd_part_does_not_veto_the_lattice() -> None:
    """A painted patch in a corner of pixel art leaves the rest what it is."""
    native = draw_creature(9, 48)
    picture = enlarge(native, 640, 640)
    y, x = np.mgrid[0:160, 0:160]
    picture[:160, :160] = 128 + 60 * np.sin(np.hypot(y, x) / 5)[..., None]
    found = recover(grained(picture, 1, 2.0))
    assert found is not None
    assert found.pixels.shape == native.shape
    assert share_right(native[12:], found.pixels[12:]) > 0.98


def test_a_told_native_size_is_kept_to() -> None:
    """Whatever the picture shows, the sprite has the size that was asked for."""
    picture = large_cells(draw_creature(4, 32), 1)
    found = recover(picture, hint=GridHint(native=(64, 32)))
    assert found is not None
    assert found.pixels.shape[:2] == (32, 64)
    assert found.source is Source.HINT


def test_a_told_cell_finds_its_own_origin() -> None:
    """The side of a cell says nothing of where the first one begins."""
    native = draw_creature(6, 40)
    found = recover(grained(enlarge(native, 520, 520), 1, 1.0), hint=GridHint(cell=13.0))
    assert found is not None
    assert share_right(native, found.pixels) > 0.98


def test_a_forced_lattice_is_told_as_forced() -> None:
    """A painting gets the likeliest lattice, and it is said that nothing proves it."""
    y, x = np.mgrid[0:300, 0:300]
    painting = finish(128 + 100 * np.sin(np.hypot(y - 90, x - 140) / 17)[..., None] * [1, 0.7, 0.4])
    assert recover(painting) is None
    found = recover(painting, hint=GridHint(force=True))
    assert found is not None
    assert found.source is Source.FORCED


def test_parts_of_a_sheet_share_one_palette() -> None:
    """Each part has a lattice of its own, the same colours are the same in all."""
    native = draw_creature(8, 32)
    parts = [grained(enlarge(native, side, side), side, 2.0) for side in (300, 421)]
    one, two = recover_parts(parts)
    assert one is not None
    assert two is not None
    assert one.pixels.shape == two.pixels.shape == native.shape
    colours = np.unique(np.stack([one.pixels, two.pixels]).reshape(-1, 4), axis=0)
    assert len(colours) <= len(np.unique(native.reshape(-1, 4), axis=0)) + 2


def test_confidence_is_high_for_clear_art() -> None:
    """Nothing else explains it nearly as well."""
    found = recover(grained(enlarge(draw_creature(2, 48), 620, 620), 1, 1.0))
    assert found is not None
    assert found.confidence > 0.7


def test_cells_at_the_border_have_the_pictures_colours() -> None:
    """A lattice may reach beyond the picture; nothing black comes in from there."""
    native = draw_creature(2, 40)
    picture = shifted_parts(native, 3)[:, 7:-5]
    found = recover(picture)
    assert found is not None
    strip = np.unique(picture[:, -8:, :3].reshape(-1, 3), axis=0).astype(int)
    away = np.abs(found.pixels[:, -1, None, :3].astype(int) - strip).max(-1).min(-1)
    assert away.max() <= 24


@pytest.mark.parametrize(("side", "seed"), [(28, 2), (28, 6), (48, 5)])
def test_lines_are_not_pulled_from_one_part_to_the_next(side: int, seed: int) -> None:
    """Elastic lines gained or lost a cell between shifted parts; even lines, bent, do not."""
    native = draw_creature(seed, side)
    found = recover(shifted_parts(native, seed))
    assert found is not None
    assert found.pixels.shape == native.shape


@pytest.mark.parametrize("side", [24, 32])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cells_of_unlike_widths_are_recovered(side: int, seed: int) -> None:
    """Where every border strays, runs are faint on both axes, but all pieces of edge agree."""
    native = draw_creature(seed, side)
    found = recover(uneven_cells(native, seed))
    assert found is not None
    assert found.source is Source.LATTICE
    assert share_right(native, found.pixels) > 0.98


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("left", [12, 15])
def test_a_face_on_narrower_cells_keeps_each_of_them(seed: int, left: int) -> None:
    """Where seven cells stand on six and a half, a band of rows is too coarse: an eye's white was lost."""
    native = draw_creature(seed, 40)
    rng = np.random.default_rng(seed)
    native[14:26, left - 3 : left + 11, :3] = SKIN[rng.integers(0, 2, (12, 14))]
    face = rng.permutation(EYE)[None].repeat(2, 0)
    found = recover(narrow_face(native, face, left, 19))
    assert found is not None
    assert found.pixels.shape == native.shape
    for row in found.pixels[19:21, left - 3 : left + 11, :3].astype(int):
        seen = [int(np.abs(EYE - cell).max(-1).argmin()) for cell in row]
        near = [i for i, cell in zip(seen, row, strict=True) if np.abs(EYE[i] - cell).max() <= 24]
        assert sorted(set(near)) == list(range(len(EYE)))


@pytest.mark.parametrize("cell", [17.7, 23.3])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_small_sprite_on_grained_ground_is_recovered(seed: int, cell: float) -> None:
    """Specks of grain are no edges, and where nothing but grain is seen no cell needs to be flat."""
    native = draw_creature(seed, 16)
    found = recover(small_on_grain(native, seed, cell))
    assert found is not None
    assert found.pixels.shape[:2] == (64, 64)
    assert share_right(native, found.pixels[16:32, 16:32]) > 0.98


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_rims_of_a_sharpened_picture_do_not_split_its_cells(seed: int) -> None:
    """Edges beside each border make runs of a third of a cell."""
    native = draw_creature(seed, 36)
    found = recover(sharpened(native, seed))
    assert found is not None
    assert found.pixels.shape == native.shape


def cut_with_halo(native: Pixels, halo: int) -> Pixels:
    """Enlarge to 1024 pixels and cut out, with *halo* pixels of the white ground left around all."""
    subject = (native[..., :3] != native[0, 0, :3]).any(-1)
    dark = np.where(subject[..., None], native[..., :3] // 4, 255).astype(np.uint8)
    picture = large_cells(np.dstack([dark, native[..., 3]]), 1)
    mask = Image.fromarray(subject).convert("L").resize((1024, 1024), Image.Resampling.NEAREST)
    picture[..., 3] = np.asarray(mask.filter(ImageFilter.MaxFilter(2 * halo + 1)))
    return picture


@pytest.mark.parametrize("side", [24, 32])
def test_halo_of_a_ground_that_was_cut_away_is_no_mortar(side: int) -> None:
    """A light line between dark outlines and what is transparent is not drawn between cells."""
    native = draw_creature(side, side)
    found = recover(cut_with_halo(native, 2))
    assert found is not None
    assert found.pixels.shape == native.shape


@pytest.mark.parametrize("cell", [9.3, 13.4, 18.2])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shades_that_a_filter_pushed_apart_come_back(seed: int, cell: float) -> None:
    """Filters that overshoot make cells brighter beside dark ones; each has the shade again that it was drawn in."""
    native = draw_creature(seed, 32)
    found = recover(resampled(native, seed, cell))
    assert found is not None
    rgb = native[..., :3].astype(int)
    shades = ((rgb > 40) & (rgb < 215)).all(-1)
    off = np.abs(found.pixels[..., :3].astype(int) - rgb).max(-1)
    assert (off[shades] <= 6).mean() > 0.94
