"""The command that post-processes pictures; it has a parser of its own."""

from collections.abc import Sequence

from mobart.cli import EX_CONFIG
from mobart.cli.problems import complain


def art(argv: Sequence[str]) -> int:
    """Post-process pictures; a fresh clone says how to install what that needs."""
    try:
        from mobart.art.cli import cli  # noqa: PLC0415 - numpy and Pillow are for this command only
    except ModuleNotFoundError as missing:
        how = "`make art ARGS=...` installs what is needed, and so does `pip install .`"
        return complain([f"the package {missing.name} is not installed: {how}"], EX_CONFIG)
    return cli.main(argv)
