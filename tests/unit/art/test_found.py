"""What was found in a picture, and what was asked for in vain, is told as data."""

import io
import json
from collections.abc import Mapping

import numpy as np
import pytest
from PIL import Image

from mobart.art import Preset, Recipe, load_presets, pipeline
from mobart.art.artwork import Artwork, Unfulfilled
from mobart.art.files.decode import Pixels
from mobart.art.found import SENTENCES, describe
from mobart.art.pipeline import develop, render

PRESETS = load_presets()


def to_png(pixels: Pixels) -> bytes:
    """Encode *pixels* plainly."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def sprite(side: int = 24) -> Pixels:
    """Draw a dark ring with a red core on white."""
    pixels = np.full((side, side, 4), 255, np.uint8)
    y, x = np.mgrid[0:side, 0:side]
    away = np.hypot(y - 10, x - 12)
    pixels[(away < 7) & (away > 4.5), :3] = (20, 30, 60)
    pixels[away < 2, :3] = (200, 20, 30)
    return pixels


def scene(side: int = 256) -> Pixels:
    """Paint waves that fill the picture, without a ground or cells."""
    y, x = np.mgrid[0:side, 0:side]
    waves = [120 + 100 * np.sin(x / (15 + k) + y / (17 - k) + k) for k in range(3)]
    return np.dstack([*waves, np.full((side, side), 255)]).astype(np.uint8)


def told(pixels: Pixels, preset: str, **options: object) -> Mapping[str, object]:
    """Return what is told of *pixels*, treated with *preset*."""
    recipe = Recipe(preset=PRESETS[preset].adjusted(options), tile=None)
    return render(to_png(pixels), recipe).art


def missed(art: Mapping[str, object]) -> set[tuple[str, str]]:
    """Return which wishes were not fulfilled, and why."""
    unfulfilled = art["unfulfilled"]
    assert isinstance(unfulfilled, list)
    return {(each["option"], each["reason"]) for each in unfulfilled}


def test_native_size_cell_colours_and_the_cut_are_told() -> None:
    """Of true pixels enlarged 16 times, nothing is left unfulfilled."""
    art = told(sprite().repeat(16, 0).repeat(16, 1), "sprite")
    assert art == {
        "grid": "found",
        "grid_reason": "pixels",
        "native": [24, 24],
        "cell": [16.0, 16.0],
        "confidence": 1.0,
        "scale": 1,
        "colours": 2,
        "ground": "cut",
        "ground_reason": "plain",
        "unfulfilled": [],
    }


def test_a_picture_above_the_largest_side_is_told_to_be_shrunk() -> None:
    """Not where a smaller size is wanted, and not where it fits as it is."""
    assert ("size", "shrunk") in missed(told(scene(1100), "painting"))
    assert ("size", "shrunk") not in missed(told(scene(1024), "painting"))
    assert ("size", "shrunk") not in missed(told(scene(1100), "sprite", size=64))


def test_a_painting_has_no_grid_and_no_confidence() -> None:
    """And its ground was kept, since it is a scene: the wish for a cut-out is told."""
    art = told(scene(), "sprite")
    assert (art["grid"], art["grid_reason"]) == ("none", "no_lattice")
    assert (art["ground"], art["ground_reason"]) == ("kept", "scene")
    assert "confidence" not in art
    assert ("cutout", "scene") in missed(art)


@pytest.mark.parametrize("wish", ["drop", "soft"])
def test_a_cast_shadow_is_treated_as_asked_and_told(wish: str) -> None:
    """It goes, or becomes black of partial alpha; one that is not there is told."""
    pixels = np.full((40, 40, 4), (236, 234, 228, 255), np.uint8)
    y, x = np.mgrid[0:40, 0:40]
    pixels[np.hypot((x - 20) / 13, (y - 33) / 3) < 1, :3] = (168, 167, 163)
    pixels[8:33, 13:27, :3] = (30, 22, 40)
    pixels[9:32, 14:26, :3] = (200, 60, 50)
    large = pixels.repeat(8, 0).repeat(8, 1)
    kept, art = told(large, "sprite"), told(large, "sprite", shadow=wish)
    assert "shadow" not in kept
    assert art["shadow"] is True
    preset = PRESETS["sprite"].adjusted({"shadow": wish})
    made = np.asarray(Image.open(io.BytesIO(render(to_png(large), Recipe(preset=preset)).png)))
    partial = (made[..., 3] > 0) & (made[..., 3] < 255)
    assert partial.any() == (wish == "soft")
    assert made.shape[1] == (16 if wish == "drop" else 27)
    bare = told(sprite().repeat(16, 0).repeat(16, 1), "sprite", shadow=wish)
    assert ("shadow", "not_found") in missed(bare)


def test_holes_that_were_not_opened_are_told() -> None:
    """Of a ground that is kept, and of black ground that black lines merge with; only if they were asked for."""
    assert ("holes", "not_cut") in missed(told(scene(), "painting", cutout=True, holes="open"))
    assert not {"holes"} & {wish for wish, _ in missed(told(scene(), "painting", cutout=True))}
    lined = np.zeros((40, 40, 4), np.uint8)
    lined[..., 3] = 255
    lined[9:31, 9:31, :3] = (60, 150, 240)
    lined[15, 10:30, :3] = lined[10:30, 20, :3] = 0
    large = lined.repeat(8, 0).repeat(8, 1)
    assert ("holes", "hidden") in missed(told(large, "sprite"))
    assert not missed(told(large, "sprite", holes="keep"))


def test_nothing_is_said_of_what_nobody_asked_for() -> None:
    """A painting is not searched for cells and keeps its ground."""
    art = told(scene(), "painting")
    assert art["grid"] == "off"
    assert "ground" not in art
    assert art["unfulfilled"] == []


def test_a_painting_pixelated_by_its_size_is_told_as_that() -> None:
    """It has cells, but none was found, and there is nothing to be confident of."""
    art = told(scene(), "sprite", size=32, cutout=False)
    assert art["grid"] == "none"
    assert art["pixelated"] is True
    assert art["native"] == [32, 32]
    assert art["cell"] == [8.0, 8.0]
    assert "confidence" not in art


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"native": "999x999"}, ("native", "larger_than_picture")),
        ({"cell": 200}, ("cell", "larger_than_picture")),
        ({"size": 100, "cutout": False}, ("size", "not_enlarged")),
        ({"outline": "#ff0000", "cutout": False}, ("outline", "not_cut")),
        ({"seamless": True, "cutout": False}, ("seamless", "edges_differ")),
        ({"pad": "multiple:1025"}, ("pad", "no_room")),
        ({"sheet": True}, ("sheet", "one_sprite")),
        ({"tile": "best"}, ("tile", "no_tiles")),
    ],
)
def test_a_wish_that_cannot_be_fulfilled_is_told(
    options: dict[str, object], expected: tuple[str, str]
) -> None:
    """Each with a reason as data and a sentence."""
    pixels = sprite()
    pixels[:, :3, :3] = 0 if "seamless" in options else 255
    assert expected in missed(told(pixels.repeat(10, 0).repeat(10, 1), "sprite", **options))


def test_a_tile_that_is_asked_for_is_cut_where_no_grid_is_seen() -> None:
    """And that is told; the operator's setting alone cuts nothing."""
    whole = scene()
    made = render(to_png(whole), Recipe(preset=PRESETS["painting"].adjusted({"tile": 2})))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(made.png))), whole[:128, 128:])
    assert made.art["tile"] == 2
    assert missed(made.art) == {("tile", "cut_in_the_middle")}
    kept = render(to_png(whole), Recipe(preset=PRESETS["painting"], tile=2))
    assert kept.width == 256
    assert "tile" not in kept.art


