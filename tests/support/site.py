"""Builds the site of the documents: `python -m tests.support.site`, with mkdocs installed.

The Markdown stays as it is read in the repository.  A copy is laid out like the repository, so that links
between documents hold; what a link names outside of them comes along if it is made to be taken away, and
is a plain name otherwise.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ROOT / ".site" / "pages"
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")
TAKEN_ALONG = ("deploy/", "docs/")
"""Folders whose files a reader may want to have."""
DIAGRAM = re.compile(r"```mermaid\n(.*?)```", re.DOTALL)
ARROW = re.compile(r"^\s+(\w+) --> (\w+): (\w+)$", re.MULTILINE)


def documents() -> list[Path]:
    """List the documents, by their path in the repository."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("clients/*/*.md")]
    return sorted(path.relative_to(ROOT) for path in found)


def page(document: Path, known: set[Path]) -> str:
    """Return the text of a document for the site, whose pages are *known*."""

    def link(found: re.Match[str]) -> str:
        return found[0] if stays(target(document, found[2]), known) else found[1]

    return LINK.sub(link, DIAGRAM.sub(table, (ROOT / document).read_text()))


def target(document: Path, link: str) -> Path:
    """Return the path in the repository that a document's link leads to."""
    return (ROOT / document.parent / link).resolve().relative_to(ROOT)


def stays(path: Path, known: set[Path]) -> bool:
    """Whether a link to *path* is one on the site as well."""
    return path in known or (str(path).startswith(TAKEN_ALONG) and (ROOT / path).is_file())


def table(diagram: re.Match[str]) -> str:
    """Write a diagram of states as a table: drawing it would need a script from elsewhere."""
    rows = [f"| {a} | `{event}` | {b} |" for a, b, event in ARROW.findall(diagram[1])]
    return "\n".join(["| from | by | to |", "|---|---|---|", *rows]) + "\n"


def files(document: Path, known: set[Path]) -> Iterator[Path]:
    """List what else a document's links and pictures name and the site has to have."""
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", (ROOT / document).read_text())
    paths = (target(document, link) for link in links)
    yield from (path for path in paths if path not in known and stays(path, known))


def lay_out() -> None:
    """Write the copy that mkdocs reads."""
    shutil.rmtree(PAGES, ignore_errors=True)
    known = set(documents())
    for document in known:
        for path in files(document, known):
            (PAGES / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, PAGES / path)
        (PAGES / document).parent.mkdir(parents=True, exist_ok=True)
        (PAGES / document).write_text(page(document, known))
    shutil.copy(ROOT / "docs" / "site.css", PAGES / "docs" / "site.css")


def main() -> int:
    """Build the site into `.site/html`."""
    lay_out()
    command = (sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet")
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
