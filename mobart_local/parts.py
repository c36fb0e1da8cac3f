"""The local servers as the worker sees them: `async with LocalParts(folder) as addresses`."""

import asyncio
import json
import os
import sys
from pathlib import Path

from mobart_local.errors import LocalTrouble
from mobart_local.plan import Addresses, Plan

START_SECONDS = 60.0
STOP_SECONDS = 20.0
BUCKET = "mobart-local"
API_KEY = "local-key"


class LocalParts:
    """Redis, S3 and the stand-in under a supervisor process that does not outlive this one."""

    def __init__(
        self, folder: Path, *, bucket: str = BUCKET, api_key: str = API_KEY, seconds: float = 6.0
    ) -> None:
        """Nothing runs yet.

        *folder* keeps data and logs over restarts.  *seconds* is how long a generation takes.
        """
        self._plan = Plan(
            folder=str(folder.resolve()),
            bucket=bucket,
            api_key=api_key,
            seconds=seconds,
            parent=os.getpid(),
        )
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> Addresses:
        """Bring everything up; raises LocalTrouble, whose text says what to do."""
        try:
            self._plan.place.mkdir(parents=True, exist_ok=True)
            self._plan.place.chmod(0o700)  # prompts and pictures are the operator's own
            self._process = await self._spawn()
            return self._read(await asyncio.wait_for(_line(self._process), START_SECONDS))
        except TimeoutError:
            await self.stop()
            raise LocalTrouble(f"The local parts did not start in {START_SECONDS:.0f} s.") from None
        except OSError as error:
            raise LocalTrouble(f"{self._plan.folder} cannot be used: {error.strerror}.") from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Take everything down; what is not down in time is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def __aenter__(self) -> Addresses:
        """Start."""
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def _spawn(self) -> asyncio.subprocess.Process:
        ours = str(Path(__file__).parents[1])
        paths = os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH"))))
        with (self._plan.place / "local.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "mobart_local.supervisor", self._plan.dump()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": paths},
                start_new_session=True,  # Ctrl-C in a terminal is not for it
            )

    def _read(self, line: bytes) -> Addresses:
        """Read the supervisor's one line."""
        if not line:
            log = self._plan.place / "local.log"
            raise LocalTrouble(f"The local parts ended while they were starting, see {log}.")
        if trouble := json.loads(line).get("trouble"):
            raise LocalTrouble(trouble)
        return Addresses.load(line.decode())


async def _line(process: asyncio.subprocess.Process) -> bytes:
    return await process.stdout.readline() if process.stdout else b""
