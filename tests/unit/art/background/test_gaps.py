"""The smallest places of the ground's colour, and colours near it, in native pixel art."""

import numpy as np

from mobart.art.background.cutout import cut_sprite
from mobart.art.files.decode import Pixels

Colour = tuple[int, int, int]

SAND: Colour = (248, 184, 78)
CREAM: Colour = (244, 242, 222)
GREEN: Colour = (10, 237, 13)
NIGHT: Colour = (18, 36, 47)
STONE: Colour = (119, 118, 106)


def block(ground: Colour, body: Colour = (60, 50, 140)) -> Pixels:
    """Draw a block of 22 cells with a black line around it on *ground*."""
    rgb = np.full((40, 40, 3), ground, np.uint8)
    rgb[9:31, 9:31] = 0
    rgb[10:30, 10:30] = body
    return np.dstack([rgb, np.full((40, 40), 255, np.uint8)])


def alpha(pixels: Pixels) -> Pixels:
    """Return the alpha of *pixels*, cut out."""
    return cut_sprite(pixels, open_holes=True).pixels[..., 3]


def test_smallest_gap_opens_where_the_subject_has_no_such_colour() -> None:
    """Two cells of sand between black lines are the sand behind them."""
    gapped = block(SAND)
    gapped[14:17, 14:18, :3] = 0
    gapped[15, 15:17, :3] = SAND
    assert not alpha(gapped)[15, 15:17].any()


def shaded(ground: Colour, shade: Colour, *, elsewhere: bool = False) -> Pixels:
    """Draw a block with an opening to *ground* that lies in the *shade*, which it may have *elsewhere* too."""
    drawn = block(ground)
    drawn[12:19, 12:19, :3] = 0
    drawn[13:18, 13:18, :3] = shade
    if elsewhere:
        drawn[22, 14:26, :3] = shade
    return drawn


def test_opening_in_the_light_of_what_is_around_it_is_ground() -> None:
    """A shade off the ground, and the subject has it nowhere else."""
    assert not alpha(shaded(STONE, (115, 113, 102)))[13:18, 13:18].any()


def test_part_a_shade_off_the_ground_stays_where_the_subject_has_that_colour_too() -> None:
    """A window and a line of one grey are painted."""
    assert alpha(shaded(STONE, (115, 113, 102), elsewhere=True))[13:18, 13:18].all()


def test_part_a_shade_off_white_stays() -> None:
    """A shirt is as white as paper."""
    assert alpha(shaded((250, 250, 250), (242, 242, 240)))[13:18, 13:18].all()


def test_smallest_place_stays_where_the_subject_has_the_colour_too() -> None:
    """A coin is as yellow as the sand: where the body shows that colour, no cell of it is a gap."""
    striped = block(SAND)
    striped[14:17, 14:18, :3] = 0
    striped[15, 15:17, :3] = SAND
    striped[20:26, 12:28, :3] = (236, 176, 80)
    striped[22, 14:26, :3] = SAND
    seen = alpha(striped)
    assert seen[15, 15:17].all()
    assert seen[22, 14:26].all()


def test_gap_that_meets_the_ground_at_a_corner_is_ground() -> None:
    """Between two blades of grass a single cell shows the paper."""
    grass = block(CREAM)
    grass[8, 9, :3] = grass[9, 8, :3] = (40, 76, 70)
    grass[9, 9, :3] = CREAM
    assert alpha(grass)[9, 9] == 0


def test_gap_that_its_neighbours_darken_is_cut_from_a_screen() -> None:
    """A little darker than the screen's green, it is of the same hue."""
    keyed = block(GREEN)
    keyed[15, 15, :3] = (1, 206, 3)
    assert alpha(keyed)[15, 15] == 0


