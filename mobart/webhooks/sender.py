"""Posting every completion to the backend, at least once, whatever happens to it or to us.

    completions stream ──group──> post ──2xx──> acknowledged
                          ^         │
                          └─────────┘ anything else: again, ever later, for some three days

What is unacknowledged is remembered by Redis alone (who tried it, when, how often), so a retry and
the takeover from a dead worker are one and the same thing.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
from redis.exceptions import RedisError

from mobart.core.events import LogEvent
from mobart.core.policy import Backoff
from mobart.core.ports import Clock, Observer
from mobart.webhooks.endpoint import Answer, Endpoint, signers
from mobart.webhooks.inbox import Completion, Inbox
from mobart.webhooks.schedule import Throttle

NAP = 1.0
"""Seconds after which a waiting loop looks whether it should stop."""
GRACE = 5.0
"""Seconds for posts under way when it is time to stop."""
BACKOFF = Backoff(base=0.1, cap=2.0)
"""Pauses between two looks for a Redis that is away, in seconds."""
FINAL = frozenset({LogEvent.WEBHOOK_DELIVERED, LogEvent.WEBHOOK_ABANDONED})


@dataclass(slots=True, eq=False, kw_only=True)
class WebhookSender:
    """Delivers the completions of a stream to one address, several at a time, in no order."""

    inbox: Inbox
    url: str
    secret: str = field(repr=False)
    """As `Endpoint` takes it; ValueError if it is malformed."""
    http: Callable[[], aiohttp.ClientSession]
    clock: Clock
    observer: Observer
    concurrency: int = 8
    _throttle: Throttle = field(default_factory=Throttle)
    _posts: dict[asyncio.Task[None], str] = field(default_factory=dict)
    _finished: set[str] = field(default_factory=set)
    _failures: int = 0
    _retries_next: bool = True
    _unwanted: bool = False

    def __post_init__(self) -> None:
        """Look at the secret now, not at the first post."""
        signers(self.secret)

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Deliver until *stop* is set, or the backend answers 410 (gone).

        What is being posted when *stop* is set may be finished within `GRACE`; what is cut off,
        by that or by a cancel, is posted again by another worker, under the same id.
        """
        stop = stop or asyncio.Event()
        async with self.http() as session, asyncio.TaskGroup() as posts:
            endpoint = Endpoint(session=session, url=self.url, secret=self.secret, clock=self.clock)
            while self._goes_on(stop):
                try:
                    await self.inbox.open()
                    while self._goes_on(stop):
                        await self._round(endpoint, posts)
                except (RedisError, OSError) as error:
                    await self._wait_for_redis(error)
                except Exception as error:  # noqa: BLE001 - webhooks must not take the worker along
                    self.observer.note(LogEvent.WEBHOOK_CRASHED, exc_info=error)
                    await self.clock.sleep(NAP)
            await self._let_finish()
        with suppress(RedisError, OSError):
            await self._acknowledge()
            await self.inbox.leave()

    def _goes_on(self, stop: asyncio.Event) -> bool:
        return not (stop.is_set() or self._unwanted)

    async def _round(self, endpoint: Endpoint, posts: asyncio.TaskGroup) -> None:
        """Start as many posts as there is room for, or wait a moment for work or room."""
        await self._acknowledge()
        if wait := self._throttle.left(self.clock.monotonic()):
            return await self.clock.sleep(min(NAP, wait))
        room = self.concurrency - len(self._posts)
        if not room:
            await asyncio.wait(self._posts, timeout=NAP, return_when=asyncio.FIRST_COMPLETED)
            return None
        for completion in await self._take(room):
            post = posts.create_task(self._try(endpoint, completion))
            self._posts[post] = completion.entry
            post.add_done_callback(self._posts.pop)
        self._failures = 0
        return None

    async def _take(self, room: int) -> list[Completion]:
        """Take up to *room* completions; retries and new ones take turns in coming first."""
        taken: list[Completion] = []
        if self._retries_next:
            held = {*self._posts.values(), *self._finished}
            taken = await self.inbox.due(room, held=held)
        self._retries_next = not self._retries_next
        if len(taken) < room:
            taken += await self.inbox.fresh(room - len(taken), wait=not taken)
        return taken

    async def _let_finish(self) -> None:
        if self._posts:
            _, late = await asyncio.wait(self._posts, timeout=GRACE)
            for post in late:
                post.cancel()

    async def _try(self, endpoint: Endpoint, completion: Completion) -> None:
        """Deliver; a bug costs another attempt at this completion, and nothing else."""
        try:
            await self._deliver(endpoint, completion)
        except Exception as error:  # noqa: BLE001 - as above
            self.observer.note(
                LogEvent.WEBHOOK_CRASHED,
                request_id=completion.request_id,
                entry=completion.entry,
                attempt=completion.attempt,
                exc_info=error,
            )

    async def _deliver(self, endpoint: Endpoint, completion: Completion) -> None:
        if completion.body is None:
            gone = Answer(None, detail="trimmed, or no completion")
            self._note(LogEvent.WEBHOOK_ABANDONED, completion, gone, 0.0)
            return await self._finish(completion)
        began, traceparent = self.clock.monotonic(), completion.traceparent
        answer = await endpoint.post(
            f"msg_{completion.entry}", completion.body, traceparent=traceparent
        )
        self._adjust(answer)
        event = self._judge(answer, completion)
        self._note(event, completion, answer, self.clock.monotonic() - began)
        if event in FINAL:
            await self._finish(completion)
        return None

    def _judge(self, answer: Answer, completion: Completion) -> LogEvent:
        if answer.delivered:
            return LogEvent.WEBHOOK_DELIVERED
        if answer.unwanted:
            self._unwanted = True
            return LogEvent.WEBHOOK_DISABLED
        last = self.inbox.schedule.is_last(completion.attempt)
        return LogEvent.WEBHOOK_ABANDONED if last else LogEvent.WEBHOOK_DELAYED

    def _adjust(self, answer: Answer) -> None:
        if not answer.throttles:
            return self._throttle.relax()
        now, jitter = self.clock.monotonic(), self.clock.jitter()
        return self._throttle.hold(now=now, retry_after=answer.retry_after, jitter=jitter)

    def _note(
        self, event: LogEvent, completion: Completion, answer: Answer, seconds: float
    ) -> None:
        self.observer.note(
            event,
            request_id=completion.request_id,
            entry=completion.entry,
            attempt=completion.attempt,
            status=answer.status,
            seconds=round(seconds, 3),
            traceparent=completion.traceparent,
            detail=answer.detail or None,
        )

    async def _finish(self, completion: Completion) -> None:
        """Acknowledge now, or, should Redis be away, as soon as it is back."""
        self._finished.add(completion.entry)
        with suppress(RedisError, OSError):
            await self._acknowledge()

    async def _acknowledge(self) -> None:
        if entries := tuple(self._finished):
            await self.inbox.acknowledge(entries)
            self._finished.difference_update(entries)

    async def _wait_for_redis(self, error: Exception) -> None:
        self._failures += 1
        detail = f"{type(error).__name__}: {error}"
        self.observer.note(LogEvent.WEBHOOK_REDIS_LOST, detail=detail, attempt=self._failures)
        jitter = self.clock.jitter()
        await self.clock.sleep(BACKOFF.delay(self._failures, jitter=jitter))
