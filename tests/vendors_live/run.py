"""Run the real worker against servers that nobody here wrote, and write a table of what happened.

    python -m tests.vendors_live.run [PART, SERVER OR CASE ...]

`make vendors` installs them.  What is not there is named and left out; what fails is named, and the
command fails.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from mobart_local.redis import RedisServer
from mobart_local.s3 import S3Server
from tests.daemon.deployment import REDIS_PASSWORD, deployed
from tests.support.proxy import Proxy
from tests.support.servers import redis_server, s3_server
from tests.vendors_live.cases import CASES, SCRIPT, Case, Play, Server
from tests.vendors_live.servers import SERVERS, missing, versions

CASE_SECONDS = 600.0


@dataclass
class Run:
    """The servers of our own that all cases share, and what was found."""

    redis: RedisServer
    s3: S3Server
    folder: Path
    upstream: Proxy
    """What a gateway asks; behind it is the stand-in of the case at hand."""
    cases: Sequence[str]
    """Names of those that are tried; none: all."""
    results: dict[str, dict[str, str]] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=count)

    async def try_all(self, server: Server) -> None:
        """Try each case that is asked for, and fits."""
        for case in CASES:
            text = f"{server.name} {case.name}"
            if case.fits(server) and (not self.cases or case.name in self.cases):
                began = time.monotonic()
                found = await self.try_one(server, case)
                print(f"{text}: {found} ({time.monotonic() - began:.0f} s)", flush=True)  # noqa: T201
                self.results.setdefault(case.name, {})[server.name] = found

    async def try_one(self, server: Server, case: Case) -> str:
        """Play one case; return what happened, in a few words."""
        number = next(self.numbers)
        place = self.folder / f"case-{number}"
        place.mkdir()
        self.s3.reset()
        server.cut(0.0)
        try:
            await server.fresh()
            async with (
                asyncio.timeout(CASE_SECONDS),
                deployed(
                    self.redis, self.s3, place, namespace=f"vendors-{number}", script=SCRIPT
                ) as one,
            ):
                self.upstream.target = port_of(one.midjourney.origin)
                word = await case.act(Play(server, one))
        except Exception as error:  # noqa: BLE001 - each case stands for itself
            return f"FAILED: {type(error).__name__} {str(error)[:300]}"
        return f"passed ({word})" if word else "passed"

    def table(self) -> str:
        """Write the results as Markdown."""
        names = list(dict.fromkeys(name for row in self.results.values() for name in row))
        lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
        lines += [
            f"| {case} | " + " | ".join(row.get(name, "") for name in names) + " |"
            for case, row in self.results.items()
        ]
        return "\n".join(lines)


def port_of(origin: str) -> int:
    """Return the port in an address."""
    return int(origin.rpartition(":")[2])


async def run(words: Sequence[str]) -> int:
    """Run all that is there, or what *words* name."""
    absent = missing()
    wanted = [name for name in SERVERS if name in words] or list(SERVERS)
    cases = [case.name for case in CASES if case.name in words]
    others = {*words} - {*SERVERS, *cases}
    with ExitStack() as own:
        folder = Path(own.enter_context(tempfile.TemporaryDirectory()))
        redis = own.enter_context(redis_server(folder / "redis", password=REDIS_PASSWORD))
        s3 = own.enter_context(s3_server())
        async with AsyncExitStack() as stack:
            upstream = await stack.enter_async_context(Proxy(port_of(s3.endpoint)))
            one = Run(redis, s3, folder, upstream, cases)
            for name in wanted:
                if name not in absent:
                    async with SERVERS[name](folder / name, upstream) as servers:
                        for server in servers:
                            if not others or server.name in others:
                                await one.try_all(server)
    left_out = [f"left out: {name} ({why})" for name, why in absent.items()]
    print("\n".join([", ".join(versions()), *left_out, "", one.table()]))  # noqa: T201
    return int("FAILED" in one.table())


if __name__ == "__main__":
    sys.exit(asyncio.run(run(sys.argv[1:])))
