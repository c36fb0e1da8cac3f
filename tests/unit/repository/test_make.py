"""The Makefile has what the documents name."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TARGETS = set(re.findall(r"^([a-z][a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_target_that_a_document_names_exists(path: Path) -> None:
    """As code: `make test`, or a line of a block."""
    code = re.findall(r"`make ([a-z][a-z-]+)|^make ([a-z][a-z-]+)", path.read_text(), re.MULTILINE)
    assert {target for either in code for target in either if target} - TARGETS == set()
