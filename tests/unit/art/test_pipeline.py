"""The whole way from bytes to PNG, preset by preset."""

import hashlib
import io
import json
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mobart.art import BadPicture, Recipe, load_palettes, load_presets, pipeline
from mobart.art.artwork import Artwork
from mobart.art.background.bleed import bleed
from mobart.art.files.decode import Pixels
from mobart.art.files.encode import encode
from mobart.art.pipeline import render
from mobart.art.sidecar import is_seamless, nine_slice
from mobart.core.errors import ADVICE, Code

PRESETS = load_presets()


def to_png(pixels: Pixels) -> bytes:
    """Encode *pixels* plainly."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def read(png: bytes) -> Pixels:
    """Decode *png* to RGBA."""
    return np.array(Image.open(io.BytesIO(png)).convert("RGBA"))


def ring_sprite() -> Pixels:
    """Draw a dark ring with a red core on white, 24 by 24, off centre."""
    pixels = np.full((24, 24, 4), 255, np.uint8)
    y, x = np.mgrid[0:24, 0:24]
    away = np.hypot(y - 10, x - 12)
    pixels[(away < 7) & (away > 4.5), :3] = (20, 30, 60)
    pixels[away < 2, :3] = (200, 20, 30)
    return pixels


def blob(side: int = 300) -> Pixels:
    """Paint a soft-edged shaded ball on grey."""
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    share = np.clip((0.3 - np.hypot(x, y)) * side / 2 + 0.5, 0, 1)[..., None]
    ball = np.stack([200 + 40 * x, 80 + 90 * y, 60 + 50 * x * y], -1)
    rgb = ball * share + np.array([128, 130, 132]) * (1 - share)
    return np.dstack([rgb.astype(np.uint8), np.full((side, side, 1), 255, np.uint8)])


SIXTEEN = ring_sprite().repeat(16, 0).repeat(16, 1)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_is_deterministic(name: str) -> None:
    """The same bytes twice, and the digest is that of the bytes."""
    recipe = Recipe(preset=PRESETS[name])
    one, two = render(to_png(SIXTEEN), recipe), render(to_png(SIXTEEN), recipe)
    assert one == two
    assert one.sha256 == hashlib.sha256(one.png).hexdigest()
    assert read(one.png).shape == (one.height, one.width, 4)


class File(bytes):
    """A file that tells when it is gone."""

    gone = False

    def __del__(self) -> None:
        """Tell."""
        type(self).gone = True


def test_the_file_is_let_go_of_before_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes megabytes, and they take most."""
    seen = list[bool]()

    def look(art: Artwork, _: Recipe) -> Artwork:
        seen.append(File.gone)
        return art

    monkeypatch.setattr(pipeline, "STEPS", (("look", look), *pipeline.STEPS))
    render(File(to_png(blob())), Recipe(preset=PRESETS["auto"]))
    assert seen == [True]


def test_recipe_travels_to_a_child_process() -> None:
    """The picture is made in a process that can be killed."""
    recipe = Recipe(preset=PRESETS["sprite"], palette=load_palettes()["gameboy"])
    copy = pickle.loads(pickle.dumps(recipe))  # noqa: S301 - our own bytes
    assert render(to_png(SIXTEEN), copy) == render(to_png(SIXTEEN), recipe)


def test_native_gives_the_picture_at_its_native_size() -> None:
    """Ground and all."""
    made = render(to_png(SIXTEEN), Recipe(preset=PRESETS["native"]))
    assert np.array_equal(read(made.png), ring_sprite())


def test_pixel_enlarges_by_the_largest_whole_number() -> None:
    """24 goes 42 times into 1024."""
    made = render(to_png(SIXTEEN), Recipe(preset=PRESETS["pixel"]))
    assert np.array_equal(read(made.png), ring_sprite().repeat(42, 0).repeat(42, 1))


def test_auto_leaves_a_painting_alone() -> None:
    """No grid, small enough: not a pixel changes."""
    assert np.array_equal(read(render(to_png(blob()), Recipe()).png), blob())


def test_large_painting_is_shrunk_with_its_aspect() -> None:
    """1500 by 600 fits as 1024 by 410."""
    wide = np.array(Image.fromarray(blob()).resize((1500, 600)))
    made = render(to_png(wide), Recipe(preset=PRESETS["painting"], tile=None))
    assert (made.width, made.height) == (1024, 410)


