"""What was found in a picture and done to it, as data: for the completion and the sidecar.

grid, grid_reason       found: pixels, lattice, given, hint, forced; none: no_lattice, too_large; off
native, cell            width and height in cells, and of a cell in pixels of the original
confidence              0 to 1, how sure the cells are; only where they were found
pixelated               true where a painting was made pixel art by `size`
colours                 number of colours, where there are at most 256
ground, ground_reason   cut or kept, and why; only where a cut-out was asked for
shadow, tile, sprites   a cast shadow was treated; the tile that was cut; sprites of a sheet
scale                   whole number by which pixel art was enlarged
unfulfilled             wishes that could not be fulfilled: option, reason, sentence; the option
                        "picture" tells of the provider's file
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mobart.art.artwork import Artwork, Unfulfilled
from mobart.art.files.decode import Pixels
from mobart.art.pixelgrid.recover import Source

MOST_COLOURS = 256
"""More than these are a painting's and no palette."""
GLANCE = 16
"""Every sixteenth row tells nearly all pictures of more colours."""

SENTENCES: Mapping[Unfulfilled, str] = {
    Unfulfilled(wish, reason): sentence
    for wish, reason, sentence in (
        ("picture", "incomplete", "A part of the picture is missing in the provider's file."),
        (
            "tile",
            "cut_in_the_middle",
            "No 2x2 grid was found, so the picture was cut in the middle.",
        ),
        ("tile", "no_tiles", "No 2x2 grid was found, so the picture was kept whole."),
        ("tile", "single_pictures", "The provider delivers single pictures, so none was cut."),
        ("tile", "blank_tile", "A blank picture of the grid was left out."),
        ("grid", "no_lattice", "No pixel grid was found, not even a likely one."),
        (
            "grid",
            "too_large",
            "The pixel art is larger than the largest side, so it was not recovered.",
        ),
        ("grid", "failed", "The search for a pixel grid failed, so the picture was kept as it is."),
        (
            "grid",
            "too_hard",
            "The picture is too hard to find a pixel grid in, and was kept as it is.",
        ),
        ("native", "no_lattice", "No pixel grid of that size was found."),
        ("native", "other_size", "The pixel art that was found has another size."),
        ("native", "larger_than_picture", "The picture has fewer pixels than that."),
        ("cell", "no_lattice", "No pixel grid of such cells was found."),
        ("cell", "larger_than_picture", "The picture is smaller than two such cells."),
        ("cutout", "scene", "The ground was kept: the border shows no plain ground."),
        ("cutout", "vanished", "The ground was kept: nothing would have been left."),
        ("cutout", "failed", "The ground was kept: the cut-out failed."),
        ("cutout", "too_hard", "The ground was kept: the picture is too hard to cut out."),
        ("holes", "not_cut", "The ground was kept, and what the subject encloses of it with it."),
        (
            "holes",
            "hidden",
            "No holes were opened: black ground hides which parts of the subject are black.",
        ),
        ("shadow", "not_found", "No cast shadow was found."),
        ("shadow", "not_cut", "The ground was kept, and any shadow with it."),
        ("trim", "reaches_border", "Nothing was trimmed: something is left at every side."),
        ("size", "shrunk", "The picture was shrunk to the largest side."),
        ("size", "not_enlarged", "The picture has fewer cells than that, and is not enlarged."),
        ("margin", "no_room", "The margin is smaller: the largest side has no room for more."),
        ("outline", "not_cut", "No outline was drawn: the picture has no transparent ground."),
        ("pad", "no_room", "The frame was not widened: the largest side has no room for it."),
        ("seamless", "edges_differ", "Opposite edges do not meet."),
        ("sheet", "one_sprite", "There are no separate sprites, so the picture was kept as one."),
        (
            "sheet",
            "no_ground",
            "Sprites were not separated: there is no plain ground between them.",
        ),
        ("sheet", "shrunk", "The sprites were shrunk to fit the largest side."),
        (
            "sheet",
            "no_room",
            "The sheet would exceed the largest side, so the picture was kept as one.",
        ),
        ("sheet", "crumbs", "Specks beside the sprites were left out."),
        ("sheet", "too_hard", "The picture is too hard to find sprites in, and was kept as one."),
        ("sheet", "failed", "The search for sprites failed, so the picture was kept as one."),
    )
}


def describe(art: Artwork) -> Mapping[str, object]:
    """Return what was found as data that JSON can hold."""
    facts: dict[str, object] = {**_grid(art), "scale": art.scale}
    colours = count_colours(art.pixels)
    if colours is not None:
        facts["colours"] = colours
    if art.ground is not None:
        facts |= {"ground": art.ground, "ground_reason": art.ground_reason}
    if art.shadow:
        facts["shadow"] = True
    if art.tile:
        facts["tile"] = art.tile
    if art.frames:
        facts["sprites"] = len(art.frames)
    facts["unfulfilled"] = [
        {"option": each.wish, "reason": each.reason, "sentence": SENTENCES[each]}
        for each in art.unfulfilled
    ]
    return facts


def was_found(art: Artwork) -> bool:
    """Return whether cells were found in the picture, or taken because the caller knew of them."""
    return isinstance(art.grid, Source)


def _grid(art: Artwork) -> Mapping[str, object]:
    if art.grid is None:
        facts: dict[str, object] = {"grid": "off"}
    else:
        facts = {"grid": "found" if was_found(art) else "none", "grid_reason": str(art.grid)}
    if art.native:
        facts["native"] = list(art.native_size)
        facts["cell"] = [round(side, 3) for side in art.pitch]
    if was_found(art):
        facts["confidence"] = round(art.confidence, 3)
    if art.pixelated:
        facts["pixelated"] = True
    return facts


def find_palette(pixels: Pixels) -> npt.NDArray[np.uint8] | None:
    """Return the colours seen in *pixels* (count x 3, ascending), None for more than 256."""
    if _colours(pixels[::GLANCE]).size > MOST_COLOURS:
        return None
    found = _colours(pixels)
    if found.size > MOST_COLOURS:
        return None
    return np.stack([found >> 16, found >> 8, found], axis=1).astype(np.uint8)


def count_colours(pixels: Pixels) -> int | None:
    """Return the number of colours seen in *pixels*, None for more than 256."""
    found = find_palette(pixels)
    return None if found is None else len(found)


def _colours(pixels: Pixels) -> npt.NDArray[np.uint32]:
    rgb = pixels[pixels[..., 3] > 0].astype(np.uint32)
    return np.unique(rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2])
