"""Where log events go: the console, pretty for people and JSON for machines, and a rotating file.

Each is written by a thread of its own behind a bounded queue: a full disk, a slow terminal or a
closed pipe holds up neither a job nor the other.  What does not fit is dropped.  A log file that
cannot be written is reported as an event.
"""

import json
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from logging.handlers import QueueHandler, QueueListener
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from mobart.app.log_file import Failures, LogFile
from mobart.app.secret_masks import SecretMasks
from mobart.core.ports import Observer
from mobart.core.subject import known_ids
from mobart.prompts.redaction import redact_values

QUEUED = 10_000
FLUSH_SECONDS = 3.0
CHATTY = ("aiobotocore", "boto3", "botocore", "aiohttp", "asyncio", "urllib3")
"""Loggers of libraries that are heard from `WARNING` on."""


def _tell_subject(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say which request a line is about."""
    return {**known_ids(), **event}


SHARED: tuple[Processor, ...] = (
    _tell_subject,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


@contextmanager
def logging_to(
    *, level: str, file: str, secrets: Collection[str] = (), prompts: bool = False
) -> Iterator[list[str]]:
    """Log while inside; yields what is wrong with the set-up, one line each, usually nothing.

    No *secrets* reach any output.  *file* may be empty: then there is only the console.
    """
    logging.raiseExceptions = False  # nothing is printed about a handler that fails
    # no line tells the place in the code, thread or process, and looking for them is dear
    logging._srcfile = None  # noqa: SLF001 - as Python's "Logging HOWTO" says
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    problems: list[str] = []
    handlers = list(_handlers(file, SecretMasks(secrets), problems))
    listeners = [_Listener(queue.Queue(QUEUED), handler) for handler in handlers]
    root = logging.getLogger()
    root.handlers = [_Queue(listener) for listener in listeners]
    root.setLevel(level)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel("WARNING")
    _configure_structlog(prompts=prompts)
    for listener in listeners:
        listener.start()
    try:
        yield problems
    finally:
        _finish(listeners)


def _handlers(file: str, redact: SecretMasks, problems: list[str]) -> Iterator[logging.Handler]:
    """Open console and file; what goes wrong is added to *problems*."""
    as_json = _formatter(_json(), redact)
    if sys.stdout is not None:  # it is, where the process was started with its output closed
        yield _console(as_json, redact)
    if not file:
        return
    try:
        log_file = LogFile(file)
    except OSError as error:
        problems.append(f"LOG_FILE: {error.strerror}; logging to the console only")
        return
    log_file.setFormatter(as_json)
    if log_file.moved:
        problems.append(f"LOG_FILE: another process has it; using {log_file.baseFilename}")
    yield log_file


def report_failures_to(observer: Observer) -> None:
    """Have the log file that is in use, if any, report to *observer* what it cannot write."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Queue) and handler.failures is not None:
            handler.failures.observer = observer


class _Listener(QueueListener):
    """The thread that writes what is queued for one handler."""

    def finish(self, until: float) -> None:
        """Write what is queued, at most until *until* of the monotonic clock, and close the handler.

        A console that nobody reads must not keep the process alive.  No thread is started for that:
        the system may give none.
        """
        writer = self._thread
        if writer is None:
            return
        writer.join(max(0.0, until - time.monotonic()))
        if not writer.is_alive():
            for handler in self.handlers:
                with suppress(OSError):
                    handler.close()


def _finish(listeners: Sequence[_Listener]) -> None:
    until = time.monotonic() + FLUSH_SECONDS
    for listener in listeners:
        with suppress(queue.Full):  # then it is stuck, and no use waiting for
            listener.enqueue_sentinel()
    for listener in listeners:
        listener.finish(until)


def _configure_structlog(*, prompts: bool) -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            *([] if prompts else [_hide_prompt]),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _console(as_json: logging.Formatter, redact: SecretMasks) -> logging.Handler:
    handler = _Console(sys.stdout.fileno(), sys.stdout.encoding)
    handler.setFormatter(_formatter(_pretty(), redact) if sys.stdout.isatty() else as_json)
    return handler


def _pretty() -> Processor:
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def _json() -> Processor:
    return structlog.processors.JSONRenderer(serializer=_dump)


def _formatter(render: Processor, redact: SecretMasks) -> logging.Formatter:
    return _Formatter(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render, redact],
    )


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Writes each line once, where console and file both have it."""

    _lock = threading.Lock()

    def format(self, record: logging.LogRecord) -> str:
        with self._lock:
            known: tuple[logging.Formatter, str] | None = record.__dict__.get("written")
            if known is None or known[0] is not self:
                known = record.written = self, super().format(record)
        return known[1]


class _Console(logging.Handler):
    """Writes straight to the console.

    Where that is stuck or gone, a buffer to be flushed or a lock that somebody holds would spoil
    the end of the process, so it has neither.
    """

    def __init__(self, descriptor: int, encoding: str) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._encoding = encoding

    def createLock(self) -> None:  # noqa: N802 - logging's own name
        self.lock: Any = _NoLock()  # one thread writes

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Exception):
            line = f"{self.format(record)}\n".encode(self._encoding, "backslashreplace")
            while line:
                line = line[os.write(self._descriptor, line) :]


class _NoLock(nullcontext[None]):
    """What a handler locks and unlocks, without effect: `with` it from 3.13 on, by name before."""

    def acquire(self) -> None:
        """Do nothing."""

    def release(self) -> None:
        """Do nothing."""


class _Queue(QueueHandler):
    """Never waits for room, and leaves the record whole for the formatters behind the queue."""

    failures: Failures | None = None

    def __init__(self, listener: QueueListener) -> None:
        super().__init__(listener.queue)
        for handler in listener.handlers:
            if isinstance(handler, LogFile):
                self.failures = handler.failures

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            if self.failures is not None:
                self.failures.add("lines were dropped: the file is written too slowly")


def _hide_prompt(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave the prompt out, and wherever a provider's words quote it during a job."""
    event.pop("prompt", None)
    return redact_values(event)


def _dump(event: Any, **options: Any) -> str:
    """Write pure ASCII: it fits every console, and no control character gets through."""
    return json.dumps(event, default=options.get("default", str))
