"""What travels through the post-processor's steps."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from mobart.art.background.outcome import Outcome
from mobart.art.background.outcome import Reason as CutReason
from mobart.art.files.decode import Pixels
from mobart.art.frame import Box, crop
from mobart.art.pixelgrid.recover import Source

GridReason = Literal["no_lattice", "too_large", "failed", "too_hard"]


class Unfulfilled(NamedTuple):
    """A wish that was not or not wholly fulfilled: the preset's field, and a code that says why."""

    wish: str
    reason: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One sprite of a sheet; all boxes in pixels of the sheet, but *source*, in those of the picture."""

    cell: Box
    sprite: Box
    source: Box
    row: int
    """Number of the row in the picture, from 0."""


@dataclass(frozen=True, slots=True)
class Artwork:
    """A picture on its way through the steps, and what was found about it."""

    pixels: Pixels
    lossy: bool = False
    """Whether the file was a JPEG or a lossy WebP, whose blocks may look like cells."""
    cell: float = 0.0
    """Pixels of the original to a cell; 0 for a painting, 1 for true pixels."""
    pitch: tuple[float, float] = (0.0, 0.0)
    """Width and height of a cell in pixels of the original."""
    confidence: float = 0.0
    grid: Source | GridReason | None = None
    """How the cells were found, or why none were; None if nobody looked."""
    native_size: tuple[int, int] = (0, 0)
    """Width and height in cells of the whole picture, before anything was cut or shrunk."""
    pixelated: bool = False
    """Whether a painting was made pixel art by a forced size: then nothing was recovered."""
    ground: Outcome | None = None
    """Whether the ground was cut; None if that was not asked for."""
    ground_reason: CutReason | Literal["failed", "too_hard"] | None = None
    shadow: bool = False
    """Whether a cast shadow was found and treated."""
    tile: int = 0
    """Number of the tile that was cut from a grid; 0 for a whole picture."""
    source: Box | None = None
    """Where the trimmed subject lay; None if nothing was trimmed or padded."""
    source_size: tuple[int, int] = (0, 0)
    """Width and height before trimming, in pixels of the result's scale."""
    scale: int = 1
    """Whole number by which native pixel art was enlarged."""
    frames: tuple[Frame, ...] = ()
    """The sprites of a sheet in reading order; empty for a single picture."""
    unfulfilled: tuple[Unfulfilled, ...] = ()

    @property
    def native(self) -> bool:
        """Whether this is pixel art at its native size."""
        return self.cell > 0

    def missing(self, wish: str, reason: str) -> "Artwork":
        """Return this artwork with one more wish that was not fulfilled."""
        return replace(self, unfulfilled=(*self.unfulfilled, Unfulfilled(wish, reason)))

    def split(self) -> tuple["Artwork", ...]:
        """Return the sprites of a sheet one by one, trimmed, with their place in the sheet's cell."""
        return tuple(
            replace(
                self,
                pixels=crop(self.pixels, frame.sprite),
                source=Box(
                    frame.sprite.x - frame.cell.x,
                    frame.sprite.y - frame.cell.y,
                    frame.sprite.width,
                    frame.sprite.height,
                ),
                source_size=(frame.cell.width, frame.cell.height),
                frames=(),
            )
            for frame in self.frames
        )
