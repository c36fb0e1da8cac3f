"""What is ground and what is subject, where both meet in doubtful ways."""

import numpy as np

from mobart.art.background.cutout import cut_painting, cut_sprite
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
    grate[13:16, 11:25, :3] = 0
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
    grate[13:16, 11:25, :3] = 0
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


def test_line_of_one_colour_around_a_subject_is_no_tint() -> None:
    """A faint outline has one colour at all sides; so does no mixture of ground and neighbours."""
    lined = sprite(50)
    lined[7:33, 7:33, :3] = 50
    lined[9:31, 9:31, :3] = (74, 56, 70)
    lined[10:30, 10:30, :3] = (200, 90, 170)
    alpha = cut_sprite(lined, open_holes=True).pixels[..., 3]
    assert alpha[9:31, 9:31].all()
    assert (alpha == 255).sum() == 22 * 22


def test_muzzle_in_the_colour_of_the_chest_is_no_tint() -> None:
    """White a little off the ground, beside black, is the subject's where whole areas of it are."""
    beast = sprite(226)
    beast[12:20, 12:20, :3] = 246
    beast[20, 5:9, :3] = 246
    beast[19, 5:9, :3] = beast[20, 4, :3] = 0
    alpha = cut_sprite(beast, open_holes=True).pixels[..., 3]
    assert alpha[20, 5:9].all()


def test_key_green_is_cut_from_the_smallest_gap_and_from_rims() -> None:
    """On a screen's green no cell of it is left, not even mixed with the outline."""
    keyed = sprite(250)
    keyed[(keyed[..., :3] == 250).all(-1), :3] = (10, 245, 20)
    keyed[15, 15, :3] = (10, 245, 20)
    keyed[8, 9:31, :3] = (6, 150, 12)
    keyed[31, 9:31, :3] = (3, 74, 6)
    made = cut_sprite(keyed, open_holes=True).pixels
    assert made[15, 15, 3] == 0
    assert not made[8, :, 3].any()
    seen = made[made[..., 3] > 0][:, :3].astype(int)
    assert not ((seen[:, 1] > 60) & (seen[:, 0] < 10)).any()


def test_what_sharpening_left_on_the_ground_goes_with_it() -> None:
    """Beside a dark outline a light ground comes out lighter still, in cells of their own."""
    sharpened = sprite(200)
    sharpened[8, 12:14, :3] = 228
    assert not cut_sprite(sharpened, open_holes=True).pixels[8, :, 3].any()


def test_coat_among_its_shades_is_no_hole() -> None:
    """Around a hole lies an outline; around a part of the ground's colour lie shades of it."""
    coat = figure((250, 250, 250), (250, 250, 250))
    coat[24:36, 14:34, :3] = (226, 224, 220)
    coat[25:35, 15:33, :3] = 250
    alpha = cut_sprite(coat, open_holes=True).pixels[..., 3]
    assert not alpha[14:22, 14:22].any()
    assert alpha[25:35, 15:33].all()


def test_picture_in_a_frame_has_no_holes() -> None:
    """Where the ground is a mere frame, what has its colour inside is part of the picture."""
    framed = np.full((60, 60, 4), 255, np.uint8)
    framed[..., :3] = (210, 120, 110)
    framed[4:56, 4:56, :3] = (90, 20, 40)
    framed[20:26, 20:30, :3] = (210, 120, 110)
    alpha = cut_sprite(framed, open_holes=True).pixels[..., 3]
    assert alpha[4:56, 4:56].all()
    assert not alpha[:4].any()


def test_sky_above_and_lawn_below_are_no_ground() -> None:
    """Two colours at opposite borders are a view, even if a smooth surface fits both."""
    view = np.full((90, 60, 4), 255, np.uint8)
    view[:30, :, :3] = (90, 170, 250)
    view[30:60, :, :3] = np.random.default_rng(3).integers(0, 256, (30, 60, 3))
    view[60:, :, :3] = (90, 140, 60)
    made = cut_sprite(view, open_holes=True)
    assert (made.outcome, made.reason) == ("kept", "scene")


def test_gears_hole_on_black_does_not_make_an_outline() -> None:
    """Only thin dark lines are a sign of outlines that the black ground hides."""
    gear = sprite(0)
    gear[8:32, 8:32, :3] = (200, 190, 210)
    gear[16:24, 16:24, :3] = 0
    alpha = cut_sprite(gear, open_holes=True).pixels[..., 3]
    assert not alpha[7].any()
    assert not alpha[16:24, 16:24].any()


