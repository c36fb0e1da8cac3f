"""The log of a process, seen from outside."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from mobart.app.logs import logging_to

PROGRAM = """
import structlog, sys
from mobart.app.logs import logging_to
with logging_to(level="INFO", file=sys.argv[1]):
    structlog.get_logger().info("job.settled", code="")
"""


def test_a_process_without_a_console_logs_to_its_file(tmp_path: Path) -> None:
    """As one that was started with its standard output closed."""
    file = tmp_path / "mobart.log"
    closed = ["sh", "-c", 'exec "$0" "$@" >&-']
    command = [*closed, sys.executable, "-c", PROGRAM, str(file)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    (line,) = file.read_text().splitlines()
    assert json.loads(line)["event"] == "job.settled"


def test_a_second_worker_in_a_folder_logs_to_a_file_of_its_own(tmp_path: Path) -> None:
    """It says which; rotation of a shared file would split both logs."""
    file = tmp_path / "mobart.log"
    with logging_to(level="INFO", file=str(file)) as first:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                PROGRAM.replace(":\n", " as told:\n    print(told)\n", 1),
                str(file),
            ],
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        )
    assert first == []
    assert "mobart.2.log" in done.stdout.splitlines()[0]
    assert (tmp_path / "mobart.2.log").read_text().count("job.settled") == 1
    assert "job.settled" not in file.read_text()
    with logging_to(level="INFO", file=str(file)) as later:
        assert later == []


def test_a_log_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """One of an older version too, and whatever the umask."""
    file = tmp_path / "mobart.log"
    file.touch(mode=0o666)
    file.chmod(0o666)
    umask = os.umask(0)
    try:
        with logging_to(level="INFO", file=str(file)):
            structlog.get_logger().info("job.settled")
    finally:
        os.umask(umask)
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_console_is_written_where_handlers_need_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As since Python 3.13, whose own `handle` enters it without asking whether there is one."""

    def handle(self: logging.Handler, record: logging.LogRecord) -> bool:
        if self.lock is None:
            raise TypeError("'NoneType' object does not support the context manager protocol")
        self.emit(record)
        return True

    monkeypatch.setattr(logging.Handler, "handle", handle)
    console = tmp_path / "console"
    with console.open("w") as stream, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", stream)
        with logging_to(level="INFO", file=""):
            structlog.get_logger().info("job.settled")
    assert json.loads(console.read_text())["event"] == "job.settled"