def test_sprite_is_cut_out_and_trimmed_with_a_margin() -> None:
    """Alpha is 0 or 255; enclosed ground stays if so set."""
    preset = PRESETS["sprite"].adjusted({"holes": "keep"})
    picture = read(render(to_png(SIXTEEN), Recipe(preset=preset)).png)
    assert picture.shape == (15, 15, 4)
    assert set(np.unique(picture[..., 3])) == {0, 255}
    assert picture[7, 4].tolist() == [255, 255, 255, 255]


def test_a_margin_takes_no_more_than_the_largest_side_has_room_for() -> None:
    """The subject is 13 wide, so that 5 fit on either side."""
    preset = PRESETS["sprite"].adjusted({"margin": 64})
    picture = read(render(to_png(SIXTEEN), Recipe(preset=preset, max_side=24)).png)
    assert picture.shape == (23, 23, 4)


def test_holes_open_on_request() -> None:
    """Ground inside the ring becomes transparent, the core stays."""
    preset = PRESETS["sprite"].adjusted({"holes": "open"})
    picture = read(render(to_png(SIXTEEN), Recipe(preset=preset)).png)
    assert picture[7, 4, 3] == 0
    assert picture[7, 7].tolist() == [200, 20, 30, 255]


def test_no_dark_fringe_under_transparency() -> None:
    """What is clear has the colour of the nearest subject, not black."""
    picture = read(render(to_png(SIXTEEN), Recipe(preset=PRESETS["sprite"])).png)
    under = picture[picture[..., 3] == 0][:, :3].tolist()
    assert {tuple(colour) for colour in under} <= {(20, 30, 60), (200, 20, 30)}


def test_painting_is_cut_out_with_soft_alpha() -> None:
    """The edge blends, the inside is solid, the ground is gone."""
    preset = PRESETS["painting"].adjusted({"cutout": True})
    alpha = read(render(to_png(blob()), Recipe(preset=preset)).png)[..., 3]
    assert alpha[150, 150] == 255
    assert alpha[5, 5] == 0
    assert ((alpha > 20) & (alpha < 235)).any()


def test_forced_palette_and_size() -> None:
    """Only colours of the palette, no more cells than asked for."""
    preset = PRESETS["sprite"].adjusted({"size": 16, "trim": False, "cutout": False})
    recipe = Recipe(preset=preset, palette=load_palettes()["gameboy"])
    picture = read(render(to_png(SIXTEEN), recipe).png)
    assert picture.shape == (16, 16, 4)
    allowed = colours_of(load_palettes()["gameboy"])
    assert {tuple(colour) for colour in picture[..., :3].reshape(-1, 3).tolist()} <= allowed


@pytest.mark.parametrize("dither", ["ordered", "diffusion"])
def test_dither_uses_palette_colours_only(dither: str) -> None:
    """A ramp becomes a mix of both colours."""
    ramp = np.full((16, 64, 4), 255, np.uint8)
    ramp[..., :3] = np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None]
    preset = PRESETS["painting"].adjusted({"dither": dither})
    recipe = Recipe(preset=preset, palette=load_palettes()["one-bit"], tile=None)
    picture = read(render(to_png(ramp), recipe).png)
    assert set(np.unique(picture[..., 0])) == {0, 255}
    assert 0 < (picture[:, 28:36, 0] == 255).mean() < 1


def test_number_of_colours_is_kept_to() -> None:
    """The rarest are merged into what is closest."""
    preset = PRESETS["native"].adjusted({"colours": 2})
    picture = read(render(to_png(SIXTEEN), Recipe(preset=preset)).png)
    assert len(np.unique(picture.reshape(-1, 4), axis=0)) == 2


def test_outline_and_padding() -> None:
    """One cell of line around the subject, sides of a power of two."""
    options = {"outline": "#00ff00", "pad": "pot", "margin": 1}
    preset = PRESETS["sprite"].adjusted(options)
    picture = read(render(to_png(SIXTEEN), Recipe(preset=preset)).png)
    assert picture.shape == (16, 16, 4)
    green = (picture == (0, 255, 0, 255)).all(-1)
    assert green.sum() > 20


def plain(*colour: int) -> Pixels:
    """Fill a picture with one colour."""
    return np.full((64, 48, 4), colour, np.uint8)


