"""The frame around a subject: trimming, margins, padding, outlines."""

from dataclasses import dataclass

import numpy as np

from mobart.art.files.decode import Pixels


@dataclass(frozen=True, slots=True)
class Box:
    """Where something lies in a picture, in pixels from the top left."""

    x: int
    y: int
    width: int
    height: int


def find_subject(pixels: Pixels) -> Box:
    """Return the box of everything not fully transparent; an empty picture is its own subject."""
    seen = pixels[..., 3] > 0
    if not seen.any():
        return Box(0, 0, pixels.shape[1], pixels.shape[0])
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    x, y = int(columns[0]), int(rows[0])
    return Box(x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)


def crop(pixels: Pixels, box: Box) -> Pixels:
    """Return what *box* shows of *pixels*, transparent beyond their border."""
    height, width = pixels.shape[:2]
    result = np.zeros((box.height, box.width, 4), np.uint8)
    left, top = max(0, box.x), max(0, box.y)
    right, bottom = min(width, box.x + box.width), min(height, box.y + box.height)
    result[top - box.y : bottom - box.y, left - box.x : right - box.x] = pixels[
        top:bottom, left:right
    ]
    return result


def pad_box(width: int, height: int, rule: str) -> Box:
    """Return the box that centres a picture of that size within what *rule* asks for."""
    wide, high = _padded(width, rule), _padded(height, rule)
    if rule == "square":
        wide = high = max(width, height)
    return Box(-((wide - width) // 2), -((high - height) // 2), wide, high)


def _padded(length: int, rule: str) -> int:
    if rule == "pot":
        return 1 << (length - 1).bit_length()
    if rule.startswith("multiple:"):
        step = int(rule.removeprefix("multiple:"))
        return -(-length // step) * step
    return length


def outline(pixels: Pixels, colour: str, width: int) -> Pixels:
    """Draw a line of *width* pixels in *colour* (#RRGGBB) around whatever is at least half opaque."""
    solid = pixels[..., 3] >= 128  # noqa: PLR2004 - half
    grown = solid
    for _ in range(width):
        grown = _grow(grown)
    line = (grown & ~solid)[..., None]
    ink = np.array([*bytes.fromhex(colour.removeprefix("#")), 255], np.uint8)
    return np.where(line, ink, pixels)


def _grow(
    mask: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown
