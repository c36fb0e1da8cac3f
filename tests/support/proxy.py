"""A TCP proxy in front of a server that can turn into a black hole."""

import asyncio
from typing import Self


class Proxy:
    """Passes bytes on, both ways, or swallows them; connections stay open all the time."""

    def __init__(self, port: int) -> None:
        """Stand in front of *port* on loopback."""
        self._port = port
        self._open = asyncio.Event()
        self._open.set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens, as a `REDIS_URL`."""
        assert self._server is not None
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    def swallow(self) -> None:
        """Let nothing through any more; whoever connects is let in and hears nothing."""
        self._open.clear()

    def let_through(self) -> None:
        """Be an honest proxy for new connections; the old ones stay dead."""
        for pump in self._pumps:
            pump.cancel()
        self._open.set()

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._welcome, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut everything."""
        assert self._server is not None
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server = await asyncio.open_connection("127.0.0.1", self._port)
        for source, sink in ((reader, to_server[1]), (to_server[0], writer)):
            pump = asyncio.create_task(self._pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                if self._open.is_set():
                    sink.write(data)
                    await sink.drain()
        except OSError:
            pass  # one side is gone, and the other learns it now
        finally:
            sink.close()
