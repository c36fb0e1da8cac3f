"""What the caller already knows about a picture's cells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GridHint:
    """Knowledge that replaces or restrains the search for a lattice; without any, all is searched.

    *native* is the sprite's width and height in cells; *cell* the side of a cell in pixels.
    *force* takes the likeliest lattice even where nothing proves one.
    """

    native: tuple[int, int] | None = None
    cell: float | None = None
    force: bool = False


NO_HINT = GridHint()
