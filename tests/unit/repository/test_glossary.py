"""Each term of the glossary is defined where the glossary says."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| `([\w/.]+)::(\w+)` \|$", re.MULTILINE)
ROWS = ROW.findall(GLOSSARY)


@cache
def names_in(path: str) -> set[str]:
    """List what a module defines: classes, functions, constants and fields."""
    names = set[str]()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


@pytest.mark.parametrize(("term", "path", "name"), [(row[0], row[2], row[3]) for row in ROWS])
def test_a_term_is_defined_where_the_glossary_says(term: str, path: str, name: str) -> None:
    """A name that moved or changed takes its row along."""
    assert name in names_in(path), f"docs/glossary.md: {term}"


def test_every_row_of_the_glossary_has_a_place_in_the_code() -> None:
    """Term, meaning, file and name; each term once."""
    rows = re.findall(r"^\| (?!term \||---)([^|]+) \|", GLOSSARY, re.MULTILINE)
    assert rows == [row[0] for row in ROWS]
    assert len(set(rows)) == len(rows)
