"""The JSON beside a PNG holds such values only as Aseprite and TexturePacker write.

What importers do with them was read in Phaser's JSONArray, JSONHash and createFromAseprite, Godot's
Aseprite Wizard (which knows no trim and cuts `frame`), and a Unity importer (which reads a hash,
`rotated`, `trimmed` and the sizes, and wants numbers that fit).
"""

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mobart.art import Recipe, load_presets
from mobart.art.artwork import Artwork
from mobart.art.files.decode import Pixels
from mobart.art.found import describe as what_was_found
from mobart.art.frame import Box
from mobart.art.pipeline import render
from mobart.art.sidecar import describe, is_seamless

PRESETS = load_presets()
SIDES = {"x", "y", "w", "h"}


def to_png(pixels: Pixels) -> bytes:
    """Encode *pixels* plainly."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def at_the_border() -> Pixels:
    """Draw a subject that touches the left border of 32 x 24 cells."""
    pixels = np.full((24, 32, 4), 255, np.uint8)
    pixels[6:18, 0:9, :3] = (40, 30, 60)
    pixels[8:16, 2:7, :3] = (200, 90, 60)
    return pixels.repeat(8, 0).repeat(8, 1)


def sidecar(pixels: Pixels, preset: str, **options: object) -> dict[str, Any]:
    """Return the sidecar of *pixels* as it is read."""
    wanted = PRESETS[preset].adjusted({**options, "sidecar": True})
    made = render(to_png(pixels), Recipe(preset=wanted, tile=None, image="r.png"))
    told: dict[str, Any] = json.loads(made.sidecar)
    assert told["meta"]["size"] == {"w": made.width, "h": made.height}
    assert told["mobart"]["art"] == made.art
    return told


def check_frame(frame: Mapping[str, Any], size: Mapping[str, int]) -> None:
    """Assert what all importers rely on, and Aseprite always writes."""
    box, place, source = frame["frame"], frame["spriteSourceSize"], frame["sourceSize"]
    assert set(box) == set(place) == SIDES
    assert all(
        type(each) is int and each >= 0 for part in (box, place, source) for each in part.values()
    )
    assert (box["w"], box["h"]) == (place["w"], place["h"])
    assert box["x"] + box["w"] <= size["w"]
    assert box["y"] + box["h"] <= size["h"]
    assert place["x"] + place["w"] <= source["w"]
    assert place["y"] + place["h"] <= source["h"]
    assert frame["trimmed"] is ((place["w"], place["h"]) != (source["w"], source["h"]))
    assert frame["rotated"] is False
    assert frame["duration"] == 100


@pytest.mark.parametrize("options", [{}, {"margin": 3}, {"pad": "square"}, {"outline": "#ffffff"}])
def test_a_margin_beyond_the_border_enlarges_the_source(options: dict[str, object]) -> None:
    """No offset is negative; what lay at the border is as far inside as the margin is wide."""
    told = sidecar(at_the_border(), "sprite", **options)
    check_frame(told["frames"][0], told["meta"]["size"])
    assert told["frames"][0]["spriteSourceSize"]["x"] == 0
    width = told["frames"][0]["sourceSize"]["w"]
    assert width == {"margin": 35, "pad": 34, "outline": 33}.get(next(iter(options), ""), 33)


def test_the_slice_lies_in_the_source_as_aseprite_has_it() -> None:
    """Its bounds are those of the trimmed frame; the pivot counts from their corner."""
    told = sidecar(at_the_border(), "sprite", margin=2)
    key = told["meta"]["slices"][0]["keys"][0]
    assert key["bounds"] == told["frames"][0]["spriteSourceSize"]
    assert key["pivot"] == {"x": round(0.5 * 13), "y": 16}


@given(
    st.integers(1, 30),
    st.integers(1, 30),
    st.tuples(*[st.integers(-20, 20)] * 2),
    st.tuples(*[st.integers(1, 40)] * 2),
    st.integers(1, 9),
)
@settings(max_examples=80)
def test_whatever_the_frame_is_its_values_are_sound(
    width: int, height: int, corner: tuple[int, int], size: tuple[int, int], scale: int
) -> None:
    """Wherever it lies in its source, or beyond."""
    box = Box(*corner, width, height)
    art = Artwork(
        np.full((height, width, 4), 255, np.uint8), source=box, source_size=size, scale=scale
    )
    recipe = Recipe(preset=PRESETS["sprite"])
    told: Any = describe(art, recipe, "a.png", what_was_found(art))
    check_frame(told["frames"][0], told["meta"]["size"])


def figures(count: int = 3) -> Pixels:
    """Draw some figures of true pixels beside each other, the last one taller."""
    pixels = np.full((40, 24 * count, 4), 255, np.uint8)
    for number in range(count):
        top = 6 if number == count - 1 else 14
        spot = pixels[top:34, 24 * number + 5 : 24 * number + 17, :3]
        spot[:] = (30, 22, 40)
        spot[1:-1, 1:-1] = (60 * number + 40, 160, 200 - 50 * number)
        spot[3, 4] = (255, 250, 240)
    return pixels


@pytest.mark.parametrize("shape", ["array", "hash"])
def test_a_sheet_s_frames_are_cells_of_one_size(shape: str) -> None:
    """In both shapes: named by number, untrimmed, with a pivot, so that every importer agrees."""
    told = sidecar(figures(), "sheet", frames=shape)
    frames = told["frames"]
    if shape == "array":
        names = [each["filename"] for each in frames]
    else:
        names, frames = list(frames), list(frames.values())
        assert all("filename" not in each for each in frames)
    assert names == ["0", "1", "2"]
    for each in frames:
        check_frame(each, told["meta"]["size"])
        assert each["trimmed"] is False
        assert each["pivot"] == {"x": 0.5, "y": 1.0}
    assert [each["frame"] for each in frames] == [
        {"x": 1 + 13 * number, "y": 1, "w": 12, "h": 28} for number in range(3)
    ]


def test_a_sheet_s_rows_are_animations() -> None:
    """Tags as Aseprite writes them, whose frames Phaser finds by number."""
    two_rows = np.concatenate([figures(), figures()])
    told = sidecar(two_rows, "sheet")
    assert told["meta"]["frameTags"] == [
        {"name": "row 0", "from": 0, "to": 2, "direction": "forward"},
        {"name": "row 1", "from": 3, "to": 5, "direction": "forward"},
    ]
    key = told["meta"]["slices"][0]["keys"][0]
    assert key == {
        "frame": 0,
        "bounds": {"x": 0, "y": 0, "w": 12, "h": 28},
        "pivot": {"x": 6, "y": 28},
    }


def test_where_a_sprite_lies_in_its_cell_and_lay_in_the_picture_is_told() -> None:
    """Feet on one line; a picture that was enlarged counts in its own pixels."""
    told = sidecar(figures().repeat(4, 0).repeat(4, 1), "sheet")
    sprites = told["mobart"]["sprites"]
    assert [each["sprite"] for each in sprites] == [
        {"x": 1, "y": 9, "w": 12, "h": 20},
        {"x": 14, "y": 9, "w": 12, "h": 20},
        {"x": 27, "y": 1, "w": 12, "h": 28},
    ]
    assert sprites[2]["source"] == {"x": 4 * 53, "y": 4 * 6, "w": 48, "h": 112}


def test_a_single_picture_can_be_named_too() -> None:
    """A hash of one frame, by the file's name."""
    assert list(sidecar(at_the_border(), "sprite", frames="hash")["frames"]) == ["r.png"]


def test_single_line_of_pixels_has_nothing_to_meet_across_itself() -> None:
    """A texture one pixel high is judged by its ends alone, without a warning."""
    line = np.full((1, 40, 4), 255, np.uint8)
    assert is_seamless(line)
    line[0, :20, :3] = 0
    assert not is_seamless(line)
