"""Bring a picture within the largest side allowed."""

import numpy as np
from PIL import Image

from mobart.art.decode import Pixels

OPAQUE = 255


def fit(pixels: Pixels, max_side: int) -> Pixels:
    """Shrink to at most *max_side* each way, aspect kept; a smaller picture stays as it is.

    Lanczos, colours weighted by their alpha so that what is transparent does not bleed in.
    """
    height, width = pixels.shape[:2]
    if max(height, width) <= max_side:
        return pixels
    scale = max_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if pixels[..., 3].min() == OPAQUE:  # a quarter cheaper without alpha
        opaque = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
        return np.asarray(opaque.resize(size, Image.Resampling.LANCZOS).convert("RGBA"))
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))
