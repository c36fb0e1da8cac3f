"""A whole deployment for one test: real Redis, real S3 over HTTP, the stand-in, real workers."""

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from redis.asyncio import Redis

from mobart.journal.connection import connect
from mobart_local.ports import free_port
from mobart_local.redis import LOOPBACK, RedisServer
from mobart_local.s3 import S3Server
from mobart_local.standin import Script, StandIn
from mobart_local.standin.dialects.table import settings_of
from tests.support.observers import misfits_of_line
from tests.support.servers import midjourney

ROOT = Path(__file__).parents[2]
API_KEY = "canary-midjourney-key"
REDIS_PASSWORD = "canary-redis-password"
SECRETS = (API_KEY, "canary-aws-secret", REDIS_PASSWORD)
UNSPEAKABLE = (*SECRETS, "X-Amz-Signature")
PAGES = ("/metrics", "/readyz", "/healthz", "/")
WAIT = 120.0
"""Longest wait for anything, in seconds: a machine may be busy with much else."""
GLANCE = 0.02


@dataclass
class WorkerProcess:
    """One `python main.py`."""

    process: asyncio.subprocess.Process
    port: int
    output: Path
    host: str = LOOPBACK
    _counted: Counter[str] = field(default_factory=Counter)
    _offset: int = 0

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), WAIT)

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    def freeze(self) -> None:
        """Stop it in its tracks."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        self.process.send_signal(signal.SIGCONT)

    def events(self) -> list[dict[str, Any]]:
        """Return what it logged, one object a line."""
        lines = (
            self.output.read_text().rpartition("\n")[0].splitlines()
        )  # the last may be half written
        return [json.loads(line) for line in lines if line.startswith("{")]

    def times(self, name: str) -> int:
        """Count the log events called *name*; what was read before is not read again, however long the log."""
        with self.output.open("rb") as log:
            log.seek(self._offset)
            lines = log.read().rpartition(b"\n")[0]
        self._offset += len(lines) + 1 if lines else 0
        self._counted.update(
            json.loads(line)["event"] for line in lines.splitlines() if line[:1] == b"{"
        )
        return self._counted[name]

    def logged(self, name: str) -> list[dict[str, Any]]:
        """Return the log events called *name*."""
        return [event for event in self.events() if event["event"] == name]

    async def until_logged(self, name: str, times: int = 1) -> None:
        """Wait until *name* was logged so often."""
        await until(lambda: len(self.logged(name)) >= times, f"{name} logged {times} times")

    async def probe(self, path: str) -> tuple[int, str]:
        """GET a path of its HTTP port; status 0 if nobody listens."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://{self.host}:{self.port}{path}") as answer,
            ):
                return answer.status, await answer.text()
        except aiohttp.ClientError:
            return 0, ""

    async def until_ready(self) -> None:
        """Wait until /readyz says so."""

        async def ready() -> bool:
            if self.process.returncode is not None:
                raise AssertionError(f"the worker ended: {self.output.read_text()[-2000:]}")
            return (await self.probe("/readyz"))[0] == 200

        await until(ready, "the worker is ready")


