"""The post-processor as a list of named steps: from the bytes of a picture to finished assets."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

from mobart.art import found, sidecar, steps
from mobart.art.artwork import Artwork
from mobart.art.choices import TILES
from mobart.art.files import encode, faults
from mobart.art.files.decode import Pixels, decode
from mobart.art.files.faults import BadPicture
from mobart.art.files.header import is_lossy
from mobart.art.recipe import Recipe
from mobart.art.sheet.sheet import has_sprites, make_sheet
from mobart.art.steps import Step
from mobart.art.tiles import best, tile
from mobart.art.tiles.tile import Crossing
from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected

BLANK = 2
"""Levels that no eye can tell apart, as compression leaves them on a plain ground."""
GLANCE = 16
"""Every sixteenth pixel each way tells nearly all pictures that are not blank."""

STEPS: tuple[tuple[str, Step], ...] = (
    ("given", steps.take_given),
    ("sheet", make_sheet),
    ("grid", steps.recover_grid),
    ("fit", steps.fit_size),
    ("cutout", steps.cut_out),
    ("trim", steps.trim),
    ("size", steps.force_size),
    ("margin", steps.leave_margin),
    ("colours", steps.limit_colours),
    ("outline", steps.draw_outline),
    ("pad", steps.pad),
    ("seams", steps.judge_seams),
    ("bleed", steps.spread_colour),
    ("enlarge", steps.enlarge),
)
FINISHING = ("colours", "bleed", "enlarge")
"""Steps that a sheet still takes as a whole; the others were taken by each of its sprites."""
SPARED = {"sheet": "sheet", "grid": "grid", "cutout": "cutout"}
"""Steps that a picture can do without, should they fail on it, with the option then reported as not fulfilled."""
WISHED = (True, "auto", "force")
"""Values of the preset's fields of these names that ask for the step."""


def render(raw: bytes, recipe: Recipe) -> Rendering:
    """Make the finished PNG of a generated picture; the same bytes for the same input.

    With `tile = "all"` the other pictures of a grid are its variants.

    Raises:
        Truncated: *raw* is cut short.
        Rejected: `IMAGE_INVALID`, `IMAGE_TOO_LARGE`, `PROCESSING_FAILED`, or `GENERATION_FAILED`
            if the picture is blank.

    """
    tiles = _open_tiles(raw, recipe)
    del raw  # megabytes that no step needs
    first, *others = _take_all_steps(tiles, recipe)
    del tiles
    variants = tuple(
        seal(art, replace(recipe, image=_name_variant(recipe.image, number)))
        for number, art in enumerate(others, 2)
    )
    return replace(seal(first, recipe), variants=variants)


def develop(raw: bytes, recipe: Recipe) -> Artwork:
    """Take *raw* through all steps; its pixels are still to be enlarged by `scale`.

    Raises:
        Truncated: *raw* is cut short.
        Rejected: as `render`.

    """
    return develop_all(raw, recipe)[0]


def develop_all(raw: bytes, recipe: Recipe) -> Sequence[Artwork]:
    """As `develop`, for each picture that is wanted of a grid: one, or with `tile = "all"` four."""
    return _take_all_steps(_open_tiles(raw, recipe), recipe)


@contextmanager
def _one_failure() -> Iterator[None]:
    """Make any bug the failure of one picture, and never of the worker."""
    try:
        yield
    except Rejected:
        raise
    except Exception as fault:
        raise faults.failed(repr(fault)) from fault


@_one_failure()
def _open_tiles(raw: bytes, recipe: Recipe) -> Sequence[Artwork]:
    return _refuse_blank(cut_tiles(_open(raw, recipe), recipe))


@_one_failure()
def _take_all_steps(tiles: Sequence[Artwork], recipe: Recipe) -> Sequence[Artwork]:
    return [_take_steps(art, recipe) for art in tiles]


def _open(raw: bytes, recipe: Recipe) -> Artwork:
    """Decode a picture; one that lacks a part is taken where the recipe says so, unless nothing is left."""
    try:
        return Artwork(decode(raw, recipe.max_pixels), lossy=is_lossy(raw))
    except BadPicture as fault:
        if not recipe.partial or fault.code is not Code.IMAGE_INVALID:
            raise
        pixels = decode(raw, recipe.max_pixels, partial=True)
        if is_blank(pixels):
            raise
    return Artwork(pixels, lossy=is_lossy(raw)).missing("picture", "incomplete")


