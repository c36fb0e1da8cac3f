"""Lengths that differ between native pixel art and paintings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Lengths in pixels, which differ between native pixel art and paintings."""

    ball: int
    """Radius of the narrowest passage that colour alone opens."""
    rim: int
    """Distance within which a sharp end must rise."""
    wall: int
    """Thickness up to which a wall between two grounds is an outline, not a part of a body."""
    hole: int
    """Area from which an enclosed place may be a hole; less is an eye or a gleam."""
    crumb: int
    """Area up to which a part of the subject may be a speck of the ground."""
    clean: bool = False
    """Whether this is native pixel art."""


def scale_for(shape: tuple[int, ...], *, clean: bool) -> Scale:
    """Return the lengths for a picture of *shape*; *clean* is native pixel art.

    A painting's grow with it: the eyes of figures and the width of their lines do.
    """
    if clean:
        hole = min(16, max(7, shape[0] * shape[1] // 200))
        return Scale(ball=0, rim=1, wall=1, hole=hole, crumb=2, clean=True)
    side = max(shape[:2])
    return Scale(
        ball=max(1, side // 256),
        rim=max(2, side // 256),
        wall=max(2, side // 64),
        hole=max(9, side * side // 8000),
        crumb=max(4, side * side // 16000),
    )
