"""What `show` offers to type can be typed."""

import pytest

from mobart.cli.commands import commands
from mobart.cli.looking import COMMANDS
from mobart.core.operations import ACTIONS, Action

ON_REQUESTS = [action for action, row in ACTIONS.items() if row.target == "request"]


@pytest.mark.parametrize("action", ON_REQUESTS)
def test_an_action_on_a_request_is_offered_as_a_command_that_there_is(action: Action) -> None:
    """With all that it needs; it is parsed, and not run."""
    name, *arguments = COMMANDS[action].format(id="r-1").split()
    assert commands.commands[name].make_context(name, arguments).params
