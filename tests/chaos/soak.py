"""Very many jobs under random kills and a flaky provider, and a look at what the workers hold.

`python -m tests.chaos.soak 10000` runs the long form on servers of its own and prints what it saw.
"""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import psutil

from mobart_local.standin import Script
from tests.chaos.storm import Storm, storm
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, WorkerProcess, deployed, until
from tests.support.servers import QUICK, redis_server, s3_server

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
MODERATED, LOST_ANSWER = len(FLAKES) - 2, len(FLAKES) - 1
KINDS = 20
"""Requests are of so many kinds in turn; those beyond the flakes go well."""
PROMPT = "a dragon called"
"""With what every prompt begins: looked for in all that is let out."""
GROWTH = 1.25
"""How much larger the memory of a worker may be at the end than when it was warm."""
WARM = 500
"""Jobs, of all workers, after which the one that is spared is measured for the first time."""
MEASURED_EVERY = 500
"""Jobs after which it is measured again."""
SPARE_SOCKETS = 40
"""Connections that a pool may have opened since then."""
SPARE_TASKS = 3
"""Tasks that look after a connection, say, and will end by themselves."""
QUIET = 300.0
"""Seconds in which a worker that is not leaking gets rid of what it has in hand."""

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Size:
    """What an idle worker holds: bytes, sockets and files, children, tasks, and files it left."""

    memory: int
    descriptors: int
    children: int
    tasks: int
    litter: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a soak found."""

    jobs: int
    settled_once: int
    outcomes: Counter[str]
    paid_twice: list[str]
    unexplained: set[str]
    """Requests whose outcome neither a kill nor the provider explains."""
    outstanding: int
    """Entries that are left in the stream."""
    kills: int
    sizes: Sequence[Size]
    """Those of the worker that was spared, from when it was warm to the end."""

    def leaks(self) -> list[str]:
        """Say what the worker that was there to the end holds more of than it should."""
        warm, end = self.sizes[0], self.sizes[-1]
        found = []
        if end.memory > warm.memory * GROWTH:
            found.append(f"memory {warm.memory} -> {end.memory}")
        if end.descriptors > warm.descriptors + SPARE_SOCKETS:
            found.append(f"descriptors {warm.descriptors} -> {end.descriptors}")
        if end.children > warm.children:
            found.append(f"children {warm.children} -> {end.children}")
        if end.tasks > warm.tasks + SPARE_TASKS:
            found.append(f"tasks {warm.tasks} -> {end.tasks}")
        if end.litter:
            found.append(f"files left behind: {end.litter}")
        return found

    def wrongs(self) -> list[str]:
        """Say which promise was broken."""
        found = self.leaks()
        if self.settled_once != self.jobs:
            found.append(f"settled once: {self.settled_once} of {self.jobs}")
        if self.paid_twice:
            found.append(f"paid twice: {self.paid_twice}")
        if self.unexplained:
            found.append(f"unexplained: {sorted(self.unexplained)}")
        if self.outstanding:
            found.append(f"left in the stream: {self.outstanding}")
        return found


async def soak(
    deployment: Deployment,
    *,
    jobs: int,
    kill_every: float,
    kills: int,
    seed: int,
    log_acceptance: Tell = lambda _: None,
) -> Report:
    """Put *jobs* through three workers: in the first half any may be killed, then all but one.

    At most *kills* in each half; that one is the one that is measured.
    """
    for number, flake in enumerate(FLAKES):
        times = jobs // KINDS if flake.submit == "429" else None  # or it would always refuse
        deployment.midjourney.play(flake, marker=f"flake-{number} ", times=times)
    deployment.environment |= {
        "MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS": "2",
        "LOG_LEVEL": "INFO",
        "TMPDIR": str(scratch(deployment)),
    }
    names = [f"r-{number}" for number in range(jobs)]
    half = jobs // 2
    async with storm(
        deployment, workers=WORKERS, every=kill_every, most=kills, seed=seed
    ) as mortal:
        for batch in batches(names[:half], MEASURED_EVERY):
            await feed(deployment, batch)
            log_acceptance(f"{settled(deployment)} settled, {mortal.kills} kills")
    await end_all(deployment)
    sizes: list[Size] = []
    async with storm(
        deployment, workers=WORKERS, every=kill_every, most=kills, seed=seed + 1, spare=True
    ) as spared:
        for batch in batches(names[half:], min(WARM, half // 2)):
            await feed(deployment, batch)
            sizes.append(await size(spared, deployment))
            log_acceptance(f"{settled(deployment)} settled, {spared.kills} kills, {sizes[-1]}")
    outstanding = await deployment.redis.xlen(f"{{{deployment.namespace}}}:requests")
    return judged(deployment, names, [mortal, spared], sizes=sizes, outstanding=outstanding)


def batches(names: list[str], length: int) -> Iterator[list[str]]:
    """Cut *names* into pieces."""
    return (names[begin : begin + length] for begin in range(0, len(names), length))


async def feed(deployment: Deployment, names: list[str]) -> None:
    """Ask for all of *names*, never more than so many at a time, and wait for their outcomes."""
    already = settled(deployment)
    for position, name in enumerate(names):
        least = already + position - IN_FLIGHT
        await until(lambda least=least: settled(deployment) > least, "room for more", QUIET)
        flake = f"flake-{kind(name)} "
        await deployment.enqueue(name, f"{PROMPT} {name}, {flake}of fire")
    deployment.prompts = {PROMPT}
    await until(lambda: settled(deployment) >= already + len(names), "all outcomes", QUIET)


def kind(name: str) -> int:
    """Return which kind of request this is."""
    return int(name[2:]) % KINDS


def settled(deployment: Deployment) -> int:
    """Count the outcomes that were announced."""
    return len(deployment.heard)


async def end_all(deployment: Deployment) -> None:
    """End all workers; nobody has a job."""
    for worker in deployment.workers:
        await worker.kill()


def scratch(deployment: Deployment) -> Path:
    """Return where workers may put temporary files."""
    folder = deployment.folder / "scratch"
    folder.mkdir(exist_ok=True)
    return folder


async def size(raging: Storm, deployment: Deployment) -> Size:
    """Measure the worker that is spared, once it has nothing in hand."""
    worker = raging.spared
    if worker is None:
        raise AssertionError("nobody is spared")

    async def idle() -> bool:
        return await gauge(worker, "mobart_jobs_in_progress") == 0

    await until(idle, "nothing in hand", QUIET)
    process = psutil.Process(worker.process.pid)
    return Size(
        memory=process.memory_info().rss,
        descriptors=process.num_fds(),
        children=len(process.children(recursive=True)),
        tasks=await gauge(worker, "mobart_asyncio_tasks"),
        litter=len(list(scratch(deployment).iterdir())),
    )


async def gauge(worker: WorkerProcess, name: str) -> int:
    """Read one number of a worker's /metrics."""
    _, page = await worker.probe("/metrics")
    found = re.search(rf"^{name} (\S+)$", page, re.MULTILINE)
    if found is None:
        raise AssertionError(f"no {name} in /metrics")
    return int(float(found[1]))


