"""The post-processor on a desk: files in, files out, no Redis, the same code as the worker's."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np
from PIL import Image

from mobart.art.artwork import Artwork
from mobart.art.cli.batch import Task, plan
from mobart.art.colours.palette_files import load_palettes
from mobart.art.files.decode import decode
from mobart.art.pipeline import develop, seal
from mobart.art.presets import Preset, load_presets
from mobart.art.recipe import Recipe
from mobart.art.tiles.tile import TILES
from mobart.core.errors import Rejected

ALL_GOOD, SOME_FAILED, MISUSED = 0, 1, 2
SHEET = 512
BAR = 40


def main(argv: Sequence[str]) -> int:
    """Run `art` with *argv*; 0 if every picture was made, 1 if one failed, 2 for bad usage."""
    try:
        options = _parser().parse_args(argv)
        recipe = _recipe(options)
        sources = [Path(name) for name in options.source]
        work = plan(sources, Path(options.target), endings=_endings(recipe, options))
    except SystemExit as leave:
        return ALL_GOOD if leave.code in (0, None) else MISUSED
    except (ValueError, OSError) as fault:
        sys.stderr.write(f"art: {fault}\n")
        return MISUSED
    for line in [] if options.quiet else work.ignored:
        _say(sys.stderr, f"art: {line}")
    if not work.tasks:
        sys.stderr.write("art: no PNG, JPEG or WebP among the sources\n")
        return MISUSED
    made = []
    for count, task in enumerate(work.tasks, 1):
        made.append(_make(task, recipe, options, f"{count}/{len(work.tasks)}"))
        _draw_bar(count, len(work.tasks))
    return ALL_GOOD if all(made) else SOME_FAILED


def _endings(recipe: Recipe, options: argparse.Namespace) -> list[str]:
    """List the endings of all files that are made of one picture."""
    sidecar = [".json"] if recipe.preset.sidecar else []
    return [".png", *sidecar, *([".sheet.png"] if options.sheet else [])]


def _draw_bar(done: int, total: int) -> None:
    """Show progress where a person watches."""
    if not sys.stderr.isatty():
        return
    filled = BAR * done // total
    end = "\n" if done == total else "\r"
    sys.stderr.write(f"[{'#' * filled}{'.' * (BAR - filled)}] {done}/{total}{end}")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="main.py art", description=__doc__)
    parser.add_argument(
        "source",
        nargs="+",
        metavar="IN",
        help="pictures, or folders of them, which are not searched further",
    )
    parser.add_argument(
        "target",
        metavar="OUT",
        help="a folder, or for one picture a .png; what an earlier run left there is replaced",
    )
    parser.add_argument("--preset", default="auto", help="how to treat them (default: auto)")
    parser.add_argument("--presets", type=Path, metavar="DIR", help="more presets, *.toml")
    parser.add_argument("--palettes", type=Path, metavar="DIR", help="more palettes, *.hex, *.gpl")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a preset's setting; may be repeated",
    )
    parser.add_argument(
        "--tile",
        choices=(*map(str, TILES), "best"),
        help="cut this tile if a picture is a 2x2 grid",
    )
    parser.add_argument(
        "--png",
        choices=("rgba", "smallest"),
        default="rgba",
        help="always four channels, or a palette or RGB where that loses nothing (default: rgba)",
    )
    parser.add_argument("--sidecar", action="store_true", help="write a .json beside each PNG")
    parser.add_argument(
        "--sheet", action="store_true", help="write a before/after .sheet.png beside each PNG"
    )
    parser.add_argument(
        "--quiet", action="store_true", help="say nothing about pictures that went well"
    )
    return parser


def _recipe(options: argparse.Namespace) -> Recipe:
    presets = load_presets(*([options.presets] if options.presets else []))
    if options.preset not in presets:
        raise ValueError(f"no preset {options.preset}; there are {', '.join(sorted(presets))}")
    changes = dict(_setting(text) for text in options.set)
    if options.sidecar:
        changes["sidecar"] = True
    preset = presets[options.preset].adjusted(changes)
    tile = options.tile
    return Recipe(
        preset=preset,
        tile=int(tile) if tile and tile != "best" else tile,
        png=options.png,
        palette=_palette(preset, options.palettes),
    )


def _palette(
    preset: Preset, folder: Path | None
) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None":
    if not preset.palette:
        return None
    palettes = load_palettes(*([folder] if folder else []))
    if preset.palette not in palettes:
        raise ValueError(f"no palette {preset.palette}; there are {', '.join(sorted(palettes))}")
    return palettes[preset.palette]


def _setting(text: str) -> tuple[str, object]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text}: should be KEY=VALUE")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _make(task: Task, recipe: Recipe, options: argparse.Namespace, count: str) -> bool:
    try:
        raw = task.source.read_bytes()
        art = develop(raw, recipe)
        task.target.parent.mkdir(parents=True, exist_ok=True)
        rendering = seal(art, replace(recipe, image=task.target.name))
        task.target.write_bytes(rendering.png)
        if rendering.sidecar:
            task.target.with_suffix(".json").write_bytes(rendering.sidecar)
        if options.sheet:
            _sheet(raw, art, recipe).save(task.target.with_suffix(".sheet.png"))
    except Rejected as fault:
        _say(sys.stderr, f"{count} {task.source}: {fault.sentence} ({fault})")
        return False
    except OSError as fault:
        _say(sys.stderr, f"{count} {task.source}: {fault}")
        return False
    if not options.quiet:
        _say(sys.stdout, f"{count} {task.source.name} -> {task.target.name}: {_found(art)}")
    return True


def _say(stream: TextIO, line: str) -> None:
    stream.write(
        line.encode(stream.encoding or "utf-8", "backslashreplace").decode(
            stream.encoding or "utf-8"
        )
        + "\n"
    )
    stream.flush()


def _found(art: Artwork) -> str:
    height, width = art.pixels.shape[:2]
    clear = "cut out" if not art.pixels[..., 3].all() else "ground kept"
    if not art.native:
        return f"no pixel grid, {width}x{height}, {clear}"
    seen = art.pixels[art.pixels[..., 3] > 0]
    colours = len(np.unique(seen[:, :3], axis=0))
    size = f"{width}x{height}" + (f" x{art.scale}" if art.scale > 1 else "")
    return f"cells of {art.cell:.2f} px, {size}, {colours} colours, {clear}, confidence {art.confidence:.2f}"


def _sheet(raw: bytes, art: Artwork, recipe: Recipe) -> Image.Image:
    """Put the picture before and after side by side, the latter on a checker."""
    before = Image.fromarray(decode(raw, recipe.max_pixels))
    before.thumbnail((SHEET, SHEET))
    scale = SHEET // max(art.pixels.shape[:2])
    after = Image.fromarray(art.pixels)
    if scale > 1:
        after = after.resize((after.width * scale, after.height * scale), Image.Resampling.NEAREST)
    after.thumbnail((SHEET, SHEET))
    y, x = np.indices((SHEET, 2 * SHEET)) // 16
    sheet = Image.fromarray(np.where((x + y) % 2, 102, 153).astype(np.uint8)).convert("RGBA")
    sheet.alpha_composite(before)
    sheet.alpha_composite(after, (SHEET, 0))
    return sheet
