"""The rotating log file: one process writes it, and failures to write it are reported."""

import fcntl
import os
import stat
import sys
import threading
import time
from contextlib import suppress
from io import TextIOWrapper
from logging import LogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path

from mobart.core.events import LogEvent
from mobart.core.ports import Observer

FILE_BYTES = 10_000_000
FILES_KEPT = 5
FILE_MODE = 0o600
"""Prompts can be logged, so the file is its owner's alone."""
NAMES_TRIED = 99
"""Workers in one folder that each get a log file of their own."""
REPORT_EVERY = 60.0
"""Seconds between two reports that the file cannot be written."""


class FileTaken(OSError):
    """Other processes write to the file, and to all the names that stand in for it."""


class Failures:
    """Reports failures to an observer, the first at once and then one a minute; thread-safe."""

    def __init__(self) -> None:
        """Start without an observer: nothing is reported until there is one."""
        self.observer: Observer | None = None
        self._lock = threading.Lock()
        self._quiet_until = float("-inf")

    def add(self, detail: str) -> None:
        """Report *detail* unless another failure was reported a short while ago."""
        if self.observer is None:
            return
        with self._lock:
            now = time.monotonic()
            if now < self._quiet_until:
                return
            self._quiet_until = now + REPORT_EVERY  # first: the report is itself a log line
        self.observer.note(LogEvent.LOG_FILE_FAILED, detail=detail)


class LogFile(RotatingFileHandler):
    """A log file that this process alone writes, reopened if it was moved or removed."""

    def __init__(self, path: str) -> None:
        """Open *path*, or `name.2.log` and so on while another process has it.

        Raises OSError if none can be opened.
        """
        self.failures = Failures()
        self._claim, taken = _claim(Path(path))
        self.moved = taken != Path(path)
        super().__init__(
            taken,
            maxBytes=FILE_BYTES,
            backupCount=FILES_KEPT,
            encoding="utf-8",
            errors="backslashreplace",
        )

    def emit(self, record: LogRecord) -> None:
        """Write one line.  Never raises; see `handleError`."""
        try:
            self._reopen_if_moved()
        except OSError:
            self.handleError(record)
        else:
            super().emit(record)

    def handleError(self, record: LogRecord) -> None:  # noqa: N802 - logging's own name
        """Report why *record* was not written."""
        del record
        error = sys.exc_info()[1]
        reason = error.strerror if isinstance(error, OSError) else None
        self.failures.add(f"{self.baseFilename}: {reason or type(error).__name__}")

    def close(self) -> None:
        """Close the file, and let other processes have its name."""
        super().close()
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None

    def _open(self) -> TextIOWrapper:
        """Open the file, for its owner alone; pipes and devices stay as they are."""
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT, FILE_MODE))
        stream = super()._open()
        if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            with suppress(PermissionError):  # another user's, who lets us write
                os.fchmod(stream.fileno(), FILE_MODE)
        return stream

    def _reopen_if_moved(self) -> None:
        if self.stream is None:
            return  # the base class opens it
        try:
            same = os.path.samestat(Path(self.baseFilename).stat(), os.fstat(self.stream.fileno()))
        except FileNotFoundError:
            same = False
        if not same:
            self.stream.close()
            self.stream = None
            self.stream = self._open()


def _claim(path: Path) -> tuple[int | None, Path]:
    """Return a descriptor that holds a lock, and the name that is locked by it.

    Rotation renames the file itself, so the lock is on a hidden file beside it.  A device cannot
    be rotated and needs no lock; neither does a folder in which nothing may be created.
    """
    if path.exists() and not path.is_file():
        return None, path
    for number in range(1, NAMES_TRIED + 1):
        name = path if number == 1 else path.with_name(f"{path.stem}.{number}{path.suffix}")
        try:
            lock = os.open(name.with_name(f".{name.name}.lock"), os.O_RDWR | os.O_CREAT, FILE_MODE)
        except OSError:
            return None, path
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
        else:
            return lock, name
    raise FileTaken(0, "other processes are writing to it")
