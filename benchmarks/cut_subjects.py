"""Subjects with a true mask for `cutbench`: drawn ones, and pictures with real alpha from a folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Pixels = npt.NDArray[np.uint8]

SPRITE_SIDE = 128
"""Longest side in pixels of what may be native pixel art."""
PAINTED_SIDE = 160
"""Longest side in pixels from which on a picture with soft alpha is a painting."""
HARD = 0.98
"""Share of what is seen at all of pixel art that is opaque."""
EMPTY, FULL = 0.08, 0.02
"""Shares of the picture that are transparent, and opaque, at least."""
FINE = 4
"""Drawing is done at so many times the size."""
SIDE = 640


class Subject(NamedTuple):
    """Draw a subject with real alpha, cropped to it: pixel art at native size, or a painting."""

    name: str
    pixels: Pixels
    native: bool


def drawn(seed: int) -> Iterator[Subject]:
    """Draw one subject of each kind, differently for each *seed*."""
    for number, paint in enumerate((mug, figure, ghost, gear, potion, tree)):
        rng = np.random.default_rng([seed, number])
        pixels = np.asarray(_grained(paint(rng), rng))
        yield Subject(f"{paint.__name__} {seed}", _cropped(pixels), native=False)
    for number, draw in enumerate((figure, ghost, gear, potion)):
        rng = np.random.default_rng([seed, 10 + number])
        yield Subject(f"small {draw.__name__} {seed}", _cropped(_native(draw, rng)), native=True)


def read(folder: Path) -> Iterator[Subject]:
    """Return the pictures of *folder* with a real alpha channel; others are left out."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".png", ".webp"):
            continue
        pixels = np.asarray(Image.open(path).convert("RGBA"))
        alpha = pixels[..., 3]
        seen = (alpha > 0).mean()
        if (alpha < 8).mean() < EMPTY or seen < FULL:  # noqa: PLR2004 - as good as transparent
            continue
        pixels = _cropped(pixels)
        longest = max(pixels.shape)
        hard = (alpha == 255).mean() >= HARD * seen  # noqa: PLR2004 - opaque
        if longest <= SPRITE_SIDE and hard:
            yield Subject(path.stem, pixels, native=True)
        elif longest >= PAINTED_SIDE:
            yield Subject(path.stem, pixels, native=False)


def _cropped(pixels: Pixels) -> Pixels:
    left, top, right, bottom = Image.fromarray(pixels[..., 3]).getbbox() or (0, 0, 1, 1)
    return pixels[top:bottom, left:right]


