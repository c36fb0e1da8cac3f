"""Very many jobs under random kills and a flaky provider, and a look at what the workers hold.

`python -m tests.chaos.soak 10000` runs the long form on servers of its own and prints what it saw.
"""

import asyncio
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from mobart.local.standin import Script
from tests.chaos.storm import Storm, storm
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, WorkerProcess, deployed, until
from tests.servers import QUICK, redis_server, s3_server

WORKERS = 3
IN_FLIGHT = 60
"""Requests that wait or run at a time."""
FLAKES = (
    *(Script(seconds=0.05, side=64, poll=poll, poll_times=2) for poll in ("500", "reset", "html")),
    Script(seconds=0.05, side=64, submit="429", retry_after="0"),
    Script(seconds=0.05, side=64, picture="truncated", picture_times=1),
    Script(seconds=0.05, side=64, picture="503", picture_times=1, retry_after="0"),
    Script(seconds=0.05, side=64, ending="moderated"),
    Script(seconds=0.05, side=64, submit="accepted-drop"),
)
LOST_ANSWER = len(FLAKES) - 1
KINDS = 20
"""Requests are of so many kinds in turn; those beyond the flakes go well."""
GROWTH = 1.25
"""How much larger the memory of a worker may be at the end than when it was warm."""
WARM = 50
"""Jobs after which a fresh worker is measured for the first time."""
SPARE_SOCKETS = 40
"""Connections that a pool may have opened since then."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a worker holds: bytes, sockets and files, children, and files it left on the disk."""

    memory: int
    descriptors: int
    children: int
    litter: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a soak found."""

    jobs: int
    settled_once: int
    outcomes: Counter[str]
    paid_twice: list[str]
    unexplained: set[str]
    kills: int
    warm: Size
    end: Size

    def leaks(self) -> list[str]:
        """Say what the worker that was there to the end holds more of than it should."""
        found = []
        if self.end.memory > self.warm.memory * GROWTH:
            found.append(f"memory {self.warm.memory} -> {self.end.memory}")
        if self.end.descriptors > self.warm.descriptors + SPARE_SOCKETS:
            found.append(f"descriptors {self.warm.descriptors} -> {self.end.descriptors}")
        if self.end.children > self.warm.children:
            found.append(f"children {self.warm.children} -> {self.end.children}")
        if self.end.litter:
            found.append(f"files left behind: {self.end.litter}")
        return found


async def soak(
    deployment: Deployment, *, jobs: int, kill_every: float, kills: int, seed: int
) -> Report:
    """Put *jobs* through three workers that are killed, then the last tenth through one that is not."""
    for number, flake in enumerate(FLAKES):
        times = jobs // KINDS if flake.submit == "429" else None  # or it would refuse for ever
        deployment.midjourney.play(flake, marker=f"flake-{number} ", times=times)
    deployment.environment |= {
        "MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS": "2",
        "LOG_LEVEL": "INFO",
        "TMPDIR": str(scratch(deployment)),
    }
    names = [f"r-{number}" for number in range(jobs)]
    rough = names[: -jobs // 3]
    async with storm(
        deployment, workers=WORKERS, every=kill_every, most=kills, seed=seed
    ) as raging:
        await feed(deployment, rough)
    survivor = await last_one(deployment)
    calm = names[len(rough) :]
    warming = min(WARM, len(calm) // 2)
    await feed(deployment, calm[:warming])
    warm = size(survivor, deployment)
    await feed(deployment, calm[warming:])
    end = size(survivor, deployment)
    return judged(deployment, names, raging, grown=(warm, end))


async def feed(deployment: Deployment, names: list[str]) -> None:
    """Ask for all of *names*, never more than so many at a time, and wait for their outcomes."""
    already = len(deployment.announcements())
    for position, name in enumerate(names):
        least = already + position - IN_FLIGHT
        await until(lambda least=least: settled(deployment) > least, "room for more", 300)
        flake = f"flake-{int(name[2:]) % KINDS} "
        await deployment.enqueue(name, f"a dragon called {name}, {flake}of fire")
    await until(lambda: settled(deployment) == already + len(names), "all outcomes", 300)


def settled(deployment: Deployment) -> int:
    """Count the requests with an outcome."""
    return len(deployment.announcements())


async def last_one(deployment: Deployment) -> WorkerProcess:
    """End all workers but one, which is fresh."""
    for worker in deployment.workers:
        await worker.kill()
    return await deployment.ready_worker()


def scratch(deployment: Deployment) -> Path:
    """Return where workers may put temporary files."""
    folder = deployment.folder / "scratch"
    folder.mkdir(exist_ok=True)
    return folder


def size(worker: WorkerProcess, deployment: Deployment) -> Size:
    """Measure a worker."""
    process = psutil.Process(worker.process.pid)
    return Size(
        memory=process.memory_info().rss,
        descriptors=process.num_fds(),
        children=len(process.children(recursive=True)),
        litter=len(list(scratch(deployment).iterdir())),
    )


def judged(
    deployment: Deployment,
    names: list[str],
    raging: Storm,
    *,
    grown: tuple[Size, Size],
) -> Report:
    """Compare what was announced and paid with what was asked for."""
    announced = deployment.announcements()
    outcomes: Counter[str] = Counter()
    unexplained = set()
    told_of = {body["request_id"]: body for _, body in reversed(deployment.heard)}
    for name in names:
        told = told_of[name]
        outcome = told.get("error_code", told["status"])
        outcomes[outcome] += 1
        lost = int(name[2:]) % KINDS == LOST_ANSWER
        if outcome == "submit_unknown" and name not in raging.during_payment and not lost:
            unexplained.add(name)
    return Report(
        jobs=len(names),
        settled_once=sum(announced[name] == 1 for name in names),
        outcomes=outcomes,
        paid_twice=deployment.midjourney.ledger.paid_twice(),
        unexplained=unexplained,
        kills=raging.kills,
        warm=grown[0],
        end=grown[1],
    )


async def main(jobs: int) -> int:
    """Run the long form; 0 if all is well."""
    with (
        TemporaryDirectory() as folder,
        redis_server(Path(folder) / "redis", password=REDIS_PASSWORD) as redis,
        s3_server() as s3,
    ):
        place = Path(folder)
        async with deployed(redis, s3, place, namespace="soak", script=QUICK) as deployment:
            report = await soak(deployment, jobs=jobs, kill_every=5.0, kills=sys.maxsize, seed=jobs)
    sys.stdout.write(f"{report}\n{report.leaks()}\n")
    good = report.settled_once == report.jobs and not report.paid_twice
    return 0 if good and not report.unexplained and not report.leaks() else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]))))