def figure(ground: tuple[int, ...], white: tuple[int, ...]) -> Pixels:
    """Draw a block with arms akimbo, thick as limbs are, and a *white* belly with a black line."""
    rgb = np.full((48, 48, 3), ground, np.uint8)
    rgb[8:40, 8:40] = (30, 20, 30)
    rgb[9:39, 9:39] = (60, 90, 180)
    rgb[13:23, 13:23] = (30, 20, 30)
    rgb[14:22, 14:22] = ground
    rgb[24:36, 14:34] = (30, 20, 30)
    rgb[25:35, 15:33] = white
    return np.dstack([rgb, np.full((48, 48), 255, np.uint8)])


def test_belly_a_little_off_the_ground_stays_and_a_gap_opens() -> None:
    """Enclosed places open only where their colour is the ground's own."""
    alpha = cut_sprite(figure((250, 250, 250), (242, 240, 236)), open_holes=True).pixels[..., 3]
    assert not alpha[14:22, 14:22].any()
    assert alpha[25:35, 15:33].all()


def test_outlined_ghost_on_its_own_colour_keeps_its_body() -> None:
    """White on white: a closed outline parts the two, and it is no wall of a hole."""
    rgb = np.full((40, 40, 3), 255, np.uint8)
    rgb[8:32, 10:30] = 0
    rgb[9:31, 11:29] = 255
    rgb[14:17, 15:18] = rgb[14:17, 22:25] = 0
    made = cut_sprite(np.dstack([rgb, np.full((40, 40), 255, np.uint8)]), open_holes=True)
    assert (made.outcome, made.reason) == ("cut", "outline")
    assert made.pixels[8:32, 10:30, 3].all()
    assert (made.pixels[..., 3] == 255).sum() == 24 * 20


def test_specks_of_the_ground_go_with_it() -> None:
    """Hundreds of dots a few levels darker are a texture, not a hundred subjects."""
    dotted = sprite(120)
    plain = (dotted[..., :3] == 120).all(-1)
    dots = np.zeros((40, 40), bool)
    dots[1::4, 1::4] = True
    dotted[plain & dots, :3] = 104
    alpha = cut_sprite(dotted, open_holes=True).pixels[..., 3]
    assert (alpha == 255).sum() == 22 * 22


def test_what_was_done_and_why_is_told() -> None:
    """Cut or kept, with the reason."""
    plain = cut_sprite(sprite(120), open_holes=True)
    assert (plain.outcome, plain.reason, plain.shadow) == ("cut", "plain", False)
    clear = sprite(120)
    clear[0, 0, 3] = 0
    alpha = cut_sprite(clear, open_holes=True)
    assert (alpha.outcome, alpha.reason) == ("kept", "alpha")
    assert alpha.pixels is clear
    noise = np.random.default_rng(1).integers(0, 256, (60, 60, 4), np.uint8)
    noise[..., 3] = 255
    scene = cut_painting(noise, open_holes=True)
    assert (scene.outcome, scene.reason) == ("kept", "scene")


def shadowed() -> Pixels:
    """Draw a block on sand with a flat shadow of two thirds of the light beneath it."""
    picture = sprite(150)
    picture[(picture[..., :3] == 150).all(-1), :3] = (210, 180, 120)
    picture[31:34, 6:36, :3] = (140, 120, 80)
    return picture


def test_cast_shadow_stays_unless_it_is_asked_to_go() -> None:
    """It is a part of the subject, an opaque one."""
    made = cut_sprite(shadowed(), open_holes=True)
    assert (made.pixels[31:34, 6:36, 3] == 255).all()
    assert not made.shadow


def test_cast_shadow_is_dropped() -> None:
    """The block stays whole, its black lines too."""
    made = cut_sprite(shadowed(), open_holes=True, shadow="drop")
    assert made.shadow
    assert not made.pixels[31:34, 6:36, 3].any()
    assert made.pixels[9:31, 9:31, 3].all()


def test_cast_shadow_becomes_black_of_partial_alpha() -> None:
    """Over the old ground it looks as it did."""
    made = cut_sprite(shadowed(), open_holes=True, shadow="soft")
    assert made.shadow
    assert (made.pixels[31:34, 6:36, :3] == 0).all()
    assert np.abs(made.pixels[31:34, 6:36, 3].astype(int) - 85).max() <= 1
