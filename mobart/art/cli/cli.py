"""Post-process pictures: files in, files out, no Redis, the same code as the worker's."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mobart.art.choices import TILES
from mobart.art.cli import preview, shared_palette
from mobart.art.cli.batch import Task, plan
from mobart.art.cli.make import Made, Wanted, make
from mobart.art.cli.terminal import draw_bar, say
from mobart.art.colours.palette_files import load_palettes
from mobart.art.presets import Preset, load_presets
from mobart.art.recipe import Recipe

ALL_GOOD, SOME_FAILED, MISUSED = 0, 1, 2


def main(argv: Sequence[str]) -> int:
    """Run `art` with *argv*; 0 if every picture was made, 1 if one failed, 2 for bad usage."""
    try:
        options = _parser().parse_args(argv)
        wanted = _wanted(options)
        sources = [Path(name) for name in options.source]
        work = plan(sources, Path(options.target), endings=wanted.endings)
        name = shared_palette.check(options.shared_palette) if options.shared_palette else ""
    except SystemExit as leave:
        return ALL_GOOD if leave.code in (0, None) else MISUSED
    except (ValueError, OSError) as fault:
        say(sys.stderr, f"art: {fault}")
        return MISUSED
    for line in [] if options.quiet else work.ignored:
        say(sys.stderr, f"art: {line}")
    if not work.tasks:
        say(sys.stderr, "art: no picture among the sources")
        return MISUSED
    if name:
        wanted = _share_palette(name, wanted, work.tasks, options)
    made = _make_all(work.tasks, wanted)
    if options.preview:
        _write_preview(made, wanted, Path(options.target))
    return ALL_GOOD if all(each.good for each in made) else SOME_FAILED


def _make_all(tasks: Sequence[Task], wanted: Wanted) -> list[Made]:
    """Make one picture after the other, and say of each what was found."""
    made = []
    for count, task in enumerate(tasks, 1):
        one = make(task, wanted)
        made.append(one)
        stream = sys.stdout if one.good else sys.stderr
        if not (one.good and wanted.quiet):
            for line in one.lines:
                say(stream, f"{count}/{len(tasks)} {line}")
        draw_bar(count, len(tasks))
    return made


def _share_palette(
    name: str, wanted: Wanted, tasks: Sequence[Task], options: argparse.Namespace
) -> Wanted:
    """Find one palette for all pictures, write it as a file, and have them made in it."""
    folder = options.palettes or tasks[0].target.parent
    colours = shared_palette.find([task.source for task in tasks], wanted.recipe)
    if not colours:
        say(sys.stderr, "art: no picture could be read, so there is no palette")
        return wanted
    path = shared_palette.write(folder, name, colours)
    if not wanted.quiet:
        say(sys.stdout, f"{path}: {len(colours) // 3} colours for {len(tasks)} pictures")
    return replace(wanted, recipe=replace(wanted.recipe, palette=colours))


def _write_preview(made: Sequence[Made], wanted: Wanted, target: Path) -> None:
    folder = target.parent if target.suffix.lower() == ".png" and not target.is_dir() else target
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "preview.html"
    path.write_text(preview.page(made, wanted.recipe.preset.name), "utf-8")
    if not wanted.quiet:
        say(sys.stdout, f"{path}: before and after of {len(made)} pictures")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mobart art", description=__doc__)
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
    how = parser.add_argument_group("how they are treated")
    how.add_argument("--preset", default="auto", help="one of the presets (default: auto)")
    how.add_argument("--presets", type=Path, metavar="DIR", help="more presets, *.toml")
    how.add_argument("--palettes", type=Path, metavar="DIR", help="more palettes, *.hex, *.gpl")
    how.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a preset's setting, like native=32x32, cell=16, grid=force; may be repeated",
    )
    how.add_argument(
        "--tile",
        choices=(*map(str, TILES), "best", "all"),
        help="cut this tile, or all four, of a 2x2 grid; 1 to 4 and all also where none is seen",
    )
    how.add_argument(
        "--shared-palette",
        metavar="NAME",
        help="make all pictures in one palette, and write it as NAME.hex into --palettes or OUT",
    )
    _add_outputs(parser.add_argument_group("what is written"))
    return parser


def _add_outputs(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--png",
        choices=("rgba", "smallest"),
        default="rgba",
        help="always four channels, or a palette or RGB where that loses nothing (default: rgba)",
    )
    group.add_argument("--sidecar", action="store_true", help="write a .json beside each PNG")
    group.add_argument(
        "--split",
        action="store_true",
        help="write the sprites of a sheet one by one as well, into a folder NAME.sprites",
    )
    group.add_argument(
        "--sheet", action="store_true", help="write a before/after .sheet.png beside each PNG"
    )
    group.add_argument(
        "--preview",
        action="store_true",
        help="write preview.html, one page with before and after of all",
    )
    group.add_argument(
        "--quiet", action="store_true", help="say nothing about pictures that went well"
    )


def _wanted(options: argparse.Namespace) -> Wanted:
    """Return how every picture is made and what is written of it.  Raises ValueError."""
    folders = [options.presets] if options.presets else []
    if folders and not options.presets.is_dir():
        raise ValueError(f"--presets {options.presets}: there is no such folder")
    odd: list[str] = []
    presets = load_presets(*folders, leave_out=odd.append)
    for line in odd:
        say(sys.stderr, f"art: {line}")
    if options.preset not in presets:
        raise ValueError(f"no preset {options.preset}; there are {', '.join(sorted(presets))}")
    changes = dict(_setting(text) for text in options.set)
    if options.sidecar:
        changes["sidecar"] = True
    if options.tile:
        changes["tile"] = int(options.tile) if options.tile.isdigit() else options.tile
    preset = presets[options.preset].adjusted(changes)
    if options.split and not preset.sheet:
        raise ValueError("--split needs a preset that makes sheets: --preset sheet")
    recipe = Recipe(
        preset=preset,
        tile=None,
        png=options.png,
        palette=_palette(preset, options.palettes),
        partial=True,
    )
    return Wanted(
        recipe,
        split=options.split,
        compare=options.sheet,
        preview=options.preview,
        quiet=options.quiet,
    )


def _palette(preset: Preset, folder: Path | None) -> bytes:
    if not preset.palette:
        return b""
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
    except (ValueError, RecursionError):
        return key, value
