"""What is ground and what is subject, where both meet in doubtful ways."""

import numpy as np

from mobart.art.cutout import cut_sprite
from mobart.art.decode import Pixels


def sprite(ground: int) -> Pixels:
    """Draw a green block with an outline and lines of black on a grey *ground*."""
    rgb = np.full((40, 40, 3), ground, np.uint8)
    rgb[9:31, 9:31] = 0
    rgb[10:30, 10:30] = (40, 160, 60)
    rgb[12:28:4, 12:24] = 0
    return np.dstack([rgb, np.full((40, 40), 255, np.uint8)])


def test_black_ground_leaves_a_black_outline() -> None:
    """A subject drawn with black lines has one around it, though it cannot be seen on black."""
    alpha = cut_sprite(sprite(0), open_holes=True)[..., 3]
    assert alpha[9, 15] == 255
    assert alpha[8, 15] == 0
    assert alpha[12:28, 12:24].all()


def test_slots_are_holes_and_gleams_are_not() -> None:
    """Ground shows between the bars of a grate; a white eye is no ground."""
    grate = sprite(250)
    grate[14, 12:24, :3] = 250
    grate[18:20, 12:14, :3] = 250
    alpha = cut_sprite(grate, open_holes=True)[..., 3]
    assert not alpha[14, 12:24].any()
    assert alpha[18:20, 12:14].all()


def test_tinted_rim_is_ground() -> None:
    """A cell of the ground that took on a little of the outline beside it goes with the ground."""
    rimmed = sprite(250)
    rimmed[8, 9:31, :3] = 228
    assert not cut_sprite(rimmed, open_holes=True)[8, :, 3].any()
