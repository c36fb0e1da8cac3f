"""What the command prints: lines that every terminal can show, and a bar."""

import sys
from typing import TextIO

BAR = 40
"""Characters of the progress bar, which fits beside its figures on 80 columns."""


def say(stream: TextIO, line: str) -> None:
    """Print *line*, with escapes for what the terminal's encoding lacks."""
    coding = stream.encoding or "utf-8"
    stream.write(line.encode(coding, "backslashreplace").decode(coding) + "\n")
    stream.flush()


def draw_bar(done: int, total: int) -> None:
    """Show progress where a person watches."""
    if not sys.stderr.isatty():
        return
    filled = BAR * done // total
    end = "\n" if done == total else "\r"
    sys.stderr.write(f"[{'#' * filled}{'.' * (BAR - filled)}] {done}/{total}{end}")
    sys.stderr.flush()