@dataclass
class Deployment:
    """The servers, the workers, and everything that was announced."""

    redis_server: RedisServer
    s3: S3Server
    midjourney: StandIn
    folder: Path
    redis: Redis
    namespace: str
    environment: dict[str, str]
    program: Path = ROOT / "main.py"
    """What a worker runs."""
    console: int | None = None
    """Where it writes to, a file descriptor; then its log is read from its own file."""
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    heard_at: dict[str, float] = field(default_factory=dict)
    """When the first completion of a request was heard, in Unix seconds."""
    workers: list[WorkerProcess] = field(default_factory=list)
    prompts: set[str] = field(default_factory=set)
    over: bool = False
    """Set when nothing more is to be heard."""

    async def start(
        self, *, host: str = LOOPBACK, within: Sequence[str] = (), **settings: str
    ) -> WorkerProcess:
        """Start a worker, *within* another command that becomes it; it may not be ready yet."""
        number = len(list(self.folder.glob("worker-*")))
        place = self.folder / f"worker-{number}"
        place.mkdir()
        port = free_port()
        output = place / ("output.log" if self.console is None else "mobart.log")
        with (place / "output.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *within,
                sys.executable,
                str(self.program),
                cwd=place,
                env=self.environment | {"MOBART_HTTP_PORT": str(port)} | settings,
                stdout=log if self.console is None else self.console,
                stderr=log,
            )
        worker = WorkerProcess(process, port, output, host)
        self.workers.append(worker)
        return worker

    async def ready_worker(
        self, *, host: str = LOOPBACK, within: Sequence[str] = (), **settings: str
    ) -> WorkerProcess:
        """Start a worker and wait until it is ready."""
        worker = await self.start(host=host, within=within, **settings)
        await worker.until_ready()
        return worker

    async def ask(self, request_id: str, prompt: str = "", **more: Any) -> None:
        """Publish a request on the channel, by default with a prompt of its own."""
        prompt = prompt or f"a dragon called {request_id}"
        self.prompts.add(prompt)
        request = {"request_id": request_id, "user_id": "player", "prompt": prompt} | more
        await self.publish(json.dumps(request).encode())

    async def publish(self, payload: bytes, channel: str = "image_generation_requests") -> None:
        """Publish anything, on this deployment's channel of that name."""
        await self.redis.publish(self.channel(channel), payload)

    def channel(self, name: str) -> str:
        """Return the channel that the contract calls *name*, of this deployment's namespace."""
        return f"{self.namespace}:{name}"

    async def enqueue(
        self, request_id: str, prompt: str = "a dragon", *, waited: float = 0.0
    ) -> None:
        """Add a request to the durable stream, as if so many seconds ago."""
        self.prompts.add(prompt)
        request = {"request_id": request_id, "user_id": "player", "prompt": prompt}
        entry = f"{(time.time() - waited) * 1000:.0f}-*" if waited else "*"
        fields: dict[Any, Any] = {"request": json.dumps(request)}
        await self.redis.xadd(f"{{{self.namespace}}}:requests", fields, id=entry)

    def outcomes(self, request_id: str) -> list[dict[str, Any]]:
        """Return the completions that were announced for one request."""
        channel = "image_generation_complete"
        told = [body for name, body in self.heard if name == channel]
        return [body for body in told if body["request_id"] == request_id]

    async def outcome(self, request_id: str) -> dict[str, Any]:
        """Wait for the completion of one request."""
        await until(lambda: bool(self.outcomes(request_id)), f"an outcome of {request_id}")
        return self.outcomes(request_id)[0]

    def announcements(self) -> Counter[str]:
        """Count the completions by request."""
        channel = "image_generation_complete"
        return Counter(str(body["request_id"]) for name, body in self.heard if name == channel)

    async def record(self, request_id: str) -> Mapping[str, str]:
        """Read a job's record as an operator would."""
        found: Any = await self.redis.hgetall(f"{{{self.namespace}}}:job:{request_id}")
        return {key.decode(): value.decode() for key, value in found.items()}

    async def until_paid(self, times: int) -> None:
        """Wait until the stand-in's ledger has so many payments and their tickets are stored."""
        await until(lambda: self.midjourney.ledger.paid() >= times, f"{times} payments")

    async def slips(self) -> list[str]:
        """List which secret or prompt was let out where: in a log, a page or an announcement."""
        told = {"announcements": json.dumps(self.heard)}
        for worker in self.workers:
            told |= {str(path): path.read_text() for path in worker.output.parent.glob("*.log*")}
            if worker.process.returncode is None:
                told |= {page: (await worker.probe(page))[1] for page in PAGES}
        unspeakable = {*UNSPEAKABLE, *self.prompts}
        return [
            f"{word} in {place}"
            for place, text in told.items()
            for word in unspeakable
            if word in text
        ]

    def misfits(self) -> list[str]:
        """List what the workers logged that the table of events does not know."""
        logs = [worker.output.read_text().splitlines() for worker in self.workers]
        lines = [
            text for log in logs for text in log if text.startswith("{") and text.endswith("}")
        ]
        return [misfit for text in lines for misfit in misfits_of_line(json.loads(text))]

    async def listen(self) -> None:
        """Hear everything that is announced, over reconnects and at another master, until it is over."""
        while not self.over:
            try:
                async with (redis := self.redis).pubsub() as pubsub:
                    names = ("image_generation_complete", "image_generation_progress")
                    await pubsub.subscribe(*map(self.channel, names))
                    while redis is self.redis and not self.over:
                        message = await pubsub.get_message(timeout=0.2)
                        if message is not None and message["type"] == "message":
                            body = json.loads(message["data"])
                            name = message["channel"].decode().rpartition(":")[2]
                            self.heard.append((name, body))
                            if body["status"] != "processing":
                                self.heard_at.setdefault(str(body["request_id"]), time.time())
            except (OSError, ConnectionError, Exception):  # noqa: BLE001 - Redis may be killed
                await asyncio.sleep(GLANCE)


