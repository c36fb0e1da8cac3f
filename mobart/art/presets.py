"""Presets: what is done to a picture, as small TOML files that can be added to."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from mobart.art.colours.quantize import Dither
from mobart.art.tiles.tile import TILES, Tile

SHIPPED = Path(__file__).parent / "presets"
PAD = re.compile(r"^(none|square|pot|multiple:[1-9]\d{0,3})$")
COLOUR = re.compile(r"^(#[0-9a-fA-F]{6})?$")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "grid": ("auto", "off"),
    "holes": ("keep", "open"),
    "dither": ("none", "ordered", "diffusion"),
}
RANGES: Mapping[str, tuple[int, int]] = {"margin": (0, 64), "size": (0, 128), "colours": (0, 256)}
SMALLEST_SIZE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One way of treating pictures; the defaults do nothing but keep within the size limit."""

    name: str
    tile: Tile = 0
    """Which tile of a 2x2 grid is taken, 1 to 4 or `best`; 0 leaves it to the recipe."""
    grid: Literal["auto", "off"] = "off"
    """Whether a pixel grid is looked for."""
    enlarge: bool = False
    """Whether native pixel art is enlarged by a whole number to the largest size allowed."""
    size: int = 0
    """Longest side of the native picture, 16 to 128 cells, of a painting too; 0 keeps what was found."""
    cutout: bool = False
    holes: Literal["keep", "open"] = "keep"
    """Whether ground enclosed by the subject stays or, from 3x3 pixels on, becomes transparent."""
    trim: bool = False
    margin: int = 0
    """Transparent pixels kept or added around a trimmed subject."""
    pad: str = "none"
    """`none`, `square`, `pot` (power of two) or `multiple:N`, for both sides."""
    outline: str = ""
    """`#RRGGBB` of a line drawn around a cut-out subject; empty for none."""
    colours: int = 0
    """Largest number of colours; 0 keeps what was found."""
    palette: str = ""
    """Name of a palette that every colour is mapped to; empty for none."""
    dither: Dither = "none"
    seamless: bool = False
    """Whether the sidecar tells if opposite edges meet."""
    sidecar: bool = False
    """Whether a JSON that describes the picture is written beside it."""
    pivot: tuple[float, float] = (0.5, 0.5)
    """Share of width and height, from the top left."""
    pixels_per_unit: int = 100

    def adjusted(self, options: Mapping[str, object]) -> "Preset":
        """Return a copy with *options* over the fields of the same name.

        Raises:
            ValueError: an option is unknown or its value not allowed.

        """
        return _checked(replace(self, **_known(options, self.name)), self.name)


def load_presets(*folders: Path) -> Mapping[str, Preset]:
    """Return the shipped presets and those of *folders* by name; later ones replace earlier ones.

    Raises:
        ValueError: a file has an unknown key or a value that is not allowed.

    """
    found: dict[str, Preset] = {}
    for folder in (SHIPPED, *folders):
        for path in sorted(folder.glob("*.toml")):
            found[path.stem] = read_preset(path.read_text("utf-8"), path.stem)
    return found


def read_preset(text: str, name: str) -> Preset:
    """Parse the TOML *text* of the preset *name*; how its pictures are asked for is read elsewhere."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ValueError(f"preset {name}: {fault}") from fault
    table.pop("prompt", None)
    return Preset(name=name).adjusted(table)


def _known(options: Mapping[str, object], name: str) -> dict[str, Any]:
    default = Preset(name=name)
    known = {field.name for field in fields(Preset)} - {"name"}
    result: dict[str, Any] = {}
    for key, value in options.items():
        if key not in known:
            raise ValueError(f"preset {name}: {key} is none of {', '.join(sorted(known))}")
        if key == "pivot":
            value = _pair(value, name)  # noqa: PLW2901 - a TOML array becomes a tuple
        elif key == "tile":
            value = _tile(value, name)  # noqa: PLW2901 - a number or a word
        elif type(value) is not type(getattr(default, key)):
            raise ValueError(f"preset {name}: {key} cannot be {value!r}")
        result[key] = value
    return result


def _pair(value: object, name: str) -> tuple[float, float]:
    match value:
        case [int() | float() as x, int() | float() as y] if 0 <= x <= 1 and 0 <= y <= 1:
            return float(x), float(y)
    raise ValueError(f"preset {name}: pivot must be two numbers from 0 to 1")


def _tile(value: object, name: str) -> Tile:
    match value:
        case "best":
            return "best"
        case int() if not isinstance(value, bool) and 0 <= value <= len(TILES):
            return value
    raise ValueError(f"preset {name}: tile is none of 0, 1, 2, 3, 4, best")


def _checked(preset: Preset, name: str) -> Preset:
    problems = [
        f"{key} is none of {', '.join(allowed)}"
        for key, allowed in CHOICES.items()
        if getattr(preset, key) not in allowed
    ]
    problems += [
        f"{key} is not within {low} to {high}"
        for key, (low, high) in RANGES.items()
        if not low <= getattr(preset, key) <= high
    ]
    if 0 < preset.size < SMALLEST_SIZE:
        problems.append(f"size is not within {SMALLEST_SIZE} to 128")
    if not PAD.match(preset.pad):
        problems.append("pad is none of none, square, pot, multiple:N")
    if not COLOUR.match(preset.outline):
        problems.append("outline is no #RRGGBB")
    if preset.pixels_per_unit < 1:
        problems.append("pixels_per_unit is below 1")
    if problems:
        raise ValueError(f"preset {name}: {'; '.join(problems)}")
    return preset
