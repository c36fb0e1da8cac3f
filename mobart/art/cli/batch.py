"""Plans a run of `art`: source files and their output files, checked beforehand.

Nothing is overwritten that a run did not make: neither a source nor another picture's result.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif")


@dataclass(frozen=True, slots=True)
class Task:
    """One picture to make."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Worklist:
    """All pictures of a run, and what lies among them and is left out."""

    tasks: Sequence[Task]
    ignored: Sequence[str]
    """One sentence a folder."""


def plan(sources: Sequence[Path], target: Path, *, endings: Sequence[str]) -> Worklist:
    """Pair every picture with its file; *endings* are those of all files made of a picture.

    A folder's pictures keep their names; its folders are not entered.  The same source twice is
    one picture.

    Raises:
        ValueError: a source does not exist, or a file would be written over another.
        OSError: a folder cannot be read.

    """
    found = {path.resolve(): path for source in sources for path in _pictures(source)}
    tasks = [Task(path, _target(path, sources, target)) for path in found.values()]
    _check_place(target, tasks)
    _check_collisions(tasks, found, endings)
    return Worklist(tasks, [text for source in sources for text in _ignored(source)])


def _pictures(source: Path) -> Iterator[Path]:
    if source.is_dir():
        yield from (path for path in sorted(source.iterdir()) if _is_picture(path))
    elif source.is_file():
        yield source
    else:
        raise ValueError(f"{source} does not exist")


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS and path.is_file() and not _is_hidden(path)


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")


def _target(path: Path, sources: Sequence[Path], target: Path) -> Path:
    if len(sources) == 1 and sources[0].is_file() and _is_png(target):
        return target
    return target / f"{path.stem}.png"


def _is_png(target: Path) -> bool:
    return target.suffix.lower() == ".png" and not target.is_dir()


def _check_place(target: Path, tasks: Sequence[Task]) -> None:
    """Refuse an OUT that cannot be a folder, where it has to be one."""
    if all(task.target == target for task in tasks):
        return
    if _is_png(target):
        raise ValueError(f"{target} is one picture, and there is not just one IN: name a folder")
    if target.exists() and not target.is_dir():
        raise ValueError(f"{target} is no folder")


def _check_collisions(
    tasks: Sequence[Task], found: Mapping[Path, Path], endings: Sequence[str]
) -> None:
    """Refuse before anything is made; file systems that know no case are thought of."""
    sources = {_key(path) for path in found} | {_key(path.parent) for path in found}
    made: dict[str, Path] = {}
    for task in tasks:
        for ending in endings:
            file = task.target.with_name(task.target.stem + ending)
            if _key(file) in sources:
                raise ValueError(f"{file} would overwrite a source: choose another OUT")
            other = made.setdefault(_key(file), task.source)
            if other != task.source:
                raise ValueError(f"{other} and {task.source} would both become {file}")


def _key(path: Path) -> str:
    return str(path.resolve()).casefold()


def _ignored(source: Path) -> Iterator[str]:
    if not source.is_dir():
        return
    others = [p for p in source.iterdir() if not _is_hidden(p) and not _is_picture(p)]
    folders = sum(path.is_dir() for path in others)
    counts = {"folder": folders, "other file": len(others) - folders}
    parts = [f"{count} {noun}{'s' * (count > 1)}" for noun, count in counts.items() if count]
    if parts:
        yield f"{source}: left out {' and '.join(parts)}"
