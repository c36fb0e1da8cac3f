"""The product's own source, parsed: for tests that look at all of it."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import mobart

PACKAGE = Path(mobart.__file__).parent


@cache
def modules() -> Mapping[str, ast.Module]:
    """Parse every module of the package, by its dotted name below `mobart`."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_text())
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def imported_by(tree: ast.Module) -> Iterator[str]:
    """List the dotted names that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = f"{'.' * node.level}{node.module or ''}"
            yield from (f"{base}.{alias.name}" for alias in node.names)
