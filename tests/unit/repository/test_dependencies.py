"""What is imported is declared: nothing comes along only because something else needs it."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.sources import imported_by

ROOT = Path(__file__).parents[3]
OURS = {"mobart", "mobart_local", "tests", "benchmarks", "test_workflow"}
OPTIONAL = {"atheris", "dramatiq"}
"""Installed by the one command that needs them: `make fuzz` and `make bench`."""
DECLARED_IN = {
    "mobart": ("worker", "otel"),
    "mobart_local": ("worker", "local"),
    "tests": ("worker", "local", "dev"),
}


def normalised(name: str) -> str:
    """Spell a distribution's name as package indexes do."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*files: str) -> set[str]:
    """List the distributions that `requirements/*.in` ask for."""
    lines = [
        line
        for name in files
        for line in (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    ]
    names = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in lines)
    return {normalised(name[0]) for name in names if name is not None}


def run_time(tree: ast.Module) -> Iterator[str]:
    """List the top-level packages that a module imports when it runs, not for types alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name):
            node.body = [] if node.test.id == "TYPE_CHECKING" else node.body
    yield from (name.partition(".")[0] for name in imported_by(tree))


@pytest.mark.parametrize("package", DECLARED_IN)
def test_every_package_that_is_imported_is_declared(package: str) -> None:
    """In the file of those who need it, `requirements/*.in`; then run `make lock`."""
    known = packages_distributions()
    imported = {
        name
        for path in (ROOT / package).rglob("*.py")
        for name in run_time(ast.parse(path.read_text()))
    }
    foreign = imported - set(sys.stdlib_module_names) - OURS - OPTIONAL
    wanted = {name: {normalised(one) for one in known[name]} for name in foreign}
    there = declared(*DECLARED_IN[package])
    assert {name for name, distributions in wanted.items() if not distributions & there} == set()


@pytest.mark.parametrize("name", [path.stem for path in ROOT.glob("requirements*.txt")])
def test_every_requirement_is_pinned_with_its_hashes(name: str) -> None:
    """Another file under the same version is refused by pip."""
    text = (ROOT / f"{name}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert [line for line in lines if not re.match(r"\S+==\S+ .*--hash=sha256:", line)] == []
    assert "://" not in text
