"""Complaints of the commands; nothing is imported that may not be installed yet."""

import sys
from collections.abc import Sequence


def complain(problems: Sequence[str], code: int) -> int:
    """Write *problems* to standard error, one line each, and return *code*."""
    for line in problems:
        sys.stderr.write(f"mobart: {line}\n")
    return code
