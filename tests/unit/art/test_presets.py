"""Presets and palettes as files."""

from pathlib import Path

import pytest

from mobart.art.colours.palette_files import load_palettes, read_palette
from mobart.art.presets import Preset, load_presets, read_preset


def test_the_promised_presets_ship() -> None:
    """Eight, by name."""
    names = {"auto", "native", "pixel", "sprite", "painting", "tile", "icon", "sheet"}
    assert set(load_presets()) == names


def test_presets_can_be_added(tmp_path: Path) -> None:
    """A file's name is the preset's; it may replace a shipped one."""
    (tmp_path / "hero.toml").write_text('grid = "auto"\nsize = 64\n')
    assert load_presets(tmp_path)["hero"].size == 64


@pytest.mark.parametrize(
    "text",
    [
        "size = 8",
        "size = 500",
        'grid = "maybe"',
        "pivot = [2, 0]",
        "margn = 1",
        'pad = "odd"',
        "trim = 1",
        "tile = 5",
        "tile = true",
        'tile = "worst"',
        "= 3",
        'grid = "auto"\nnative = "3x32"',
        'grid = "auto"\nnative = "32x2048"',
        'grid = "auto"\nnative = "32 x 32"',
        'grid = "auto"\nnative = true',
        'grid = "auto"\ncell = 1.5',
        'grid = "auto"\ncell = 513',
        'grid = "auto"\ncell = nan',
        'grid = "auto"\ncell = true',
        'grid = "auto"\ncell = 16\nnative = "32x32"',
        'grid = "off"\ncell = 16',
        'native = "32x32"',
        'shadow = "hard"',
        "sheet = 1",
        "spacing = 65",
        'frames = "list"',
        "pixels_per_unit = 0",
        "pixels_per_unit = 10001",
        f"pixels_per_unit = {'9' * 4299}",
        f"margin = {'9' * 4299}",
        f"margin = {'9' * 4301}",
        f"tile = {'9' * 4299}",
        f"grid = 'auto'\nnative = {'9' * 4299}",
        f"grid = 'auto'\ncell = {'9' * 4299}",
        f"outline = {'9' * 4299}",
    ],
)
def test_a_bad_preset_is_named(text: str) -> None:
    """The message says which preset is wrong."""
    with pytest.raises(ValueError, match="preset odd"):
        read_preset(text, "odd")


@pytest.mark.parametrize(
    ("value", "read"), [('"32x24"', "32x24"), ("32", "32x32"), ('""', ""), ('"1024x4"', "1024x4")]
)
def test_a_known_size_is_width_by_height_or_a_square(value: str, read: str) -> None:
    """In cells, from 4 to the largest side of a result."""
    assert read_preset(f'grid = "auto"\nnative = {value}', "mine").native == read


def test_a_wrong_value_is_quoted_but_not_at_length() -> None:
    """A refusal is one sentence, whatever was sent."""
    with pytest.raises(ValueError, match="margin") as caught:
        Preset(name="t").adjusted({"margin": "x" * 10_000})
    assert len(str(caught.value)) < 200
    with pytest.raises(ValueError, match="is none of") as caught:
        Preset(name="t").adjusted({"x" * 10_000: 1})
    assert len(str(caught.value)) < 500


def test_an_odd_file_is_left_out_and_told_where_that_is_wanted(tmp_path: Path) -> None:
    """The others are there; without anybody to tell, the first odd one is an error."""
    (tmp_path / "good.toml").write_text("size = 64\n")
    (tmp_path / "odd.toml").write_text("sise = 64\n")
    (tmp_path / "torn.toml").write_bytes(b"size = \xff")
    told: list[str] = []
    found = load_presets(tmp_path, leave_out=told.append)
    assert found["good"].size == 64
    assert not {"odd", "torn"} & set(found)
    assert [name in line for name, line in zip(("odd.toml", "torn.toml"), told, strict=True)]
    with pytest.raises(ValueError, match="odd"):
        load_presets(tmp_path)


def test_palettes_are_read_as_hex_and_gpl() -> None:
    """One colour a line, comments and headers skipped."""
    assert read_palette("; mine\nff0000\n#00ff00\n", "a.hex") == bytes((255, 0, 0, 0, 255, 0))
    gpl = "GIMP Palette\nName: x\nColumns: 2\n#\n  1   2   3\tname\n"
    assert read_palette(gpl, "a.gpl") == bytes((1, 2, 3))


@pytest.mark.parametrize(("text", "name"), [("red", "a.hex"), ("", "a.hex"), ("1 2 999", "a.gpl")])
def test_a_bad_palette_is_named(text: str, name: str) -> None:
    """The message says which file is wrong."""
    with pytest.raises(ValueError, match=name):
        read_palette(text, name)


def test_shipped_palettes_are_sound() -> None:
    """Each loads."""
    assert {"gameboy", "one-bit", "cga"} <= set(load_palettes())
