"""Very many jobs while workers are killed, Redis forgets, and the provider is flaky.

And a look at what the workers hold.  `python -m tests.chaos.soak 10000` runs the long form on servers
of its own and prints what it saw; `python -m tests.chaos.soak 10000 --confirmed` has every payment
confirmed by a replica, and kills workers together with their master; `--cluster` has a Redis Cluster whose
masters are killed, and whose slot moves.
"""

import argparse
import asyncio
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, time
from typing import Any

import psutil

from mobart_local.standin import Script
from tests.chaos.backend import QUIET, Backend
from tests.chaos.exposure import lives
from tests.chaos.forgetful_cluster import ForgetfulCluster, forgetful_cluster
from tests.chaos.forgetful_redis import ForgetfulRedis, forgetful_redis
from tests.chaos.redis_events import Forgetful, RedisEvents
from tests.chaos.storm import Storm, storm
from tests.chaos.verdict import SPARE_TASKS, Report, Seen, Size, judge
from tests.daemon.deployment import REDIS_PASSWORD, Deployment, WorkerProcess, deployed, until
from tests.support.servers import QUICK, s3_server

WORKERS = 3
NAMESPACE = "soak"
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
REFUSALS = 40
"""Submits that are refused for now, at most; pauses between tries grow, so there are few in a short run."""
PROMPT = "a dragon called"
"""With what every prompt begins: looked for in all that is let out."""
WARM = 250
"""Jobs, of all workers, after which the one that is spared is measured for the first time."""
CALM = 60.0
"""Seconds that tasks of a worker without jobs may take to end, on a machine that is busy with other things."""
KILL_EVERY, EVENT_EVERY = 50, 200
"""Outcomes from one to the next, in the long form."""

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much happens."""

    jobs: int
    kill_every: int
    """Outcomes from one kill to the next."""
    kills: int
    """At most, in each half."""
    seed: int
    events_every: int
    """Outcomes from one thing that befalls Redis to the next."""
    events: int
    """At most, in each half."""
    lease: int
    """Seconds: fewer than a busy machine may hold up a worker, and it is taken for dead."""
    confirmed: bool = False
    """Whether each payment waits for a replica."""
    seconds: float = float("inf")
    """After which each half ends, however many of its jobs were asked for."""


async def soak(
    deployment: Deployment, redis: Forgetful, plan: Plan, *, tell: Tell = lambda _: None
) -> Report:
    """Put the jobs through three workers: in the first half any may be killed, then all but one.

    That one is the one that is measured.
    """
    prepare(deployment, plan)
    backend = Backend(deployment, prompt_of)
    names = [f"r-{number}" for number in range(plan.jobs)]
    half = plan.jobs // 2
    storms, sizes = list[Storm](), list[Size]()
    watching = asyncio.create_task(backend.watch())
    for number, part in enumerate((names[:half], names[half:])):
        length = min(WARM, max(1, len(part) // 2))
        async with raging(deployment, redis, plan, backend, spare=number == 1) as storm_:
            storms.append(storm_)
            deadline = monotonic() + plan.seconds
            for batch in batches(part, length):
                if monotonic() > deadline:
                    break
                await backend.feed(batch)
                if storm_.spared:
                    sizes.append(await size(storm_, deployment, sizes))
                events = Counter(loss.kind for loss in redis.forgotten)
                tell(f"{len(backend.ended())} settled, {storm_.kills} kills, {dict(events)}")
            await until(backend.has_nothing_left, "nothing is left in the stream", QUIET)
        await end_all(deployment, storm_)
    backend.over = True
    await watching
    names = list(backend.asked)
    seen = witnessed(deployment, redis, backend, storms, names)
    return judge(
        replace(seen, confirmed=plan.confirmed),
        {name: expected(name) for name in names},
        kills=sum(one.kills for one in storms),
        turned_away=sum(one.turned_away for one in storms),
        exits=[words for one in storms for words in one.exits],
        sizes=sizes,
    )


def prepare(deployment: Deployment, plan: Plan) -> None:
    """Make the provider flaky, and give the workers what they need."""
    for number, flake in enumerate(FLAKES):
        refuses = flake.submit == "429"
        times = min(REFUSALS, plan.jobs // KINDS) if refuses else None  # or it would always refuse
        deployment.midjourney.play(flake, marker=f"flake-{number} ", times=times)
    deployment.environment |= {
        "MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS": "5",
        "MOBART_LEASE_SECONDS": str(plan.lease),
        "MOBART_REDIS_WAIT_REPLICAS": str(int(plan.confirmed)),
        "LOG_LEVEL": "INFO",
        "TMPDIR": str(scratch(deployment)),
    }


@asynccontextmanager
async def raging(
    deployment: Deployment, redis: Forgetful, plan: Plan, backend: Backend, *, spare: bool
) -> AsyncIterator[Storm]:
    """Bring up the workers, and have things happen to them and to Redis."""
    async with storm(
        deployment,
        workers=WORKERS,
        pause=lambda: backend.progress(plan.kill_every),
        most=plan.kills,
        seed=plan.seed + spare,
        spare=spare,
    ) as one:
        events = RedisEvents(
            redis,
            one,
            lambda: backend.progress(plan.events_every),
            plan.events,
            backend.reread,
        )
        events.confirmed = plan.confirmed
        backend.unrest = events.done.locked
        happening = asyncio.create_task(events.run())
        try:
            yield one
        finally:
            async with events.done:
                happening.cancel()
            (end,) = await asyncio.gather(happening, return_exceptions=True)
            assert end is None or isinstance(end, asyncio.CancelledError), end


def prompt_of(name: str) -> str:
    """Return the prompt of a request, which tells the provider how to treat it."""
    return f"{PROMPT} {name}, flake-{kind(name)} of fire" if name else f"{PROMPT},"


def expected(name: str) -> str:
    """Return how a request should end."""
    return {MODERATED: "moderation_blocked", LOST_ANSWER: "submit_unknown"}.get(
        kind(name), "completed"
    )


def batches(names: list[str], length: int) -> Iterator[list[str]]:
    """Cut *names* into pieces."""
    return (names[begin : begin + length] for begin in range(0, len(names), length))


def kind(name: str) -> int:
    """Return which kind of request this is."""
    return int(name[2:]) % KINDS


async def end_all(deployment: Deployment, one: Storm) -> None:
    """End all workers; nobody has a job."""
    for worker in deployment.workers:
        if worker.process.returncode is None:
            await worker.kill()
            one.deaths[worker.output] = time()


def scratch(deployment: Deployment) -> Path:
    """Return where workers may put temporary files."""
    folder = deployment.folder / "scratch"
    folder.mkdir(exist_ok=True)
    return folder


async def size(raging: Storm, deployment: Deployment, before: Sequence[Size]) -> Size:
    """Measure the worker that is spared, once it has nothing in hand.

    Tasks that end by themselves are given time to; those that do not are counted.
    """
    worker = raging.spared
    if worker is None:
        raise AssertionError("nobody is spared")

    async def idle() -> bool:
        return await gauge(worker, "mobart_jobs_in_progress") == 0

    async def calm() -> bool:
        enough = before[0].tasks + SPARE_TASKS if before else sys.maxsize
        return await gauge(worker, "mobart_asyncio_tasks") <= enough

    await until(idle, "nothing in hand", QUIET)
    with suppress(AssertionError):
        await until(calm, "few tasks", CALM)
    process = psutil.Process(worker.process.pid)
    return Size(
        memory=process.memory_info().rss,
        settled=await gauge(worker, "mobart_jobs_claimed_total", unlisted=0),
        descriptors=process.num_fds(),
        children=len(process.children(recursive=True)),
        tasks=await gauge(worker, "mobart_asyncio_tasks"),
        litter=len(list(scratch(deployment).iterdir())),
    )


async def gauge(worker: WorkerProcess, name: str, *, unlisted: int | None = None) -> int:
    """Read one number of a worker's /metrics; *unlisted* is that of what has not happened yet."""
    status, page = await worker.probe("/metrics")
    while status == HTTPStatus.SERVICE_UNAVAILABLE:
        # pages are rationed, and a quick machine asks too often
        await asyncio.sleep(1)
        status, page = await worker.probe("/metrics")
    assert status == HTTPStatus.OK
    found = re.search(rf"^{name} (\S+)$", page, re.MULTILINE)
    if found is None and unlisted is None:
        raise AssertionError(f"no {name} in /metrics")
    return int(float(found[1])) if found else unlisted or 0