def _grained(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Shade the whole from one side, with brush strokes."""
    pixels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)).astype(np.float32)
    slope = np.linspace(1.06, rng.uniform(0.7, 0.95), SIDE)[None, :, None]
    strokes = Image.fromarray(rng.integers(0, 256, (SIDE // 8, SIDE // 3), np.uint8))
    soft = np.asarray(strokes.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32)
    pixels[..., :3] = pixels[..., :3] * slope + (soft[..., None] - 128) * 0.06
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _native(draw: Callable[[np.random.Generator], Image.Image], rng: np.random.Generator) -> Pixels:
    """Draw pixel art: a small picture of few colours with hard alpha."""
    side = int(rng.integers(32, 72))
    small = draw(rng).resize((side, side), Image.Resampling.BOX)
    alpha = np.asarray(small)[..., 3] > 127  # noqa: PLR2004 - half
    few = np.asarray(small.convert("RGB").quantize(14).convert("RGB"))
    return np.dstack([few, np.where(alpha, 255, 0).astype(np.uint8)])


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGBA", (FINE * SIDE, FINE * SIDE))
    return image, ImageDraw.Draw(image)


def _colour(rng: np.random.Generator, low: int = 40, high: int = 225) -> tuple[int, int, int]:
    red, green, blue = (int(level) for level in rng.integers(low, high, 3))
    return red, green, blue


def _dark(rng: np.random.Generator) -> tuple[int, int, int]:
    return _colour(rng, 8, 56)


def _light(rng: np.random.Generator) -> tuple[int, int, int]:
    return _colour(rng, 232, 256)


def _line(rng: np.random.Generator) -> int:
    """Width of an outline in the fine picture; some subjects have none."""
    return int(rng.choice([0, 24, 40]))


def _shade(image: Image.Image, shadow: float) -> Image.Image:
    """Darken towards the lower right, softly, within the subject."""
    pixels = np.asarray(image).astype(np.float32)
    y, x = np.mgrid[0 : 1 : pixels.shape[0] * 1j, 0 : 1 : pixels.shape[1] * 1j]
    pixels[..., :3] *= (1 - shadow * np.clip(x + y - 0.8, 0, 1))[..., None]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def mug(rng: np.random.Generator) -> Image.Image:
    """Draw a mug whose handle's hole shows the ground, with an eye-white on its body."""
    image, draw = _canvas()
    line, dark, wide = _line(rng), _dark(rng), int(rng.integers(80, 200))
    draw.ellipse((1400, 900, 2200, 1800), None, _colour(rng), wide)
    draw.rounded_rectangle((560, 500, 1640, 2100), 120, _colour(rng), dark, line)
    draw.ellipse((820, 900, 1220, 1300), _light(rng), dark, max(line, 24))
    draw.ellipse((960, 1040, 1090, 1170), dark)
    return _shade(image, 0.4)


def figure(rng: np.random.Generator) -> Image.Image:
    """Draw a figure with eyes, collar and belly of near-white, an arm akimbo, and legs apart."""
    image, draw = _canvas()
    line, dark, cloth, skin = _line(rng), _dark(rng), _colour(rng), _colour(rng, 120, 240)
    draw.line([(900, 1150), (520, 1480), (980, 1720)], cloth, 170, "curve")
    for x in (940, 1400):
        draw.rectangle((x, 1800, x + 220, 2400), dark if line else cloth)
    draw.rounded_rectangle((820, 1000, 1740, 1950), 140, cloth, dark, line)
    draw.ellipse((1000, 1250, 1560, 1850), _light(rng), None)
    draw.polygon([(1040, 1010), (1520, 1010), (1280, 1240)], _light(rng), dark)
    draw.ellipse((860, 160, 1700, 1040), skin, dark, line)
    for x in (1030, 1330):
        draw.ellipse((x, 460, x + 200, 680), _light(rng), dark, 16)
        draw.ellipse((x + 70, 540, x + 140, 620), dark)
    return _shade(image, 0.3)


def ghost(rng: np.random.Generator) -> Image.Image:
    """Draw a pale ghost behind an outline, with a wavy hem and black eyes."""
    image, draw = _canvas()
    dark, pale = _dark(rng), _light(rng)
    for body, inset in ((dark, 0), (pale, 36)):
        draw.ellipse((560 + inset, 300 + inset, 2000 - inset, 1740), body)
        draw.rectangle((560 + inset, 1020, 2000 - inset, 2000), body)
        for x in range(560, 2000, 360):
            draw.ellipse((x + inset, 1840, x + 360 - inset, 2200 - inset), body)
    for x in (960, 1400):
        draw.ellipse((x, 800, x + 200, 1100), dark)
    return _shade(image, 0.25)


def gear(rng: np.random.Generator) -> Image.Image:
    """Draw a gear with teeth, a hole and four slots that show the ground."""
    image, draw = _canvas()
    line, dark, metal = _line(rng), _dark(rng), _colour(rng, 90, 230)
    teeth = int(rng.integers(8, 16))
    for each in range(teeth):
        turn = 2 * np.pi * each / teeth
        x, y = 1280 + 980 * np.cos(turn), 1280 + 980 * np.sin(turn)
        draw.ellipse((x - 150, y - 150, x + 150, y + 150), metal, dark, line)
    draw.ellipse((320, 320, 2240, 2240), metal, dark, line)
    holes = [(1280, 1280, int(rng.integers(150, 330)))]
    holes += [(1280 + x, 1280 + y, 120) for x in (-480, 480) for y in (-480, 480)]
    for x, y, radius in holes:
        edge = radius + line
        draw.ellipse((x - edge, y - edge, x + edge, y + edge), dark)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), (0, 0, 0, 0))
    return _shade(image, 0.5)


def potion(rng: np.random.Generator) -> Image.Image:
    """Draw a bottle with gleams of white and a label."""
    image, draw = _canvas()
    line, dark, glass = _line(rng), _dark(rng), _colour(rng)
    draw.rectangle((1080, 300, 1480, 1000), glass, dark, line)
    draw.rectangle((1020, 220, 1540, 420), _colour(rng), dark, line)
    draw.ellipse((520, 800, 2040, 2320), glass, dark, line)
    draw.rectangle((1100, 800, 1460, 960), glass)
    draw.rounded_rectangle((900, 1500, 1660, 1900), 60, _light(rng), dark, line // 2)
    draw.ellipse((760, 1080, 960, 1420), (252, 252, 250))
    soft = image.filter(ImageFilter.GaussianBlur(12))
    soft.putalpha(image.getchannel("A"))
    return _shade(Image.blend(image, soft, 0.6), 0.35)


def tree(rng: np.random.Generator) -> Image.Image:
    """Draw a crown of many leaves with gaps between them, on a trunk."""
    image, draw = _canvas()
    bark, leaf = _colour(rng, 30, 110), np.array(_colour(rng, 60, 190))
    draw.polygon([(1140, 2400), (1420, 2400), (1340, 1300), (1220, 1300)], bark)
    for _ in range(150):
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 1) ** 0.6 * 900
        x, y, radius = 1280 + away * np.cos(angle), 1050 + 0.85 * away * np.sin(angle), 110
        shade = tuple(int(c) for c in (leaf * rng.uniform(0.6, 1.25)).clip(0, 255))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), shade)
    return image