def test_thin_gap_that_is_half_covered_is_cut_from_a_screen_and_a_gem_of_its_green_is_not() -> None:
    """Key green that no neighbour of its own has beside it in a square shows through; drawn green has areas."""
    keyed = block(GREEN)
    keyed[15, 15, :3] = keyed[16, 15, :3] = (2, 180, 4)
    keyed[22:25, 20:23, :3] = (2, 180, 4)
    seen = alpha(keyed)
    assert not seen[15:17, 15].any()
    assert seen[22:25, 20:23].all()


def test_faint_outline_whose_colour_wavers_stays_whole() -> None:
    """A few cells of it are nearer to what they line; they are more like the line than like the ground."""
    wavering = block(NIGHT, (98, 140, 134))
    wavering[9:31, 9] = wavering[9:31, 30] = wavering[9, 9:31] = wavering[30, 9:31] = (
        36,
        54,
        66,
        255,
    )
    wavering[14, 9, :3] = wavering[30, 20, :3] = (43, 65, 74)
    assert alpha(wavering)[9:31, 9:31].all()


def test_shade_near_the_ground_stays_beside_every_neighbour() -> None:
    """Glass a shade lighter than the night is no tint of it where bright glass is next to it either."""
    glass = block(NIGHT, (98, 140, 134))
    glass[9:31, 9] = glass[9:31, 30] = glass[30, 9:31] = (36, 54, 66, 255)
    glass[9, 9:31] = (176, 130, 70, 255)
    glass[10:30, 10] = glass[10:30, 29] = glass[29, 10:30] = (50, 77, 84, 255)
    glass[12:14, 10, :3] = (240, 224, 200)
    assert alpha(glass)[9:31, 9].all()


def test_black_line_that_crosses_a_limb_makes_no_notch_in_it() -> None:
    """Nearly as black as the ground and a colour of its own, it is the subject's up to the rim."""
    limb = block((1, 0, 0))
    limb[9:31, 9:31, :3] = (120, 10, 1)
    limb[20, 20:31, :3] = (3, 6, 12)
    limb[20, 30, :3] = (1, 2, 6)
    assert alpha(limb)[20, 30] == 255


def test_picture_that_fills_its_frame_is_a_scene() -> None:
    """A frame a thirtieth as wide as the picture is part of it; around a card that stands alone is more."""
    framed = block((210, 120, 110))
    framed[2:38, 2:38, :3] = (90, 20, 40)
    framed[1:39, 4:36, :3] = (90, 20, 40)
    assert cut_sprite(framed, open_holes=True).reason == "scene"
    assert cut_sprite(block((210, 120, 110)), open_holes=True).outcome == "cut"


def test_shade_beneath_a_subject_goes_where_the_grounds_hue_makes_sure_of_it() -> None:
    """A line of darker sand under all that is drawn is the sand's; a rim of it all around is an outline."""
    below, around = block(SAND), block(SAND)
    below[31:33, 9:31, :3] = around[8:32, 8:32, :3] = (224, 146, 40)
    around[9:31, 9:31] = below[9:31, 9:31]
    made = cut_sprite(below, open_holes=True, shadow="auto")
    assert made.shadow
    assert not made.pixels[31:33, :, 3].any()
    assert made.pixels[9:31, 9:31, 3].all()
    assert cut_sprite(around, open_holes=True, shadow="auto").pixels[8:32, 8:32, 3].all()


def test_grey_beneath_a_subject_on_paper_stays() -> None:
    """On white a shadow and a stone have one colour, and nothing is sure."""
    paper = block((236, 236, 236))
    paper[31:34, 6:36, :3] = 160
    made = cut_sprite(paper, open_holes=True, shadow="auto")
    assert not made.shadow
    assert made.pixels[31:34, 6:36, 3].all()


def test_shade_four_levels_off_a_ground_of_one_colour_is_the_subjects() -> None:
    """A ground that bends nowhere leaves no doubt about it: a button as near to it as that stays whole."""
    button = block((200, 60, 50))
    button[31:33, 18:22, :3] = (204, 64, 54)
    assert alpha(button)[31:33, 18:22].all()


