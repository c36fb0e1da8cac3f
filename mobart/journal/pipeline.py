"""Script calls of many jobs, sent together.

Most of what a call costs a worker is not the call: a connection from the pool, a write, a read, their
timeouts.  So calls that are made at the same time share them, and what is asked for while others are
under way goes out with the next ones.  Each caller has its own answer, or error.  Where a connection
fails, nobody knows of any call under way on it whether it ran; as ever, the caller repeats it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from copy import copy
from typing import Any

from hiredis import pack_command
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from mobart.journal.connection import SOCKET_TIMEOUT
from mobart.journal.scripts import Run, text_of

MOST = 64
"""Calls that are sent at once: some milliseconds of Redis's time."""
Answer = asyncio.Future[Any]


class Pipeline:
    """Runs scripts on one connection at a time, of the pool of a client."""

    def __init__(self, redis: Redis) -> None:
        """Send nothing yet."""
        self._redis = redis
        self._waiting = deque[tuple[bytes, Answer]]()
        self._sending: asyncio.Task[None] | None = None

    def script(self, name: str) -> Run:
        """Return the script *name*; on another *client* it is run by itself."""
        alone = self._redis.register_script(text_of(name))

        async def run(
            keys: Sequence[str], args: Sequence[str | bytes | float], client: Any = None
        ) -> Any:
            if client is not None:
                return await alone(keys, args, client=client)
            try:
                return await self._ask("EVALSHA", alone.sha, len(keys), *keys, *args)
            except NoScriptError:  # loaded by each on this connection: many would open many
                await self._ask("SCRIPT", "LOAD", text_of(name))
                return await self._ask("EVALSHA", alone.sha, len(keys), *keys, *args)

        return run

    def _ask(self, *words: str | bytes | float) -> Answer:
        answer: Answer = asyncio.get_running_loop().create_future()
        packed: bytes = pack_command(words)  # type: ignore[arg-type]  # declared for one
        self._waiting.append((packed, answer))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())
        return answer

    async def _send(self) -> None:
        """Send what waits, until nothing does; whoever is not waited for any more is left out."""
        try:
            while self._waiting:
                calls = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                if calls := [call for call in calls if not call[1].done()]:
                    await self._exchange(calls)
        finally:
            self._sending = None
            for _, answer in self._waiting:  # only where this task was cancelled
                answer.cancel()
            self._waiting.clear()

    async def _exchange(self, calls: Sequence[tuple[bytes, Answer]]) -> None:
        """Send *calls* and hand their answers on; all that is left without one gets the error."""
        try:
            await self._converse(calls)
        except Exception as error:  # noqa: BLE001 - raised where the answers are awaited
            for _, answer in calls:
                if not answer.done():
                    answer.set_exception(copy(error))
        finally:
            for _, answer in calls:
                answer.cancel()  # only where this task was cancelled

    async def _converse(self, calls: Sequence[tuple[bytes, Answer]]) -> None:
        pool: Any = self._redis.connection_pool
        connection = await pool.get_connection()
        try:
            async with asyncio.timeout(SOCKET_TIMEOUT):
                await connection.send_packed_command([command for command, _ in calls])
                for _, answer in calls:
                    told = await connection.read_answer()
                    if answer.done():  # nobody waits for it any more
                        continue
                    if isinstance(told, ResponseError):
                        answer.set_exception(told)
                    else:
                        answer.set_result(told)
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        finally:
            await pool.release(connection)
