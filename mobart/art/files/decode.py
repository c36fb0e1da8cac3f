"""Bytes to pixels: one upright sRGB frame with alpha, whatever the file was.

Everything that a file may hold beside its pixels ends here.
"""

import io
import re
import warnings
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import AvifImagePlugin, Image, ImageCms, ImageFile

from mobart.art.files import faults
from mobart.art.files.ancillary import PngColours, bare, read_png
from mobart.art.files.chromaticity import to_srgb
from mobart.art.files.filled import load_filled, load_first_frame, missing_bytes
from mobart.art.files.header import Format, is_cut_short, probe
from mobart.art.files.missing import END_OF_JPEG, lacks_pixels
from mobart.art.files.pillow_faults import PILLOW_FAULTS

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""Height x width x 4: sRGB red, green, blue and straight (not premultiplied) alpha."""

AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # the picture process may start no threads

PLACE = re.compile(r"<[^<>]* at 0x[0-9a-f]+>")
"""How Pillow names a file without a name."""
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
STRIP = 2**18
"""Pixels that are converted at a time: a megabyte of each form."""
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""The mode of pictures that a profile for such channels can be for."""
SCREEN = 2.2
"""Exponent of a screen, of which sRGB's curve is a form (PNG, annex on gamma)."""
SAME_GAMMA = 0.05
"""Share by which exponents may differ and count as the same: libpng's own threshold."""


def decode(raw: bytes, max_pixels: int, *, partial: bool = False) -> Pixels:
    """Decode the first frame of a picture; damage beside the pixels does not matter.

    If *partial*, what there is of a picture is decoded, and what is missing is of one colour.

    Raises:
        Truncated: the picture is cut short, or lacks a part.
        Rejected: `IMAGE_INVALID` or `IMAGE_TOO_LARGE` (judged before decoding).

    """
    header = probe(raw, max_pixels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of metadata; sizes are judged above
        colours = _read_colours(raw, header.format)
        load = _load_part if partial else _load
        image = _turn_upright(load(raw, colours.bare, header.format))
        profile = colours.profile or image.info.get("icc_profile") or b""
        pixels = _to_pixels(image, profile)
    return _with_srgb_colours(pixels, colours)


def _with_srgb_colours(pixels: Pixels, colours: PngColours) -> Pixels:
    if not colours.primaries:
        return _without_gamma(pixels, colours.gamma)
    gamma = 0.0 if abs(colours.gamma * SCREEN - 1) < SAME_GAMMA else colours.gamma
    return to_srgb(pixels, colours.primaries, gamma)


def _read_colours(raw: bytes, kind: Format) -> PngColours:
    return read_png(raw) if kind == "PNG" else PngColours(raw)


def _load(raw: bytes, lean: bytes, kind: Format, *, whole: bool = True) -> Image.Image:
    """Open the file, in *lean* form and then in others."""
    for form in _forms(raw, lean, kind):
        try:
            image = Image.open(io.BytesIO(form), formats=[kind])
            image.seek(0)
            image.load()
        except PILLOW_FAULTS as fault:
            trouble = fault
        else:
            if whole and lacks_pixels(raw, kind):
                raise faults.truncated(
                    f"{kind} of {len(raw)} bytes that lacks a part of its pixels"
                )
            return image
    if whole and (first := load_first_frame(raw, kind)):
        return first
    detail = f"{kind} of {len(raw)} bytes: {PLACE.sub('file', str(trouble))}"
    raise (faults.truncated if is_cut_short(raw, kind) else faults.invalid)(detail) from trouble


def _forms(raw: bytes, lean: bytes, kind: Format) -> Iterator[bytes]:
    """Yield the *lean* form of a file, then one without any metadata: what pixels need is left."""
    yield lean
    yield bare(raw, kind)  # looks through all of it, and is hardly ever needed


def _load_part(raw: bytes, lean: bytes, kind: Format) -> Image.Image:
    """As `_load`, without minding what is missing; where a JPEG ends, decoders stop that are told so."""
    end = END_OF_JPEG if kind == "JPEG" else b""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        return _load(raw + end, lean + end, kind, whole=False)
    except faults.BadPicture:
        if not missing_bytes(raw, kind):
            raise
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    return load_filled(raw, kind)


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


def _to_pixels(image: Image.Image, profile: bytes) -> Pixels:
    """Convert a picture to sRGB and copy it, in strips: as a whole it would be in memory four times."""
    width, height = image.size
    rows = height if profile else max(1, STRIP // width)  # a profile is read for each strip
    pixels = np.empty((height, width, 4), np.uint8)
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        pixels[top : top + rows] = np.asarray(_to_srgb(strip, profile))
    return pixels


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert any mode Pillow yields for these formats to RGBA, from *profile* if there is one."""
    if image.mode.startswith("I"):
        image = _scale_sixteen_bits(image)
    converted = _apply_profile(image, profile) if profile else None
    if converted is None:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    converted.putalpha(image.convert("RGBA").getchannel("A"))
    return converted


def _scale_sixteen_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits; a plain `convert` would clip it."""
    grey = np.asarray(image).astype(np.int64).clip(0, SIXTEEN_BIT)
    scaled = Image.fromarray(((grey + 128) // 257).astype(np.uint8))
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        opaque = Image.fromarray(np.where(grey == clear, 0, 255).astype(np.uint8))
        return Image.merge("LA", (scaled, opaque))
    return scaled


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Convert the colours of *image* to sRGB; None where they stay: sRGB, or no fitting profile."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return None  # a round trip would only add rounding
        plain = _without_alpha(image)
        if MODES.get(source.profile.xcolor_space.strip()) != plain.mode:
            return None  # as libpng and browsers have it: a profile for other channels is void
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(plain, source, target, outputMode="RGB")
    except PILLOW_FAULTS:
        return None


def _without_alpha(image: Image.Image) -> Image.Image:
    """Return the colours of *image* alone, in a mode that a profile can be for."""
    if image.mode in MODES.values():
        return image
    if image.mode in ("1", "LA"):
        return image.convert("L")
    return image.convert("RGBA").convert("RGB")


def _without_gamma(pixels: Pixels, gamma: float) -> Pixels:
    """Undo a PNG's own *gamma* (0 for none): levels to light by 1/gamma, light to sRGB levels."""
    if not gamma or abs(gamma * SCREEN - 1) < SAME_GAMMA:
        return pixels
    light = (np.arange(256) / 255) ** (1 / gamma)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)  # noqa: PLR2004 - IEC 61966-2-1
    pixels[..., :3] = np.rint(255 * curve).astype(np.uint8)[pixels[..., :3]]
    return pixels
