"""Which of a grid's four tiles is the best."""

import io
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from mobart.art import Preset, Recipe
from mobart.art.choices import Tile
from mobart.art.files.decode import Pixels
from mobart.art.pipeline import develop
from mobart.art.tiles.best import Merit, choose, measure
from mobart.art.tiles.tile import Crossing

SIDE = 128
COLOURS = st.tuples(*[st.integers(0, 255)] * 3)
DARK = st.tuples(*[st.integers(0, 90)] * 3)
LIGHT = st.tuples(*[st.integers(180, 255)] * 3)
SEEDS = st.integers(0, 2**32 - 1)
PLACES = st.integers(0, 3)


def draw(subject: object, ground: object, box: tuple[int, int, int, int], seed: int = 0) -> Pixels:
    """Draw an ellipse on a grainy ground."""
    image = Image.new("RGBA", (SIDE, SIDE), (*ground, 255))  # type: ignore[misc]
    ImageDraw.Draw(image).ellipse(box, fill=(*subject, 255))  # type: ignore[misc]
    grain = np.random.default_rng(seed).normal(0, 4, (SIDE, SIDE, 1))
    pixels = np.array(image)
    pixels[..., :3] = (pixels[..., :3] + grain).clip(0, 255)
    return pixels


def best_of(tiles: list[Pixels]) -> int:
    """Return the place, 0 to 3, of the tile that is chosen of a grid of *tiles*."""
    rows = [np.concatenate(tiles[at : at + 2], 1) for at in (0, 2)]
    return choose(np.concatenate(rows), Crossing(SIDE, SIDE)) - 1


CENTRED = (30, 34, 94, 98)
CUT = (30, 70, 94, 170)


@settings(max_examples=40, deadline=None)
@given(DARK, LIGHT, SEEDS, PLACES)
def test_a_whole_subject_beats_cut_ones(dark: object, light: object, seed: int, place: int) -> None:
    """Wherever it is, on dark and on light ground, whatever the grain."""
    for subject, ground in ((dark, light), (light, dark)):
        tiles = [draw(subject, ground, CUT, seed + k) for k in range(4)]
        tiles[place] = draw(subject, ground, CENTRED, seed)
        assert best_of(tiles) == place


@settings(max_examples=40, deadline=None)
@given(DARK, LIGHT, SEEDS, PLACES)
def test_a_subject_beats_an_empty_ground(
    dark: object, light: object, seed: int, place: int
) -> None:
    """Even one that is cut."""
    for box in (CENTRED, CUT):
        tiles = [draw(light, light, CENTRED, seed + k) for k in range(4)]
        tiles[place] = draw(dark, light, box, seed)
        assert best_of(tiles) == place


def test_of_whole_subjects_the_one_with_more_contrast_wins() -> None:
    """In any order."""
    greys = [draw((level,) * 3, (240,) * 3, CENTRED) for level in (190, 140, 90, 20)]
    for order in permutations(range(4)):
        assert order[best_of([greys[k] for k in order])] == 3


@settings(max_examples=20, deadline=None)
@given(COLOURS, COLOURS, SEEDS)
def test_of_equals_the_first_is_taken(subject: object, ground: object, seed: int) -> None:
    """Grain that no eye can tell apart makes no difference."""
    tile = draw(subject, ground, CENTRED, seed)
    assert best_of([tile] * 4) == 0
    assert measure(tile) == measure(tile[:, ::-1].copy())


def test_four_textures_have_no_subject_and_the_first_is_taken() -> None:
    """What fills its tile is nobody's portrait."""
    rng = np.random.default_rng(2)
    tiles = [rng.integers(0, 256, (SIDE, SIDE, 4), np.uint8) for _ in range(4)]
    for tile in tiles:
        tile[..., 3] = 255
    assert not any(measure(tile).whole for tile in tiles)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (8, 9), (700, 333)])
def test_any_size_is_judged(shape: tuple[int, int]) -> None:
    """A blank one as having nothing to show, seen or unseen."""
    for alpha in (0, 255):
        assert measure(np.full((*shape, 4), alpha, np.uint8)) == Merit(whole=False, contrast=0.0)


@pytest.mark.parametrize(
    ("preset", "recipe", "place"),
    [("best", 1, 2), (0, "best", 2), (4, "best", 3), (0, 2, 1)],
)
def test_a_preset_s_tile_goes_before_the_recipe_s(preset: Tile, recipe: Tile, place: int) -> None:
    """And 0 leaves it to the recipe."""
    grounds = [(level,) * 3 for level in (250, 160, 190, 230)]
    tiles = [draw((20, 0, 0), ground, CUT) for ground in grounds]
    tiles[2] = draw((20, 0, 0), grounds[2], CENTRED)
    rows = [np.concatenate(tiles[at : at + 2], 1) for at in (0, 2)]
    stream = io.BytesIO()
    Image.fromarray(np.concatenate(rows)).save(stream, "PNG")
    made = develop(stream.getvalue(), Recipe(preset=Preset(name="t", tile=preset), tile=recipe))
    assert made.pixels.tolist() == tiles[place].tolist()
