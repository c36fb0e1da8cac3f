"""One picture of a run: read, made, written and reported."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from mobart.art import found
from mobart.art.artwork import Artwork
from mobart.art.choices import TILES
from mobart.art.cli.batch import Task
from mobart.art.files.decode import decode
from mobart.art.pipeline import develop_all, seal
from mobart.art.recipe import Recipe
from mobart.core.errors import Rejected

SIDE = 512
"""Pixels of each half of a before/after picture."""
SPRITES = ".sprites"
"""Ending of the folder that a sheet is split into."""
CHECK = 16
"""Pixels of a square of the checker under what is transparent."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the pictures of a run are made, and what is written of each."""

    recipe: Recipe
    split: bool = False
    compare: bool = False
    preview: bool = False
    quiet: bool = False

    @property
    def endings(self) -> list[str]:
        """The endings of all files that may be made of one picture."""
        files = [".png", *([".json"] if self.recipe.preset.sidecar else [])]
        if self.recipe.preset.tile == "all":
            files += [f"~{tile}{ending}" for tile in TILES[1:] for ending in files]
        beside = {".sheet.png": self.compare, SPRITES: self.split}
        return [*files, *(ending for ending, is_wanted in beside.items() if is_wanted)]


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one picture; *before* and *after* are kept for a preview only."""

    name: str
    lines: Sequence[str]
    good: bool = True
    before: Image.Image | None = None
    after: Sequence[Artwork] = field(default=())


def make(task: Task, wanted: Wanted) -> Made:
    """Make *task*'s files; problems are returned as text, not raised."""
    name = task.source.name
    try:
        raw = task.source.read_bytes()
        arts = develop_all(raw, wanted.recipe)
        task.target.parent.mkdir(parents=True, exist_ok=True)
        lines = [_write(art, task.target, number, wanted) for number, art in enumerate(arts, 1)]
        shows = wanted.compare or wanted.preview
        before = decode(raw, wanted.recipe.max_pixels, partial=True) if shows else None
        if wanted.compare and before is not None:
            compare(Image.fromarray(before), arts[0]).save(task.target.with_suffix(".sheet.png"))
    except Rejected as fault:
        return Made(name, [f"{task.source}: {fault.sentence} ({fault})"], good=False)
    except OSError as fault:
        return Made(name, [f"{task.source}: {fault}"], good=False)
    shown = [f"{name} -> {line}" for line in lines]
    if not wanted.preview or before is None:
        return Made(name, shown)
    return Made(name, shown, before=Image.fromarray(before), after=arts)


def _write(art: Artwork, target: Path, number: int, wanted: Wanted) -> str:
    """Write one picture's files, those of a grid's further tiles as `NAME~2.png` and on."""
    path = target if number == 1 else target.with_name(f"{target.stem}~{number}.png")
    _write_one(art, path, wanted.recipe)
    if wanted.split and art.frames:
        folder = path.with_suffix(SPRITES)
        folder.mkdir(exist_ok=True)
        digits = len(str(len(art.frames) - 1))
        for place, sprite in enumerate(art.split()):
            _write_one(sprite, folder / f"{place:0{digits}}.png", wanted.recipe)
    return f"{path.name}: {tell(art)}"


def _write_one(art: Artwork, path: Path, recipe: Recipe) -> None:
    rendering = seal(art, replace(recipe, image=path.name))
    path.write_bytes(rendering.png)
    if rendering.sidecar:
        path.with_suffix(".json").write_bytes(rendering.sidecar)


def tell(art: Artwork) -> str:
    """Say in one line what was found, and what could not be done."""
    height, width = art.pixels.shape[:2]
    size = f"{width}x{height}" + (f" x{art.scale}" if art.scale > 1 else "")
    parts = [f"{len(art.frames)} sprites"] if art.frames else []
    parts += [_cells(art), size]
    if art.native:
        parts.append(f"{found.count_colours(art.pixels) or 'over 256'} colours")
    parts.append("ground kept" if art.pixels[..., 3].all() else "cut out")
    if found.was_found(art):
        parts.append(f"confidence {art.confidence:.2f}")
    missed = [f"\n    {each.wish}: {found.SENTENCES[each]}" for each in art.unfulfilled]
    return ", ".join(parts) + "".join(missed)


def _cells(art: Artwork) -> str:
    if art.pixelated:
        return "no pixel grid, pixelated by size"
    if not art.native:
        return "no pixel grid"
    across, down = art.pitch
    alike = f"{across:.2f}" == f"{down:.2f}"
    return f"cells of {across:.2f} px" if alike else f"cells of {across:.2f}x{down:.2f} px"


def compare(before: Image.Image, art: Artwork) -> Image.Image:
    """Put the picture before and after side by side, on a checker."""
    before.thumbnail((SIDE, SIDE))
    after = enlarged(art, SIDE)
    y, x = np.indices((SIDE, 2 * SIDE)) // CHECK
    checker = np.where((x + y) % 2, 102, 153).astype(np.uint8)
    both = Image.fromarray(checker).convert("RGBA")
    both.alpha_composite(before)
    both.alpha_composite(after, (SIDE, 0))
    return both


def enlarged(art: Artwork, side: int) -> Image.Image:
    """Return the result as large as fits within *side*, pixel art by a whole number."""
    image = Image.fromarray(np.ascontiguousarray(art.pixels))
    scale = side // max(image.size)
    if scale > 1:
        return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    image.thumbnail((side, side))
    return image
