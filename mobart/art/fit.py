"""Bring a picture within the largest side allowed."""

import numpy as np
from PIL import Image

from mobart.art.colours.oklab import to_oklab
from mobart.art.files.decode import Pixels
from mobart.art.frame import Box

OPAQUE = 255


def fit(pixels: Pixels, max_side: int) -> Pixels:
    """Shrink to at most *max_side* each way, aspect kept; a smaller picture stays as it is.

    Lanczos, colours weighted by their alpha so that what is transparent does not bleed in.
    """
    height, width = pixels.shape[:2]
    if max(height, width) <= max_side:
        return pixels
    size = fitted(width, height, max_side)
    if pixels[..., 3].min() == OPAQUE:  # a fourth byte that is no alpha: the array is not copied
        plain = Image.frombuffer("RGBX", (width, height), np.ascontiguousarray(pixels))
        small = np.array(plain.resize(size, Image.Resampling.LANCZOS))
        small[..., 3] = OPAQUE
        return small
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def fitted(width: int, height: int, side: int) -> tuple[int, int]:
    """Return the width and height with *side* as the longer one, aspect kept."""
    scale = side / max(height, width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrink_cells(pixels: Pixels, side: int) -> Pixels:
    """Bring native pixel art to a longest side of *side* cells.

    Each new cell takes the colour, among those it covers, nearest to their mean: no new colours.
    """
    small = pixelate(pixels, side)
    y, x = (
        (np.arange(old) + 0.5) * new // old
        for old, new in zip(pixels.shape[:2], small.shape[:2], strict=True)
    )
    cell = (y[:, None] * small.shape[1] + x).astype(np.intp).ravel()
    mean = to_oklab(small[..., :3]).reshape(-1, 3)[cell]
    away = ((to_oklab(pixels[..., :3]).reshape(-1, 3) - mean) ** 2).sum(1)
    away[pixels[..., 3].ravel() == 0] = np.inf
    order = np.lexsort((away, cell))
    nearest = order[np.unique(cell[order], return_index=True)[1]]
    colours = pixels.reshape(-1, 4)[nearest].reshape(small.shape)
    return np.dstack([colours[..., :3], small[..., 3]])


def pixelate(pixels: Pixels, side: int) -> Pixels:
    """Make a painting pixel art of *side* cells at its longest: a mean a cell, clear or opaque."""
    height, width = pixels.shape[:2]
    size = fitted(width, height, side)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    mean = np.asarray(image.resize(size, Image.Resampling.BOX))
    alpha = np.where(mean[..., 3] >= (OPAQUE + 1) // 2, OPAQUE, 0).astype(np.uint8)
    return np.dstack([mean[..., :3], alpha])


def scale_box(box: Box, factor: float, shape: tuple[int, ...]) -> Box:
    """Return *box* scaled by *factor*, exactly as large as *shape* says."""
    return Box(round(box.x * factor), round(box.y * factor), shape[1], shape[0])
