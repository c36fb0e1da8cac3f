"""The stand-in by itself, for the tests of a backend in any language: `python -m mobart_local.standin`.

Once it listens it writes one line of JSON to standard output: its addresses, and the environment
variables of a worker that is to use it.  SIGTERM and Ctrl-C end it.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from mobart_local.standin.dialects.table import DIALECTS
from mobart_local.standin.script import Script
from mobart_local.standin.server import LOOPBACK, StandIn


def arguments() -> argparse.ArgumentParser:
    """Return the reader of the command line."""
    parser = argparse.ArgumentParser("python -m mobart_local.standin", description=__doc__)
    parser.add_argument("--host", default=LOOPBACK, help="address to listen on")
    parser.add_argument("--port", type=int, default=8400, help="port; 0 takes any free one")
    parser.add_argument("--key", default="local-key", help="the only API key that is accepted")
    parser.add_argument("--seconds", type=float, default=0.5, help="how long a generation takes")
    parser.add_argument("--side", type=int, default=1024, help="width and height of pictures")
    parser.add_argument("--folder", type=Path, help="keeps tasks and ledger over a restart")
    return parser


def ready_line(standin: StandIn) -> str:
    """Write where everything is."""
    settings: dict[str, str] = {}
    for name in DIALECTS:
        settings |= standin.settings(name)
    addresses = {"ready": True, "url": standin.origin, "ledger": standin.ledger_url}
    return json.dumps({**addresses, "settings": settings})


async def run(options: argparse.Namespace) -> None:
    """Serve until a signal comes.  Raises OSError if the port is taken."""
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
    standin = StandIn(
        default=Script(seconds=options.seconds, side=options.side),
        api_key=options.key,
        folder=options.folder,
        host=options.host,
        port=options.port,
        fixed_port=True,
    )
    async with standin:
        print(ready_line(standin), flush=True)  # noqa: T201 - what standard output is for
        await end.wait()


def main() -> int:
    """Return the exit code."""
    try:
        asyncio.run(run(arguments().parse_args()))
    except OSError as error:
        print(error.strerror or error, file=sys.stderr)  # noqa: T201 - as above
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
