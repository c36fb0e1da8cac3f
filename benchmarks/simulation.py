"""A simulation of workers: how long a number of assets takes them, on so many cores.

Plain discrete events.  A job passes stages; each needs a station (an event loop, a picture process,
Redis, the bucket) for some CPU seconds, or only time (the provider).  A station serves in the order
of arrival, as many at once as it has servers.  The servers of one host that are busy share its cores
evenly, which is what Linux does with processes of one priority.
"""

import heapq
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

EARLY = 0.5
"""Part of the event loop's work for a job that comes before the provider's time, the rest after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """CPU seconds of one asset."""

    loop: float
    picture: float
    redis: float
    elsewhere: float = 0.0
    """In the bucket and the provider, where these are on the same host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the assets are made with."""

    workers: int = 1
    cores: int
    """Of each host: one holds everything, or each worker has one and Redis another."""
    apart: bool = False
    """Whether each worker has a host of its own."""
    slots: int
    """Jobs in flight of each worker."""
    processes: int
    """For picture work, of each worker."""
    provider_seconds: float
    """From submit to the poll that finds the picture."""


@dataclass(slots=True)
class Station:
    """Serves jobs in the order of arrival."""

    host: str
    servers: int
    waiting: deque[tuple["Job", float]] = field(default_factory=deque)
    served: dict[int, tuple["Job", float]] = field(default_factory=dict)
    """CPU seconds that each job still needs."""


@dataclass(slots=True)
class Job:
    """One asset to be made, and the stages that it has not passed."""

    number: int
    worker: int
    stages: Iterator[tuple[str, float]]


class Simulation:
    """One run, from all jobs waiting to the last one's end."""

    def __init__(self, costs: Costs, site: Site) -> None:
        """Prepare the stations; nothing is in flight."""
        self._costs = costs
        self._site = site
        self._now = 0.0
        self._delays: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._free = [site.slots] * site.workers
        self._stations = _stations(site)

    def run(self, assets: int) -> float:
        """Return the seconds until so many *assets* are finished."""
        left, ended = assets, 0
        while ended < assets:
            while left and max(self._free) > 0:
                left -= 1
                self._begin()
            for job in self._advance():
                ended += self._next(job)
        return self._now

    def _begin(self) -> None:
        worker = max(range(len(self._free)), key=self._free.__getitem__)
        self._free[worker] -= 1
        self._next(Job(next(self._numbers), worker, self._stages(worker)))

    def _stages(self, worker: int) -> Iterator[tuple[str, float]]:
        costs, loop = self._costs, f"loop-{worker}"
        yield "redis", costs.redis * EARLY
        yield loop, costs.loop * EARLY
        yield "provider", self._site.provider_seconds
        yield "elsewhere", costs.elsewhere
        yield f"pictures-{worker}", costs.picture
        yield loop, costs.loop * (1 - EARLY)
        yield "redis", costs.redis * (1 - EARLY)

    def _next(self, job: Job) -> bool:
        """Take *job* to its next stage; return whether that was its last."""
        for name, seconds in job.stages:
            if name == "provider":
                heapq.heappush(self._delays, (self._now + seconds, job.number, job))
                return False
            if seconds > 0:
                self._stations[name].waiting.append((job, seconds))
                return False
        self._free[job.worker] += 1
        return True

    def _advance(self) -> list[Job]:
        """Go on to the next moment at which a stage ends; return whose."""
        speeds = self._serve()
        steps = [
            left / speeds[station.host]
            for station in self._stations.values()
            for _, left in station.served.values()
        ]
        if self._delays:
            steps.append(self._delays[0][0] - self._now)
        step = max(min(steps), 0.0)
        self._now += step
        return [*self._worked(step, speeds), *self._waited()]

    def _serve(self) -> Mapping[str, float]:
        """Let stations take what waits; return how fast the servers of each host are."""
        busy: dict[str, int] = {}
        for station in self._stations.values():
            while station.waiting and len(station.served) < station.servers:
                job, seconds = station.waiting.popleft()
                station.served[job.number] = job, seconds
            busy[station.host] = busy.get(station.host, 0) + len(station.served)
        return {host: min(1.0, self._site.cores / max(number, 1)) for host, number in busy.items()}

    def _worked(self, step: float, speeds: Mapping[str, float]) -> Iterator[Job]:
        for station in self._stations.values():
            done = step * speeds[station.host]
            for number, (job, left) in list(station.served.items()):
                if left - done > 1e-9:  # noqa: PLR2004 - a nanosecond
                    station.served[number] = job, left - done
                else:
                    del station.served[number]
                    yield job

    def _waited(self) -> Iterator[Job]:
        while self._delays and self._delays[0][0] <= self._now + 1e-9:
            yield heapq.heappop(self._delays)[2]


def _stations(site: Site) -> dict[str, Station]:
    stations = {name: Station("shared", 1) for name in ("redis", "elsewhere")}
    for worker in range(site.workers):
        host = f"host-{worker}" if site.apart else "shared"
        stations[f"loop-{worker}"] = Station(host, 1)
        stations[f"pictures-{worker}"] = Station(host, site.processes)
    return stations


def seconds_for(assets: int, costs: Costs, site: Site) -> float:
    """Return the seconds that so many *assets* take."""
    return Simulation(costs, site).run(assets)
