"""Reads one subscribed connection in a thread of its own.

Redis cuts a subscriber off that leaves too much unread, so nothing that the worker does may make the
reading late: the thread moves what arrives to where it waits for its handlers, and does nothing else.
It reads megabytes at a time, since after each read it has to wait for its turn among Python's threads.
"""

import asyncio
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from redis.connection import ConnectionInterface

from mobart.journal.connection import discard

_RUN_ID = re.compile(rb"run_id:(\w+)")
Deliver = Callable[[bytes], None]
"""Takes the payload of a message, in the thread; may wait, and reading pauses meanwhile."""


class Reading:
    """What one connection hears, until it ends."""

    def __init__(
        self,
        connection: ConnectionInterface,
        routes: Mapping[bytes, Deliver],
        *,
        opened: Callable[[], None],
    ) -> None:
        """*routes* maps channels to what takes their messages.

        *opened* is called on the event loop when all channels are subscribed to.
        """
        self._connection = connection
        self._routes = routes
        self._opened = opened
        self._stopping = False
        self.server = ""
        """Run id of the server, "" while none is known."""
        self.subscribed = False
        self.received = 0
        """Messages so far."""

    async def run(self) -> None:
        """Connect, subscribe, read until cancelled.  Raises RedisError or OSError when it ends."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()

        def work() -> None:
            error: BaseException | None = None
            try:
                self._read(loop)
            except Exception as failure:  # noqa: BLE001 - raised where it is awaited
                error = failure
            finally:
                discard(self._connection)
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(_end, ended, error)

        threading.Thread(target=work, name="subscription", daemon=True).start()
        try:
            await ended
        finally:
            self._stopping = True
            self._connection.disconnect()  # type: ignore[no-untyped-call]

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        connection, routes = self._connection, self._routes
        connection.connect()  # type: ignore[no-untyped-call]
        connection.send_command("INFO", "server")  # type: ignore[no-untyped-call]
        found = _RUN_ID.search(connection.read_response())
        self.server = found[1].decode() if found else ""
        connection.send_command("SUBSCRIBE", *routes)  # type: ignore[no-untyped-call]
        for _ in routes:
            connection.read_response()
        self.subscribed = True
        if not self._stopping:
            loop.call_soon_threadsafe(self._opened)
        while not self._stopping:
            message = connection.read_response(timeout=None)
            if message[0] == b"message":
                deliver = routes.get(message[1])
                if deliver is not None:
                    deliver(message[2])
                self.received += 1


def _end(ended: asyncio.Future[None], error: BaseException | None) -> None:
    if ended.done():
        return
    if error is None:
        ended.set_result(None)
    else:
        ended.set_exception(error)
