"""Sprites of one picture are found, recovered each on its own lattice, and laid out anew."""

import functools
import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mobart.art import Recipe, load_presets
from mobart.art.artwork import Artwork
from mobart.art.files.decode import Pixels
from mobart.art.frame import Box
from mobart.art.pipeline import develop, render
from mobart.art.sheet.layout import plan
from mobart.art.sheet.palette import common_palette
from mobart.art.sheet.parts import find_parts
from mobart.art.sheet.sprites import find_sprites

SHEET = load_presets()["sheet"]
INK = (30, 22, 40)
CELL = 8
COLOURS = [
    (200, 60, 50),
    (60, 160, 70),
    (70, 90, 210),
    (230, 180, 60),
    (150, 80, 190),
    (90, 200, 210),
]


def figure(colour: tuple[int, int, int], width: int = 14, height: int = 18) -> Pixels:
    """Draw an outlined figure with eyes of one cell: height x width x 4, no ground."""
    cells = np.zeros((height, width, 4), np.uint8)
    cells[...] = (*INK, 255)
    cells[1:-1, 1:-1, :3] = colour
    cells[height // 2 :, 2 : width - 2, :3] = [level // 2 for level in colour]
    cells[3, 4, :3] = cells[3, width - 5, :3] = (250, 250, 250)
    cells[-3:, width // 2 - 1 : width // 2 + 1, 3] = 0
    return cells


def lay(
    figures: list[Pixels],
    places: list[tuple[int, int]],
    *,
    cell: int = CELL,
    side: int = 640,
    ground: tuple[int, int, int] = (240, 238, 226),
) -> Pixels:
    """Draw *figures* enlarged at *places* (x, y in pixels, on no common lattice) over *ground*."""
    picture = np.full((side, side, 4), (*ground, 255), np.uint8)
    for each, (x, y) in zip(figures, places, strict=True):
        large = each.repeat(cell, 0).repeat(cell, 1)
        spot = picture[y : y + large.shape[0], x : x + large.shape[1]]
        spot[:] = np.where(large[..., 3:] > 0, large, spot)
    noise = np.random.default_rng(5).normal(0, 1.5, picture[..., :3].shape)
    picture[..., :3] = (picture[..., :3] + noise).clip(0, 255)
    return picture


def to_png(pixels: Pixels) -> bytes:
    """Encode *pixels* plainly."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


PLACES = [(35, 27), (251, 39), (468, 31), (33, 261), (247, 268), (473, 265)]
FIGURES = [figure(colour) for colour in COLOURS]


def shifted(first: Pixels, second: Pixels) -> float:
    """Return the share of places at which two pictures of one size differ visibly."""
    if first.shape != second.shape:
        return 1.0
    seen = (first[..., 3] > 0) | (second[..., 3] > 0)
    apart = np.abs(first.astype(int) - second.astype(int)).max(-1) > 24
    clear = (first[..., 3] > 0) != (second[..., 3] > 0)
    return float(((apart & seen) | clear).sum() / seen.sum())


@functools.cache
def usual() -> Artwork:
    """Develop six figures once for all tests that only look."""
    return made()


def made(options: dict[str, object] | None = None, **how: Any) -> Artwork:
    """Develop six figures on lattices that are shifted against each other."""
    picture = lay(FIGURES, PLACES, **how)
    return develop(to_png(picture), Recipe(preset=SHEET.adjusted(options or {}), tile=1))


@pytest.mark.parametrize("ground", [(240, 238, 226), (0, 255, 0), (52, 78, 120)])
def test_each_sprite_comes_back_at_its_native_size(ground: tuple[int, int, int]) -> None:
    """In reading order, cell for cell, whatever its lattice's phase and the ground's colour."""
    art = made(ground=ground)
    assert len(art.frames) == 6
    for sprite, expected in zip(art.split(), FIGURES, strict=True):
        assert shifted(sprite.pixels, expected) < 0.02


def test_cells_of_a_sheet_are_of_one_size_with_room_around_them() -> None:
    """Three beside each other as in the picture, feet on one line, nothing in between."""
    art = made({"spacing": 2})
    assert {(each.cell.width, each.cell.height) for each in art.frames} == {(14, 18)}
    assert art.pixels.shape[:2] == (2 * 18 + 3 * 2, 3 * 14 + 4 * 2)
    assert [(each.cell.x, each.cell.y) for each in art.frames[:4]] == [
        (2, 2),
        (18, 2),
        (34, 2),
        (2, 22),
    ]
    between = np.ones(art.pixels.shape[:2], bool)
    for each in art.frames:
        box = each.cell
        between[box.y : box.y + box.height, box.x : box.x + box.width] = False
    assert not art.pixels[between][:, 3].any()
    assert [each.row for each in art.frames] == [0, 0, 0, 1, 1, 1]


def test_all_sprites_share_one_palette() -> None:
    """Ink and white are the same colour in each."""
    art = usual()
    inks = {tuple(sprite.pixels[0, 0, :3].tolist()) for sprite in art.split()}
    whites = {tuple(sprite.pixels[3, 4, :3].tolist()) for sprite in art.split()}
    assert len(inks) == len(whites) == 1
    assert len(np.unique(art.pixels[art.pixels[..., 3] > 0], axis=0)) <= 2 + 2 * len(COLOURS)


def test_where_each_sprite_lay_is_told_in_pixels_of_the_picture() -> None:
    """Within a few of them, since edges are soft."""
    for frame, (x, y) in zip(usual().frames, PLACES, strict=True):
        box = frame.source
        assert abs(box.x - x) <= 3
        assert abs(box.y - y) <= 3
        assert abs(box.width - 14 * CELL) <= 6
        assert abs(box.height - 18 * CELL) <= 6


def test_a_forced_size_is_that_of_the_largest_sprite() -> None:
    """The others shrink as much."""
    figures = [figure(COLOURS[0]), figure(COLOURS[1], 36, 40)]
    raw = to_png(lay(figures, [(40, 330), (250, 200)]))
    art = develop(raw, Recipe(preset=SHEET.adjusted({"size": 20}), tile=None))
    heights = [each.sprite.height for each in art.frames]
    assert heights == [9, 20]


def test_a_sheet_is_enlarged_by_one_whole_number() -> None:
    """Frames count in pixels of the PNG."""
    recipe = Recipe(preset=SHEET.adjusted({"enlarge": True}), tile=None, image="a.png")
    rendering = render(to_png(lay(FIGURES, PLACES)), recipe)
    told = json.loads(rendering.sidecar)
    scale = told["mobart"]["scale"]
    assert scale == 1024 // 46
    assert told["frames"][1]["frame"] == {
        name: value * scale for name, value in {"x": 16, "y": 1, "w": 14, "h": 18}.items()
    }


def test_four_sprites_are_a_sheet_and_not_four_pictures() -> None:
    """Though they stand as the four pictures of a grid do."""
    places = [(70, 60), (440, 68), (65, 400), (430, 405)]
    raw = to_png(lay(FIGURES[:4], places))
    assert len(develop(raw, Recipe(preset=SHEET, tile=1)).frames) == 4
    asked = Recipe(preset=SHEET.adjusted({"tile": 1}))
    assert develop(raw, asked).tile == 1


def test_sprites_of_a_painting_keep_their_soft_edges() -> None:
    """No cells are found, so each is cut out as a painting and the sheet fits the largest side."""
    y, x = np.mgrid[0:900, 0:900]
    picture = np.full((900, 900, 4), 255, np.uint8)
    for cx, cy, hue in ((230, 230, 40), (660, 240, 90), (240, 660, 150), (670, 650, 210)):
        share = np.clip((150 - np.hypot(x - cx, y - cy)) / 2 + 0.5, 0, 1)[..., None]
        ball = np.stack([hue + (x - cx) / 3, 120 + (y - cy) / 3, 200 - hue / 2 + 0 * x], -1)
        picture[..., :3] = ball.clip(0, 255) * share + picture[..., :3] * (1 - share)
    art = develop(to_png(picture), Recipe(preset=SHEET, tile=None, max_side=512))
    assert len(art.frames) == 4
    assert max(art.pixels.shape[:2]) <= 512
    assert not art.native
    assert 0 < np.unique(art.pixels[..., 3]).size > 3
    assert ("sheet", "shrunk") in art.unfulfilled


def test_a_sheet_that_cannot_fit_is_kept_as_one_picture() -> None:
    """Room around cells may take more than there is."""
    recipe = Recipe(preset=SHEET.adjusted({"spacing": 64}), tile=None, max_side=120)
    art = develop(to_png(lay(FIGURES, PLACES)), recipe)
    assert not art.frames
    assert ("sheet", "no_room") in art.unfulfilled
    assert max(art.pixels.shape[:2]) <= 120


def test_real_alpha_parts_the_sprites() -> None:
    """A picture that came with transparency needs no ground."""
    picture = np.zeros((60, 100, 4), np.uint8)
    for number, place in enumerate(((5, 6), (40, 8), (75, 7))):
        each = FIGURES[number]
        picture[place[1] : place[1] + 18, place[0] : place[0] + 14] = each
    art = develop(to_png(picture), Recipe(preset=SHEET, tile=None))
    assert [
        np.array_equal(a.pixels[..., 3], b[..., 3])
        for a, b in zip(art.split(), FIGURES, strict=False)
    ]
    assert len(art.frames) == 3


def test_parts_that_lie_close_are_one_sprite_and_specks_are_none() -> None:
    """A spark beside a figure is its own; one far away is a speck."""
    mask = np.zeros((300, 300), bool)
    mask[50:150, 40:110] = mask[40:48, 70:80] = True
    mask[50:150, 190:260] = True
    mask[250:252, 20:22] = True
    _, sprites, specks = find_sprites(mask)
    assert [each.box for each in sprites] == [Box(40, 40, 70, 110), Box(190, 50, 70, 100)]
    assert specks == 1


def test_reading_order_goes_by_rows_whatever_the_heights() -> None:
    """Sprites that stand on one line are one row, left to right."""
    mask = np.zeros((400, 600), bool)
    boxes = [
        (300, 90, 60, 60),
        (30, 20, 90, 130),
        (480, 120, 30, 30),
        (40, 260, 80, 100),
        (250, 250, 90, 120),
    ]
    for x, y, width, height in boxes:
        mask[y : y + height, x : x + width] = True
    found = [(each.box.x, each.row) for each in find_sprites(mask)[1]]
    assert found == [(30, 0), (300, 0), (480, 0), (40, 1), (250, 1)]


def test_a_frame_around_all_is_no_sprite() -> None:
    """What is inside it is."""
    mask = np.zeros((200, 300), bool)
    mask[2:198, 2:298] = True
    mask[5:195, 5:295] = False
    mask[50:150, 40:120] = mask[50:150, 180:260] = True
    assert len(find_sprites(mask)[1]) == 2


@given(st.integers(0, 2**32 - 1), st.floats(0.02, 0.7))
@settings(max_examples=60)
def test_regions_are_those_of_a_flood_fill(seed: int, share: float) -> None:
    """Two places have one number exactly if a way over set neighbours joins them."""
    mask = np.random.default_rng(seed).random((14, 17)) < share
    labels, regions = find_parts(mask)
    assert np.array_equal(labels > 0, mask)
    for region in regions:
        own = labels == region.number
        start = np.argwhere(own)[0]
        reached, waiting = {tuple(start)}, [tuple(start)]
        while waiting:
            y, x = waiting.pop()
            for near in [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]:
                inside = 0 <= near[0] < 14 and 0 <= near[1] < 17
                if inside and mask[near] and near not in reached:
                    reached.add(near)
                    waiting.append(near)
        assert len(reached) == own.sum() == region.area
        rows, columns = np.nonzero(own)
        sides = columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1
        assert region.box == Box(*map(int, sides))


def test_a_maze_is_one_region_in_no_time() -> None:
    """A serpentine of 1024 x 1024, which floods take for hours, is a matter of its runs."""
    maze = np.ones((1024, 1024), bool)
    maze[1::4, :-1] = maze[3::4, 1:] = False
    assert len(find_parts(maze)[1]) == 1


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=30),
    st.integers(0, 9),
    st.sampled_from(["none", "square", "pot", "multiple:16"]),
)
def test_every_layout_has_a_cell_of_its_own_for_each(
    sizes: list[tuple[int, int]], spacing: int, pad: str
) -> None:
    """Inside the sheet, none over another."""
    layout = plan(sizes, [0] * len(sizes), spacing=spacing, pad=pad, max_side=4096)
    assert layout is not None
    seen = np.zeros((layout.size[1], layout.size[0]), int)
    for number, (width, height) in enumerate(sizes):
        cell = layout.cell(number)
        assert width <= cell.width
        assert height <= cell.height
        seen[cell.y : cell.y + cell.height, cell.x : cell.x + cell.width] += 1
        assert cell.x + cell.width + spacing <= layout.size[0]
        assert cell.y + cell.height + spacing <= layout.size[1]
    assert seen.max() == 1


def test_a_common_palette_keeps_the_frequent_and_stays_small() -> None:
    """Each picture counts alike, near colours are one, the order is from dark to light."""
    first = np.full((10, 10, 4), (200, 0, 0, 255), np.uint8)
    first[:3] = (201, 1, 0, 255)
    second = np.full((100, 100, 4), (10, 10, 10, 255), np.uint8)
    second[0] = (250, 250, 250, 0)
    assert common_palette([first, second]).tolist() == [[10, 10, 10], [200, 0, 0]]
    noise = np.random.default_rng(1).integers(0, 256, (90, 90, 4), np.uint8)
    noise[..., 3] = 255
    assert len(common_palette([noise], most=32)) <= 32


def discs(*centres: tuple[int, int]) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    """Draw discs of 40 px radius into a mask of 400 x 400."""
    y, x = np.mgrid[0:400, 0:400]
    distance = [np.hypot(x - cx, y - cy) for cx, cy in centres]
    return np.asarray(np.min(distance, axis=0) < 40)


def test_sprites_that_touch_are_cut_at_their_neck() -> None:
    """Where others show how long one is; each keeps its half of the bridge."""
    mask = discs((60, 60), (200, 60), (340, 60), (60, 250), (200, 250), (200, 340))
    mask[285:305, 195:205] = True
    found = find_sprites(mask)[1]
    assert len(found) == 6
    assert [each.box.height for each in found[4:]] == [85, 84]
    pair = discs((60, 60), (60, 150))
    pair[95:115, 55:65] = True
    assert len(find_sprites(pair)[1]) == 1


def test_a_long_sprite_without_a_neck_is_one() -> None:
    """A spear among shields."""
    mask = discs((60, 60), (200, 60), (340, 60))
    mask[150:390, 60:80] = True
    assert len(find_sprites(mask)[1]) == 4
