"""The words and numbers that presets and recipes are made of, for those who make no picture themselves."""

from typing import Literal, TypeAlias

Tile: TypeAlias = int | Literal["best"]
"""1 to 4 (top left, top right, bottom left, bottom right), or whichever is best."""
TILES = (1, 2, 3, 4)
Shadow = Literal["keep", "auto", "drop", "soft"]
"""What is done with a cast shadow: it stays opaque, goes where the ground's hue makes sure of it, goes, or
becomes black of partial alpha."""
Dither = Literal["none", "ordered", "diffusion"]
PngMode: TypeAlias = Literal["rgba", "smallest"]
