"""Cut-outs against true masks: drawn subjects laid with grain on every kind of ground."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mobart.art.background.cutout import cut_painting
from mobart.art.background.outcome import CutOut
from mobart.art.files.decode import Pixels
from mobart.art.regions import Mask

SIDE = 384
GRAIN = 2.5
"""Standard deviation of the grain in levels, as in generators' PNGs."""


def mug() -> Image.Image:
    """Paint a shaded mug with an outline and a handle, whose hole shows the ground, and an eye-white on it."""
    image = Image.new("RGBA", (4 * SIDE, 4 * SIDE))
    draw = ImageDraw.Draw(image)
    draw.ellipse((900, 560, 1280, 1000), None, (110, 60, 40), 110)
    for x in range(380, 1000):
        shade = 1 - 0.45 * abs(x - 600) / 400
        draw.line((x, 420, x, 1180), (int(205 * shade), int(120 * shade), int(75 * shade)))
    draw.rectangle((380, 420, 1000, 1180), None, (40, 25, 20), 14)
    draw.ellipse((500, 620, 700, 820), (244, 240, 232), (40, 25, 20), 30)
    draw.ellipse((570, 690, 630, 750), (30, 20, 30))
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def checker(cell: int, dark: int, light: int) -> Pixels:
    """Paint a checker of *cell* pixels."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] // cell
    tones = np.where((y + x) % 2, dark, light).astype(np.uint8)
    soft = Image.fromarray(tones).filter(ImageFilter.GaussianBlur(0.6))
    return np.asarray(soft.convert("RGB"))


def slope() -> Pixels:
    """Paint a gradient across both axes."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    return np.dstack([90 + 50 * x, 150 + 30 * y, 170 - 40 * x]).astype(np.uint8)


def even(*colour: int) -> Pixels:
    """Paint one colour."""
    return np.full((SIDE, SIDE, 3), colour, np.uint8)


GROUNDS = {
    "white": even(252, 252, 252),
    "near-black": even(12, 9, 16),
    "solid": even(70, 110, 160),
    "gradient": slope(),
    "fine checker": checker(12, 204, 255),
    "coarse checker": checker(32, 204, 255),
    "dark checker": checker(24, 62, 88),
    "inside colour": even(175, 102, 63),
}


def lay(subject: Image.Image, ground: Pixels) -> tuple[Pixels, Mask]:
    """Return *subject* on *ground* under grain, and its true mask."""
    rgba = np.asarray(subject, np.float64)
    share = rgba[..., 3:] / 255
    grain = np.random.default_rng(7).normal(0, GRAIN, ground.shape)
    rgb = (rgba[..., :3] * share + ground * (1 - share) + grain).clip(0, 255).astype(np.uint8)
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]), rgba[..., 3] > 127


def check(made: CutOut, true: Mask) -> None:
    """Overlap of 97 %, and no more than 0.5 % of the subject gone."""
    seen = made.pixels[..., 3] > 127
    assert made.outcome == "cut"
    assert (seen & true).sum() / (seen | true).sum() >= 0.97
    assert (true & ~seen).sum() / true.sum() <= 0.005


@pytest.mark.parametrize("name", GROUNDS)
def test_subject_is_cut_out_of_every_ground_whole(name: str) -> None:
    """The handle's hole opens, the eye's white stays."""
    picture, true = lay(mug(), GROUNDS[name])
    made = cut_painting(picture, open_holes=True)
    check(made, true)
    assert made.reason == ("checker" if "checker" in name else "plain")


def test_soft_rim_has_the_subjects_colour() -> None:
    """No light halo is left of a white ground around a dark subject."""
    disc = Image.new("RGBA", (4 * SIDE, 4 * SIDE))
    ImageDraw.Draw(disc).ellipse((400, 400, 1100, 1100), (60, 30, 90))
    picture, _ = lay(disc.resize((SIDE, SIDE), Image.Resampling.LANCZOS), GROUNDS["white"])
    made = cut_painting(picture, open_holes=True).pixels
    rim = made[(made[..., 3] > 0) & (made[..., 3] < 255)]
    assert rim.size
    assert rim[:, :3].max() < 120


