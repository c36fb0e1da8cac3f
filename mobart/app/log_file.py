"""The rotating log file: one process a file, and readable by its owner alone."""

import fcntl
import os
import stat
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE_BYTES = 10_000_000
FILES_KEPT = 5
MODE = 0o600
MOST_WORKERS = 64
"""Workers that may log side by side in one folder; one more logs to the console only."""


class LogFile(RotatingFileHandler):
    """A file that is locked while it is open: two processes would each rotate it away."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            BlockingIOError: another process has it.
            OSError: it cannot be opened.

        """
        self._opened = False
        super().__init__(
            path,
            maxBytes=FILE_BYTES,
            backupCount=FILES_KEPT,
            encoding="utf-8",
            errors="backslashreplace",
        )
        self._opened = True

    def _open(self) -> TextIOWrapper:
        stream = open(  # noqa: SIM115 - the handler closes it
            self.baseFilename,
            "a",
            encoding=self.encoding,
            errors=self.errors,
            opener=lambda path, flags: os.open(path, flags, MODE),
        )
        try:
            self._make_ours(stream.fileno())
        except OSError:
            stream.close()
            raise
        return stream

    def _make_ours(self, descriptor: int) -> None:
        """Lock a file, and close it to others; pipes and devices stay as they are."""
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return
        with suppress(PermissionError):  # another user's, who lets us write
            os.fchmod(descriptor, MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not self._opened:  # after a rotation there is no way back
                raise
        except OSError:
            return  # a file system without locks


def open_log_file(path: str) -> LogFile:
    """Open *path*, or the first of `name.2.log`, `name.3.log` ... that no other process has.

    Raises:
        OSError: it cannot be opened, or all of them are taken.

    """
    first = Path(path)
    others = (
        first.with_name(f"{first.stem}.{n}{first.suffix}") for n in range(2, MOST_WORKERS + 1)
    )
    for candidate in (first, *others):
        with suppress(BlockingIOError):
            return LogFile(candidate)
    raise OSError(None, f"{MOST_WORKERS} workers log in this folder already")
