"""Presets and palettes as files."""

from pathlib import Path

import pytest

from mobart.art.colours.palette_files import load_palettes, read_palette
from mobart.art.presets import load_presets, read_preset


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
    ],
)
def test_a_bad_preset_is_named(text: str) -> None:
    """The message says which preset is wrong."""
    with pytest.raises(ValueError, match="preset odd"):
        read_preset(text, "odd")


def test_palettes_are_read_as_hex_and_gpl() -> None:
    """One colour a line, comments and headers skipped."""
    assert read_palette("; mine\nff0000\n#00ff00\n", "a.hex").tolist() == [[255, 0, 0], [0, 255, 0]]
    gpl = "GIMP Palette\nName: x\nColumns: 2\n#\n  1   2   3\tname\n"
    assert read_palette(gpl, "a.gpl").tolist() == [[1, 2, 3]]


@pytest.mark.parametrize(("text", "name"), [("red", "a.hex"), ("", "a.hex"), ("1 2 999", "a.gpl")])
def test_a_bad_palette_is_named(text: str, name: str) -> None:
    """The message says which file is wrong."""
    with pytest.raises(ValueError, match=name):
        read_palette(text, name)


def test_shipped_palettes_are_sound() -> None:
    """Each loads."""
    assert {"gameboy", "one-bit", "cga"} <= set(load_palettes())
