"""What is written about Mobart is what Mobart is."""

import re
from pathlib import Path

import pytest

from mobart.cli import main
from mobart.core.errors import ADVICE, Code, codes_table
from mobart.core.lifecycle import diagram
from mobart.providers.registry import PROVIDERS
from mobart.settings import Settings, example
from tests.support.provider_builders import table

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()


def test_the_example_holds_every_setting_with_its_default() -> None:
    """`.env.example` is what `python main.py settings` prints."""
    assert (ROOT / ".env.example").read_text() == example()


def test_the_settings_command_prints_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    """So that the file can be written anew."""
    assert main(["settings"]) == 0
    assert capsys.readouterr().out == example()


def test_the_readme_shows_the_transition_table() -> None:
    """The diagram is the generated one."""
    assert f"```mermaid\n{diagram()}\n```" in README


def test_the_readme_shows_what_every_provider_can_do() -> None:
    """The table is the generated one: `python -m tests.support.provider_builders`."""
    assert table() in README


def test_every_provider_has_its_section() -> None:
    """In the order of the catalogue."""
    sections = re.findall(r"^## (.+)$", (ROOT / "docs" / "providers.md").read_text(), re.MULTILINE)
    assert sections == list(PROVIDERS)


def test_the_readme_lists_every_error_code() -> None:
    """The table is the generated one: `mobart.core.errors.codes_table`."""
    assert list(ADVICE) == list(Code)
    assert codes_table() in README


def test_the_readme_names_settings_that_exist() -> None:
    """No name in it is made up."""
    names = set(re.findall(r"`((?:MOBART|MIDJOURNEY|REDIS|AWS|S3|GO|LOG)_[A-Z0-9_]+)`", README))
    assert names <= {name.upper() for name in Settings.model_fields}


def test_the_four_files_that_tell_how_it_works_stay_short() -> None:
    """Whoever reads them in order knows it all, in under 400 lines."""
    files = ("main.py", "mobart/app/run.py", "mobart/jobs/fulfil.py", "mobart/core/lifecycle.py")
    lines = sum(len((ROOT / name).read_text().splitlines()) for name in files)
    assert lines < 400
