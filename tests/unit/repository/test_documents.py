"""What is written about Mobart is what Mobart is."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from mobart import __version__
from mobart.art.presets import CHOICES, RANGES, Preset, load_presets
from mobart.cli import main
from mobart.core.domain import REFERENCE
from mobart.providers.registry import PROVIDERS
from mobart.settings import Settings
from mobart.settings.example import example
from tests.support.access_lists import text
from tests.support.documents import PARTS, contract, written

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()


def test_the_example_holds_every_setting_with_its_default() -> None:
    """`.env.example` is what `python main.py settings` prints."""
    stands = (ROOT / ".env.example").read_text()
    assert stands == example(), "run `python main.py settings > .env.example`"


def test_the_settings_command_prints_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    """So that the file can be written anew."""
    assert main(["settings"]) == 0
    assert capsys.readouterr().out == example()


def test_the_settings_page_has_a_row_of_four_cells_for_every_setting() -> None:
    """None has a bar in its text, which would end a cell; secrets are marked."""
    page = (ROOT / "docs" / "settings.md").read_text()
    rows = dict(re.findall(r"^\| `([A-Z0-9_]+)` \|(.*)\|$", page, re.MULTILINE))
    assert {name.lower() for name in rows} == set(Settings.model_fields)
    assert [name for name, row in rows.items() if row.count("|") != 2] == []
    secret = {name.lower() for name, row in rows.items() if "**secret**" in row}
    fields = Settings.model_fields.items()
    assert secret == {name for name, field in fields if "SecretStr" in str(field.annotation)}


@pytest.mark.parametrize("document", sorted({path for path, _ in PARTS}))
def test_what_is_written_from_the_code_is_up_to_date(document: str) -> None:
    """Otherwise `make docs` writes it anew."""
    outdated = [part for part, stands, wanted in written(document) if stands != wanted]
    assert not outdated, f"{document}: run `make docs`, which writes {', '.join(outdated)} anew"


@pytest.mark.parametrize("document", contract())
def test_the_files_of_the_wire_contract_are_up_to_date(document: str) -> None:
    """Otherwise `make docs` writes them anew."""
    assert (ROOT / document).read_text() == contract()[document], "run `make docs`"


def test_the_access_lists_are_up_to_date() -> None:
    """What a worker needs is known from the code."""
    assert (ROOT / "deploy" / "redis" / "users.acl").read_text() == text(), "run `make docs`"


def test_the_files_of_the_wire_contract_are_all_there_are() -> None:
    """None is left of a message that is gone."""
    files = {f"docs/contract/{path.name}" for path in (ROOT / "docs" / "contract").iterdir()}
    assert files == set(contract())


def options() -> dict[str, str]:
    """Map each option in the README's table to its row."""
    [table] = re.findall(r"^\| option \|.*?\n\n", README, re.MULTILINE | re.DOTALL)
    rows = table.strip().splitlines()[2:]
    return {name: row for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_the_readme_lists_every_option_of_a_preset_and_of_a_request() -> None:
    """The table under "The pictures" is written by hand: add the option's row there."""
    assert set(options()) == {field.name for field in fields(Preset)} - {"name"} | {REFERENCE}


def test_the_readme_lists_every_preset() -> None:
    """As the files in `mobart/art/presets` are called."""
    [rows] = re.findall(r"^\| preset \|.*?\n\n", README, re.MULTILINE | re.DOTALL)
    assert sorted(re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)) == sorted(load_presets())


@pytest.mark.parametrize("option", [*CHOICES, *RANGES])
def test_the_readme_names_the_values_that_an_option_may_have(option: str) -> None:
    """As `mobart/art/presets.py` checks them."""
    row = options()[option]
    if option in CHOICES:
        assert [value for value in CHOICES[option] if f'"{value}"' not in row] == []
    else:
        assert f" to {RANGES[option][1]}" in row


def test_every_provider_has_its_section() -> None:
    """In the order of the catalogue."""
    sections = re.findall(r"^## (.+)$", (ROOT / "docs" / "providers.md").read_text(), re.MULTILINE)
    assert sections == list(PROVIDERS)


def test_the_readme_names_settings_that_exist() -> None:
    """No name in it is made up."""
    names = set(re.findall(r"`((?:MOBART|MIDJOURNEY|REDIS|AWS|S3|GO|LOG)_[A-Z0-9_]+)`", README))
    assert names <= {name.upper() for name in Settings.model_fields}


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    """Below Unreleased: so that a tag needs no other commit."""
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[:2] == ["Unreleased", __version__]


DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("clients/*/*.md")]
SOURCES = [
    "/" + str(path.relative_to(ROOT))
    for folder in ("mobart", "mobart_local", "tests", "benchmarks", "clients")
    for path in (ROOT / folder).rglob("*")
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    """To a file of the repository, and to a heading in it if they name one."""
    links = re.findall(r"\]\((?!https?:|mailto:)([^)#]*)(?:#([^)]+))?\)", document.read_text())
    places = [(document.parent / path if path else document, anchor) for path, anchor in links]
    assert [str(path) for path, _ in places if not path.exists()] == []
    assert [anchor for path, anchor in places if anchor and anchor not in anchors(path)] == []


def anchors(document: Path) -> set[str]:
    """List the anchors of a document's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/art.md"]
)
def test_the_modules_and_scripts_that_a_document_names_exist(name: str) -> None:
    """By the end of their path, as documents shorten it."""
    named = re.findall(r"`([\w/.-]+\.(?:py|lua))`", (ROOT / name).read_text())
    known = [*SOURCES, "/main.py", "/test_workflow.py"]
    assert [one for one in named if not any(path.endswith(f"/{one}") for path in known)] == []


def test_the_four_files_that_tell_how_it_works_stay_short() -> None:
    """Read in order, they explain it all, in under 400 lines; under 950 with what lies between them."""
    files = ("main.py", "mobart/app/run.py", "mobart/jobs/fulfil.py", "mobart/core/lifecycle.py")
    assert lines_of(*files) < 400
    between = [f"mobart/jobs/{name}.py" for name in ("worker", "runner", "payment")]
    assert lines_of(*files, *between) < 950


def lines_of(*files: str) -> int:
    """Count the lines of *files* together."""
    return sum(len((ROOT / name).read_text().splitlines()) for name in files)