@pytest.mark.parametrize("name", sorted(PRESETS))
@pytest.mark.parametrize(
    "pixels",
    [plain(0, 0, 0, 255), plain(255, 255, 255, 255), plain(9, 9, 9, 99), plain(0, 0, 0, 0)],
)
def test_a_blank_picture_is_a_failed_generation(pixels: Pixels, name: str) -> None:
    """Black, white, a veil, or nothing at all; another try has a chance."""
    with pytest.raises(BadPicture) as no:
        render(to_png(pixels), Recipe(preset=PRESETS[name]))
    assert no.value.code is Code.GENERATION_FAILED
    assert ADVICE[no.value.code].retryable


def test_one_blank_tile_of_a_grid_is_blank_and_the_others_are_not() -> None:
    """What counts is the one that is kept."""
    grid = np.tile(blob(256), (2, 2, 1))
    grid[:256, :256] = (0, 0, 0, 255)
    with pytest.raises(BadPicture):
        render(to_png(grid), Recipe(preset=PRESETS["painting"], tile=1))
    assert render(to_png(grid), Recipe(preset=PRESETS["painting"], tile=2)).width == 256


@pytest.mark.parametrize("colour", [(0, 0, 0, 255), (0, 0, 0, 0)])
def test_noise_of_compression_is_still_blank(colour: tuple[int, ...]) -> None:
    """And colour under full transparency is nothing to see; one faint stroke is something."""
    pixels = plain(*colour)
    pixels[::2, :, 0] += 2
    assert pipeline.is_blank(pixels)
    pixels[10, 5:20] = (3, 0, 0, 255)
    assert not pipeline.is_blank(pixels)


def test_a_silhouette_is_not_blank() -> None:
    """One colour, but a shape."""
    pixels = plain(0, 0, 0, 255)
    pixels[:, :10, 3] = 0
    assert not pipeline.is_blank(pixels)


def test_a_forced_size_includes_margin_and_outline() -> None:
    """The line is nowhere cut off, and the longest side is what was asked for."""
    options = {"size": 16, "margin": 0, "outline": "#00ff00"}
    picture = read(render(to_png(SIXTEEN), Recipe(preset=PRESETS["sprite"].adjusted(options))).png)
    assert max(picture.shape[:2]) == 15  # 13 cells and a line on either side
    small = PRESETS["sprite"].adjusted({"size": 16, "margin": 3})
    assert max(read(render(to_png(SIXTEEN), Recipe(preset=small)).png).shape[:2]) == 16
    green = (picture == (0, 255, 0, 255)).all(-1)
    assert all(side.any() for side in (green[0], green[-1], green[:, 0], green[:, -1]))


def test_a_painting_becomes_pixel_art_of_a_forced_size() -> None:
    """Where it is asked for: no soft alpha, few cells, the number of colours asked for."""
    preset = PRESETS["sprite"].adjusted({"size": 32, "colours": 12})
    made = render(to_png(blob()), Recipe(preset=preset))
    picture = read(made.png)
    assert max(picture.shape[:2]) == 32
    assert set(np.unique(picture[..., 3])) == {0, 255}
    assert len(np.unique(picture[picture[..., 3] > 0], axis=0)) <= 12


def colours_of(palette: bytes) -> set[tuple[int, ...]]:
    """List the colours of a palette."""
    return set(zip(palette[::3], palette[1::3], palette[2::3], strict=True))


def test_a_palette_and_a_number_of_colours_go_together() -> None:
    """Only so many, all of the palette."""
    palette = load_palettes()["cga"]
    preset = PRESETS["painting"].adjusted({"colours": 3})
    picture = read(render(to_png(blob()), Recipe(preset=preset, palette=palette)).png)
    used = {tuple(colour) for colour in picture[..., :3].reshape(-1, 3).tolist()}
    assert len(used) == 3
    assert used <= colours_of(palette)


