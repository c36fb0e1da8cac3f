"""The log file: rotation by others, a full disk, and two processes that want the same name."""

import json
import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mobart.app.log_file import LogFile
from mobart.app.logs import logging_to, report_failures_to
from mobart.core.events import LogEvent
from mobart.web.metrics import Metrics
from mobart.web.observers import LogObserver, Observers
from tests.support.observers import Notes


def line(text: str) -> logging.LogRecord:
    """Return a record to be written."""
    return logging.LogRecord("test", logging.INFO, "", 0, text, None, None)


class Reported:
    """An observer that another thread waits for."""

    def __init__(self) -> None:
        """Nothing happened yet."""
        self.event = threading.Event()

    def note(self, event: LogEvent, **facts: Any) -> None:
        """See `Observer`."""
        del event, facts
        self.event.set()


@pytest.fixture
def notes() -> Notes:
    """Return what is reported."""
    return Notes()


@pytest.fixture
def log_file(tmp_path: Path, notes: Notes) -> Iterator[LogFile]:
    """Open a log file in a folder that can go away."""
    (tmp_path / "logs").mkdir()
    handler = LogFile(str(tmp_path / "logs" / "mobart.log"))
    handler.failures.observer = notes
    yield handler
    handler.close()


def test_a_log_file_is_its_owners_alone(log_file: LogFile) -> None:
    """Prompts may be in it."""
    log_file.emit(line("one"))
    assert Path(log_file.baseFilename).stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_moved_away_is_opened_anew(log_file: LogFile, notes: Notes) -> None:
    """As logrotate does it."""
    path = Path(log_file.baseFilename)
    log_file.emit(line("one"))
    moved = path.rename(path.with_name("moved.log"))
    log_file.emit(line("two"))
    assert (moved.read_text(), path.read_text()) == ("one\n", "two\n")
    assert notes.events == []


def test_a_folder_that_is_gone_is_reported_once_and_written_to_when_it_is_back(
    log_file: LogFile, notes: Notes
) -> None:
    """Writing into the removed file would lose every line without a word."""
    folder = Path(log_file.baseFilename).parent
    shutil.rmtree(folder)
    log_file.emit(line("lost"))
    log_file.emit(line("lost too"))
    assert notes.of(LogEvent.LOG_FILE_FAILED) == [
        {"detail": f"{log_file.baseFilename}: No such file or directory"}
    ]
    folder.mkdir()
    log_file.emit(line("kept"))
    assert Path(log_file.baseFilename).read_text() == "kept\n"


def test_two_processes_that_want_the_same_file_get_one_each(tmp_path: Path) -> None:
    """So that rotation by one does not move the other's lines; a free name is used again."""
    path = str(tmp_path / "mobart.log")
    first, second = LogFile(path), LogFile(path)
    assert [Path(one.baseFilename).name for one in (first, second)] == [
        "mobart.log",
        "mobart.2.log",
    ]
    assert (first.moved, second.moved) == (False, True)
    first.close()
    third = LogFile(path)
    assert third.baseFilename == path
    second.close()
    third.close()


def test_a_name_that_is_taken_is_a_warning_that_names_the_other(tmp_path: Path) -> None:
    """One line at start-up."""
    path = str(tmp_path / "mobart.log")
    first = LogFile(path)
    with logging_to(level="INFO", file=path) as problems:
        pass
    first.close()
    assert problems == [f"LOG_FILE: another process has it; using {tmp_path / 'mobart.2.log'}"]


def test_a_full_disk_raises_the_metric_that_the_alert_looks_at() -> None:
    """From the failed write to the counter, through the observers as the worker has them."""
    metrics = Metrics(version="1", in_progress=lambda: 0, outstanding=lambda: 0)
    with logging_to(level="INFO", file="/dev/full"):
        observers = Observers(LogObserver(), metrics)
        report_failures_to(observers)
        observers.note(LogEvent.REDIS_RECOVERED)
    assert b"mobart_log_write_errors_total 1.0" in metrics.exposition()


def test_the_report_of_a_failure_reaches_the_console(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Once, although the report itself cannot be written to the file either."""
    reported = Reported()
    with logging_to(level="INFO", file="/dev/full"):
        report_failures_to(Observers(LogObserver(), reported))
        LogObserver().note(LogEvent.REDIS_RECOVERED)
        assert reported.event.wait(30)
    events = [json.loads(text)["event"] for text in capfd.readouterr().out.splitlines()]
    assert events == ["redis.recovered", "log_file.failed"]