def test_no_tile_is_cut_where_the_provider_delivers_single_pictures() -> None:
    """Whatever was asked for; it is told."""
    recipe = Recipe(preset=PRESETS["painting"].adjusted({"tile": 2}), grids=False)
    made = render(to_png(scene()), recipe)
    assert made.width == 256
    assert missed(made.art) == {("tile", "single_pictures")}


def grid_of(*tiles: Pixels) -> Pixels:
    """Lay four tiles out as generators do."""
    return np.concatenate([np.concatenate(tiles[:2], 1), np.concatenate(tiles[2:], 1)])


def test_all_four_tiles_become_assets() -> None:
    """The first is the picture, the others its variants, each as it would be alone."""
    tiles = [sprite().repeat(8, 0).repeat(8, 1) for _ in range(4)]
    for number, each in enumerate(tiles):
        each[80, 90, :3] = each[88:100, 88:104, :3] = (40 * number, 200, 10)
    preset = PRESETS["sprite"].adjusted({"tile": "all", "sidecar": True})
    made = render(to_png(grid_of(*tiles)), Recipe(preset=preset, image="r.png"))
    assert [each.art["tile"] for each in (made, *made.variants)] == [1, 2, 3, 4]
    for number, one in enumerate((made, *made.variants), 1):
        alone = PRESETS["sprite"].adjusted({"tile": number})
        assert one.png == render(to_png(grid_of(*tiles)), Recipe(preset=alone)).png
    names = [json.loads(each.sidecar)["meta"]["image"] for each in made.variants]
    assert names == ["r~2.png", "r~3.png", "r~4.png"]
    assert len({each.sha256 for each in (made, *made.variants)}) == 4


def test_a_blank_tile_is_left_out_and_told() -> None:
    """Three pictures are better than none."""
    blank = np.full((256, 256, 4), 255, np.uint8)
    tiles = [scene(), blank, scene()[::-1], scene()[:, ::-1]]
    made = render(
        to_png(grid_of(*tiles)), Recipe(preset=PRESETS["painting"].adjusted({"tile": "all"}))
    )
    assert [each.art["tile"] for each in (made, *made.variants)] == [1, 3, 4]
    assert ("tile", "blank_tile") in missed(made.art)


@pytest.mark.parametrize("step", sorted(pipeline.SPARED))
def test_a_step_that_fails_is_left_out_where_that_is_possible(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paid picture is delivered without it, and that is told."""

    def broken(*_: object) -> Artwork:
        raise ZeroDivisionError

    steps = tuple((name, broken if name == step else each) for name, each in pipeline.STEPS)
    monkeypatch.setattr(pipeline, "STEPS", steps)
    made = told(sprite().repeat(16, 0).repeat(16, 1), "sheet")
    assert (pipeline.SPARED[step], "failed") in missed(made)


def test_too_little_memory_is_not_taken_for_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited out by its caller, so it must not be hidden."""

    def starved(*_: object) -> Artwork:
        raise MemoryError

    monkeypatch.setattr(pipeline, "STEPS", (("grid", starved),))
    with pytest.raises(Exception, match="MemoryError") as caught:
        develop(to_png(sprite()), Recipe(preset=Preset(name="t")))
    assert isinstance(caught.value.__cause__, MemoryError)


def test_every_reason_has_a_sentence() -> None:
    """That ends in a full stop, and names no module or setting."""
    for wish, sentence in SENTENCES.items():
        art = Artwork(sprite()).missing(*wish)
        assert describe(art)["unfulfilled"] == [
            {"option": wish.wish, "reason": wish.reason, "sentence": sentence}
        ]
        assert sentence.endswith(".")
    assert Unfulfilled("cutout", "scene") in SENTENCES
