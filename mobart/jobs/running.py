"""The jobs that a worker has taken, each in a task of its own."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from mobart.core.ports import Claim


@dataclass(slots=True, eq=False)
class RunningJobs:
    """Tasks with their claims; a task has none until its delivery was opened."""

    tasks: dict[asyncio.Task[None], Claim | None] = field(default_factory=dict)
    lost: set[Claim] = field(default_factory=set)
    """Claims whose renewal was refused: their tasks are being cancelled."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a task has ended, or has given its slot back."""

    def __len__(self) -> int:
        """Return how many jobs there are."""
        return len(self.tasks)

    @property
    def claims(self) -> list[Claim]:
        """The jobs that were claimed."""
        return [claim for claim in self.tasks.values() if claim is not None]

    def start(self, act: Coroutine[Any, Any, None]) -> None:
        """Run *act* in a task."""
        task = asyncio.create_task(act)
        self.tasks[task] = None
        task.add_done_callback(self._forget)

    def keep(self, claim: Claim) -> None:
        """Remember that the current task has *claim*."""
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("jobs run in tasks")
        self.tasks[task] = claim

    def lose(self, claims: list[Claim]) -> None:
        """Cancel the tasks of *claims*, once: what they do thereafter is not cut short."""
        news = set(claims) - self.lost
        self.lost |= news
        for task, claim in self.tasks.items():
            if claim in news:
                task.cancel()

    def cancel(self) -> None:
        """Cancel all tasks."""
        for task in self.tasks:
            task.cancel()

    async def wait(self, seconds: float) -> None:
        """Wait until all tasks have ended, at most *seconds*."""
        if self.tasks:
            await asyncio.wait(set(self.tasks), timeout=seconds)

    def _forget(self, task: asyncio.Task[None]) -> None:
        claim = self.tasks.pop(task)
        if claim is not None:
            self.lost.discard(claim)
        self.changed.set()
