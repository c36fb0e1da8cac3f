"""A number of places that are taken in turn."""

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Places:
    """A semaphore that also tells how many places nobody has or waits for."""

    size: int
    used: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    @property
    def free(self) -> int:
        """How many places nobody has or waits for."""
        return max(0, self.size - self.used - len(self.waiting))

    def take_free(self) -> bool:
        """Take a place if one is free, and return whether that was so."""
        taken = self.free > 0
        self.used += taken
        return taken

    async def take(self) -> None:
        """Take a place, in turn."""
        if self.take_free():
            return
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()
            raise
        finally:
            if turn in self.waiting:
                self.waiting.remove(turn)

    def give_back(self) -> None:
        """Hand a place to whoever waited longest, or to nobody."""
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.used -= 1
