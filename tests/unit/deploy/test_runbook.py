"""The runbook has an entry for each alert, and what it says to type can be typed."""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from mobart.cli.commands import commands
from mobart.core.events import LogEvent
from tests.unit.deploy.test_alerts import EXPORTED, RULES

ROOT = Path(__file__).parents[3]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
ENTRIES = dict(re.findall(r"^## (Mobart\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAM = re.compile(r"(?:python main\.py|python -m mobart|\bmobart) ((?:\w|-).*)")
"""How a document calls the command line, and what follows; `mobart()` defines it."""


def test_each_alert_has_an_entry_and_each_entry_its_alert() -> None:
    """In the order of the file, so that neither is overlooked."""
    assert list(ENTRIES) == [rule["alert"] for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_names_its_entry(rule: dict[str, Any]) -> None:
    """By the anchor of its heading, as GitHub and the site of documents make it."""
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"


@pytest.mark.parametrize("alert", ENTRIES)
def test_an_entry_says_what_it_means_what_to_look_at_what_to_do_and_when_it_is_over(
    alert: str,
) -> None:
    """In this order, with commands."""
    entry = ENTRIES[alert]
    places = [entry.find(part) for part in ("**Means.**", "```bash", "**Do.**", "**Over when**")]
    assert places == sorted(places)
    assert places[0] >= 0


def test_metrics_and_log_events_of_the_runbook_exist() -> None:
    """Those that it greps for, too; a metric by its beginning, a group of events by its first."""
    metrics = re.findall(r"\bmobart_[a-z_]+", RUNBOOK)
    assert [one for one in metrics if not any(name.startswith(one) for name in EXPORTED)] == []
    events = set(
        re.findall(r"\b(?:job|intake|circuit|webhook|redis|loop|picture)\.[a-z_]+", RUNBOOK)
    )
    assert events - set(LogEvent) == set()


def typed(text: str) -> list[str]:
    """List what is typed to the command line in the code blocks of a document."""
    blocks = re.findall(r"```(?:bash|sh)\n(.*?)```", text, re.DOTALL)
    lines = (line.strip() for block in blocks for line in block.splitlines())
    found = (PROGRAM.match(line) for line in lines)
    return [one[1] for one in found if one]


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.stem for path in DOCUMENTS])
def test_commands_of_the_documents_are_understood(document: Path) -> None:
    """With their arguments and options."""
    for line in typed(document.read_text()):
        parts = shlex.shlex(line, posix=True, punctuation_chars="|;<>&")
        parts.whitespace_split = True
        words = list(parts)
        end = next((at for at, word in enumerate(words) if word in {"|", ";", ">"}), len(words))
        understand(words[:end])


def understand(words: list[str]) -> None:
    """Parse a command line without running it.  Raises click.UsageError."""
    name, command, rest = commands.resolve_command(click.Context(commands), words)
    assert command is not None
    command.make_context(name, rest)


def test_the_runbook_is_read_as_it_is_written() -> None:
    """Each entry types something to Mobart, Redis or the cluster."""
    assert len(typed(RUNBOOK)) > len(ENTRIES)
    with pytest.raises(click.UsageError):
        understand(["show", "x", "--made-up"])
