"""Running the worker or another command, and the exit code that it ends with."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from mobart.cli import EX_CONFIG, EX_FAILED, EX_UNAVAILABLE
from mobart.cli.problems import complain

_SURROGATE = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes in an argument that are no text."""


def worker() -> Callable[[], int]:
    """Return what runs the worker as `run` without options does; that needs no click, which starts slowly."""
    from mobart.cli.worker import import_worker, work  # noqa: PLC0415 - `health` starts in no time

    import_worker()
    return lambda: work(local=False, folder=Path(), samples=False)


def command(argv: Sequence[str]) -> Callable[[], int]:
    """Return what runs the command in *argv*."""
    import click  # noqa: PLC0415 - the worker starts without it

    from mobart.cli.commands import commands  # noqa: PLC0415 - as above

    def act() -> int:
        try:
            if odd := [one for one in argv if _SURROGATE.search(one)]:
                raise click.UsageError(f"{odd[0]!a} is not UTF-8")
            code = commands.main(args=list(argv), prog_name="mobart", standalone_mode=False)
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except click.Abort as stop:
            if isinstance(stop.__cause__, KeyboardInterrupt):
                raise stop.__cause__ from None
            return complain(["not confirmed: nothing was done"], EX_FAILED)
        return int(code or 0)

    return act


def code_of(act: Callable[[], int]) -> int:
    """Run *act*; return the exit code."""
    try:
        return act()
    except KeyboardInterrupt:
        return 0
    except Exception as error:
        from mobart.app.checks import NotReady  # noqa: PLC0415 - `health` must start in no time
        from mobart.settings import BadSettings  # noqa: PLC0415 - as above

        if isinstance(error, BadSettings):
            return complain(error.problems, EX_CONFIG)
        if isinstance(error, NotReady):
            return complain(error.problems, EX_UNAVAILABLE if error.healing else EX_CONFIG)
        raise
