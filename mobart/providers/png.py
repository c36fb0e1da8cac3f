"""Small pictures as PNG files, for messages to and from providers of pixel art."""

import io

from PIL import Image

LONGEST_SIDE = 4096


def write_palette(colours: bytes) -> bytes:
    """Write *colours*, three bytes each, as a picture of one row."""
    return _written(Image.frombytes("RGB", (len(colours) // 3, 1), colours))


def write_pixels(pixels: bytes, width: float) -> bytes:
    """Write bare *pixels*, four bytes each; empty if they make no picture of that *width*."""
    row = 4 * int(width)
    if not (0 < row <= 4 * LONGEST_SIDE and pixels and len(pixels) % row == 0):
        return b""
    return _written(Image.frombytes("RGBA", (row // 4, len(pixels) // row), pixels))


def fitted(png: bytes, size: tuple[int, int]) -> bytes:
    """Fit a picture of ours into *size*, on a transparent ground; one that has it stays as it is.

    What was enlarged by whole numbers becomes what it was.
    """
    image = Image.open(io.BytesIO(png))
    if image.size == size:
        return png
    scale = min(size[0] / image.width, size[1] / image.height)
    sides = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    ground = Image.new("RGBA", size)
    place = (size[0] - sides[0]) // 2, (size[1] - sides[1]) // 2
    ground.paste(image.convert("RGBA").resize(sides, Image.Resampling.BOX), place)
    return _written(ground)


def _written(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
