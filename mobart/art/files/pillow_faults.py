"""What Pillow raises; apart from what others import, so that a worker need not load Pillow."""

import struct
import zlib

from PIL import Image, ImageCms

PILLOW_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
    Warning,
    Image.DecompressionBombError,
    ImageCms.PyCMSError,
)
"""What Pillow is known to raise on hostile bytes."""
