"""The whole workflow, told as the Go backend lives it: ask, follow, check, keep.

    python test_workflow.py                 on local parts: nothing to set up, nothing to pay
    python test_workflow.py --configured    on the Redis, S3 and provider of .env (this pays!)

Exits with 0 only if every request ended as it should and every picture is what was promised.
"""

import argparse
import asyncio
import hashlib
import io
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aioboto3
from PIL import Image

from mobart.app.local_mode import SAMPLES, backend_of, overrides, say
from mobart.settings import BadSettings, Settings, load, secret_value
from mobart_local.backend import Backend

CONTRACT = {
    "request_id": str,
    "user_id": str,
    "status": str,
    "s3_key": str,
    "s3_url": str,
    "generation_time_seconds": float,
    "timestamp": str,
}
USER = "workflow"
CACHE = "public, max-age=31536000, immutable"
PATIENCE = 20 * 60.0
MAX_SIDE = 1024


class Wrong(Exception):
    """Something is not as promised."""


async def tell(arguments: argparse.Namespace) -> None:
    """Tell the story.  Raises Wrong where it does not end well."""
    arguments.out.mkdir(parents=True, exist_ok=True)
    async with cast(configured=arguments.configured) as settings, asyncio.timeout(PATIENCE):
        say("1. The backend subscribes to the completions, and waits for a worker to listen.")
        async with backend_of(settings) as backend:
            await backend.until_heard()

            say(f"2. It publishes {len(arguments.prompts)} requests.")
            asked = await backend.ask(arguments.prompts, user_id=USER)
            for request_id, prompt in asked.items():
                say(f"     {request_id}  {prompt}")

            say("3. It hears how they get on, and what became of them.")
            completions = await outcomes(backend, asked)

        say("4. It checks each completion, fetches the picture from S3, and keeps it.")
        for completion in completions:
            path = await check(completion, settings, arguments.out)
            say(f"     {path}  from {completion['s3_url']}")
    say("All is well.")


async def outcomes(backend: Backend, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Follow the requests until each has its outcome."""
    told: dict[str, dict[str, Any]] = {}
    async for news in backend.news():
        body = dict(news.body)
        request_id = str(body["request_id"])
        if request_id not in asked:
            continue
        if not news.is_outcome:
            say(f"     {request_id}  {body['progress']:3d} %  {body['stage']}")
            continue
        if request_id in told:
            raise Wrong(f"{request_id} was announced twice")
        say(f"     {request_id}  {body['status']}")
        told[request_id] = body
        if len(told) == len(asked):
            break
    return list(told.values())


async def check(completion: Mapping[str, Any], settings: Settings, out: Path) -> Path:
    """Hold a completion and its picture against the contract; return where the picture is kept."""
    request_id = completion["request_id"]
    expect(completion["status"] == "completed", f"{request_id}: {completion.get('error')}")
    for name, kind in CONTRACT.items():
        expect(isinstance(completion.get(name), kind), f"{request_id}: {name} is no {kind}")
    expect(completion["s3_key"] == f"generated/{USER}/{request_id}.png", "the key is another")
    stored = await fetch(settings, completion["s3_key"])
    expect(stored["ContentType"] == "image/png", "the type is another")
    expect(stored["CacheControl"] == CACHE, "the cache header is another")
    png = stored["Body"]
    expect(hashlib.sha256(png).hexdigest() == completion["sha256"], "the picture is another")
    with Image.open(io.BytesIO(png)) as picture:
        expect((picture.format, picture.mode) == ("PNG", "RGBA"), "it is no RGBA PNG")
        expect(max(picture.size) <= MAX_SIDE, "it is too large")
    path = out / f"{request_id}.png"
    path.write_bytes(png)
    return path


async def fetch(settings: Settings, key: str) -> dict[str, Any]:
    """Read an object from S3 as who wrote it: the bucket need not be public."""
    client = aioboto3.Session().client(
        "s3",
        region_name=settings.aws_region,
        endpoint_url=settings.aws_endpoint_url_s3,
        aws_access_key_id=secret_value(settings.aws_access_key_id),
        aws_secret_access_key=secret_value(settings.aws_secret_access_key),
        aws_session_token=secret_value(settings.aws_session_token),
    )
    async with client as s3:
        answer = await s3.get_object(Bucket=settings.s3_bucket_name, Key=key)
        return {**answer, "Body": await answer["Body"].read()}


def expect(holds: bool, otherwise: str) -> None:
    """Raise Wrong with *otherwise* unless it holds."""
    if not holds:
        raise Wrong(otherwise)


@asynccontextmanager
async def cast(*, configured: bool) -> AsyncIterator[Settings]:
    """Bring up a worker, on local parts or on the configured ones, and yield its settings."""
    if configured:
        async with worker({}):
            yield load()
        return
    from mobart_local.parts import LocalParts  # noqa: PLC0415 - needs packages that workers lack

    with tempfile.TemporaryDirectory() as folder:
        async with LocalParts(Path(folder)) as addresses:
            settings = load(**overrides(addresses))
            values = {name.upper(): str(value) for name, value in overrides(addresses).items()}
            async with worker(values):
                yield settings


@asynccontextmanager
async def worker(values: Mapping[str, str]) -> AsyncIterator[None]:
    """Run `python main.py` beside us; a worker that ends by itself is wrong."""
    environment = {**os.environ, "MOBART_PROGRESS": "true", "MOBART_HTTP_PORT": "0", **values}
    main = Path(__file__).with_name("main.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(main), env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    watch = asyncio.create_task(process.wait())
    story = asyncio.current_task()

    def abandon(_: object) -> None:
        if story is not None:
            story.cancel()

    watch.add_done_callback(abandon)
    try:
        yield
    except asyncio.CancelledError:
        if not watch.done():
            raise
        raise Wrong(f"the worker ended by itself with exit code {watch.result()}") from None
    finally:
        watch.remove_done_callback(abandon)
        if process.returncode is None:
            process.terminate()
        await process.wait()


def main() -> int:
    """Run it and return the exit code."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("prompts", nargs="*", default=SAMPLES, help="what to ask for")
    parser.add_argument("--configured", action="store_true", help="use the configured parts")
    parser.add_argument("--out", type=Path, default=Path("out"), help="where to keep the pictures")
    try:
        asyncio.run(tell(parser.parse_args()))
    except Wrong as wrong:
        say(f"Wrong: {wrong}")
    except TimeoutError:
        say(f"Wrong: not everything was finished in {PATIENCE:.0f} s")
    except BadSettings as bad:
        say("\n".join(bad.problems))
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
