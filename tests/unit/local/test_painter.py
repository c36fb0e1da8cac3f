"""The painter of believable generations."""

from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from mobart_local.painter import FIGURES, MATERIALS, WORDS, paint_grid, paint_single, subject


def tiles(grid: Image.Image) -> list[Image.Image]:
    """Cut a grid into its four quarters."""
    half = grid.width // 2
    corners = [(0, 0), (half, 0), (0, half), (half, half)]
    return [grid.crop((x, y, x + half, y + half)) for x, y in corners]


def test_same_prompt_and_seed_give_the_same_pixels() -> None:
    """So a restarted stand-in serves the same picture."""
    one, two = (paint_grid("a red dragon", seed="s", side=256) for _ in range(2))
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize(
    ("prompt", "seed"), [("a red dragon", "t"), ("a blue dragon", "s"), ("a red sword", "s")]
)
def test_prompt_and_seed_both_matter(prompt: str, seed: str) -> None:
    """Another of either is another picture."""
    grid = paint_grid("a red dragon", seed="s", side=256)
    assert paint_grid(prompt, seed=seed, side=256).tobytes() != grid.tobytes()


def test_grid_is_as_large_as_the_real_one() -> None:
    """2048 pixels each way, without alpha."""
    grid = paint_grid("a potion", seed="s")
    assert (grid.size, grid.mode) == ((2048, 2048), "RGB")


def test_grid_holds_four_different_pictures() -> None:
    """No two are alike, beyond grain."""
    cut = [np.asarray(tile, np.int16) for tile in tiles(paint_grid("a cat", seed="s", side=512))]
    assert all(np.abs(one - two).mean() > 5 for one, two in combinations(cut, 2))


def test_single_is_one_picture() -> None:
    """Of the size asked for."""
    assert paint_single("a cat", seed="s", side=300).size == (300, 300)


@pytest.mark.parametrize(("prompt", "channel"), [("red gem", 0), ("green gem", 1), ("blue gem", 2)])
def test_colour_words_colour_the_figure(prompt: str, channel: int) -> None:
    """The middle of the picture is of that colour."""
    pixels = np.asarray(paint_single(prompt, seed="s", side=200), np.float32)
    middle = pixels[60:140, 60:140].mean(axis=(0, 1))
    assert int(middle.argmax()) == channel


def test_borders_are_soft_and_colours_are_many() -> None:
    """As in real generations: far more colours than a sprite has."""
    pixels = np.asarray(paint_single("a knight", seed="s", side=512)).reshape(-1, 3)
    assert len(np.unique(pixels, axis=0)) > 1000


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a red DRAGON, pixel art", "dragon"),
        ("knight with a sword", "sword"),
        ("healing elixir", "potion"),
        ("something strange", "creature"),
        ("", "creature"),
        ("龍 \udcff", "creature"),
    ],
)
def test_words_choose_the_figure(prompt: str, name: str) -> None:
    """The last one that fits wins."""
    assert subject(prompt) == name


def test_any_text_can_be_painted() -> None:
    """Also what no encoding likes."""
    assert paint_grid("龍 \udcff\0", seed="s", side=64).size == (64, 64)


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_figures_use_known_materials(name: str) -> None:
    """Each letter has a colour."""
    known = {*MATERIALS, *"sbcl", *" .?\n"}
    assert set(FIGURES[name]) <= known


def test_words_call_for_figures_that_exist() -> None:
    """No word leads nowhere."""
    assert set(WORDS) <= set(FIGURES)
