"""Believable generations: four sprites on plain grounds, as a generator paints pixel art.

That is, nearly: cells are of no whole width, drift a little, have soft borders and grain.
The same prompt and seed give the same pixels.
"""

import colorsys
import hashlib
import re
import tomllib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Cells = NDArray[np.float32]
"""Colours of cells, height x width x 3, 0 to 255."""

TABLES = tomllib.loads(Path(__file__).with_name("sprites.toml").read_text())
"""Figures, words and colours; the file explains them."""
FIGURES: dict[str, str] = TABLES["figures"]
WORDS: dict[str, str] = TABLES["words"]
MATERIALS: dict[str, list[float]] = TABLES["materials"]
HUES, NATURAL, GROUNDS = TABLES["hues"], TABLES["natural"], TABLES["grounds"]["rgb"]

EMPTY, FREE, MAYBE, OUTLINE = " ", ".", "?", "#"
SHADES = 5
BORDER = 0.16
"""Width of the soft border between two cells, in cells."""
GRAIN = 1.6
"""Standard deviation of the noise, in levels."""
YELLOW, BLUE, HUE_SHIFT = 0.17, 0.67, 0.025
REPEAT, SKIP = 0.10, 0.05
"""Chances that a row or column of a figure is doubled or left out."""


def paint_grid(prompt: str, *, seed: str, side: int = 2048) -> Image.Image:
    """Paint four variants of what the prompt asks for, 2x2, *side* pixels wide and high."""
    grid = Image.new("RGB", (side, side))
    half = side // 2
    for number in range(4):
        tile = _paint(prompt, f"{seed}/{number}", half)
        grid.paste(tile, (number % 2 * half, number // 2 * half))
    return grid


def paint_single(prompt: str, *, seed: str, side: int = 1024) -> Image.Image:
    """Paint one picture of what the prompt asks for."""
    return _paint(prompt, f"{seed}/0", side)


def paint_sprite(prompt: str, *, seed: str) -> NDArray[np.uint8]:
    """Paint the figure alone, one pixel a cell: height x width x 4."""
    rng = _rng(prompt, seed)
    figure = _outlined(_figure(subject(prompt), rng))
    shades = _shades(figure, rng)
    cells = np.zeros((*figure.shape, 4), np.uint8)
    for message, ramp in _ramps(prompt, rng).items():
        here = figure == message
        cells[here, :3] = ramp[shades[here]]
        cells[here, 3] = 255
    return cells


def subject(prompt: str) -> str:
    """Name the figure that the prompt's last fitting word calls for."""
    words = re.findall(r"[a-z]+", prompt.lower())
    fitting = [figure for word in words for figure in WORDS if word in WORDS[figure].split()]
    return fitting[-1] if fitting else "creature"


def _paint(prompt: str, seed: str, side: int) -> Image.Image:
    """Paint one tile."""
    rng = _rng(prompt, seed)
    figure = _outlined(_figure(subject(prompt), rng))
    cells = _coloured(figure, _ramps(prompt, rng), rng)
    return Image.fromarray(_enlarged(cells, side, rng), "RGB")


def _rng(prompt: str, seed: str) -> np.random.Generator:
    digest = hashlib.sha256(f"{prompt}\0{seed}".encode("utf-8", "replace")).digest()
    return np.random.default_rng(np.frombuffer(digest, np.uint32))


def _figure(name: str, rng: np.random.Generator) -> NDArray[np.str_]:
    """Make one variant of a figure: some cells missing, stretched here and there, mirrored."""
    rows = FIGURES[name].strip("\n").split("\n")
    width = max(map(len, rows))
    half = np.array([list(row.ljust(width, row[-1:] or EMPTY)) for row in rows])
    half[half == FREE] = EMPTY
    maybe = half == MAYBE
    half[maybe] = rng.choice(("s", EMPTY), half.shape)[maybe]
    for axis in (0, 1):
        repeats = rng.choice((0, 1, 2), half.shape[axis], p=(SKIP, 1 - SKIP - REPEAT, REPEAT))
        repeats[-1] = 1
        half = np.repeat(half, repeats, axis=axis)
    return np.concatenate([half, half[:, ::-1]], axis=1)


def _outlined(figure: NDArray[np.str_]) -> NDArray[np.str_]:
    """Draw a dark line around the figure; it grows by one cell on each side."""
    framed = np.pad(figure, 1, constant_values=EMPTY)
    solid = framed != EMPTY
    around = np.zeros_like(solid)
    for axis in (0, 1):
        around |= np.roll(solid, 1, axis) | np.roll(solid, -1, axis)
    framed[around & ~solid] = OUTLINE
    return framed


def _ramps(prompt: str, rng: np.random.Generator) -> dict[str, Cells]:
    """Choose the colours of each material, dark to light."""
    words = re.findall(r"[a-z]+", prompt.lower())
    natural = [NATURAL[subject(prompt)]] if subject(prompt) in NATURAL else []
    named = [HUES[word] for word in words if word in HUES] or natural
    hue = named[0] + rng.normal(0, 0.012) if named else rng.random()
    other = named[1] if len(named) > 1 else hue + rng.choice((0.08, -0.09, 0.45, 0.55))
    skin = {
        "s": (hue, rng.uniform(0.6, 0.8), rng.uniform(0.75, 0.92)),
        "b": (other, rng.uniform(0.55, 0.75), rng.uniform(0.7, 0.9)),
        "c": (hue + 0.06, 0.30, 0.96),
        "l": (hue + 0.03, 0.25, 1.0),
    }
    ramps = {material: _ramp(*colour) for material, colour in {**MATERIALS, **skin}.items()}
    return {**ramps, OUTLINE: _ramp(hue, 0.55, 0.18)}


def _ramp(hue: float, saturation: float, value: float) -> Cells:
    """Shade a colour in `SHADES` steps: shadows turn to blue, lights to yellow."""
    colours = []
    towards_blue = HUE_SHIFT if YELLOW < hue % 1 < BLUE else -HUE_SHIFT
    for step in np.linspace(-1, 1, SHADES):
        shifted = (hue - towards_blue * step) % 1
        light = min(1.0, value * (1 + 0.30 * step))
        strength = min(1.0, max(0.0, saturation * (1 - 0.25 * step)))
        colours.append(colorsys.hsv_to_rgb(shifted, strength, light))
    return np.array(colours, np.float32) * 255


def _coloured(figure: NDArray[np.str_], ramps: dict[str, Cells], rng: np.random.Generator) -> Cells:
    """Put the figure on a ground, lit from the upper left."""
    ground = np.array(GROUNDS[rng.integers(len(GROUNDS))], np.float32)
    height, width = figure.shape
    side = max(height, width) + int(rng.integers(5, 11))
    top, left = (side - height) // 2, (side - width) // 2
    cells = np.broadcast_to(ground, (side, side, 3)).copy()
    _cast_shadow(cells, bottom=top + height - 1, width=width)
    shades = _shades(figure, rng)
    patch = cells[top : top + height, left : left + width]
    for material, ramp in ramps.items():
        here = figure == material
        patch[here] = ramp[shades[here]]
    patch[figure != EMPTY] += rng.normal(0, 2.5, (int((figure != EMPTY).sum()), 3))
    return cells


def _cast_shadow(cells: Cells, *, bottom: int, width: int) -> None:
    """Darken a flat ellipse under the figure's feet."""
    side = len(cells)
    y, x = np.mgrid[:side, :side]
    ellipse = ((x - (side - 1) / 2) / (width * 0.42)) ** 2 + ((y - bottom) / 1.7) ** 2
    cells[ellipse < 1] *= 0.86


def _shades(figure: NDArray[np.str_], rng: np.random.Generator) -> NDArray[np.intp]:
    """Choose a step of the ramp for each cell, from its place and from the edges it is near."""
    solid = (figure != EMPTY) & (figure != OUTLINE)
    y, x = np.mgrid[-1 : 1 : figure.shape[0] * 1j, -1 : 1 : figure.shape[1] * 1j]
    light = 2.4 - 0.75 * y - 0.55 * x
    for axis in (0, 1):
        light += 0.8 * (solid & ~np.roll(solid, 1, axis))
        light -= 0.8 * (solid & ~np.roll(solid, -1, axis))
    light += rng.choice((0.0, 0.0, 0.0, -0.7, 0.5), figure.shape)
    shades: NDArray[np.intp] = np.clip(np.rint(light), 0, SHADES - 1).astype(np.intp)
    return shades


def _enlarged(cells: Cells, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Enlarge cells to pixels with soft borders, uneven widths and grain."""
    rows, columns = (_weights(len(cells), side, rng) for _ in range(2))
    wide = np.einsum("xc,rck->rxk", columns, cells, optimize=True)
    picture: Cells = (rows @ wide.reshape(len(cells), -1)).reshape(side, side, 3)
    picture += rng.standard_normal((side, side, 1), np.float32) * GRAIN
    np.clip(np.rint(picture, out=picture), 0, 255, out=picture)
    return picture.astype(np.uint8)


def _weights(cells: int, side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return for each of *side* pixels how much of each cell it shows.

    The lattice starts before the first pixel and ends after the last, so that no border and no
    width of a cell is a whole number, and it swings by a fraction of a cell.
    """
    begin, end = rng.uniform(0.1, 0.45), cells - rng.uniform(0.1, 0.45)
    place = np.linspace(begin, end, side)
    waves = rng.uniform(1.0, 2.5)
    place += 0.10 * np.sin(2 * np.pi * (waves * np.linspace(0, 1, side) + rng.random()))
    cell = np.clip(np.floor(place), 0, cells - 1).astype(np.intp)
    inside = place - cell
    after = np.clip((inside - 1) / BORDER + 0.5, 0, 0.5)
    before = np.clip(0.5 - inside / BORDER, 0, 0.5)
    weights = np.zeros((side, cells), np.float32)
    pixel = np.arange(side)
    weights[pixel, cell] = 1 - after - before
    weights[pixel, np.minimum(cell + 1, cells - 1)] += after
    weights[pixel, np.maximum(cell - 1, 0)] += before
    return weights