def judged(
    deployment: Deployment,
    names: list[str],
    storms: Sequence[Storm],
    *,
    sizes: Sequence[Size],
    outstanding: int,
) -> Report:
    """Compare what was announced and paid with what was asked for."""
    announced = deployment.announcements()
    in_doubt = set[str]().union(*(one.during_payment for one in storms))
    told_of = {body["request_id"]: body for _, body in reversed(deployment.heard)}
    outcomes = {name: outcome_in(told_of.get(name, {})) for name in names}
    return Report(
        jobs=len(names),
        settled_once=sum(announced[name] == 1 for name in names),
        outcomes=Counter(outcomes.values()),
        paid_twice=deployment.midjourney.ledger.paid_twice(),
        unexplained={name for name in names if not explained(name, outcomes[name], in_doubt)},
        outstanding=outstanding,
        kills=sum(one.kills for one in storms),
        sizes=sizes,
    )


def outcome_in(told: Mapping[str, Any]) -> str:
    """Return how a request ended: its error code, or that it went well, or nothing."""
    return str(told.get("error_code") or told.get("status") or "")


def explained(name: str, outcome: str, in_doubt: set[str]) -> bool:
    """Whether a request of this kind may end so, given the payments that a kill put in doubt."""
    expected = {MODERATED: "moderation_blocked", LOST_ANSWER: "submit_unknown"}
    if outcome == "submit_unknown" and name in in_doubt:
        return True
    return outcome == expected.get(kind(name), "completed")


async def main(jobs: int) -> int:
    """Run the long form; 0 if all is well."""
    began = monotonic()

    def log_acceptance(line: str) -> None:
        sys.stdout.write(f"{monotonic() - began:7.0f} s  {line}\n")
        sys.stdout.flush()

    with (
        TemporaryDirectory() as folder,
        redis_server(Path(folder) / "redis", password=REDIS_PASSWORD) as redis,
        s3_server() as s3,
    ):
        place = Path(folder)
        async with deployed(redis, s3, place, namespace="soak", script=QUICK) as deployment:
            report = await soak(
                deployment,
                jobs=jobs,
                kill_every=3.0,
                kills=sys.maxsize,
                seed=jobs,
                log_acceptance=log_acceptance,
            )
    wrongs = report.wrongs()
    log_acceptance(f"{report}\n{wrongs or 'all as promised'}")
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]))))
