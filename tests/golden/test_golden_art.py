"""Finished pictures as they looked when somebody last looked at them.

`MOBART_BLESS=1 pytest tests/golden` writes what is made now; look at the difference, then commit.
"""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mobart.art import Recipe, load_presets
from mobart.art.pipeline import render

PICTURES = Path(__file__).parent / "art"
PRESETS = load_presets()


def hero(cell: float) -> bytes:
    """Draw a small figure as generators fake pixel art, cells of *cell* pixels, JPEG."""
    native = Image.new("RGB", (40, 40), (250, 250, 248))
    draw = ImageDraw.Draw(native)
    draw.ellipse((12, 4, 27, 18), (236, 188, 148), (30, 22, 28))
    draw.rectangle((10, 18, 29, 32), (52, 92, 168), (30, 22, 28))
    draw.rectangle((13, 20, 26, 24), (96, 148, 220))
    draw.line((14, 10, 16, 10), (30, 22, 28))
    draw.line((22, 10, 24, 10), (30, 22, 28))
    draw.line((16, 14, 22, 14), (176, 60, 60))
    for x in (13, 22):
        draw.rectangle((x, 33, x + 4, 37), (92, 60, 40), (30, 22, 28))
    side = round(40 * cell)
    large = native.resize((640, 640), Image.Resampling.NEAREST).resize((side, side), 3)
    buffer = io.BytesIO()
    large.filter(ImageFilter.GaussianBlur(0.5)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def ball() -> bytes:
    """Paint a shaded ball on a gradient."""
    y, x = np.mgrid[0:400, 0:400] / 400 - 0.5
    share = np.clip((0.32 - np.hypot(x, y)) * 120 + 0.5, 0, 1)[..., None]
    light = np.clip(1.1 - 1.6 * np.hypot(x + 0.1, y + 0.12), 0, 1)[..., None]
    rgb = light * [230, 120, 60] * share + np.dstack([150 + 40 * x, 170 + 30 * y, 190 + 0 * x]) * (
        1 - share
    )
    buffer = io.BytesIO()
    Image.fromarray(rgb.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


CASES = {
    "hero-native": (hero(12.7), PRESETS["native"]),
    "hero-sprite": (hero(9.3), PRESETS["sprite"]),
    "hero-icon-outline": (hero(7.6), PRESETS["icon"].adjusted({"outline": "#ffffff"})),
    "ball-painting": (ball(), PRESETS["painting"].adjusted({"cutout": True, "trim": True})),
}


@pytest.mark.parametrize("name", CASES)
def test_picture_looks_as_it_was_blessed(name: str) -> None:
    """Any difference needs somebody to look at it."""
    raw, preset = CASES[name]
    made = render(raw, Recipe(preset=preset)).png
    path = PICTURES / f"{name}.png"
    if os.environ.get("MOBART_BLESS"):
        path.write_bytes(made)
    actual, expected = (
        np.asarray(Image.open(source).convert("RGBA")) for source in (io.BytesIO(made), path)
    )
    assert actual.shape == expected.shape
    assert np.array_equal(actual, expected)