def witnessed(
    deployment: Deployment,
    redis: Forgetful,
    backend: Backend,
    storms: Sequence[Storm],
    names: Sequence[str],
) -> Seen:
    """Gather what was announced, paid and done."""
    told = backend.told()
    bought = (one for one in deployment.midjourney.ledger.payments if one.kind == "imagine")
    held: dict[Path, set[str]] = {}
    deaths: dict[Path, float] = {}
    for one in storms:
        held |= one.held
        deaths |= one.deaths
    return Seen(
        outcomes={name: outcome_in(told.get(name, {})) for name in names},
        announced=backend.announced(),
        paid=Counter(re.findall(r"r-\d+", one.prompt)[0] for one in bought),
        ended=backend.ended(),
        asked_again=backend.asked_again,
        doubted=set[str]().union(*(one.during_payment for one in storms)),
        lives=lives(deployment.workers, deaths, held),
        forgotten=redis.forgotten,
    )


def outcome_in(told: Mapping[str, Any]) -> str:
    """Return how a request ended: its error code, or that it went well, or nothing."""
    return str(told.get("error_code") or told.get("status") or "")


@asynccontextmanager
async def rigged(
    folder: Path, *, cluster: bool
) -> AsyncIterator[ForgetfulRedis | ForgetfulCluster]:
    """Run what is hurt."""
    if cluster:
        async with forgetful_cluster(folder, key=f"{{{NAMESPACE}}}:requests") as nodes:
            yield nodes
    else:
        async with forgetful_redis(folder, password=REDIS_PASSWORD) as redis:
            yield redis


