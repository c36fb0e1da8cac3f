"""Workers of the version before that are replaced by those of this one, in the middle of a load."""

import asyncio
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from mobart_local.standin import Script
from tests.chaos.backend import Backend
from tests.chaos.soak import outcome_in, prompt_of
from tests.daemon.deployment import ROOT, Deployment

BATCH = 10
"""Requests that are asked for at a time."""
STEP = 6
"""Outcomes before each replacement."""
LOAD = Script(seconds=1, side=64)
VERSION_CHANGED = ("log", "-1", "--format=%H", "-G", "__version__", "--", "mobart/__init__.py")


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """Unpack the program as it was when it got its number."""
    try:
        commit = git(*VERSION_CHANGED).decode().strip()
        archive = git("archive", commit, "main.py", "mobart") if commit else b""
    except (OSError, subprocess.CalledProcessError):
        archive = b""
    if not archive:
        pytest.skip("the release is not in the history that is here")
    folder = tmp_path / "released"
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)  # noqa: S607
    return folder


def git(*words: str) -> bytes:
    """Ask git about this repository."""
    command = ["git", "-C", str(ROOT), *words]
    return subprocess.run(command, capture_output=True, check=True).stdout


async def test_a_rolling_deploy_loses_nothing_and_pays_nothing_twice(
    deployment: Deployment, own_redis: object, released: Path
) -> None:
    """Each new worker is ready before an old one is asked to leave."""
    del own_redis
    deployment.midjourney.play(LOAD)
    deployment.environment |= {
        "MOBART_MAX_CONCURRENT_JOBS": "4",
        # release 0.2.0 does not derive them from the namespace
        "MOBART_REQUESTS_CHANNEL": deployment.channel("image_generation_requests"),
        "MOBART_COMPLETE_CHANNEL": deployment.channel("image_generation_complete"),
    }
    backend, over = Backend(deployment, prompt_of), asyncio.Event()
    this = deployment.program
    deployment.program = released / "main.py"
    before = await asyncio.gather(deployment.ready_worker(), deployment.ready_worker())
    deployment.program = this
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(backend.watch())
        asking = tasks.create_task(ask_until(over, backend))
        for old in before:
            await backend.progress(STEP)
            await deployment.ready_worker()
            assert await old.end() == 0
            assert old.logged("job.settled")
            deployment.workers.remove(old)  # the table of events is not that of its version
        await backend.progress(STEP)
        over.set()
        await asking
        backend.over = True

    assert backend.announced() == Counter(list(backend.asked))
    assert {outcome_in(told) for told in backend.told().values()} == {"completed"}
    assert not deployment.midjourney.ledger.paid_twice()
    assert backend.asked_again == []


async def ask_until(over: asyncio.Event, backend: Backend) -> None:
    """Ask for one batch after the other."""
    while not over.is_set():
        first = len(backend.asked)
        await backend.feed([f"r-{number}" for number in range(first, first + BATCH)])