def bead(ground: tuple[int, ...], line: tuple[int, ...]) -> tuple[Pixels, Mask]:
    """Paint a bright ring with a *line* around it, inside and out, and lay it on *ground*."""
    image = Image.new("RGBA", (4 * SIDE, 4 * SIDE))
    draw = ImageDraw.Draw(image)
    draw.ellipse((300, 300, 1236, 1236), line)
    draw.ellipse((315, 315, 1221, 1221), (210, 160, 90))
    draw.ellipse((540, 540, 996, 996), line)
    draw.ellipse((555, 555, 981, 981), (0, 0, 0, 0))
    return lay(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS), even(*ground))


def test_outline_that_near_black_hides_in_part_is_completed() -> None:
    """A line eight levels off the ground, under grain, is seen in most places and kept in all."""
    picture, true = bead((12, 12, 14), (20, 19, 23))
    check(cut_painting(picture, open_holes=True), true)


def test_outline_that_stands_out_does_not_widen_what_has_none() -> None:
    """The mug's handle has no line around it: no dark rim is left there."""
    picture, true = lay(mug(), GROUNDS["near-black"])
    made = cut_painting(picture, open_holes=True).pixels
    assert ((made[..., 3] > 127) & ~true).sum() < 0.025 * true.sum()


def plate(inner: tuple[int, ...]) -> tuple[Pixels, Mask]:
    """Paint a dark plate whose *inner* disc fades towards one side, as coats and bellies do, on cream."""
    image = Image.new("RGBA", (SIDE, SIDE))
    draw = ImageDraw.Draw(image)
    draw.ellipse((60, 60, 320, 320), (40, 30, 30, 255))
    for x in range(110, 270):
        half = (80**2 - (x - 190) ** 2) ** 0.5
        shade = tuple(int(c - max(0, x - 200) / 4) for c in inner)
        draw.line((x, 190 - half, x, 190 + half), (*shade, 255))
    return lay(image, even(250, 246, 230))


def test_shaded_place_of_the_grounds_colour_stays() -> None:
    """It has the ground's mean in its lit part, and not the ground's evenness."""
    picture, true = plate((252, 247, 231))
    check(cut_painting(picture, open_holes=True), true)


def test_what_a_jpeg_stirred_up_beside_the_subject_goes_with_the_ground() -> None:
    """Colour spread over blocks of sixteen pixels leaves no crumbs around a violet flower on red."""
    flower = Image.new("RGBA", (4 * SIDE, 4 * SIDE))
    for turn in np.linspace(0, 2 * np.pi, 7)[:-1]:
        x, y = 768 + 330 * np.cos(turn), 768 + 330 * np.sin(turn)
        ImageDraw.Draw(flower).ellipse((x - 230, y - 230, x + 230, y + 230), (120, 70, 250))
    picture, true = lay(flower.resize((SIDE, SIDE), Image.Resampling.LANCZOS), even(230, 60, 105))
    stream = io.BytesIO()
    image = Image.fromarray(picture[..., :3]).filter(ImageFilter.GaussianBlur(1.2))
    image.save(stream, "JPEG", quality=85)
    stored = np.asarray(Image.open(stream).convert("RGBA"))
    check(cut_painting(stored, open_holes=True), true)


def test_gap_behind_a_thin_string_is_no_body() -> None:
    """A bow's string and wood enclose ground; only on white paper bodies are drawn by outlines alone."""
    bow = Image.new("RGBA", (4 * SIDE, 4 * SIDE))
    draw = ImageDraw.Draw(bow)
    draw.rectangle((250, 300, 600, 1240), (90, 110, 70))
    draw.arc((500, 250, 1150, 1290), -90, 90, (120, 80, 45), 40)
    draw.line((825, 262, 825, 1278), (190, 180, 160), 14)
    draw.line((600, 700, 1140, 760), (180, 140, 110), 60)
    picture, true = lay(bow.resize((SIDE, SIDE), Image.Resampling.LANCZOS), even(12, 14, 20))
    check(cut_painting(picture, open_holes=True), true)


