"""Each guard of the promises taken away, one at a time, and whether the model notices.

`python -m tests.model.mutations` changes a copy of the package, runs the model on it, and prints
what noticed.  A guard nobody would miss is either no guard or not tested.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

ROOT = Path(__file__).parents[2]
COPIED = ("mobart", "mobart_local", "tests", "pyproject.toml")
MODEL = ("tests/model/test_scenes.py", "tests/model/test_play.py")
PATIENCE = 900.0
"""Seconds; a mutated worker may loop forever."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A guard that is taken away: in a file of the package, lines of which each is there once."""

    guard: str
    file: str
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutation: the first test that failed, and its complaint; both may be ""."""

    killer: str
    complaint: str
    seconds: float


def lines(*text: str) -> str:
    """Return *text*, a line each."""
    return "".join(f"{line}\n" for line in text)


MUTATIONS = (
    Mutation(
        "what processes a paid picture again begins paid",
        "journal/scripts/derive.lua",
        (("'stage', 'paid', 'provider'", "'stage', 'accepted', 'provider'"),),
    ),
    Mutation(
        "what is in doubt does not run again before that is resolved",
        "journal/scripts/derive.lua",
        (("known[2] and known[3] ~= 'unpaid' and not reuses", "false"),),
    ),
    Mutation(
        "nothing is claimed before all have told what they hold, in memory",
        "testing/memory_history.py",
        (("until = now + self.view.lease if waits else now", "until = now"),),
    ),
    Mutation(
        "nothing is claimed before all have told what they hold, in the scripts",
        "journal/scripts/open.lua",
        (("wait_until = waits and time + lease or time", "wait_until = time"),),
    ),
    Mutation(
        "a newcomer waits on data of another server, in memory",
        "testing/memory_history.py",
        (("is_copy = found is not None and not same", "is_copy = False"),),
    ),
    Mutation(
        "a newcomer waits on data of another server, in the scripts",
        "journal/scripts/open.lua",
        ((" or others() or is_copy()", " or others()"),),
    ),
    Mutation(
        "an outcome that Redis forgot is written again",
        "journal/history.py",
        (("for some in batches(self._recent.settled):", "for some in batches(()):"),),
    ),
    Mutation(
        "who accepted a request remembers how far others are with it, in memory",
        "testing/memory_history.py",
        (("for claim in self.view.recent.begun:", "for claim in ():"),),
    ),
    Mutation(
        "who accepted a request remembers how far others are with it, on Redis",
        "journal/history.py",
        (("for claim in self._recent.begun:", "for claim in ():"),),
    ),
    Mutation(
        "who heard a cancellation writes it again, in memory",
        "testing/memory_history.py",
        (("for request_id in self.view.recent.cancelled:", "for request_id in ():"),),
    ),
    Mutation(
        "who heard a cancellation writes it again, on Redis",
        "journal/history.py",
        (("for some in batches(self._recent.cancelled):", "for some in batches(()):"),),
    ),
    Mutation(
        "what was cancelled before it came is not bought, in memory",
        "testing/memory_view.py",
        (("return self.clock.monotonic() - since < EARLY", "return since is None"),),
    ),
    Mutation(
        "what was cancelled before it came is not bought, in the scripts",
        "journal/scripts/prelude.lua",
        (("return redis.call('ZREVRANK', early, job) and true", "return false"),),
    ),
    Mutation(
        "what waits without a turn is given one, in memory",
        "testing/queue.py",
        (("            if entry.consumer == WAITING:", "            if False:"),),
    ),
    Mutation(
        "what waits without a turn is given one, in the scripts",
        "journal/scripts/rescue.lua",
        (("missed = file(stream, found[1], request_in(found[2])) or missed", "missed = false"),),
    ),
    Mutation(
        "the epoch, in memory",
        "testing/memory_view.py",
        (
            (
                "return (record.job.epoch, record.entry) == (claim.job.epoch, claim.entry)",
                "return record.entry == claim.entry",
            ),
        ),
    ),
    Mutation(
        "the epoch, in the scripts",
        "journal/scripts/prelude.lua",
        (("return held[1] == epoch and held[2] == entry", "return held[2] == entry"),),
    ),
    Mutation(
        "a late giving-back concerns its own right alone, in memory",
        "testing/journal.py",
        (("return disproved and paying and job.payment != claimed.payment", "return False"),),
    ),
    Mutation(
        "a late giving-back concerns its own right alone, in the scripts",
        "journal/scripts/unpay.lua",
        ((" and payer == ARGV[3] and right == ARGV[4] then", " then"),),
    ),
    Mutation(
        "the right to pay is recorded before the submit",
        "jobs/payment.py",
        (
            ("        await self.journal.record(claim, started)\n", ""),
            (
                "            ticket = await provider.submit(order)\n",
                lines(
                    "            ticket = await provider.submit(order)",
                    "            await self.journal.record(claim, started)",
                ),
            ),
        ),
    ),
    Mutation(
        "announced with the settling, in memory",
        "testing/journal.py",
        (
            (
                "        record, owned = self.view.record_of(claim), self.view.owns(claim)\n",
                lines(
                    "        record, owned = self.view.record_of(claim), self.view.owns(claim)",
                    "        if transition.outcome is not None:",
                    "            outcome, at = transition.outcome, self.view.clock.now()",
                    "            from mobart.core import completions",
                    "            told = completions.encode_outcome(record.job, outcome, at=at)",
                    "            self.view.redis.announce(told)",
                ),
            ),
            (
                "            self.view.close(record, transition.outcome)\n            return\n",
                lines(
                    "            redis = self.view.redis",
                    "            told = list(redis.announced), list(redis.completions)",
                    "            self.view.close(record, transition.outcome)",
                    "            redis.announced, redis.completions = told",
                    "            return",
                ),
            ),
        ),
    ),
    Mutation(
        "announced with the settling, in the scripts",
        "journal/scripts/settle.lua",
        (
            (
                "if not owns(job, ARGV[3], ARGV[2]) then\n",
                lines(
                    "redis.call('XADD', KEYS[3], '*', 'completion', ARGV[4])",
                    "redis.call('PUBLISH', ARGV[5], ARGV[4])",
                    "if not owns(job, ARGV[3], ARGV[2]) then",
                ),
            ),
            (
                "close(job, KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[4], ARGV[5],",
                "close(job, KEYS[2], KEYS[3] .. ':nowhere', KEYS[4], ARGV[1], ARGV[4], 'nowhere',",
            ),
        ),
    ),
    Mutation(
        "absence from a list that is not complete is no proof",
        "jobs/doubt.py",
        (
            (
                "proven = provider.capabilities.lookup is Lookup.COMPLETE or",
                "proven = provider.capabilities.lookup is not Lookup.NONE or",
            ),
        ),
    ),
    Mutation(
        "absence is proof only after the first owner's time is over",
        "jobs/doubt.py",
        (
            (
                "return claim.submitted_at + window",
                "return min(self.clock.monotonic(), claim.submitted_at + window)",
            ),
        ),
    ),
    Mutation(
        "nobody submits who may have been frozen",
        "jobs/payment.py",
        (("if self.clock.monotonic() - asked > self.terms.lease / 2:", "if asked < 0:"),),
    ),
    Mutation(
        "a doubt is no no",
        "jobs/payment.py",
        (
            (
                "        except (Rejected, Unavailable) as no:\n            await",
                "        except (Rejected, Unavailable, InDoubt) as no:\n            await",
            ),
        ),
    ),
    Mutation(
        "a late ticket is kept, in memory",
        "testing/journal.py",
        (
            (
                "if not ours or record.job.ticket is not None:",
                "if not self.view.owns(claim) or record.job.ticket is not None:",
            ),
        ),
    ),
    Mutation(
        "a late ticket is kept, in the scripts",
        "journal/scripts/ticket.lua",
        (
            (
                "elseif same and not known[1] then",
                "elseif owns(job, ARGV[2], ARGV[1]) and not known[1] then",
            ),
        ),
    ),
    Mutation(
        "a correction is marked as one",
        "core/completions.py",
        (('tail["correction"] = True', 'tail["correction"] = False'),),
    ),
)


def mutated(text: str, mutation: Mutation) -> str:
    """Return *text* without the guard; raises ValueError if it is not there exactly once."""
    for before, after in mutation.changes:
        if text.count(before) != 1:
            raise ValueError(f"{mutation.file} holds {text.count(before)} times: {before.strip()}")
        text = text.replace(before, after)
    return text


def tried(mutation: Mutation | None, tests: Iterable[str] = MODEL) -> Verdict:
    """Run the model on a copy with *mutation*, or as it is, up to the first failure."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        for name in COPIED:
            copy(ROOT / name, place / name)
        if mutation is not None:
            file = place / "mobart" / mutation.file
            file.write_text(mutated(file.read_text(), mutation))
        began = monotonic()
        said = output_of(place, tests)
        return Verdict(*first_failure(said), seconds=monotonic() - began)


