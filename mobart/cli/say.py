"""What the commands print: lines for people, or JSON for programs."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

COLOURS: Mapping[str, str] = {
    "completed": "green",
    "failed": "red",
    "in_doubt": "yellow",
    "running": "cyan",
    "waiting": "blue",
}


def print_json(value: Any) -> None:
    """Write *value* as one JSON document."""
    click.echo(json.dumps(value, indent=2, default=str))


def print_done(sentence: str, target: str, *, as_json: bool) -> None:
    """Tell what was done, to the request or the user *target*."""
    if as_json:
        print_json({"done": sentence, "id": target})
    else:
        click.echo(sentence)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table whose columns are as wide as their longest cell."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        line = "  ".join(coloured(cell) for cell in cells)
        click.echo(line.rstrip(), color=colours())


def coloured(cell: str) -> str:
    """Return a cell in the colour of the status that it names, if it names one."""
    colour = COLOURS.get(cell.strip())
    return click.style(cell, fg=colour) if colour else cell


def colours() -> bool | None:
    """Return False where nobody wants colours (https://no-color.org), None for click to decide."""
    return False if os.environ.get("NO_COLOR") else None


def clock_time(at: float | None) -> str:
    """Write seconds since 1970 as a time in UTC; "" for None."""
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
