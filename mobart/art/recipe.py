"""What is asked of the post-processor, as one frozen value that travels to a child process."""

from dataclasses import dataclass
from typing import Literal

from mobart.art.header import MAX_PIXELS

PngMode = Literal["rgba", "smallest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one picture is made.

    *tile* is 1 to 4 (top left, top right, bottom left, bottom right) of a 2x2 grid, if the
    picture is one; None takes every picture as it is.
    """

    preset: str = "auto"
    tile: int | None = 1
    png: PngMode = "rgba"
    max_side: int = 1024
    max_pixels: int = MAX_PIXELS
