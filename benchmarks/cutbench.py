"""Cut-outs against true masks: subjects with real alpha, laid with grain on six kinds of ground.

    python -m benchmarks.cutbench [FOLDER] [--seed N] [--keep DIR] [--grounds A,B]

FOLDER holds pictures with a real alpha channel: pixel art at native size, and paintings; without one
subjects are drawn.  `good` is an overlap (IoU) of at least 0.97 and at most 0.5 % of the subject eaten.
Pixel art goes through `sprite`, paintings through `painting` with `cutout` and holes opened; nothing is
trimmed, so that the masks can be compared.  `--keep` stores each case that is not good beside its result.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks.cut_grounds import GROUNDS, HALF, Case, Mask, lay
from benchmarks.cut_subjects import Pixels, Subject, drawn, read
from mobart.art import Recipe, load_presets
from mobart.art.pipeline import develop

LEAST_OVERLAP, MOST_EATEN = 0.97, 0.005
PRESETS = load_presets()
WISHES = {"cutout": True, "holes": "open", "trim": False, "margin": 0}
SHOWN = (255, 0, 255)
"""Colour that results are shown on."""


class Score(NamedTuple):
    """What became of one case; *overlap* and *eaten* are shares."""

    subject: str
    native: bool
    ground: str
    overlap: float
    eaten: float
    reason: str
    seconds: float

    @property
    def good(self) -> bool:
        """Whether the cut-out is usable as it is."""
        return self.overlap >= LEAST_OVERLAP and self.eaten <= MOST_EATEN


def main() -> int:
    """Lay, cut and score all, and print a table."""
    options = _options()
    subjects = list(read(options.folder) if options.folder else _drawn(options.seed))
    if not subjects:
        sys.stderr.write(f"cutbench: no pictures with real alpha in {options.folder}\n")
        return 2
    scores = []
    for subject, ground in product(subjects, options.grounds.split(",")):
        case = lay(subject, ground, options.seed)
        score, made = _score(subject, ground, case)
        scores.append(score)
        if options.keep and not score.good:
            _keep(options.keep, score, case, made)
    _list(scores, options.keep)
    sys.stdout.write("\n".join(_table(scores)) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="pictures with real alpha")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for what is not good")
    parser.add_argument("--grounds", default=",".join(GROUNDS), help="some of them, with commas")
    return parser.parse_args()


def _drawn(seed: int) -> Iterator[Subject]:
    for each in (seed, seed + 1):
        yield from drawn(each)


def _score(subject: Subject, ground: str, case: Case) -> tuple[Score, Pixels]:
    preset = PRESETS["sprite" if subject.native else "painting"].adjusted(WISHES)
    start = time.process_time()
    art = develop(case.raw, Recipe(preset=preset, tile=None))
    spent = time.process_time() - start
    seen = art.pixels[..., 3] > HALF
    true = case.mask if case.cells is None or seen.shape != case.cells.shape else case.cells
    if seen.shape != true.shape:
        seen = _stretched(seen, true.shape)
    overlap = (seen & true).sum() / max(1, (seen | true).sum())
    eaten = (true & ~seen).sum() / true.sum()
    reason = f"{art.ground_reason}"
    if case.cells is not None and art.pixels.shape[:2] != case.cells.shape:
        reason += " other_size"
    score = Score(subject.name, subject.native, ground, float(overlap), float(eaten), reason, spent)
    return score, art.pixels


def _stretched(mask: Mask, shape: tuple[int, ...]) -> Mask:
    image = Image.fromarray(mask).resize((shape[1], shape[0]), Image.Resampling.NEAREST)
    return np.asarray(image)


def _keep(folder: Path, score: Score, case: Case, made: Pixels) -> None:
    """Store the picture, the result on a loud ground, and what is wrong: eaten red, left blue."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = np.asarray(Image.open(io.BytesIO(case.raw)).convert("RGB"))
    size = (picture.shape[1], picture.shape[0])
    large = np.asarray(Image.fromarray(made).resize(size, Image.Resampling.NEAREST))
    share = large[..., 3:] / 255
    shown = (large[..., :3] * share + np.array(SHOWN) * (1 - share)).astype(np.uint8)
    seen = large[..., 3] > HALF
    wrong = (picture // 3 + 150).astype(np.uint8)
    wrong[case.mask & ~seen] = (230, 0, 0)
    wrong[seen & ~case.mask] = (0, 0, 230)
    name = f"{score.ground}-{score.subject}.png".replace(" ", "_")
    Image.fromarray(np.hstack([picture, shown, wrong])).save(folder / name)


def _list(scores: Sequence[Score], folder: Path | None) -> None:
    """Write all scores as a table with tabs, into *folder*."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["\t".join(map(str, (*score, score.good))) for score in scores]
    (folder / "scores.tsv").write_text("\n".join(rows) + "\n", "utf-8")


def _table(scores: Sequence[Score]) -> Iterator[str]:
    """Return the shares that are good, by ground and kind."""
    grounds = [name for name in GROUNDS if any(score.ground == name for score in scores)]
    yield f"{'good %':20}{'cases':>7}{'all':>7}" + "".join(f"{name:>12}" for name in grounds)
    for what, native in (("pixel art", True), ("paintings", False), ("all", None)):
        some = [score for score in scores if native in (None, score.native)]
        if not some:
            continue
        each = [[score for score in some if score.ground == name] for name in grounds]
        line = "".join(f"{_share(part):12.0f}" for part in each)
        yield f"{what:20}{len(some):7}{_share(some):7.0f}{line}"
    yield f"overlap, median {statistics.median(score.overlap for score in scores):.4f}"
    yield f"eaten, median {statistics.median(score.eaten for score in scores):.2%}"
    yield f"CPU s, median {statistics.median(score.seconds for score in scores):.2f}"


def _share(scores: Sequence[Score]) -> float:
    return 100 * statistics.mean(score.good for score in scores) if scores else 0.0


if __name__ == "__main__":
    sys.exit(main())
