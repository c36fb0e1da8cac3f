"""What travels through the post-processor's steps."""

from dataclasses import dataclass

from mobart.art.files.decode import Pixels
from mobart.art.frame import Box


@dataclass(frozen=True, slots=True)
class Artwork:
    """A picture on its way through the steps, and what was found about it."""

    pixels: Pixels
    lossy: bool = False
    """Whether the file was a JPEG or a lossy WebP, whose blocks may look like cells."""
    cell: float = 0.0
    """Pixels of the original to a cell; 0 for a painting, 1 for true pixels."""
    confidence: float = 0.0
    source: Box | None = None
    """Where the trimmed subject lay; None if nothing was trimmed or padded."""
    source_size: tuple[int, int] = (0, 0)
    """Width and height before trimming, in pixels of the result's scale."""
    scale: int = 1
    """Whole number by which native pixel art was enlarged."""

    @property
    def native(self) -> bool:
        """Whether this is pixel art at its native size."""
        return self.cell > 0
