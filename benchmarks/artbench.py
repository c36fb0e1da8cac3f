"""What the picture work costs and what it recovers, as ratios to Pillow's bare path in the same run.

    python -m benchmarks.artbench [FOLDER] [--quick]

FOLDER holds pictures; if LIST.tsv and score.py lie beside it, they are scored too, beside the
figures recorded for other tools.  Without a folder pictures are drawn.  CPU is that of one thread.
Pillow's path is: decode, crop, resize to at most 1024, save as a default PNG.
"""

import argparse
import io
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.art_pictures import Fake, fakes, worst
from mobart.art import Recipe, load_presets
from mobart.art.pipeline import render

HERE = Path(__file__).parent
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
SIDE = 1024
SECONDS = 30
"""CPU seconds after which a hard picture is given up."""
PRESETS = load_presets()
WAYS: Mapping[str, tuple[str, dict[str, object], str]] = {
    "auto": ("auto", {}, "at most 1"),
    "painting": ("painting", {}, "at most 1"),
    "painting, cut out": ("painting", {"cutout": True}, "at most 2"),
    "native": ("native", {}, "at most 0.25 s"),
    "sprite": ("sprite", {}, ""),
    "sheet": ("sheet", {}, ""),
}
"""Preset, options, and the goal: a ratio to Pillow's path, or seconds."""


def main() -> int:
    """Print cost, the hardest pictures, and what was recovered."""
    options = _options()
    if options.one:
        return _one(*options.one)
    given = _read(options.folder) if options.folder else dict(fakes())
    if not given:
        sys.stderr.write(f"artbench: no pictures in {options.folder}\n")
        return 2
    for line in _cost(given):
        _say(line)
    for line in _hardest() if not options.quick else ():
        _say(line)
    for line in _recovered(given, options.folder):
        _say(line)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="pictures of your own")
    parser.add_argument("--quick", action="store_true", help="leave out the hardest pictures")
    parser.add_argument("--one", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _read(folder: Path) -> dict[str, Fake]:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    return {path.name: Fake(path.read_bytes(), None) for path in files}


def _recipe(way: str) -> Recipe:
    preset, options, _ = WAYS.get(way, (way, {}, ""))
    return Recipe(preset=PRESETS[preset].adjusted(options), tile=None)


def _cost(given: Mapping[str, Fake]) -> Iterator[str]:
    """Measure each way on each picture, beside Pillow's path on the same picture."""
    yield f"{len(given)} pictures; Pillow's decode, crop, resize and default PNG = 1"
    yield f"{'':20}{'median':>9}{'95 %':>9}{'most':>9}{'s median':>10}{'s most':>9}  goal"
    for way, (_, _, goal) in WAYS.items():
        recipe, ratios, spent = _recipe(way), [], []
        for fake in given.values():
            base = min(_seconds(_pillow, fake.raw) for _ in range(2))
            spent.append(_seconds(partial(render, recipe=recipe), fake.raw))
            ratios.append(spent[-1] / base)
        figures = (statistics.median(ratios), _late(ratios), max(ratios))
        line = "".join(f"{each:9.2f}" for each in figures)
        yield f"{way:20}{line}{statistics.median(spent):10.2f}{max(spent):9.2f}  {goal}"


def _late(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def _seconds(act: Callable[[bytes], object], raw: bytes) -> float:
    start = time.process_time()
    act(raw)
    return time.process_time() - start


def _pillow(raw: bytes) -> bytes:
    image = Image.open(io.BytesIO(raw)).convert("RGBA")
    image = image.crop((0, 0, image.width, image.height))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _hardest() -> Iterator[str]:
    """Give each preset the hardest pictures, each in a process of its own."""
    yield ""
    yield "hardest pictures of 4096x4096: CPU seconds / MB at most; goal 3 s and 500 MB"
    yield f"{'':20}" + "".join(f"{name:>14}" for name in worst())
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch) / name for name in worst()]
        for file, draw in zip(files, worst().values(), strict=True):
            file.write_bytes(draw())
        for way in sorted({*PRESETS, "painting, cut out"}):
            yield f"{way:20}" + "".join(f"{_apart(way, file):>14}" for file in files)


def _apart(way: str, file: Path) -> str:
    """Treat one hard picture in a process of its own, and return what that took."""
    command = [sys.executable, "-m", "benchmarks.artbench", "--one", way, str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return ran.stdout.strip() or f"over {SECONDS}"


def _one(way: str, name: str) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    spent = _seconds(partial(render, recipe=_recipe(way)), Path(name).read_bytes())
    _say(f"{spent:.1f} / {_peak():.0f}")
    return 0


def _peak() -> float:
    """Return this program's most memory in MB; what its parent had is no part of it, as it is of `ru_maxrss`."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _recovered(given: Mapping[str, Fake], folder: Path | None) -> Iterator[str]:
    """Tell what was recovered: of real pictures by their own scorer, of drawn ones exactly."""
    yield ""
    if folder is None:
        yield from _compare(given)
    elif (folder.parent / "score.py").is_file() and (folder.parent / "LIST.tsv").is_file():
        yield from _score(given, folder)
    else:
        yield f"no LIST.tsv and score.py beside {folder}: nothing is known of the true sizes"


def _compare(given: Mapping[str, Fake]) -> Iterator[str]:
    kept = found = good = 0
    for fake in given.values():
        made = np.asarray(Image.open(io.BytesIO(render(fake.raw, _recipe("native")).png)))
        if fake.truth is None:
            kept += made.shape[0] > SIDE // 2
        elif made.shape[:2] == fake.truth.shape[:2]:
            found += 1
            apart = np.abs(made[..., :3].astype(int) - fake.truth).max(-1)
            good += bool((apart > 16).mean() < 0.01)  # noqa: PLR2004 - 16 levels, as a codec leaves
    cells = sum(fake.truth is not None for fake in given.values())
    yield f"drawn: size right {found}/{cells}, good {good}/{cells}, left alone {kept}/{len(given) - cells}"


def _score(given: Mapping[str, Fake], folder: Path) -> Iterator[str]:
    """Run the scorer that belongs to the pictures, and print the recorded figures below."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, fake in given.items():
            made = render(fake.raw, _recipe("native"))
            (Path(scratch) / f"{Path(name).stem}.png").write_bytes(made.png)
        script = folder.parent / "score.py"
        command = [sys.executable, str(script), "--outputs", scratch, "--pictures", str(folder)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    yield "this run:"
    yield from (ran.stdout or ran.stderr).splitlines()
    yield ""
    peers = tomllib.loads((HERE / "artbench_peers.toml").read_text("utf-8"))
    columns = ("size", "cells", "edges", "colours", "good", "kept")
    yield f"{'recorded':28}" + "".join(f"{name:>9}" for name in columns)
    for name, figures in peers.items():
        yield f"{name:28}" + "".join(f"{figures[column]:>9}" for column in columns)


if __name__ == "__main__":
    sys.exit(main())
