"""Pixels to PNG bytes: the same bytes for the same pixels, nothing but pixels inside."""

import io

import numpy as np
from PIL import Image

from mobart.art.decode import Pixels


def encode(pixels: Pixels) -> bytes:
    """Write *pixels* as RGBA PNG."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG")
    return buffer.getvalue()
