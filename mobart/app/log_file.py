"""The rotating log file: one process per file, for its owner alone; failures are reported."""

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
MODE = 0o600
MOST_WORKERS = 64
"""Workers that may log side by side in one folder; one more logs to the console only."""


REPORT_EVERY = 60.0
"""Seconds between two reports that the file cannot be written."""


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
    """A file that is locked while it is open: two processes would each rotate it away.

    It is opened again where somebody moved or removed it.
    """

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            BlockingIOError: another process has it.
            OSError: it cannot be opened.

        """
        self._opened = False
        self.failures = Failures()
        super().__init__(
            path,
            maxBytes=FILE_BYTES,
            backupCount=FILES_KEPT,
            encoding="utf-8",
            errors="backslashreplace",
        )
        self._opened = True

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

    def _reopen_if_moved(self) -> None:
        if self.stream is None:
            return  # the base class opens it
        try:
            there = Path(self.baseFilename).stat()
            same = os.path.samestat(there, os.fstat(self.stream.fileno()))
        except FileNotFoundError:
            same = False
        if not same:
            self.stream.close()
            self.stream = None
            self.stream = self._open()

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
