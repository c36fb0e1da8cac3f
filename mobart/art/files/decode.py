"""Bytes to pixels: one upright sRGB frame with alpha, whatever the file was.

Everything that a file may carry beside its pixels ends here.
"""

import io
import struct
import warnings
import zlib
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from mobart.art.files import faults
from mobart.art.files.header import Format, is_cut_short, probe

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""Height x width x 4: sRGB red, green, blue and straight (not premultiplied) alpha."""

PILLOW_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    Warning,
    Image.DecompressionBombError,
    ImageCms.PyCMSError,
)
"""What Pillow is known to raise on hostile bytes."""

ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIXTEEN_BIT = 65535


def decode(raw: bytes, max_pixels: int) -> Pixels:
    """Decode the first frame of a PNG, JPEG or WebP.

    Raises:
        Truncated: the picture is cut short.
        Rejected: `IMAGE_INVALID` or `IMAGE_TOO_LARGE` (judged before decoding).

    """
    header = probe(raw, max_pixels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Corrupt EXIF data")  # dropped with all metadata
        image = _load(raw, header.format)
        image = _turn_upright(image)
        return np.array(_to_srgb(image), dtype=np.uint8)


def _load(raw: bytes, kind: Format) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(raw), formats=[kind])
        image.seek(0)
        image.load()
    except PILLOW_FAULTS as fault:
        if is_cut_short(raw, kind):
            raise faults.truncated(f"{kind} of {len(raw)} bytes: {fault}") from fault
        raise faults.invalid(f"{kind} of {len(raw)} bytes: {fault}") from fault
    return image


def _turn_upright(image: Image.Image) -> Image.Image:
    try:
        turn = UPRIGHT.get(image.getexif().get(ORIENTATION, 1))
    except PILLOW_FAULTS:  # broken metadata beside a good picture
        return image
    if turn is None:
        return image
    turned = image.transpose(turn)
    turned.info = image.info
    return turned


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert any mode Pillow yields for the three formats to RGBA."""
    if image.mode.startswith("I"):
        image = _scale_sixteen_bits(image)
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("L", "RGB", "RGBA", "CMYK"):
        image = _apply_profile(image, profile)
    if image.mode == "P" and isinstance(image.info.get("transparency"), bytes):
        return image.convert("RGBA")
    return image if image.mode == "RGBA" else image.convert("RGBA")


def _scale_sixteen_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits; a plain `convert` would clip it."""
    grey = np.asarray(image).astype(np.int64).clip(0, SIXTEEN_BIT)
    scaled = Image.fromarray(((grey + 128) // 257).astype(np.uint8))
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        opaque = Image.fromarray(np.where(grey == clear, 0, 255).astype(np.uint8))
        return Image.merge("LA", (scaled, opaque))
    return scaled


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert the colours of *image* to sRGB; an unusable profile counts as sRGB."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image  # a round trip would only add rounding
        alpha = image.getchannel("A") if image.mode == "RGBA" else None
        opaque = image.convert("RGB") if alpha else image
        target = ImageCms.createProfile("sRGB")
        result = ImageCms.profileToProfile(opaque, source, target, outputMode="RGB")
    except PILLOW_FAULTS:
        return image
    if result is None:
        return image
    if alpha:
        result.putalpha(alpha)
    if "transparency" in image.info and image.mode == "RGB":
        result.putalpha(image.convert("RGBA").getchannel("A"))
    return result
