"""A log that cannot be written disturbs no job."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.deployment import Deployment

SMALLEST_PIPE = 4096


@pytest.fixture(params=["closed", "unread"])
def console(request: pytest.FixtureRequest) -> Iterator[int]:
    """Yield a pipe whose reader is gone, or never reads; it is full after a few lines."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
    if request.param == "closed":
        os.close(reading)
    yield writing
    os.close(writing)
    if request.param == "unread":
        os.close(reading)


async def test_a_console_that_nobody_reads_disturbs_no_job(
    deployment: Deployment, console: int
) -> None:
    """Nor the way out."""
    deployment.console = console
    worker = await deployment.ready_worker()
    for number in range(10):
        await deployment.ask(f"r-{number}")
    for number in range(10):
        assert (await deployment.outcome(f"r-{number}"))["status"] == "completed"
    assert await worker.end() == 0
    assert worker.output.stat().st_size > 2 * SMALLEST_PIPE
    assert worker.logged("worker.stopped")
    said = (worker.output.parent / "output.log").read_text()
    assert said == ""


async def test_a_full_disk_disturbs_no_job(deployment: Deployment) -> None:
    """Every write to the log file fails, and nobody notices."""
    worker = await deployment.ready_worker(LOG_FILE="/dev/full")
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert await worker.end() == 0


@pytest.mark.parametrize("place", ["no/such/folder/mobart.log", "folder"])
async def test_a_log_file_that_cannot_be_opened_is_a_warning(
    deployment: Deployment,
    tmp_path: Path,
    place: str,
) -> None:
    """The console goes on, and says once what is wrong."""
    (tmp_path / "folder").mkdir()
    worker = await deployment.ready_worker(LOG_FILE=str(tmp_path / place))
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    complaints = [line for line in worker.output.read_text().splitlines() if "LOG_FILE" in line]
    assert len(complaints) == 1


async def test_an_emoji_on_a_plain_console_disturbs_no_job(deployment: Deployment) -> None:
    """Not even where the console knows nothing but ASCII."""
    worker = await deployment.ready_worker(
        LANG="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii", MOBART_LOG_PROMPTS="true"
    )
    await deployment.ask("r-1", "a dragon 🐉\u2028\u202e")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert worker.logged("request.accepted")[0]["prompt"].startswith("a dragon")