def test_diffusion_does_not_pile_up_what_the_palette_lacks() -> None:
    """Reds in greens: light and dark still come out as such."""
    ramp = np.full((32, 64, 4), 255, np.uint8)
    ramp[..., 0] = np.linspace(60, 255, 64, dtype=np.uint8)
    ramp[..., 1:3] = ramp[..., :1] // 3
    palette = load_palettes()["gameboy"]
    preset = PRESETS["painting"].adjusted({"dither": "diffusion"})
    picture = read(render(to_png(ramp), Recipe(preset=preset, palette=palette, tile=None)).png)
    assert picture[:, -8:, 1].mean() > picture[:, :8, 1].mean() + 30
    assert len(np.unique(picture.reshape(-1, 4), axis=0)) >= 3


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    width=st.integers(2, 90),
    height=st.integers(1, 90),
    mode=st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"]),
    name=st.sampled_from(sorted(PRESETS)),
    png=st.sampled_from(["rgba", "smallest"]),
    seed=st.integers(0, 99),
)
def test_any_size_and_mode_gives_a_valid_picture(
    *,
    width: int,
    height: int,
    mode: str,
    name: str,
    png: str,
    seed: int,
) -> None:
    """Never more than 1024 a side, never an error."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    noise[0, 0], noise[0, 1] = 255, (0, 0, 0, 255)  # never blank
    image = Image.fromarray(noise)
    image = Image.fromarray(noise[..., 0].astype(np.uint16) * 257) if mode == "I;16" else image
    image = image if mode == "I;16" else image.convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG" if mode == "CMYK" else "PNG")
    recipe = Recipe(preset=PRESETS[name], png="smallest" if png == "smallest" else "rgba")
    made = render(buffer.getvalue(), recipe)
    opened = Image.open(io.BytesIO(made.png))
    opened.load()
    assert opened.size == (made.width, made.height)
    assert max(opened.size) <= 1024
    assert not opened.info.keys() - {"transparency"}


@pytest.mark.parametrize("mode", ["rgba", "smallest"])
@pytest.mark.parametrize("colours", [1, 2, 3, 9, 200, 400])
@pytest.mark.parametrize("scale", [1, 3])
def test_png_holds_exactly_the_pixels(mode: str, colours: int, scale: int) -> None:
    """Every bit depth, with clear pixels among them."""
    rng = np.random.default_rng(colours)
    palette = rng.integers(0, 256, (colours, 4), np.uint8)
    pixels = palette[rng.integers(0, colours, (37, 41))]
    png = encode(pixels, "smallest" if mode == "smallest" else "rgba", scale, native=True)
    assert np.array_equal(read(png), pixels.repeat(scale, 0).repeat(scale, 1))


def test_default_png_is_rgba_and_smallest_is_smaller() -> None:
    """The default says four channels even where alpha is opaque."""
    default = render(to_png(SIXTEEN), Recipe(preset=PRESETS["pixel"])).png
    small = render(to_png(SIXTEEN), Recipe(preset=PRESETS["pixel"], png="smallest")).png
    assert Image.open(io.BytesIO(default)).mode == "RGBA"
    assert len(small) < len(default) <= len(to_png(read(default)))


@settings(deadline=None, max_examples=30)
@given(height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 999))
def test_bleeding_changes_only_what_is_clear(height: int, width: int, seed: int) -> None:
    """Alpha and every visible colour stay; clear pixels take visible colours."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(1, 256, (height, width, 4), np.uint8)
    pixels[rng.random((height, width)) < 0.7] = 0
    before = pixels.copy()
    after = bleed(pixels)
    seen = pixels[..., 3] > 0
    assert np.array_equal(pixels, before)
    assert np.array_equal(after[..., 3], pixels[..., 3])
    assert np.array_equal(after[seen], pixels[seen])
    if seen.any():
        visible = {tuple(c) for c in pixels[seen][:, :3].tolist()}
        assert {tuple(c) for c in after[..., :3].reshape(-1, 3).tolist()} <= visible


def test_sidecar_tells_where_the_trimmed_subject_was() -> None:
    """Aseprite's shape, in pixels of the PNG."""
    recipe = Recipe(preset=PRESETS["sprite"].adjusted({"sidecar": True}), image="a.png")
    told = json.loads(render(to_png(SIXTEEN), recipe).sidecar)
    frame = told["frames"][0]
    assert frame["trimmed"]
    assert frame["sourceSize"] == {"w": 24, "h": 24}
    assert frame["spriteSourceSize"] == {"x": 5, "y": 3, "w": 15, "h": 15}
    assert told["meta"]["slices"][0]["keys"][0]["pivot"] == {"x": 8, "y": 15}
    assert told["mobart"]["palette"] == ["141e3c", "c8141e"]
    assert told["mobart"]["import"]["filter"] == "point"


