"""Measure the PNG encoder against Pillow's default, bytes and CPU in the same run.

    python benchmarks/pngbench.py [PICTURE...]

Without pictures of your own it paints some: smooth, with grain, as a codec leaves it, cut out with
soft alpha, and pixel art.  Ratios below 1 are better than Pillow's default, which is RGBA.
"""

import io
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mobart.art.background.bleed import bleed
from mobart.art.choices import PngMode
from mobart.art.files.decode import Pixels
from mobart.art.files.encode import encode

SIDE = 1024
REPEATS = 3
GRAIN = (0, 1, 3, 6, 12)
MODES: tuple[PngMode, ...] = ("rgba", "smallest")
Ratios = tuple[float, float]


def main(names: list[str]) -> int:
    """Print a line a picture, and the means of each kind."""
    given = {Path(name).stem: _read(Path(name)) for name in names}
    kinds = {"yours": given} if given else {"opaque": _opaque(), "soft": _soft()}
    sys.stdout.write(
        f"{'bytes and CPU, Pillow default = 1':36}" + "".join(map(_head, MODES)) + "\n"
    )
    for kind, pictures in kinds.items():
        _table(kind, {name: (art, art, 1) for name, art in pictures.items()}, native=False)
    if not given:
        _table("pixel art", _sprites(), native=True)
    return 0


def _head(mode: str) -> str:
    return f"{mode:>16}"


def _table(kind: str, pictures: Mapping[str, tuple[Pixels, Pixels, int]], *, native: bool) -> None:
    rows = []
    for name, (art, whole, scale) in pictures.items():
        base = _measure(partial(_pillow, whole))
        ours = (partial(encode, art, mode, scale, native=native) for mode in MODES)
        ratios = [_ratio(_measure(make), base) for make in ours]
        rows.append(ratios)
        _line(f"{kind}: {name}", ratios)
    means = [
        (statistics.mean(row[k][0] for row in rows), statistics.mean(row[k][1] for row in rows))
        for k in range(len(MODES))
    ]
    _line(f"{kind}: mean", means)


def _line(name: str, ratios: list[Ratios]) -> None:
    columns = "".join(f"{size:9.3f}{cpu:7.2f}" for size, cpu in ratios)
    sys.stdout.write(f"{name:36}{columns}\n")
    sys.stdout.flush()


def _measure(make: Callable[[], bytes]) -> tuple[int, float]:
    """Return bytes and the least CPU seconds of a few repeats."""
    spent = []
    for _ in range(REPEATS):
        start = time.process_time()
        made = make()
        spent.append(time.process_time() - start)
    return len(made), min(spent)


def _ratio(own: tuple[int, float], base: tuple[int, float]) -> Ratios:
    return own[0] / base[0], own[1] / base[1]


def _pillow(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _read(path: Path) -> Pixels:
    with Image.open(path) as image:
        image.thumbnail((SIDE, SIDE))
        return np.array(image.convert("RGBA"))


def _opaque() -> dict[str, Pixels]:
    pictures = {f"grain {grain}": _painting(grain) for grain in GRAIN}
    for name, art in (("grain 3", _painting(3)), ("shapes", _shapes())):
        buffer = io.BytesIO()
        Image.fromarray(art).convert("RGB").save(buffer, "JPEG", quality=92)
        pictures[f"{name}, JPEG"] = np.array(Image.open(buffer).convert("RGBA"))
    return pictures | {"shapes": _shapes()}


def _painting(grain: int) -> Pixels:
    rng = np.random.default_rng(grain)
    coarse = Image.fromarray(rng.integers(0, 256, (7, 7, 3), np.uint8))
    smooth = np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    noisy = (smooth + rng.normal(0, grain, (SIDE, SIDE, 1))).clip(0, 255)
    return np.dstack([noisy, np.full((SIDE, SIDE), 255)]).astype(np.uint8)


def _shapes() -> Pixels:
    """Draw flat shapes with lines and soft borders."""
    rng = np.random.default_rng(5)
    image = Image.new("RGBA", (2 * SIDE, 2 * SIDE), (240, 230, 210, 255))
    pen = ImageDraw.Draw(image)
    for _ in range(60):
        x, y, width, height = (int(k) for k in rng.integers(40, 1800, 4))
        red, green, blue = (int(k) for k in rng.integers(0, 256, 3))
        box = (x, y, x + width // 3, y + height // 3)
        pen.ellipse(box, (red, green, blue, 255), (20, 10, 20, 255), 10)
    return np.array(image.resize((SIDE, SIDE), Image.Resampling.BOX))


def _soft() -> dict[str, Pixels]:
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    edge = 0.36 + 0.03 * np.sin(9 * np.arctan2(y, x))
    alpha = (((edge - np.hypot(x, y)) * 160 + 0.5).clip(0, 1) * 255).astype(np.uint8)
    return {
        name: bleed(np.dstack([art[..., :3], np.where(art[..., 3], alpha, 0)]).astype(np.uint8))
        for name, art in _opaque().items()
    }


def _sprites() -> dict[str, tuple[Pixels, Pixels, int]]:
    """Draw sprites of some sizes: native pixels, the enlarged picture, the scale."""
    return dict(_sprite(side, scale) for side in (32, 64, 128) for scale in (1, SIDE // side))


def _sprite(side: int, scale: int) -> tuple[str, tuple[Pixels, Pixels, int]]:
    small = Image.fromarray(_shapes()).resize((side, side), Image.Resampling.NEAREST)
    coloured = small.convert("RGB").quantize(48).convert("RGBA")
    art = np.array(coloured)
    art[(art[..., :3] == art[0, 0, :3]).all(-1), 3] = 0
    return f"{side}x{side} x{scale}", (art, art.repeat(scale, 0).repeat(scale, 1), scale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