def test_body_behind_a_line_joined_by_corners_stays_where_it_is_shaded() -> None:
    """Pale on pale ground, lit above and dim below: the ground meets it at the corners of its own line."""
    ghost = np.full((40, 40, 4), (240, 236, 248, 255), np.uint8)
    y, x = np.mgrid[0:40, 0:40]
    away = np.abs(x - 20) + np.abs(y - 20)
    ghost[(away < 14) & (y > 24), :3] = (226, 222, 234)
    ghost[away == 14, :3] = (40, 20, 40)
    assert alpha(ghost)[away <= 14].all()


def test_patch_of_the_grounds_colour_on_a_body_stays() -> None:
    """Around a hole runs the outline that runs around the subject; around a belly of that colour does not."""
    bellied = block(SAND)
    bellied[18:26, 14:26, :3] = SAND
    bellied[12:16, 14:26, :3] = 0
    bellied[13:15, 15:25, :3] = SAND
    seen = alpha(bellied)
    assert seen[18:26, 14:26].all()
    assert not seen[13:15, 15:25].any()


def test_body_behind_a_line_whose_cells_meet_at_corners_stays() -> None:
    """A paw as pale as the ground is parted from it by its outline alone, wherever the line runs slantwise."""
    paw = np.full((40, 40, 4), (*SAND, 255), np.uint8)
    away = np.add.outer(np.abs(np.arange(40) - 20), np.abs(np.arange(40) - 20))
    paw[away == 12, :3] = (30, 20, 20)
    seen = alpha(paw)
    assert seen[away < 12].all()
    assert not seen[away > 12].any()


def test_light_part_that_no_neighbour_leads_to_is_no_tint() -> None:
    """A cream muzzle cut off by the picture's edge stays beside a pale blue ground, though they are near."""
    cat = np.full((40, 40, 3), (220, 247, 255), np.uint8)
    cat[12:30, :20] = (9, 2, 5)
    cat[13:29, :19] = (248, 131, 0)
    cat[20, :19] = (9, 2, 5)
    cat[21, :5] = (249, 248, 234)
    cat[22:, :6] = cat[0, 30]
    cat[22, :6] = (9, 2, 5)
    seen = alpha(np.dstack([cat, np.full((40, 40), 255, np.uint8)]))
    assert seen[21, :5].all()
    assert not seen[24:, :5].any()


def test_lone_cell_that_is_half_the_grounds_takes_its_neighbours_colour() -> None:
    """It would shine on any other ground; a shade of the subject beside its like stays as it is."""
    mixed = block(SAND)
    half = np.mean([SAND, (0, 0, 0)], 0).astype(np.uint8)
    mixed[9, 12, :3] = mixed[30, 20, :3] = half
    mixed[20, 9, :3] = half - 4
    mixed[20, 10, :3] = half + 8
    made = cut_sprite(mixed, open_holes=True).pixels
    assert made[9, 12].tolist() == made[30, 20].tolist() == [0, 0, 0, 255]
    assert made[20, 9].tolist() == [*(half - 4), 255]


def test_opening_in_the_light_is_ground_where_grain_of_the_subject_has_that_shade() -> None:
    """Single cells of armour are of every grey; no field of it is of this one."""
    grained = shaded(STONE, (115, 113, 102))
    grained[22:30:2, 12:28:3, :3] = (115, 113, 102)
    assert not alpha(grained)[13:18, 13:18].any()


def test_opening_before_a_faint_thing_is_ground_where_another_has_its_very_shade() -> None:
    """Between an animal's legs the lawn is below, not a dark line; between its other legs it is the same light."""
    legs = shaded(STONE, (115, 113, 102))
    legs[20:27, 12:19, :3] = 0
    legs[21:26, 13:18, :3] = (115, 113, 102)
    legs[26, 12:19, :3] = legs[20, 12:19, :3] = legs[9:31, 30, :3] = (98, 96, 88)
    assert not alpha(legs)[21:26, 13:18].any()
