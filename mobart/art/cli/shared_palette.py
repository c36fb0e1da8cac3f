"""One palette for all pictures of a run, as a file that presets and requests can name."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from mobart.art.files.decode import Pixels
from mobart.art.pipeline import develop_all
from mobart.art.recipe import Recipe
from mobart.art.sheet.palette import common_palette
from mobart.core.errors import Rejected

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
MOST = 64
"""Colours of the palette where the preset names no number: what ordinary sprites need at most."""


def check(name: str) -> str:
    """Return *name* if a file and a preset can be called so.  Raises ValueError."""
    if not NAME.fullmatch(name):
        raise ValueError(f"--shared-palette {name}: a name has letters, digits, - and _ only")
    return name


def find(sources: Iterable[Path], recipe: Recipe) -> bytes:
    """Return one palette for the pictures of *sources*, three bytes a colour; none if none can be read."""
    free = replace(recipe, palette=b"", preset=replace(recipe.preset, colours=0))
    pictures = [pixels for source in sources for pixels in _develop(source, free)]
    if not pictures:
        return b""
    return common_palette(pictures, most=recipe.preset.colours or MOST).tobytes()


def _develop(source: Path, recipe: Recipe) -> list[Pixels]:
    try:
        return [art.pixels for art in develop_all(source.read_bytes(), recipe)]
    except (Rejected, OSError):  # reported when its own turn comes
        return []


def write(folder: Path, name: str, colours: bytes) -> Path:
    """Write *colours* as `NAME.hex`, one RRGGBB a line, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.hex"
    path.write_text(colours.hex("\n", 3) + "\n", "utf-8")
    return path