def cut_tiles(art: Artwork, recipe: Recipe) -> Sequence[Artwork]:
    """Return the pictures that are wanted of a 2x2 grid; any other picture is the only one.

    A number or `all` that the preset or the request asks for is cut from the middle of a picture
    that shows no grid; `best`, and what is only the provider's setting, needs one.
    """
    wanted = recipe.preset.tile or recipe.tile
    if wanted is None:
        return [art]
    if not recipe.grids:
        return [art.missing("tile", "single_pictures") if recipe.preset.tile else art]
    crossing = tile.find_crossing(art.pixels)
    if crossing is None:
        if not recipe.preset.tile:
            return [art]
        height, width = art.pixels.shape[:2]
        if recipe.preset.tile == "best" or min(height, width) < 2 * tile.SMALLEST:
            return [art.missing("tile", "no_tiles")]
        crossing = Crossing(width // 2, height // 2)
        art = art.missing("tile", "cut_in_the_middle")
    numbers = TILES if wanted == "all" else (wanted,)
    tiles = [_cut(art, number, crossing) for number in numbers]
    if recipe.preset.sheet and not recipe.preset.tile and not has_sprites(tiles[0]):
        return [art]  # four sprites stand as four pictures do; four sheets have more of them
    return tiles


def _refuse_blank(tiles: Sequence[Artwork]) -> Sequence[Artwork]:
    """Leave out pictures that show nothing: wholly transparent, or of a single colour all over."""
    seen = [art for art in tiles if not is_blank(art.pixels)]
    if not seen:
        raise faults.blank()
    return seen if len(seen) == len(tiles) else [seen[0].missing("tile", "blank_tile"), *seen[1:]]


def _cut(art: Artwork, wanted: int | str, crossing: Crossing) -> Artwork:
    number = best.choose(art.pixels, crossing) if isinstance(wanted, str) else wanted
    return replace(art, pixels=tile.cut(art.pixels, number, crossing), tile=number)


def _take_steps(art: Artwork, recipe: Recipe) -> Artwork:
    """Take one picture through all steps; one that it can do without is left out where it fails."""
    for name, step in STEPS:
        if art.frames and name not in FINISHING:
            continue
        if recipe.spare and name in SPARED:
            wished = getattr(recipe.preset, name) in WISHED
            given = name == "grid" and art.native
            art = _without(art, name, "too_hard") if wished and not given else art
            continue
        try:
            art = step(art, recipe)
        except Exception as fault:
            if name not in SPARED or isinstance(fault, MemoryError):
                raise
            art = _without(art, name, "failed")
    return art


def _without(art: Artwork, name: str, reason: Literal["failed", "too_hard"]) -> Artwork:
    """Say that the step *name* failed on this picture, or was left out."""
    art = art.missing(SPARED[name], reason)
    if name == "grid":
        return replace(art, grid=reason)
    return replace(art, ground="kept", ground_reason=reason) if name == "cutout" else art


def seal(art: Artwork, recipe: Recipe) -> Rendering:
    """Encode a developed picture, and write its sidecar if the preset asks for one."""
    png = encode.encode(art.pixels, recipe.png, art.scale, native=art.native)
    height, width = art.pixels.shape[:2]
    digest = hashlib.sha256(png).hexdigest()
    facts = found.describe(art)
    text = sidecar.write(art, recipe, facts) if recipe.preset.sidecar else b""
    return Rendering(png, width * art.scale, height * art.scale, digest, text, facts)


def _name_variant(image: str, number: int) -> str:
    """Return the name of a variant's file: `a.png` becomes `a~2.png`."""
    stem, dot, ending = image.rpartition(".")
    return f"{stem}~{number}{dot}{ending}" if dot else image


def is_blank(pixels: Pixels) -> bool:
    """Whether there is nothing to see in a picture; a glance tells nearly all that are not."""
    return all(map(_shows_nothing, (pixels[::GLANCE, ::GLANCE], pixels)))


def _shows_nothing(pixels: Pixels) -> bool:
    if not pixels[..., 3].any():
        return True
    lowest, highest = pixels.min((0, 1)).astype(int), pixels.max((0, 1)).astype(int)
    return bool((highest - lowest <= BLANK).all())
