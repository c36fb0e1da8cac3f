"""What is asked of the post-processor, as one frozen value that travels to a child process."""

from dataclasses import dataclass, field, replace

from mobart.art.choices import PngMode, Tile
from mobart.art.files.header import MAX_PIXELS
from mobart.art.presets import Preset, read_native
from mobart.core.orders import Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one picture is made.

    *tile* is the one taken of a 2x2 grid, if the picture is one and the preset names none; None
    takes every picture as it is.  *grids* says that the provider may deliver such grids; if it
    does not, none is looked for, whatever the preset says.  *native* says that it delivers pixel art
    at its native size: then no cells are looked for.  *palette* holds the colours, three
    bytes each (RGB), that the preset's palette names.  *image* is the name that a sidecar calls the PNG by.
    """

    preset: Preset = field(
        default_factory=lambda: Preset(name="auto", grid="auto", enlarge=True),
    )
    tile: Tile | None = 1
    grids: bool = True
    native: bool = False
    png: PngMode = "rgba"
    max_side: int = 1024
    max_pixels: int = MAX_PIXELS
    palette: bytes = b""
    image: str = ""
    spare: bool = False
    """Whether the steps that may take long are left out, for a picture that was too hard for them."""

    partial: bool = False
    """Whether a picture of which a part is missing is taken as it is, and told."""

    def wishes(self) -> Wishes:
        """Return what a provider may do of this by itself."""
        preset = self.preset
        return Wishes(
            native=read_native(preset.native),
            longest=preset.size,
            palette=self.palette,
            seamless=preset.seamless,
            cutout=preset.cutout,
        )

    def simplified(self) -> "Recipe":
        """Return a recipe that skips the slow steps and records that."""
        return replace(self, spare=True)