def test_dark_rim_of_a_bright_thing_stays_on_near_black() -> None:
    """What is lit in its middle alone is as much subject where it is dim as where it is bright."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] - SIDE / 2
    light = np.clip((122 - np.hypot(x, y)) * 9 + 34, 34, 230)[..., None]
    alpha = np.clip(122 - np.hypot(x, y), 0, 1)[..., None] * 255
    ball = np.dstack([light * (1, 0.8, 0.6), alpha]).astype(np.uint8)
    picture, true = lay(Image.fromarray(ball), GROUNDS["near-black"])
    check(cut_painting(picture, open_holes=True), true)


def test_edge_is_where_the_picture_mixes_half_and_half() -> None:
    """What smoothing spreads beyond the subject is not kept: thin bars stay as thin as they are."""
    bars = Image.new("RGBA", (4 * SIDE, 4 * SIDE))
    for y in range(200, 1300, 100):
        ImageDraw.Draw(bars).rectangle((200, y, 1300, y + 32), (60, 30, 90))
    picture, true = lay(bars.resize((SIDE, SIDE), Image.Resampling.LANCZOS), GROUNDS["white"])
    check(cut_painting(picture, open_holes=True), true)


def slab(*, ripple: int = 0, stain: int = 0) -> tuple[Pixels, Mask]:
    """Paint a bright slab on smooth blue, whose ground ripples beneath it, or has a *stain* beside it."""
    picture = np.full((SIDE, SIDE, 4), (0, 84, 200, 255), np.int16)
    picture[..., :3] += np.random.default_rng(3).integers(0, 2, (SIDE, SIDE, 1))
    picture[300:303, 120:260, :3] -= (0, ripple, ripple)
    picture[150:180, 320:350, :3] -= (0, stain, stain)
    picture[100:300, 100:280, :3] = (240, 200, 40)
    true = np.zeros((SIDE, SIDE), bool)
    true[100:300, 100:280] = True
    return picture.astype(np.uint8), true


@pytest.mark.parametrize("fault", [{"ripple": 6}, {"stain": 4}])
def test_what_nobody_can_tell_from_the_ground_goes_with_it(fault: dict[str, int]) -> None:
    """Sharpening ripples the ground along edges, and stains are a few levels off: neither stays."""
    picture, true = slab(**fault)
    alpha = cut_painting(picture, open_holes=True).pixels[..., 3]
    assert (alpha[~true] < 16).all()
    assert alpha[104:296, 104:276].all()


def test_corner_of_a_checker_shows_through_and_a_grey_stone_does_not() -> None:
    """Where both tones lie as they must it is the checker; greys between them are the subject's."""
    plate = Image.new("RGBA", (4 * SIDE, 4 * SIDE))
    draw = ImageDraw.Draw(plate)
    draw.rectangle((300, 300, 1240, 1240), (150, 60, 40))
    draw.ellipse((704, 840, 896, 1032), (0, 0, 0, 0))
    for x in range(380, 640, 8):
        draw.line((x, 420, x, 640), (210 + x // 20, 211 + x // 20, 214 + x // 20), 8)
    picture, true = lay(plate.resize((SIDE, SIDE), Image.Resampling.LANCZOS), checker(64, 204, 255))
    check(cut_painting(picture, open_holes=True), true)
    alpha = cut_painting(picture, open_holes=True).pixels[..., 3]
    assert not alpha[222:246, 188:212].any()
    assert alpha[108:156, 98:156].all()


@pytest.mark.parametrize(("cell", "curls"), [(24, 7), (48, 11)])
def test_parts_of_a_checkers_cells_between_the_curls_of_a_subject_go(cell: int, curls: int) -> None:
    """They end at the subject wherever it ends, and not where the cells do."""
    head = Image.new("RGBA", (4 * SIDE, 4 * SIDE))
    draw = ImageDraw.Draw(head)
    draw.ellipse((300, 300, 1236, 1236), (170, 95, 50))
    for turn in np.arange(curls) * 2 * np.pi / curls:
        x, y = 768 + 520 * np.cos(turn), 768 + 520 * np.sin(turn)
        draw.ellipse((x - 150, y - 150, x + 150, y + 150), (170, 95, 50))
    small = head.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    picture, true = lay(small, checker(cell, 60, 88))
    made = cut_painting(picture, open_holes=True)
    check(made, true)
    beside = np.asarray(Image.fromarray(true).filter(ImageFilter.MaxFilter(5)))
    assert not made.pixels[~beside, 3].any()


def test_grey_sign_that_fades_between_a_checkers_tones_stays() -> None:
    """Its shades pass from one tone to the other, and no line of the checker runs there."""
    sign = Image.new("RGBA", (4 * SIDE, 4 * SIDE))
    draw = ImageDraw.Draw(sign)
    for x in range(300, 1240):
        tone = int(127 + 24 * np.clip((x - 770) / 300, -1, 1))
        draw.line((x, 340, x, 1200), (tone, tone, tone + 3))
    draw.rectangle((300, 340, 1240, 1200), None, (30, 25, 40), 28)
    picture, true = lay(sign.resize((SIDE, SIDE), Image.Resampling.LANCZOS), checker(34, 102, 153))
    check(cut_painting(picture, open_holes=True), true)


def test_suit_nearly_of_the_grounds_colour_stays_and_a_gap_beside_it_opens() -> None:
    """A place as large as that shows that it is shaded, be it by a level, and not quite of the ground's colour."""
    body = Image.new("RGBA", (SIDE, SIDE))
    draw = ImageDraw.Draw(body)
    draw.ellipse((60, 60, 320, 320), (40, 32, 30))
    draw.rectangle((110, 160, 159, 199), (0, 0, 0, 0))
    picture, true = lay(body, GROUNDS["solid"])
    y, x = np.mgrid[0:40, 0:50]
    shade = 0.5 + 1.6 * np.sin(x / 8) * np.cos(y / 6)
    grain = np.random.default_rng(8).normal(0, GRAIN, (40, 50, 3))
    picture[160:200, 220:270, :3] = np.rint(np.array((70, 110, 160)) + shade[..., None] + grain)
    check(cut_painting(picture, open_holes=True), true)


def test_rim_lighter_than_the_body_is_the_subjects() -> None:
    """Painters light a rim: one a third of the way from the ground to the body belongs to the body."""
    disc = np.hypot(*(np.mgrid[0:SIDE, 0:SIDE] - SIDE / 2))
    ground, body = np.array((200.0, 180, 150)), np.array((40.0, 30, 60))
    rgb = np.where((disc < 100)[..., None], body, ground)
    rgb = np.where(((disc >= 100) & (disc < 101))[..., None], ground + 0.38 * (body - ground), rgb)
    rgb += np.random.default_rng(9).normal(0, GRAIN, rgb.shape)
    picture = np.dstack([rgb.clip(0, 255).astype(np.uint8), np.full((SIDE, SIDE), 255, np.uint8)])
    check(cut_painting(picture, open_holes=True), disc < 101)


@pytest.mark.filterwarnings("error")
def test_dim_body_on_near_black_is_cut_without_an_outline() -> None:
    """Where nothing of it is bright there is no rim whose width could be told."""
    body = Image.new("RGBA", (SIDE, SIDE))
    ImageDraw.Draw(body).rectangle((120, 120, 260, 260), (30, 26, 34))
    picture, true = lay(body, GROUNDS["near-black"])
    check(cut_painting(picture, open_holes=True), true)
