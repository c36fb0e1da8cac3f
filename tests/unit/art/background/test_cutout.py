"""What is ground and what is subject, where both meet in doubtful ways."""

import numpy as np

from mobart.art.background.cutout import cut_sprite
from mobart.art.files.decode import Pixels


def sprite(ground: int) -> Pixels:
    """Draw a green block with an outline and lines of black on a grey *ground*."""
    rgb = np.full((40, 40, 3), ground, np.uint8)
    rgb[9:31, 9:31] = 0
    rgb[10:30, 10:30] = (40, 160, 60)
    rgb[12:28:4, 12:24] = 0
    return np.dstack([rgb, np.full((40, 40), 255, np.uint8)])


def test_black_ground_leaves_a_black_outline() -> None:
    """A subject drawn with black lines has one around it, though it cannot be seen on black."""
    alpha = cut_sprite(sprite(0), open_holes=True).pixels[..., 3]
    assert alpha[9, 15] == 255
    assert alpha[8, 15] == 0
    assert alpha[12:28, 12:24].all()


def test_outline_that_shows_on_near_black_gets_no_second_one() -> None:
    """Ground a little lighter than the outline tells the two apart: each stays what it is."""
    ring = sprite(9)
    ring[21:27, 14:22, :3] = 9
    alpha = cut_sprite(ring, open_holes=True).pixels[..., 3]
    assert alpha[9, 9:31].all()
    assert not alpha[8].any()
    assert not alpha[21:27, 14:22].any()


def test_gradient_that_runs_into_a_full_colour_is_ground_up_to_the_corner() -> None:
    """A channel that reaches its limit bends a gradient; the corner past the bend is cut too."""
    slope = np.add.outer(np.arange(40), np.arange(40))[..., None]
    bent = sprite(0)
    block = bent[9:31, 9:31].copy()
    bent[..., :3] = np.clip((200, 100, 120) + slope * (2.5, 0.6, -0.3), 0, 255)
    bent[9:31, 9:31] = block
    alpha = cut_sprite(bent, open_holes=True).pixels[..., 3]
    assert alpha[9:31, 9:31].all()
    assert (alpha == 255).sum() == 22 * 22


def test_floor_of_tiles_is_a_scene() -> None:
    """Tiles of one colour behind walls are a floor, though most of the border shows them."""
    floor = np.full((50, 50, 3), (120, 70, 30), np.uint8)
    floor[7:48:8] = floor[:, 7:48:8] = (60, 40, 20)
    scene = np.dstack([floor, np.full((50, 50), 255, np.uint8)])
    assert cut_sprite(scene, open_holes=True).pixels[..., 3].all()


def test_slots_are_holes_and_gleams_are_not() -> None:
    """Ground shows between the bars of a grate; a white eye is no ground."""
    grate = sprite(250)
    grate[14, 12:24, :3] = 250
    grate[18:20, 12:14, :3] = 250
    alpha = cut_sprite(grate, open_holes=True).pixels[..., 3]
    assert not alpha[14, 12:24].any()
    assert alpha[18:20, 12:14].all()


def test_tinted_rim_is_ground() -> None:
    """A cell of the ground that took on a little of the outline beside it goes with the ground."""
    rimmed = sprite(250)
    rimmed[8, 9:31, :3] = 228
    assert not cut_sprite(rimmed, open_holes=True).pixels[8, :, 3].any()


def test_tinted_slot_is_a_hole() -> None:
    """Ground between bars takes on a little of them, and shows through all the same."""
    grate = sprite(250)
    grate[14, 12:24, :3] = 238
    assert not cut_sprite(grate, open_holes=True).pixels[14, 12:24, 3].any()


def test_sky_above_a_land_is_cut_whole() -> None:
    """A land that fills the lower border does not bend the ground away from the sky's middle."""
    view = np.full((100, 100, 4), 255, np.uint8)
    view[..., :3] = (170, 205, 205)
    view[54:, 2:, :3] = (10, 30, 80)
    alpha = cut_sprite(view, open_holes=True).pixels[..., 3]
    assert not alpha[:54].any()
    assert alpha[54:, 2:].all()
