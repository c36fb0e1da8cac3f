"""Presets: what is done to a picture, as small TOML files that can be added to."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from mobart.art.choices import TILES, Dither, Shadow, Tile

SHIPPED = Path(__file__).parent / "presets"
PAD = re.compile(r"^(none|square|pot|multiple:[1-9]\d{0,3})$")
COLOUR = re.compile(r"^(#[0-9a-fA-F]{6})?$")
NATIVE = re.compile(r"^([1-9]\d{0,3})x([1-9]\d{0,3})$", re.ASCII)
CHOICES: Mapping[str, tuple[str, ...]] = {
    "grid": ("auto", "off", "force"),
    "holes": ("keep", "open"),
    "shadow": ("keep", "auto", "drop", "soft"),
    "dither": ("none", "ordered", "diffusion"),
    "frames": ("array", "hash"),
}
RANGES: Mapping[str, tuple[int, int]] = {
    "margin": (0, 64),
    "size": (0, 128),
    "colours": (0, 256),
    "spacing": (0, 64),
    "pixels_per_unit": (1, 10_000),
}
"""Smallest and largest value of each number; the largest side may allow less, which is reported.

Ten thousand pixels to a unit is ten times the longest side of a result: more is a slip.
"""
NATIVE_SIDES = (4, 1024)
"""Cells along a side that a known size may have: the largest side of a result."""
CELLS = (2, 512)
"""Pixels of a known cell: below 2 there is nothing to recover; half the side of usual pictures."""
QUOTED = 40
"""Characters of a wrong value that an error quotes."""
SMALLEST_SIZE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One way of treating pictures; the defaults do nothing but keep within the size limit."""

    name: str
    tile: Tile | Literal["all"] = 0
    """Which tile of a 2x2 grid is taken, 1 to 4, `best` or `all`; 0 leaves it to the recipe."""
    grid: Literal["auto", "off", "force"] = "off"
    """Whether a pixel grid is looked for, or the likeliest one taken even if nothing proves it."""
    native: str = ""
    """Known size of the picture in cells, `32x32`; empty if it is not known."""
    cell: float = 0.0
    """Known side of a cell in pixels, 2 to 512; 0 if it is not known."""
    enlarge: bool = False
    """Whether native pixel art is enlarged by a whole number to the largest size allowed."""
    size: int = 0
    """Longest side of the native picture, 16 to 128 cells, of a painting too; 0 keeps what was found."""
    cutout: bool = False
    holes: Literal["keep", "open"] = "keep"
    """Whether ground enclosed by the subject stays or, from 3x3 pixels on, becomes transparent."""
    shadow: Shadow = "keep"
    """Whether a cast shadow stays opaque, goes where it is sure, goes, or becomes black of partial alpha."""
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
    """Whether the sidecar says if opposite edges meet."""
    sheet: bool = False
    """Whether the sprites of a picture are laid out anew, in cells of one size."""
    spacing: int = 1
    """Transparent pixels around the cells of a sheet and between them."""
    sidecar: bool = False
    """Whether a JSON that describes the picture is written beside it."""
    frames: Literal["array", "hash"] = "array"
    """Whether that JSON lists its frames, or has them by name."""
    pivot: tuple[float, float] = (0.5, 0.5)
    """Share of width and height, from the top left."""
    pixels_per_unit: int = 100

    def adjusted(self, options: Mapping[str, object]) -> "Preset":
        """Return a copy with *options* over the fields of the same name.

        Raises:
            ValueError: an option is unknown or its value not allowed.

        """
        return _checked(replace(self, **_known(options, self.name)), self.name) if options else self


