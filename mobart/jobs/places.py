"""A number of places that are taken in turn."""

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Places:
    """A semaphore that also tells how many places nobody has or waits for."""

    size: int
    each: int = 1
    """How many are taken at a time; may change, also for those that wait."""
    used: int = 0
    waiting: deque[asyncio.Future[int]] = field(default_factory=deque)

    @property
    def free(self) -> int:
        """How many places nobody has or waits for."""
        return max(0, self.size - self.used - self.each * len(self.waiting))

    def take_free(self) -> bool:
        """Take places if they are free, and return whether that was so."""
        taken = self.free >= self.each
        self.used += taken * self.each
        return taken

    async def take(self) -> int:
        """Take places, in turn, and return how many."""
        if self.take_free():
            return self.each
        turn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(turn.result())
            raise
        finally:
            if turn in self.waiting:
                self.waiting.remove(turn)

    def change(self, count: int) -> None:
        """Take *count* places more at once, though they be too many; less than 0 are given back."""
        self.used += count
        while self.waiting and self.used + self.each <= self.size:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(self.each)
                self.used += self.each

    def give_back(self, count: int = 1) -> None:
        """Hand places to whoever waited longest, or to nobody."""
        self.change(-count)
