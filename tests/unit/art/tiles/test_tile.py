"""Which pictures are 2x2 grids, and where they are cut."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mobart.art.files.decode import Pixels
from mobart.art.tiles.tile import Crossing, cut, find_crossing

Canvas = npt.NDArray[np.uint8]


def opaque(rgb: Image.Image | Canvas) -> Pixels:
    """Give *rgb* an opaque alpha."""
    image = rgb if isinstance(rgb, Image.Image) else Image.fromarray(rgb)
    return np.array(image.convert("RGBA"))


def painting(seed: int, width: int = 256, height: int = 256) -> Image.Image:
    """Paint soft blobs over noise, as a photograph or an oil painting has."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (7, 7, 3), np.uint8)).resize((width, height), 3)
    grain = rng.normal(0, 6, (height, width, 1))
    return Image.fromarray((np.asarray(coarse) + grain).clip(0, 255).astype(np.uint8))


def sprite(seed: int, side: int = 256, ground: str = "white") -> Image.Image:
    """Draw one creature in the middle of an empty ground."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (side, side), ground)
    draw = ImageDraw.Draw(image)
    for _ in range(6):
        x, y = rng.integers(side // 5, side // 2, 2)
        box = [x, y, x + side // 4 + 5, y + side // 4 + 9]
        draw.ellipse(box, fill=tuple(int(c) for c in rng.integers(0, 200, 3)), outline="black")
    return image


def grid(tiles: list[Image.Image]) -> Image.Image:
    """Put four tiles of one size together."""
    width, height = tiles[0].size
    sheet = Image.new("RGB", (2 * width, 2 * height))
    for place, image in enumerate(tiles):
        sheet.paste(image, (place % 2 * width, place // 2 * height))
    return sheet


GRIDS = {
    "four paintings": grid([painting(k) for k in range(4)]),
    "four wide paintings": grid([painting(k, 364, 204) for k in range(4)]),
    "four sprites on white": grid([sprite(k) for k in range(4)]),
    "four sprites on black": grid([sprite(k, ground="black") for k in range(4)]),
    "four flat colours": grid(
        [Image.new("RGB", (64, 64), c) for c in ("red", "blue", "lime", "tan")]
    ),
    "sprites on different grounds": grid(
        [sprite(k, ground=g) for k, g in enumerate(("white", "wheat", "white", "navy"))],
    ),
    "sprites on grounds that are nearly the same": grid(
        [sprite(k, ground=g) for k, g in enumerate(("#f5f0e4", "#eeede6", "#e3e8f1", "#e8ece4"))],
    ),
    "paintings beside sprites": grid([painting(1), sprite(2), sprite(3), painting(4)]),
}
SINGLES = {
    "a painting": painting(5, 512, 512),
    "a sprite": sprite(6, 512),
    "a mirrored painting": Image.fromarray(
        np.concatenate([np.asarray(painting(7)), np.asarray(painting(7))[:, ::-1]], 1),
    ),
    "a picture mirrored both ways": Image.fromarray(
        np.pad(np.asarray(painting(8, 200, 200)), ((0, 200), (0, 200), (0, 0)), "symmetric"),
    ),
    "an empty picture": Image.new("RGB", (512, 512), "white"),
    "a chessboard": Image.fromarray(
        ((np.indices((512, 512)) // 64).sum(0) % 2 * 255).astype(np.uint8),
    ),
    "sixteen sprites in rows": grid([grid([sprite(k, 128) for k in range(4)])] * 4),
    "a smooth gradient": Image.linear_gradient("L").resize((512, 512)),
    "a sprite in one quarter": Image.new("RGB", (512, 512), "white"),
    "a pair side by side": grid(
        [
            sprite(1),
            sprite(2),
            Image.new("RGB", (256, 256), "white"),
            Image.new("RGB", (256, 256), "white"),
        ],
    ),
}
_horizon = Image.new("RGB", (512, 512), "skyblue")
_horizon.paste("#87c0d8", (0, 256, 512, 512))
_horizon.paste(sprite(3, 256, "skyblue").crop((30, 30, 200, 200)), (170, 120))
SINGLES["a sprite before a faint horizon"] = _horizon
SINGLES["a sprite in one quarter"].paste(sprite(9, 200), (20, 20))


@pytest.mark.parametrize("name", GRIDS)
def test_grid_is_cut_exactly(name: str) -> None:
    """Each tile comes back as it was pasted."""
    pixels = opaque(GRIDS[name])
    height, width = pixels.shape[:2]
    crossing = find_crossing(pixels)
    assert crossing == Crossing(width // 2, height // 2)
    for place in range(4):
        x, y = place % 2 * width // 2, place // 2 * height // 2
        whole = pixels[y : y + height // 2, x : x + width // 2]
        assert np.array_equal(cut(pixels, place + 1, crossing), whole)


@pytest.mark.parametrize("name", SINGLES)
def test_single_picture_is_left_alone(name: str) -> None:
    """Nothing along the middle lines sets them apart from the rest."""
    assert find_crossing(opaque(SINGLES[name])) is None


@pytest.mark.parametrize("quality", [80, 92])
def test_grid_is_seen_through_lossy_codecs(quality: int) -> None:
    """Generators deliver JPEG and WebP too."""
    for image in (GRIDS["four paintings"], GRIDS["four sprites on white"]):
        for kind in ("JPEG", "WEBP"):
            raw = _reencode(image, kind, quality)
            assert find_crossing(opaque(raw)) == Crossing(256, 256)


def test_single_picture_stays_single_through_jpeg() -> None:
    """The codec's 8-pixel lattice meets the middle line and is no seam."""
    for name in ("a painting", "a sprite", "a smooth gradient"):
        blurred = SINGLES[name].convert("RGB").filter(ImageFilter.GaussianBlur(1))
        assert find_crossing(opaque(_reencode(blurred, "JPEG", 70))) is None


@pytest.mark.parametrize("size", [(127, 101), (128, 101), (1, 1), (2, 2), (15, 300)])
def test_odd_and_tiny_sizes_are_cut_without_loss(size: tuple[int, int]) -> None:
    """The four tiles of any crossing hold every pixel once."""
    width, height = size
    pixels = opaque(painting(3, width, height))
    crossing = Crossing(width // 2, height // 2)
    tiles = [cut(pixels, place, crossing) for place in (1, 2, 3, 4)]
    rows = [np.concatenate(tiles[:2], 1), np.concatenate(tiles[2:], 1)]
    assert np.array_equal(np.concatenate(rows), pixels)


def test_grid_of_odd_size_is_cut_at_its_seam() -> None:
    """The left tiles are one column wider here."""
    sheet = Image.new("RGB", (255, 200))
    for place, (x, y, w) in enumerate([(0, 0, 128), (128, 0, 127), (0, 100, 128), (128, 100, 127)]):
        sheet.paste(painting(place, w, 100), (x, y))
    assert find_crossing(opaque(sheet)) == Crossing(128, 100)


def _reencode(image: Image.Image, kind: str, quality: int) -> Image.Image:

    buffer = io.BytesIO()
    image.save(buffer, kind, quality=quality)
    return Image.open(buffer)
