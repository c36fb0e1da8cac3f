"""The Go client: compiled, its own tests run, and run against a real worker.  Left out without Go."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.daemon.deployment import ROOT, Deployment, until

GO = shutil.which("go") or ""
CLIENT = ROOT / "clients" / "go"
PACKAGES = ("mobart", "mobart/resp", "mobart/mobarttest", "mobart/example")

pytestmark = pytest.mark.skipif(not GO, reason="there is no Go")


ENVIRONMENT = {**os.environ, "GOPROXY": "off", "GOFLAGS": ""}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the example, which is a backend as the README has it."""
    folder = tmp_path_factory.mktemp("go")
    command = [GO, "build", "-o", str(folder), "./example"]
    subprocess.run(command, cwd=CLIENT, env=ENVIRONMENT, check=True)
    return folder / "example"


@pytest.mark.parametrize("command", [("vet",), ("test",)])
def test_the_packages_are_sound(command: tuple[str]) -> None:
    """By Go's own judge, and by their own tests."""
    done = subprocess.run(
        [GO, *command, *PACKAGES],
        cwd=CLIENT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_files_are_formatted() -> None:
    """As gofmt has them."""
    gofmt = shutil.which("gofmt")
    if gofmt is None:
        pytest.skip("there is no gofmt")
    done = subprocess.run([gofmt, "-l", "."], cwd=CLIENT, capture_output=True, check=True)
    assert done.stdout == b""


async def ask(program: Path, deployment: Deployment, *arguments: str) -> tuple[int, str, str]:
    """Run the example to its end."""
    begun = await start(program, deployment, *arguments)
    out, err = await begun.communicate()
    return begun.returncode or 0, out.decode(), err.decode()


async def start(
    program: Path, deployment: Deployment, *arguments: str
) -> asyncio.subprocess.Process:
    """Start the example on the deployment's Redis."""
    return await asyncio.create_subprocess_exec(
        *(str(program), "-redis", deployment.redis_server.url, "-namespace", deployment.namespace),
        *("-wait", "60s", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def stream_is_filled(deployment: Deployment) -> bool:
    """Whether a request waits for a worker."""
    return bool(await deployment.redis.xlen(f"{{{deployment.namespace}}}:requests"))


async def test_a_backend_in_go_gets_its_picture(built: Path, deployment: Deployment) -> None:
    """From the request to the key in S3."""
    await deployment.ready_worker()
    code, out, err = await ask(built, deployment, "-id", "go-1", "-prompt", "a fox")
    assert (code, err) == (0, "")
    assert "generated/example/go-1.png" in out
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_backend_that_was_away_at_the_end_learns_of_it(
    built: Path, deployment: Deployment
) -> None:
    """Killed while it waits; nothing is paid again."""
    backend = await start(built, deployment, "-id", "go-1", "-prompt", "a fox")
    await until(
        lambda: stream_is_filled(deployment),
        "the request in the stream",
    )
    backend.kill()
    await backend.wait()
    await deployment.ready_worker()
    await deployment.outcome("go-1")
    code, out, _ = await ask(built, deployment, "-id", "go-1", "-wait-only")
    assert code == 0
    assert "generated/example/go-1.png" in out
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_backend_in_go_is_told_of_a_refusal(built: Path, deployment: Deployment) -> None:
    """With its code, in its exit."""
    await deployment.ready_worker()
    code, _, err = await ask(built, deployment, "-id", "go-1", "-preset", "no-such-preset")
    assert code == 1
    assert "unknown_preset, paid: no" in err
