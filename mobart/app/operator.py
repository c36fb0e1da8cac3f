"""What the commands beside the worker do, with the settings of Redis alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from redis.asyncio import Redis

from mobart.app.checks import REDIS_SETTINGS, NotReady
from mobart.app.clock import SystemClock
from mobart.app.remote_intake import RemoteIntake
from mobart.app.tls_files import tls_problems
from mobart.core.errors import MobartError
from mobart.core.operations import Command, Done, KillSwitch
from mobart.jobs.operations import OperatorActions
from mobart.journal import server_checks
from mobart.journal.connection import connect
from mobart.journal.keys import Keys
from mobart.journal.recent import RecentWork
from mobart.journal.record import RedisJournal
from mobart.journal.recording import RedisRecording
from mobart.journal.requests import RedisRequests
from mobart.journal.resolutions import RedisResolutions
from mobart.journal.status import RedisStatus
from mobart.settings import RedisAlone
from mobart.web.recorder import Recorder

NAME = "command"
"""What timelines call it, and who acted."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Asks for pictures and looks at requests, as a backend or an operator does."""

    requests: RedisRequests
    status: RedisStatus
    intake: RemoteIntake
    kill_switch: KillSwitch
    actions: OperatorActions
    recorder: Recorder

    async def perform(self, command: Command) -> Done:
        """Do what is asked for, and write it into the request's timeline.

        Raises NotPossible or Unavailable.
        """
        done = await self.actions.perform(command, actor=NAME)
        await self.recorder.write(None)
        return done


@asynccontextmanager
async def operating(settings: RedisAlone) -> AsyncIterator[Operator]:
    """Connect; errors of Redis become NotReady."""
    if wrong := list(tls_problems(settings.redis_address)):
        raise NotReady(wrong, healing=False)
    redis = connect(
        settings.redis_address, name="mobart:command", namespace=settings.mobart_namespace
    )
    keys = Keys(settings.mobart_namespace, settings.mobart_complete_channel)
    try:
        yield _operator(redis, keys, settings.mobart_cancel_channel)
    except MobartError as error:
        line = f"Redis: {error} (see {REDIS_SETTINGS})"
        raise NotReady([line], healing=not server_checks.is_lasting(error)) from error
    finally:
        await redis.aclose()


def _operator(redis: Redis, keys: Keys, cancel_channel: str) -> Operator:
    clock = SystemClock()
    requests = RedisRequests(redis, keys=keys)
    resolutions = RedisResolutions(redis, keys=keys, clock=clock)
    intake = RemoteIntake(redis, keys, cancel_channel)
    recorder = Recorder(RedisRecording(redis, keys=keys, clock=clock), worker=NAME, clock=clock)
    recent = RecentWork(clock)
    actions = OperatorActions(
        admission=intake,
        resolutions=resolutions,
        journal=RedisJournal(redis, keys=keys, clock=clock, consumer=NAME, recent=recent),
        switch=resolutions,
        requests=requests,
        observer=recorder,
        new_name=lambda: uuid4().hex[:8],
    )
    status = RedisStatus(redis, keys=keys, clock=clock)
    return Operator(requests, status, intake, resolutions, actions, recorder)


async def perform(settings: RedisAlone, command: Command) -> Done:
    """Do what an operator asks for.  Raises NotReady or NotPossible."""
    async with operating(settings) as operator:
        return await operator.perform(command)


async def switch(settings: RedisAlone, *, paused: bool) -> None:
    """Have all workers begin nothing new, or go on.  Raises NotReady."""
    async with operating(settings) as operator:
        await operator.kill_switch.switch(paused=paused)
