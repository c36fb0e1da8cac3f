"""Whatever a message tells an operator to look at exists."""

import ast
import re
from pathlib import Path

import pytest

import mobart
from mobart.settings import Settings
from mobart.settings.reading import OTHERS

PACKAGE = Path(mobart.__file__).parent
KNOWN = {name.upper() for name in Settings.model_fields}
PREFIXES = {name.partition("_")[0] for name in KNOWN} - {"MJ"} | {"MJ_PROXY"}
NAME = re.compile(rf"\b(?:{'|'.join(sorted(PREFIXES))})_[A-Z][A-Z0-9_]*\b")
FOREIGN = {
    "AWS_CA_BUNDLE",
    "OTEL_TRACES_SAMPLER",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_BSP_SCHEDULE_DELAY",
    "COMFYUI_PYTHON",
    *OTHERS,
}
"""Settings of other programs and libraries that documents and remarks tell of."""


def texts(path: Path) -> set[str]:
    """List every piece of text in a module that is no docstring."""
    tree = ast.parse(path.read_text())
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken
    }


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_a_setting_that_is_named_exists(path: Path) -> None:
    """As itself, or as the file that holds its value."""
    named = {name for text in texts(path) for name in NAME.findall(text)}
    assert {
        name for name in named if not {name, name.removesuffix("_FILE")} & KNOWN
    } - FOREIGN == set()


def test_a_setting_that_the_documents_name_exists() -> None:
    """In the README and in `docs/`, the list of changes aside."""
    root = PACKAGE.parent
    named = {
        name
        for path in (root / "README.md", *(root / "docs").glob("*.md"))
        for name in NAME.findall(path.read_text())
    }
    unknown = {name for name in named if not {name, name.removesuffix("_FILE")} & KNOWN}
    assert unknown - FOREIGN == set()
