"""The site of the documents has all of them, and asks nobody else for anything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import art_pictures
from tests.support.site import DIAGRAM, documents, page, table

ROOT = Path(__file__).parents[3]
SITE: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text())


def pages(nav: object) -> Iterator[str]:
    """List the documents that a part of the navigation names."""
    if isinstance(nav, str):
        yield nav
    for one in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from pages(one)


def test_every_document_is_in_the_navigation_once() -> None:
    """By person; what is not there is not found."""
    assert sorted(pages(SITE["nav"])) == sorted(map(str, documents()))


def test_each_person_has_a_place_to_begin() -> None:
    """As the README names them."""
    people = [next(iter(one)) for one in SITE["nav"][1:]]
    readme = (ROOT / "README.md").read_text().lower()
    assert people == ["Backend engineer", "Operator", "Technical artist", "Contributor"]
    assert [person for person in people if f"| {person.lower()} |" not in readme] == []


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No fonts, no scripts and no styles but the theme's own and ours, and no diagrams that need one."""
    assert SITE["theme"]["font"] is False
    assert "extra_javascript" not in SITE
    assert SITE["extra_css"] == ["docs/site.css"]
    assert "http" not in (ROOT / "docs" / "site.css").read_text()
    known = set(documents())
    assert [one for one in known if "```mermaid" in page(one, known)] == []


def test_a_warning_stops_the_build() -> None:
    """Links and anchors that lead nowhere among them."""
    assert SITE["strict"] is True
    assert set(SITE["validation"].values()) == {"warn"}


def test_a_link_out_of_the_documents_becomes_a_name() -> None:
    """Unless it leads to a file that is taken along."""
    known = set(documents())
    readme = page(Path("README.md"), known)
    assert "(mobart/" not in readme
    assert "(docs/runbook.md)" in readme
    assert "(../deploy/prometheus/alerts.yaml)" in page(Path("docs/runbook.md"), known)


def test_a_diagram_of_states_becomes_a_table() -> None:
    """With a row for each arrow that has a name."""
    text = (
        "```mermaid\nstateDiagram-v2\n    [*] --> accepted\n    accepted --> paying: started\n```"
    )
    found = DIAGRAM.match(text)
    assert found is not None
    assert table(found).splitlines()[2:] == ["| accepted | `started` | paying |"]


@pytest.mark.parametrize("name", art_pictures.SCENES)
def test_each_picture_of_the_artists_page_is_drawn_and_shown(name: str) -> None:
    """By `make art-pictures`; none is larger than it has to be."""
    picture = art_pictures.FOLDER / f"{name}.png"
    assert picture.stat().st_size < 15_000
    assert f"(pictures/art/{name}.png)" in (ROOT / "docs" / "artist.md").read_text()
