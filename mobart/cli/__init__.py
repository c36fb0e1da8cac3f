"""The command line.

Exit codes: 0 fine, 1 not well or failed, 2 not understood, 4 no such request, 69 something needed is
away, 78 something is wrong with the settings.
"""

import os
import sys
from collections.abc import Sequence

EX_UNAVAILABLE = 69
EX_CONFIG = 78
"""As in BSD's sysexits.h."""
NOT_INSTALLED = "the package {} is not installed: `make run`, or `pip install -r requirements.txt`"
EX_FAILED = 1
EX_UNKNOWN = 4


def main(argv: Sequence[str]) -> int:
    """Run the command in *argv*, the worker if there is none, and return the exit code."""
    try:
        code = _run(argv)
        if sys.stdout:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the output, such as `head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EX_FAILED
    return code


def _run(argv: Sequence[str]) -> int:
    if argv[:1] == ["art"]:
        from mobart.cli.art import art  # noqa: PLC0415 - has options of its own

        return art(argv[1:])
    if list(argv) == ["health"]:
        from mobart.cli.health import health  # noqa: PLC0415 - must start in no time

        return health()
    from mobart.cli import running  # noqa: PLC0415 - imports this module

    options_of_run = bool(argv) and argv[0] in {"--local", "--folder", "--samples"}
    try:
        act = (
            running.command(["run", *argv] if options_of_run else argv)
            if argv
            else running.worker()
        )
    except ModuleNotFoundError as missing:
        sys.stderr.write(f"mobart: {NOT_INSTALLED.format(missing.name)}\n")
        return EX_CONFIG
    return running.code_of(act)


def entry() -> None:
    """Be the command `mobart`, which says what there is when nothing is asked."""
    sys.exit(main(sys.argv[1:] or ["--help"]))
