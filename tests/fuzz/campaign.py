"""The properties of this folder, tried for as long as there is time.

`python -m tests.fuzz.campaign 3600` spends an hour of one processor: an equal share on each property,
or on those named behind the number.  With `atheris`, which Linux on x86-64 has, inputs are bred towards code of
`mobart` that was not reached before; without it they are random.  What was bred is kept in `.fuzz`
for the next campaign, what failed in Hypothesis's database: `pytest tests/fuzz` then fails with it,
made as small as it gets.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import Any, NoReturn

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / ".fuzz"
SEEDS = 64
LONGEST = 4096
SLOWEST = 300
"""Seconds that one input may take, on a busy machine too."""
PATIENCE = 60
"""How many times its share a property may take on a busy machine before it is ended."""
COUNTED_EVERY = 50


@dataclass(slots=True)
class Tally:
    """How many inputs were tried, and how many of them were whole examples."""

    tried: int = 0
    whole: int = 0


def properties() -> Iterator[str]:
    """List the properties, as `module.function`."""
    for path in sorted(HERE.glob("test_*.py")):
        module = import_module(f"tests.fuzz.{path.stem}")
        for name, value in vars(module).items():
            if name.startswith("test_") and hasattr(value, "hypothesis"):
                yield f"{path.stem}.{name}"


def entrance(name: str) -> Callable[[bytes], bytes | None]:
    """Return what makes an example of bytes and tries it on the property *name*."""
    module, _, function = name.partition(".")
    test: Any = getattr(import_module(f"tests.fuzz.{module}"), function)
    enter: Callable[[bytes], bytes | None] = test.hypothesis.fuzz_one_input
    return enter


def rationed(
    enter: Callable[[bytes], bytes | None], place: Path, seconds: int
) -> Callable[[bytes], None]:
    """Wrap *enter* so that it keeps a tally, and ends the process when its share is used up."""
    tally = Tally()

    def step(data: bytes) -> None:
        tally.tried += 1
        tally.whole += enter(data) is not None
        if tally.tried % COUNTED_EVERY == 0:
            (place / "tally.json").write_text(json.dumps(asdict(tally)))
            if process_time() > seconds:
                os._exit(0)  # libFuzzer takes any other end for a failure

    return step


def fuzz(name: str, seconds: int) -> None:
    """Try one property in this process, and end it; raises what was found."""
    place = KEPT / name
    corpus = place / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    (place / "tally.json").unlink(missing_ok=True)
    if not any(corpus.iterdir()):
        for seed in range(SEEDS):
            (corpus / f"seed-{seed}").write_bytes(_anything(random.Random(seed)))
    try:
        import atheris  # noqa: PLC0415 - not everywhere
    except ImportError:
        import_module("tests.conftest")
        _at_random(rationed(entrance(name), place, seconds))
    with atheris.instrument_imports(include=["mobart"], enable_loader_override=False):
        import_module("tests.conftest")  # its profile of Hypothesis has no deadline
        step = rationed(entrance(name), place, seconds)
    step(bytes(LONGEST))  # the first example is slow, as tables of Unicode are built for it
    options = [
        *(f"-max_len={LONGEST}", "-len_control=0", f"-timeout={SLOWEST}"),
        *(f"-artifact_prefix={place}/", "-verbosity=0"),
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], step)
    atheris.Fuzz()


def _at_random(step: Callable[[bytes], None]) -> NoReturn:
    chance = random.Random()
    while True:
        step(_anything(chance))


def _anything(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice([64, 256, 1024, LONGEST]))


def attempt(name: str, seconds: int) -> bool:
    """Try one property in a process of its own, and say how it went; False if it failed."""
    command = [sys.executable, "-m", "tests.fuzz.campaign", "--one", name, str(seconds)]
    place = KEPT / name
    place.mkdir(parents=True, exist_ok=True)
    with (place / "output.log").open("wb") as log:
        try:
            code = subprocess.run(
                command, stdout=log, stderr=log, timeout=seconds * PATIENCE, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            code = -1
    tally = Tally()
    if (place / "tally.json").exists():
        tally = Tally(**json.loads((place / "tally.json").read_text()))
    verdict = "holds" if code == 0 else f"FAILS, see {place.relative_to(KEPT.parent)}/output.log"
    sys.stdout.write(f"{tally.tried:9} inputs {tally.whole:9} examples  {name}: {verdict}\n")
    sys.stdout.flush()
    return code == 0


def main(arguments: list[str]) -> int:
    """Run a campaign, or one property of it; 0 if all hold."""
    if arguments[0] == "--one":
        fuzz(arguments[1], int(arguments[2]))
        return 0
    import_module("tests.conftest")
    seconds, *wanted = arguments
    chosen = [name for name in properties() if not wanted or any(one in name for one in wanted)]
    share = max(1, int(seconds) // len(chosen))
    sys.stdout.write(f"{len(chosen)} properties, {share} s each\n")
    good = [attempt(name, share) for name in chosen]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
