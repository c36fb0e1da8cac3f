"""What every part of a worker uses: settings, its name, clock, log and metrics, retries, Redis."""

import os
import platform
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from mobart import __version__
from mobart.app.clock import SystemClock
from mobart.app.masking import masking
from mobart.app.redis import RedisParts, build_redis
from mobart.app.tracing import build_tracing
from mobart.core.policy import Backoff
from mobart.core.retry import Retrier
from mobart.jobs.durations import UsualDurations
from mobart.jobs.running import RunningJobs
from mobart.journal.progress import ProgressChannel, Silent
from mobart.journal.recording import RedisRecording
from mobart.settings import Settings
from mobart.web.metrics import Metrics
from mobart.web.observers import LogObserver, Observers
from mobart.web.recorder import LiveProgress, Recorder

if TYPE_CHECKING:
    from mobart.tracing.export import Tracing

BACKOFF = Backoff(base=0.5, cap=20.0)
"""Pauses between retries, in seconds: at most `base` after the first failure, `cap` in the end."""


@dataclass(frozen=True, slots=True)
class Base:
    """The first argument of most builders."""

    settings: Settings
    name: str
    """No other process has it: the consumer's name in Redis, and the worker's in the log."""
    clock: SystemClock
    metrics: Metrics
    observer: Observers
    retrier: Retrier
    redis: RedisParts
    running: RunningJobs
    """The jobs in progress: the worker writes, a gauge reads."""
    recorder: Recorder
    """Keeps timelines and counts for the status page."""
    progress: LiveProgress
    """How far the jobs in progress are; publishes it as well where that is switched on."""
    tracing: "Tracing | None"
    usual: UsualDurations = field(default_factory=UsualDurations)
    """How long pictures usually take, as far as it is known."""


def build_base(settings: Settings) -> Base:
    """Build what the other builders need; nothing is connected yet."""
    name = f"{platform.node()}-{os.getpid()}-{uuid4().hex[:6]}"
    clock = SystemClock()
    redis = build_redis(settings, name, clock)
    running = RunningJobs()
    metrics = Metrics(
        version=__version__,
        in_progress=lambda: len(running),
        outstanding=lambda: redis.backlog.size,
        oldest=lambda: redis.backlog.age(clock.now()),
        providers=settings.providers,
    )
    recording = RedisRecording(redis.commands, keys=redis.keys, clock=clock)
    recorder = Recorder(recording, worker=name, clock=clock, mask=masking(settings))
    tracing = build_tracing(settings, name, clock, LogObserver())
    traces = [tracing.traces] if tracing else []
    observer = Observers(LogObserver(), metrics, recorder, *traces)
    return Base(
        settings=settings,
        name=name,
        clock=clock,
        metrics=metrics,
        observer=observer,
        retrier=Retrier(clock, observer, BACKOFF),
        redis=redis,
        running=running,
        recorder=recorder,
        progress=LiveProgress(_announcer(settings, redis)),
        tracing=tracing,
    )


def _announcer(settings: Settings, redis: RedisParts) -> ProgressChannel | Silent:
    """Return what publishes progress, if it is switched on."""
    if not settings.mobart_progress:
        return Silent()
    return ProgressChannel(redis=redis.commands, channel=settings.mobart_progress_channel)
