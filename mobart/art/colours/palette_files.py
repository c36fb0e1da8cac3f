"""Palettes as artists keep them: `.hex` (one RRGGBB a line) and `.gpl` (GIMP)."""

import re
from collections.abc import Mapping
from pathlib import Path

SHIPPED = Path(__file__).parents[1] / "palettes"
HEX = re.compile(r"^#?([0-9a-fA-F]{6})$")
GPL = re.compile(r"^\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(\s|$)")


def load_palettes(*folders: Path) -> Mapping[str, bytes]:
    """Return the shipped palettes and those of *folders* by file name without ending: three bytes a colour.

    Raises:
        ValueError: a file holds no colours or a broken line.

    """
    found: dict[str, bytes] = {}
    for folder in (SHIPPED, *folders):
        for path in sorted([*folder.glob("*.hex"), *folder.glob("*.gpl")]):
            found[path.stem] = read_palette(path.read_text("utf-8"), path.name)
    return found


def read_palette(text: str, name: str) -> bytes:
    """Parse the text of a `.hex` or `.gpl` file; *name* decides which and is named in errors."""
    parse = _gpl_line if name.endswith(".gpl") else _hex_line
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(";")]
    if name.endswith(".gpl"):
        lines = [line for line in lines if line[0].isdigit() or line[0].isspace()]
    colours = [parse(line.strip(), name) for line in lines]
    if not colours:
        raise ValueError(f"{name} holds no colours")
    return bytes(part for colour in colours for part in colour)


def _hex_line(line: str, name: str) -> tuple[int, ...]:
    match = HEX.match(line)
    if match is None:
        raise ValueError(f"{name}: {line!r} is no RRGGBB colour")
    return tuple(bytes.fromhex(match[1]))


def _gpl_line(line: str, name: str) -> tuple[int, ...]:
    match = GPL.match(line)
    colour = tuple(int(match[k]) for k in (1, 2, 3)) if match else ()
    if not colour or max(colour) > 255:  # noqa: PLR2004
        raise ValueError(f"{name}: {line!r} is no colour")
    return colour
