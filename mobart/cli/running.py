"""Running one command, and the exit code that it ends with."""

from collections.abc import Sequence

import click

from mobart.cli import EX_CONFIG, EX_FAILED, EX_UNAVAILABLE
from mobart.cli.commands import commands
from mobart.cli.problems import complain


def run_command(argv: Sequence[str]) -> int:
    """Run the command in *argv*; return the exit code."""
    try:
        code = commands.main(args=list(argv), prog_name="mobart", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as stop:
        return _stopped(by_hand=isinstance(stop.__cause__ or stop, KeyboardInterrupt))
    except Exception as error:
        from mobart.app.checks import NotReady  # noqa: PLC0415 - `health` must start in no time
        from mobart.settings import BadSettings  # noqa: PLC0415 - as above

        if isinstance(error, BadSettings):
            return complain(error.problems, EX_CONFIG)
        if isinstance(error, NotReady):
            return complain(error.problems, EX_UNAVAILABLE if error.healing else EX_CONFIG)
        raise
    return int(code or 0)


def _stopped(*, by_hand: bool) -> int:
    """Return the exit code of a command that Ctrl-C ended, or that nobody confirmed."""
    return 0 if by_hand else complain(["not confirmed: nothing was done"], EX_FAILED)
