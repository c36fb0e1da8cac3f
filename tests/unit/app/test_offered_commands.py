"""What `show` offers to type can be typed, and programs can read what commands say."""

import json
from pathlib import Path

import pytest

from mobart.app import local_mode
from mobart.app.checks import NotReady
from mobart.cli.commands import commands
from mobart.cli.looking import COMMANDS
from mobart.cli.running import command
from mobart.cli.worker import check, work
from mobart.core.operations import ACTIONS, Action

ON_REQUESTS = [action for action, row in ACTIONS.items() if row.target == "request"]


@pytest.mark.parametrize("action", ON_REQUESTS)
def test_an_action_on_a_request_is_offered_as_a_command_that_there_is(action: Action) -> None:
    """With all that it needs; it is parsed, and not run."""
    name, *arguments = COMMANDS[action].format(id="r-1").split()
    assert commands.commands[name].make_context(name, arguments).params


@pytest.mark.parametrize("name", sorted(commands.commands.keys() - {"run", "art", "schema"}))
def test_a_command_writes_json_where_it_is_asked_to(name: str) -> None:
    """All but the worker, which logs, and those that write files or JSON anyway."""
    assert "as_json" in {parameter.name for parameter in commands.commands[name].params}


@pytest.mark.parametrize("name", ["show", "watch", "cancel", "retry", "lift"])
def test_bytes_that_are_no_text_are_not_understood(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal of another encoding brings them: one line and exit 2, before Redis is asked."""
    assert command([name, "r-\udcff"])() == 2
    assert capsys.readouterr().err.splitlines()[-1] == r"Error: 'r-\udcff' is not UTF-8"


def test_a_check_tells_programs_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard output, as one document with every problem, and by its exit code."""
    monkeypatch.setenv("MOBART_LEASE_SECONDS", "soon")
    code = check(as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (code, said["ready"]) == (78, False)
    assert any("MOBART_LEASE_SECONDS" in problem for problem in said["said"])


@pytest.mark.parametrize(("healing", "code"), [(False, 78), (True, 69)])
def test_the_local_worker_tells_a_wrong_setting_from_what_is_away(
    monkeypatch: pytest.MonkeyPatch, healing: bool, code: int
) -> None:
    """By the exit codes of the worker in production."""

    async def fail(folder: Path, *, samples: bool) -> None:
        raise NotReady([f"{folder}: {samples}"], healing=healing)

    monkeypatch.setattr(local_mode, "run_locally", fail)
    assert work(local=True, folder=Path("none"), samples=False) == code