def load_presets(
    *folders: Path, leave_out: Callable[[str], None] | None = None
) -> Mapping[str, Preset]:
    """Return the shipped presets and those of *folders* by name; later ones replace earlier ones.

    A file that is wrong is skipped and passed to *leave_out*, if that is given.

    Raises:
        ValueError: a file has an unknown key or a value that is not allowed, or cannot be read.

    """
    found: dict[str, Preset] = {}
    for folder in (SHIPPED, *folders):
        for path in sorted(folder.glob("*.toml")):
            try:
                found[path.stem] = read_preset(_read(path), path.stem)
            except ValueError as fault:
                if leave_out is None:
                    raise
                leave_out(f"{path}: left out: {fault}")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise ValueError(f"preset {path.stem}: {fault}") from fault


def read_preset(text: str, name: str) -> Preset:
    """Parse the TOML *text* of the preset *name*; how its pictures are asked for is read elsewhere."""
    try:
        table = tomllib.loads(text)
    except ValueError as fault:  # of TOML, or a number of thousands of digits
        raise ValueError(f"preset {name}: {fault}") from fault
    table.pop("prompt", None)
    return Preset(name=name).adjusted(table)


def read_native(text: str) -> tuple[int, int] | None:
    """Return the width and height that a preset's `native` names, None for an empty one."""
    match = NATIVE.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def _known(options: Mapping[str, object], name: str) -> dict[str, Any]:
    default = Preset(name=name)
    known = {field.name for field in fields(Preset)} - {"name"}
    result: dict[str, Any] = {}
    for key, value in options.items():
        if key not in known:
            raise ValueError(f"preset {name}: {key[:QUOTED]} is none of {', '.join(sorted(known))}")
        if key in READERS:
            result[key] = READERS[key](value, name)
        elif type(value) is not type(getattr(default, key)):
            raise ValueError(f"preset {name}: {key} cannot be {_quote(value)}")
        else:
            result[key] = value
    return result


def _quote(value: object) -> str:
    """Return the beginning of a value that is not allowed."""
    try:
        return repr(value)[:QUOTED]
    except ValueError:  # more digits than Python turns into text
        return "a number of thousands of digits"


def _pair(value: object, name: str) -> tuple[float, float]:
    match value:
        case [int() | float() as x, int() | float() as y] if 0 <= x <= 1 and 0 <= y <= 1:
            return float(x), float(y)
    raise ValueError(f"preset {name}: pivot must be two numbers from 0 to 1")


def _tile(value: object, name: str) -> "Tile | Literal['all']":
    match value:
        case "best" | "all":
            return value
        case int() if not isinstance(value, bool) and 0 <= value <= len(TILES):
            return value
    raise ValueError(f"preset {name}: tile is none of 0, 1, 2, 3, 4, best, all")


def _native(value: object, name: str) -> str:
    """Read `32x24`, or 32 for a square."""
    square = isinstance(value, int) and NATIVE_SIDES[0] <= value <= NATIVE_SIDES[1]
    text = f"{value}x{value}" if square else value
    sides = read_native(text) if isinstance(text, str) else None
    low, high = NATIVE_SIDES
    if value in ("", 0) and not isinstance(value, bool):
        return ""
    if sides is None or not all(low <= side <= high for side in sides):
        raise ValueError(f"preset {name}: native is no WIDTHxHEIGHT of {low} to {high} cells")
    return f"{sides[0]}x{sides[1]}"


def _cell(value: object, name: str) -> float:
    low, high = CELLS
    match value:
        case int() | float() if not isinstance(value, bool) and (
            value == 0 or low <= value <= high
        ):
            return float(value)
    raise ValueError(f"preset {name}: cell is not 0 or within {low} to {high} pixels")


READERS: Mapping[str, Callable[[object, str], object]] = {
    "pivot": _pair,
    "tile": _tile,
    "native": _native,
    "cell": _cell,
}
"""Fields of which more than one type of value is understood."""


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
    if preset.native and preset.cell:
        problems.append("native and cell exclude each other")
    if preset.grid == "off" and (preset.native or preset.cell):
        problems.append('native and cell need a grid that is not "off"')
    if problems:
        raise ValueError(f"preset {name}: {'; '.join(problems)}")
    return preset