async def until(
    condition: Callable[[], bool] | Callable[[], Awaitable[bool]],
    what: str,
    limit: float = WAIT,
) -> None:
    """Wait until *condition* holds; look often, give up late."""
    try:
        async with asyncio.timeout(limit):
            while True:
                answer = condition()
                if answer if isinstance(answer, bool) else await answer:
                    return
                await asyncio.sleep(GLANCE)
    except TimeoutError:
        raise AssertionError(f"waited {limit} s in vain for: {what}") from None


@asynccontextmanager
async def deployed(
    redis_server: RedisServer,
    s3: S3Server,
    folder: Path,
    *,
    namespace: str,
    script: Script,
    providers: str = "midjourney",
    address: str = "",
    host: str = LOOPBACK,
) -> AsyncIterator[Deployment]:
    """Bring up the stand-in and a listener; whatever workers are started end with the test.

    *address* leads to the Redis, if that is not its own; the stand-in listens on *host*.
    """
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(midjourney(script, api_key=API_KEY, host=host))
        redis = client_of(address or redis_server.url, namespace)
        stack.push_async_callback(redis.aclose)
        one = Deployment(
            redis_server, s3, standin, folder, redis, namespace, environment(redis_server, s3)
        )
        one.environment |= settings_of(standin.origin, API_KEY, initial=0.1, longest=0.3)
        one.environment |= {"REDIS_URL": address} if address else {}
        one.environment |= {"MOBART_NAMESPACE": namespace, "MOBART_PROVIDERS": providers}
        hearing = asyncio.create_task(one.listen())
        try:
            yield one
            assert await one.slips() == []
            assert one.misfits() == []
        finally:
            one.over = True  # a cancellation may be lost in the Redis client
            hearing.cancel()
            for worker in one.workers:
                if worker.process.returncode is None:
                    await worker.kill()


def client_of(url: str, namespace: str) -> Redis:
    """Return a client for an address, also for one by way of Sentinels or of a cluster's nodes."""
    if "+" in url.partition("://")[0]:
        return connect(url, name="test", namespace=namespace)
    return Redis.from_url(url, protocol=2)


def environment(redis_server: RedisServer, s3: S3Server) -> dict[str, str]:
    """Return the settings of a worker; nothing of the machine's own but what Python needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "REDIS_URL": redis_server.url,
        "AWS_ENDPOINT_URL_S3": s3.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "canary-aws-secret",
        "S3_BUCKET_NAME": s3.bucket,
        "MOBART_LEASE_SECONDS": "2",
        "MOBART_STARTUP_TIMEOUT_SECONDS": "10",
        "LOG_LEVEL": "DEBUG",
    }