def copy(source: Path, target: Path) -> None:
    """Copy a file or folder, without what Python made of it."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def output_of(place: Path, tests: Iterable[str]) -> str:
    """Run pytest in *place*, and return what it says."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        [*command, "--tb=line", f"--timeout={PATIENCE:.0f}"],
        cwd=place,
        env=os.environ | {"COLUMNS": "300"},  # or pytest cuts the complaint off
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"pytest could not run: {done.stdout}{done.stderr}")
    return done.stdout


def first_failure(said: str) -> tuple[str, str]:
    """Read the name of the first failed test and its complaint; two times "" if none failed."""
    failed = [line for line in said.splitlines() if line.startswith("FAILED ")]
    if not failed:
        return "", ""
    name, _, complaint = failed[0].removeprefix("FAILED ").partition(" - ")
    return name.rpartition("::")[2], complaint


def main(wanted: list[str]) -> int:
    """Try the mutations whose guard holds one of the words *wanted*, or all; 0 if each is noticed."""
    chosen = [one for one in MUTATIONS if not wanted or any(word in one.guard for word in wanted)]
    sound = tried(None)
    sys.stdout.write(f"as it is: {sound.complaint or 'passes'} ({sound.seconds:.0f} s)\n")
    survivors = int(bool(sound.killer))
    for mutation in chosen:
        verdict = tried(mutation)
        survivors += not verdict.killer
        killed = f"{verdict.killer}: {verdict.complaint}" if verdict.killer else "NOT NOTICED"
        sys.stdout.write(f"{mutation.guard}\n    {killed} ({verdict.seconds:.0f} s)\n")
        sys.stdout.flush()
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
