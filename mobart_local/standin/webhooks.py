"""Webhooks to the address that a submit named, retried until it answers 200."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import aiohttp
import structlog

from mobart_local.standin.script import DELIVERIES
from mobart_local.standin.task_states import WORDINGS
from mobart_local.standin.tasks import FINAL, PENDING_SHARE, Task, moment
from mobart_local.standin.webhook_messages import WebhookMessage

Writing = Callable[[Task, float, str], WebhookMessage]

log = structlog.get_logger()

WEBHOOK_ABANDONED = "webhook.abandoned"
FIRST_PAUSE_SECONDS = 0.25
TIMEOUT_SECONDS = 5.0
NUDGE_SECONDS = 0.001
"""A webhook leaves this long after its reason, so that rounding cannot make it early."""


class WebhookSender:
    """Follows tasks through time and posts their webhooks."""

    def __init__(self, clock: Callable[[], float], write: Writing) -> None:
        """*clock* gives Unix seconds, as the tasks have them; *write* knows all dialects."""
        self._clock = clock
        self._write = write
        self._session: aiohttp.ClientSession | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def follow(self, task: Task, origin: str) -> None:
        """Tell the task's webhook, if it has one, about all that is still to come."""
        if task.webhook_endpoint:
            sending = asyncio.create_task(self._follow(task, origin))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    async def tell(self, task: Task, origin: str) -> None:
        """Tell how the task is now, as often as its script says."""
        for _ in range(DELIVERIES[task.script.webhook]):
            await self._deliver(task, origin)

    async def close(self) -> None:
        """Stop following and let go of all connections."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _follow(self, task: Task, origin: str) -> None:
        for instant in milestones(task):
            await asyncio.sleep(max(0.0, instant - self._clock()))
            await self.tell(task, origin)

    async def _deliver(self, task: Task, origin: str) -> None:
        """Send one webhook; give up after its attempts."""
        message = self._write(task, self._clock(), origin)
        for attempt in range(message.attempts):
            if await self._post(task, message):
                return
            await asyncio.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
        log.warning(WEBHOOK_ABANDONED, task_id=task.task_id)

    async def _post(self, task: Task, message: WebhookMessage) -> bool:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout)
        try:
            async with self._session.post(
                task.webhook_endpoint,
                data=message.body,
                headers=message.headers,
                allow_redirects=False,
            ) as response:
                return response.status in message.accepted
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False


def milestones(task: Task) -> list[float]:
    """List the times at which a webhook is due: the end, and the start or each step if asked for."""
    begun = task.started_at + NUDGE_SECONDS
    if not task.notify_progress:
        started = [begun + task.script.seconds * PENDING_SHARE] if task.notify_start else []
        ended = [begun + task.script.seconds] if task.ending.status in FINAL else []
        return started + ended
    steps = len(WORDINGS[task.script.wording].progress)
    shares = [PENDING_SHARE + (1 - PENDING_SHARE) * step / steps for step in range(steps)]
    times = [task.created_at, *(begun + task.script.seconds * share for share in (0, *shares, 1))]
    return [now for before, now in pairwise(times) if moment(task, before) != moment(task, now)]
