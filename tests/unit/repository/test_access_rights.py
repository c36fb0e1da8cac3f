"""The users of `deploy/redis/users.acl` may run nothing that nobody runs."""

import re
from pathlib import Path

import pytest

from tests.support.access_lists import users

ROOT = Path(__file__).parents[3]
SOURCES = [
    *(path for path in (ROOT / "mobart").rglob("*.py") if path.name != "permissions.py"),
    *(ROOT / "mobart").rglob("*.lua"),
    *(ROOT / "clients").rglob("*.go"),
]
TEXT = "\n".join(path.read_text() for path in SOURCES)
LIBRARY = {"client|setname", "select", "evalsha", "script|load", "multi", "exec", "unsubscribe"}
"""What client libraries run by themselves: on connecting, for scripts, pipelines and subscriptions."""
BEFORE = {"xautoclaim"}
"""What workers of version 0.2.0 run, which may be there beside newer ones."""


@pytest.mark.parametrize("user", users())
def test_each_command_that_a_user_may_run_is_run(user: str) -> None:
    """By a script, a method of the client, or its name."""
    allowed = set(re.findall(r"\+([a-z|]+)", users()[user])) - LIBRARY - BEFORE
    assert [command for command in sorted(allowed) if not is_run(command)] == []


def is_run(command: str) -> bool:
    """Whether the code names a command."""
    name, container = command.replace("|", "_"), command.partition("|")[0].upper()
    return re.search(rf"['\"]{container}['\"]|\.{name}(_range)?\(", TEXT) is not None


def test_a_command_that_nobody_runs_is_noticed() -> None:
    """Else the test above would pass whatever is allowed."""
    assert not is_run("flushall")
    assert is_run("xadd")
