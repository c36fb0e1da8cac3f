"""Native pixel art that has the very colour of its ground, or nearly."""

import numpy as np
import pytest

from mobart.art.background.cutout import cut_sprite
from mobart.art.files.decode import Pixels

Colour = tuple[int, int, int]

SAND: Colour = (248, 184, 78)
WINE: Colour = (120, 40, 60)


def block(ground: Colour, body: Colour = (60, 50, 140), line: Colour = (0, 0, 0)) -> Pixels:
    """Draw a block of 22 cells with a *line* around it on *ground*."""
    rgb = np.full((40, 40, 3), ground, np.uint8)
    rgb[9:31, 9:31] = line
    rgb[10:30, 10:30] = body
    return np.dstack([rgb, np.full((40, 40), 255, np.uint8)])


def alpha(pixels: Pixels) -> Pixels:
    """Return the alpha of *pixels*, cut out."""
    return cut_sprite(pixels, open_holes=True).pixels[..., 3]


@pytest.mark.parametrize(
    ("ground", "line"),
    [((11, 4, 7), (6, 2, 2)), ((18, 13, 4), (12, 14, 9)), ((5, 5, 5), (9, 8, 8))],
)
def test_outline_nearly_as_dark_as_the_ground_stays(ground: Colour, line: Colour) -> None:
    """It has a colour of its own, which is nowhere but along the subject: a line, not grain of the ground."""
    seen = alpha(block(ground, (60, 110, 160), line))
    assert seen[9:31, 9:31].all()
    assert not seen[8].any()


def test_dark_stain_away_from_the_subject_is_ground() -> None:
    """Night is not of one colour everywhere: what lies apart from the subject is no line of it."""
    stained = block((11, 4, 7), (60, 110, 160))
    stained[2:5, 2:12, :3] = (6, 2, 2)
    assert not alpha(stained)[:9].any()


def dressed(shirt: int, coat: int) -> Pixels:
    """Draw a *shirt* within a black line and a *coat* beside its own shades, in cells of the ground's colour."""
    drawn = block(SAND)
    drawn[12:17, 12 : 14 + shirt, :3] = 0
    drawn[13:16, 13 : 13 + shirt, :3] = SAND
    drawn[20:28, 12 : 14 + coat, :3] = (226, 160, 60)
    drawn[21:27, 13 : 13 + coat, :3] = SAND
    return drawn


def test_outlined_part_of_the_grounds_colour_stays_where_the_subject_has_more_of_it() -> None:
    """A shirt as yellow as the sand, above a coat as yellow: both are worn."""
    assert alpha(dressed(shirt=4, coat=14))[9:31, 9:31].all()


def test_opening_is_ground_where_the_subject_has_less_of_its_colour() -> None:
    """A few yellow buttons do not fill the gap beneath an arm."""
    seen = alpha(dressed(shirt=10, coat=2))
    assert not seen[13:16, 13:23].any()
    assert seen[21:27, 13:15].all()


def test_coat_of_the_grounds_colour_stays_behind_a_gap_in_the_outline() -> None:
    """The sand meets it through one cell; behind it are the coat's shades, and no outline."""
    gapped = block(SAND, WINE)
    gapped[14:20, 9:16, :3] = (226, 160, 60)
    gapped[15:19, 10:15, :3] = SAND
    gapped[9:31, 9, :3] = 0
    gapped[16, 9, :3] = SAND
    assert alpha(gapped)[15:19, 10:15].all()


def test_body_drawn_by_its_outline_stays_behind_a_gap_in_it() -> None:
    """A ghost on its own colour has lost one cell of its line."""
    ghost = block((250, 250, 250), (250, 250, 250))
    ghost[14:17, 14:16, :3] = ghost[14:17, 22:24, :3] = 0
    ghost[30, 20, :3] = 250
    assert alpha(ghost)[10:30, 10:30].all()


def test_room_between_limbs_is_ground_behind_a_narrow_mouth() -> None:
    """An outline runs around it, as around the subject."""
    limbs = block(SAND)
    limbs[20:31, 15:21, :3] = 0
    limbs[21:29, 16:20, :3] = SAND
    limbs[29:31, 17, :3] = SAND
    assert not alpha(limbs)[21:29, 16:20].any()


def test_robe_of_a_magenta_like_the_grounds_stays() -> None:
    """Who wears that hue within a black line was painted with it: this ground is no screen."""
    robe = block((178, 54, 186), (140, 20, 170))
    robe[12:28:3, 12:28, :3] = (120, 10, 140)
    assert alpha(robe)[9:31, 9:31].all()


def test_pale_glove_before_a_dark_sleeve_is_no_tint_of_the_ground() -> None:
    """Its colour lies between the white of the ground and the black of the line, a quarter of the way."""
    gloved = block((250, 250, 250))
    gloved[14:17, 8, :3] = 183
    assert alpha(gloved)[14:17, 8].all()
