"""The process that holds the local servers: `python -m mobart_local.supervisor PLAN`.

It writes one JSON line, the addresses or what went wrong, and stops everything when its parent
ends, however it ends, `kill -9` included.  Should it be killed itself, the servers die with it.
Ctrl-C in a terminal does not reach it: the worker drains first, and needs its Redis for that.
"""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

from mobart_local.die_with_parent import leashed
from mobart_local.errors import LocalTrouble
from mobart_local.plan import Addresses, Plan, Ports
from mobart_local.redis import RedisServer

GLANCE_SECONDS = 0.2
STOP_SECONDS = 5.0


async def keep(plan: Plan) -> None:
    """Start everything, print the addresses, and keep it running until the parent ends."""
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end.set)
    watch = asyncio.create_task(_await_orphanhood(plan.parent, end))
    async with AsyncExitStack() as stack:
        bringing_up = asyncio.create_task(_bring_up(plan, stack))
        ending = asyncio.create_task(end.wait())
        await asyncio.wait({bringing_up, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not bringing_up.done():
            bringing_up.cancel()
            await asyncio.wait({bringing_up})
            return
        _tell(bringing_up.result().dump())
        await ending
    watch.cancel()


async def _bring_up(plan: Plan, stack: AsyncExitStack) -> Addresses:
    """Start the slowest first; what was started ends with the *stack*."""
    stack.enter_context(_locked(plan))
    ports = Ports.recall(plan.place)
    s3 = stack.enter_context(_s3_process(plan, ports.s3))
    redis = await stack.enter_async_context(_redis(plan, ports.redis))
    from mobart_local.standin import Script, StandIn  # noqa: PLC0415  # slow, while S3 starts
    from mobart_local.standin.dialects.table import settings_of  # noqa: PLC0415  # as above

    standin = StandIn(
        default=Script(seconds=plan.seconds),
        api_key=plan.api_key,
        folder=plan.place,
        port=ports.midjourney,
        paint_ahead=True,
    )
    await stack.enter_async_context(standin)
    s3_port = await asyncio.to_thread(_read_port, s3)
    Ports(redis=redis.port, s3=s3_port, midjourney=standin.port).remember(plan.place)
    return Addresses(
        redis_url=redis.url,
        s3_endpoint=f"http://127.0.0.1:{s3_port}",
        bucket=plan.bucket,
        providers=settings_of(standin.origin, plan.api_key, initial=1.0, longest=2.0),
        ledger_url=standin.ledger_url,
        pids={"keeper": os.getpid(), "redis": redis.pid, "s3": s3.pid},
    )


@contextmanager
def _locked(plan: Plan) -> Iterator[None]:
    """Hold the folder for this process alone; the system lets go of it at any kind of end."""
    with (plan.place / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalTrouble(
                f"Another local run is using {plan.folder}: stop it, or name another folder."
            ) from None
        yield


@contextmanager
def _s3_process(plan: Plan, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run S3 as a process of its own, since its imports take seconds."""
    module = [sys.executable, "-P", "-m", "mobart_local.s3"]
    process = subprocess.Popen(  # noqa: S603  # a command of our own, no shell
        leashed([*module, plan.bucket, str(port), str(plan.place / "s3")]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            process.kill()


@asynccontextmanager
async def _redis(plan: Plan, port: int) -> AsyncIterator[RedisServer]:
    """Run Redis on the port of last time if it is free, else on any.

    It is started in this thread, since it would end with another.
    """
    folder = plan.place / "redis"
    server = RedisServer(folder, port=port)
    try:
        server.start()
    except LocalTrouble:
        if not port:
            raise
        server = RedisServer(folder)
        server.start()
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


def _read_port(s3: "subprocess.Popen[bytes]") -> int:
    """Wait for the S3 process's one line of output."""
    line = s3.stdout.readline() if s3.stdout else b""
    news = json.loads(line or b'{"trouble": "The local S3 did not start, see local.log."}')
    if "trouble" in news:
        raise LocalTrouble(news["trouble"])
    return int(news["port"])


async def _await_orphanhood(parent: int, end: asyncio.Event) -> None:
    """Set *end* when the parent has died.

    Its end of a pipe would not do: processes that it forked hold copies of that.
    """
    while os.getppid() == parent:  # noqa: ASYNC110  # the kernel sets no event
        await asyncio.sleep(GLANCE_SECONDS)
    end.set()


def _tell(line: str) -> None:
    """Write the one line of output; whatever else is printed goes to the log."""
    with suppress(BrokenPipeError):  # nobody is left to read it
        print(line, flush=True)  # noqa: T201  # this is what standard output is for
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def main(plan: Plan) -> int:
    """Keep until the end; the result is the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.getppid() != plan.parent:  # it died before this began
        return 0
    try:
        asyncio.run(keep(plan))
    except LocalTrouble as trouble:
        _tell(json.dumps({"trouble": str(trouble)}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Plan.load(sys.argv[1])))
