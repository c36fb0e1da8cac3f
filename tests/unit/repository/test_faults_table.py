"""The table of faults names tests that exist, and leaves no number out."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
TABLE = (TESTS.parent / "docs" / "faults.md").read_text()
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
REFERENCE = re.compile(r"`([a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`")
LAST = 293


def functions(path: Path) -> set[str]:
    """List the functions of a module, those of its classes too."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_fault_has_its_row() -> None:
    """In order, each once."""
    assert [int(number) for number, _, _ in ROW.findall(TABLE)] == list(range(1, LAST + 1))


@pytest.mark.parametrize("path", sorted({path for path, _ in REFERENCE.findall(TABLE)}))
def test_every_test_that_is_named_exists(path: str) -> None:
    """Under that name, in that file."""
    named = {name for where, name in REFERENCE.findall(TABLE) if where == path}
    assert named - functions(TESTS / path) == set()


def test_a_fault_without_a_test_says_why() -> None:
    """A row holds the name of a test, or a reason."""
    silent = [
        number
        for number, _, covered in ROW.findall(TABLE)
        if not REFERENCE.search(covered) and not re.match(r"Not covered: .+", covered)
    ]
    assert silent == []