def test_nine_slice_is_what_repeats_around_the_middle() -> None:
    """A frame with corners of three pixels stretches in between."""
    pixels = np.zeros((20, 30, 4), np.uint8)
    pixels[3:-3, 3:-3] = 255
    box = nine_slice(pixels)
    assert box is not None
    assert (box.x, box.y, box.width, box.height) == (3, 3, 24, 14)


def test_seamless_texture_is_told_from_one_that_is_not() -> None:
    """A wave of whole periods meets itself, half a period does not."""
    x = np.arange(64)
    for periods, expected in ((2.0, True), (2.25, False)):
        wave = (128 + 100 * np.sin(2 * np.pi * periods * x / 64)).astype(np.uint8)
        pixels = np.repeat(np.tile(wave[None, :, None], (64, 1, 1)), 4, 2)
        assert is_seamless(pixels) is expected


def test_a_bug_is_one_pictures_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a step raises, the caller sees a rejection with a public sentence."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(pipeline, "STEPS", (("broken", broken),))
    with pytest.raises(BadPicture) as caught:
        render(to_png(SIXTEEN), Recipe())
    assert caught.value.code == Code.PROCESSING_FAILED
    assert "secret" not in caught.value.sentence


def test_a_picture_too_hard_for_its_steps_is_made_without_them_and_that_is_told() -> None:
    """It is paid for, so it becomes a plain picture rather than a failure."""
    recipe = Recipe(preset=load_presets()["sprite"]).simplified()
    rendering = render(to_png(ring_sprite()), recipe)
    told = json.loads(json.dumps(rendering.art))
    reasons = {wish["option"]: wish["reason"] for wish in told["unfulfilled"]}
    assert reasons["grid"] == reasons["cutout"] == "too_hard"


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_what_is_delivered_at_native_size_is_not_searched_for_cells(name: str) -> None:
    """Even where every pixel stands four times, and the preset wants a grid or none at all."""
    sprite = ring_sprite().repeat(4, 0).repeat(4, 1)
    told = render(to_png(sprite), Recipe(preset=PRESETS[name], native=True)).art
    assert (told["grid"], told["grid_reason"], told["native"]) == ("found", "given", [96, 96])
    assert told["cell"] == [1.0, 1.0]


def test_native_pixel_art_is_cut_and_enlarged_by_a_whole_number() -> None:
    """Each of its pixels becomes a square, and none is mixed with another."""
    preset = PRESETS["icon"].adjusted({"enlarge": True})
    made = render(to_png(ring_sprite()), Recipe(preset=preset, native=True, max_side=256))
    pixels, scale = read(made.png), made.art["scale"]
    assert isinstance(scale, int)
    assert made.art["ground"] == "cut"
    assert scale == 256 // (made.width // scale)
    small = pixels[::scale, ::scale]
    assert np.array_equal(small.repeat(scale, 0).repeat(scale, 1), pixels)
    seen = {tuple(pixel[:3]) for pixel in small[small[..., 3] > 0]}
    assert seen == {(20, 30, 60), (200, 20, 30)}


def test_native_pixel_art_that_was_too_hard_for_its_steps_still_has_its_cells() -> None:
    """The simpler recipe leaves the cut-out away, not what is known."""
    recipe = Recipe(preset=PRESETS["sprite"], native=True).simplified()
    told = render(to_png(ring_sprite()), recipe).art
    assert (told["grid"], told["native"]) == ("found", [24, 24])


def test_native_pixel_art_of_another_size_than_wished_for_is_told() -> None:
    """The provider did not do as it was asked."""
    preset = PRESETS["auto"].adjusted({"native": "32x32"})
    told = render(to_png(ring_sprite()), Recipe(preset=preset, native=True)).art
    assert told["unfulfilled"] == [
        {
            "option": "native",
            "reason": "other_size",
            "sentence": "The pixel art that was found has another size.",
        }
    ]


def test_a_recipe_says_what_a_provider_may_do_by_itself() -> None:
    """Size, palette, edges, ground."""
    palette = bytes(range(1, 7))
    preset = PRESETS["sprite"].adjusted({"native": "32x16", "size": 64, "seamless": True})
    wishes = Recipe(preset=preset, palette=palette).wishes()
    assert (wishes.native, wishes.longest) == ((32, 16), 64)
    assert (wishes.palette, wishes.seamless, wishes.cutout) == (bytes(range(1, 7)), True, True)
