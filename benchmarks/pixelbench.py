"""Run the public pixel-art benchmark and print the table with the peers' recorded figures.

    python benchmarks/pixelbench.py [--bench DIR] [--seed N] [--count M] [--keep DIR]

The benchmark folder (`make_cases.py`, `score.py`, `sprites/`) is named by --bench or by the
environment variable PIXELBENCH.  Every picture goes through the preset `native`, the same settings
for all; CPU is that of this process with one thread.
"""

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent
COLUMNS = ("size", "good", "match5", "colours", "cpu", "cpu95", "memory")
Row = Mapping[str, float]


def main() -> int:
    """Make the cases, recover them, score them, print the table."""
    options = _options()
    bench = Path(options.bench or os.environ.get("PIXELBENCH", ""))
    if not (bench / "score.py").is_file():
        sys.stderr.write("pixelbench: name the benchmark folder by --bench or PIXELBENCH\n")
        return 2
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(options.keep or scratch)
        _python(bench / "make_cases.py", *_case_options(options), "--out", folder / "cases")
        spent, memory = _recover(folder / "cases", folder / "out")
        _python(
            bench / "score.py",
            "--cases",
            folder / "cases",
            "--outputs",
            folder / "out",
            "--csv",
            folder / "scores.csv",
        )
        rows = list(csv.DictReader((folder / "scores.csv").open(encoding="utf-8")))
    sys.stdout.write("\n".join(_table(rows, spent, memory)) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bench", help="the benchmark folder")
    parser.add_argument("--seed", type=int, help="fresh cases instead of the public ones")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--keep", help="folder to keep cases and results in")
    return parser.parse_args()


def _case_options(options: argparse.Namespace) -> list[str]:
    seed = [] if options.seed is None else ["--seed", str(options.seed)]
    return ["--count", str(options.count), *seed]


def _python(script: Path, *arguments: object) -> None:
    subprocess.run([sys.executable, script, *map(str, arguments)], check=True)  # noqa: S603


def _recover(cases: Path, out: Path) -> tuple[list[float], float]:
    """Recover all cases; return CPU seconds of each and the memory added, in MB."""
    from mobart.art import Recipe, load_presets  # noqa: PLC0415 - after the thread setting
    from mobart.art.pipeline import render  # noqa: PLC0415 - after the thread setting

    recipe = Recipe(preset=load_presets()["native"], tile=None)
    out.mkdir(parents=True, exist_ok=True)
    before, spent = _peak(), []
    for name, raw in _pictures(cases):
        start = time.process_time()
        png = render(raw, recipe).png
        spent.append(time.process_time() - start)
        (out / f"{name}.png").write_bytes(png)
    return spent, _peak() - before


def _pictures(cases: Path) -> Iterator[tuple[str, bytes]]:
    for name, case in json.loads((cases / "cases.json").read_text("utf-8"))["cases"].items():
        yield name, (cases / case["file"]).read_bytes()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _table(rows: list[dict[str, str]], spent: list[float], memory: float) -> Iterator[str]:
    ordered = sorted(spent)
    own = {
        "size": 100 * statistics.mean(float(row["size_ok"]) for row in rows),
        "good": 100 * statistics.mean(float(row["good"]) for row in rows),
        "match5": 100 * statistics.median(float(row["match5"]) for row in rows),
        "colours": statistics.median(float(row["colours"]) for row in rows if row["colours"]),
        "cpu": statistics.median(ordered),
        "cpu95": ordered[int(0.95 * (len(ordered) - 1))],
        "memory": memory,
    }
    peers = tomllib.loads((HERE / "pixelbench_peers.toml").read_text("utf-8"))
    yield f"{'tool':28}" + "".join(f"{name:>9}" for name in COLUMNS)
    yield _line("mobart (this run)", own)
    yield from (_line(name, figures) for name, figures in peers.items())


def _line(name: str, figures: Row) -> str:
    return f"{name:28}" + "".join(f"{figures[column]:9.2f}" for column in COLUMNS)


if __name__ == "__main__":
    sys.exit(main())