async def main(jobs: int, *, minutes: float, confirmed: bool, cluster: bool) -> int:
    """Run the long form; 0 if all is well."""
    began = monotonic()

    def tell(line: str) -> None:
        sys.stdout.write(f"{monotonic() - began:7.0f} s  {line}\n")
        sys.stdout.flush()

    plan = Plan(
        jobs=jobs,
        kill_every=KILL_EVERY,
        kills=sys.maxsize,
        seed=jobs,
        events_every=EVENT_EVERY,
        events=sys.maxsize,
        lease=10,
        confirmed=confirmed,
        seconds=minutes * 60 / 2,
    )
    with TemporaryDirectory() as folder, s3_server() as s3:
        place = Path(folder)
        async with (
            rigged(place / "redis", cluster=cluster) as redis,
            deployed(
                redis.active, s3, place, namespace=NAMESPACE, script=QUICK, address=redis.url
            ) as deployment,
        ):
            if isinstance(redis, ForgetfulRedis) and confirmed:
                await redis.attach()
            report = await soak(deployment, redis, plan, tell=tell)
    wrongs = report.wrongs()
    tell(f"{report}\n{wrongs or 'all as promised'}")
    return 1 if wrongs else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("jobs", type=int)
    options.add_argument("--minutes", type=float, default=float("inf"))
    options.add_argument("--confirmed", action="store_true")
    options.add_argument("--cluster", action="store_true")
    sys.exit(asyncio.run(main(**vars(options.parse_args()))))
