"""Where log events go: the console, pretty for people and JSON for machines, and a rotating file.

Writing happens in a thread of its own behind a bounded queue: a full disk, a slow terminal or a
closed pipe never holds up a job.  What does not fit is dropped and counted.
"""

import json
import logging
import queue
import re
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

FILE_BYTES = 10_000_000
FILES_KEPT = 5
QUEUED = 10_000
FLUSH_SECONDS = 3.0
MASK = "****"
SECRET_SHAPES = (
    re.compile(r"(://)[^\s/@\"']*:[^\s/@\"']*(?=@)"),
    re.compile(
        r"(?i)([?&](?:sig|hm|signature|token|x-amz-signature|x-amz-security-token)=)[^&\s\"']+",
    ),
    re.compile(r"()\b(?:sk-|whsec_|AKIA|ASIA)[A-Za-z0-9/+_=-]{8,}"),
)
"""What looks like a secret; the first group is kept."""
SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


@contextmanager
def logging_to(
    *,
    level: str,
    file: str,
    secrets: Collection[str] = (),
    prompts: bool = False,
) -> Iterator[list[str]]:
    """Log while inside; yields what is wrong with the set-up, one line each, usually nothing.

    No *secrets* reach any output.  *file* may be empty: then there is only the console.
    """
    logging.raiseExceptions = False  # a handler that fails says nothing, and disturbs nobody
    problems: list[str] = []
    redact = _Redaction(secrets)
    handlers: list[logging.Handler] = [_console(redact)]
    try:
        handlers += [_file(file, redact)] if file else []
    except OSError as error:
        problems.append(f"LOG_FILE: {error.strerror}; logging to the console only")
    listener = QueueListener(queue.Queue(QUEUED), *handlers)
    root = logging.getLogger()
    root.handlers = [_Queue(listener.queue)]
    root.setLevel(level)
    for chatty in ("aiobotocore", "boto3", "botocore", "aiohttp", "asyncio", "urllib3"):
        logging.getLogger(chatty).setLevel("WARNING")
    _configure_structlog(prompts=prompts)
    listener.start()
    try:
        yield problems
    finally:
        _finish(listener)


def _finish(listener: QueueListener) -> None:
    """Write what is queued; a console that nobody reads must not keep the process alive."""

    def close() -> None:
        listener.stop()
        for handler in listener.handlers:
            with suppress(OSError):
                handler.close()

    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(FLUSH_SECONDS)


def _configure_structlog(*, prompts: bool) -> None:
    structlog.configure(
        processors=[
            *SHARED,
            *([] if prompts else [_drop_prompt]),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _console(redact: "_Redaction") -> logging.Handler:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler(sys.stdout)
    pretty = sys.stdout.isatty()
    handler.setFormatter(_formatter(_pretty() if pretty else _json(), redact))
    return handler


def _file(path: str, redact: "_Redaction") -> logging.Handler:
    handler = RotatingFileHandler(
        path,
        maxBytes=FILE_BYTES,
        backupCount=FILES_KEPT,
        encoding="utf-8",
        errors="backslashreplace",
    )
    handler.setFormatter(_formatter(_json(), redact))
    return handler


def _pretty() -> Processor:
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def _json() -> Processor:
    return structlog.processors.JSONRenderer(serializer=_dump)


def _formatter(render: Processor, redact: "_Redaction") -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            render,
            redact,
        ],
    )


class _Queue(QueueHandler):
    """Never waits for room, and leaves the record whole for the formatters behind the queue."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            return


class _Redaction:
    """The last step before output: masks known secrets, and what looks like one."""

    def __init__(self, secrets: Collection[str]) -> None:
        known = {secret for secret in secrets if len(secret) > len(MASK)}
        known |= {json.dumps(secret)[1:-1] for secret in known}
        self._known = sorted(known, key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, line: Any) -> str:
        text = str(line)
        for secret in self._known:
            text = text.replace(secret, MASK)
        for shape in SECRET_SHAPES:
            text = shape.sub(rf"\1{MASK}", text)
        return text


def _drop_prompt(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.pop("prompt", None)
    return event


def _dump(event: Any, **options: Any) -> str:
    """Write pure ASCII: it fits every console, and no control character gets through."""
    return json.dumps(event, default=options.get("default", str))
