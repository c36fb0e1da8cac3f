"""The log of a process, seen from outside."""

import json
import subprocess
import sys
from pathlib import Path

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
