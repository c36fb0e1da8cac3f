"""CopilotKit's aimock: a foreign server that speaks OpenAI's Images API and fal's queue."""

import base64
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from PIL import Image

from tests.vendors_live.process import ForeignProcess

FAL_HOST = {"x-fal-target-host": "queue.fal.run"}
"""How it is told which of fal's hosts it plays."""
SUBMITS = {"openai": "/v1/images/", "fal": "/fal/fal-ai/flux/schnell"}


def fixtures() -> str:
    """Write what it answers with: one picture, as base64 and in a data URI."""
    file = io.BytesIO()
    Image.effect_mandelbrot((64, 64), (-2.0, -1.5, 1.0, 1.5), 30).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    result = {"images": [{"url": f"data:image/png;base64,{data}"}], "has_nsfw_concepts": [False]}
    return json.dumps(
        {
            "fixtures": [
                {"match": {"endpoint": "image"}, "response": {"image": {"b64Json": data}}},
                {"match": {"endpoint": "fal"}, "response": {"json": result}},
            ]
        }
    )


def process(prefix: Path, folder: Path) -> ForeignProcess:
    """Describe the process; *prefix* is the folder with `node_modules`."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "fixtures.json"
    place.write_text(fixtures())
    script = prefix / "node_modules/@copilotkit/aimock/dist/cli.js"
    command = ["/usr/bin/env", "node", str(script), "-p", "{port}", "-f", str(place)]
    return ForeignProcess(command, "/ready", folder)


def settings(origin: str, provider: str) -> Mapping[str, str]:
    """Point a worker at it, or at the relay in front of it."""
    return {
        "MOBART_PROVIDERS": provider,
        "OPENAI_BASE_URL": f"{origin}/v1",
        "OPENAI_API_KEY": "any",
        "OPENAI_TIMEOUT_SECONDS": "60",
        "FAL_API_URL": origin,
        "FAL_PLATFORM_URL": f"{origin}/platform",
        "FAL_KEY": "any",
        "FAL_TIMEOUT_SECONDS": "60",
        "FAL_POLL_INITIAL_SECONDS": "0.2",
        "FAL_POLL_MAX_SECONDS": "0.5",
    }


@asynccontextmanager
async def relay(origin: str) -> AsyncIterator[str]:
    """Stand in front of it as fal's host does: under `/fal`, with the header that names the host."""

    async def pass_on(request: web.Request) -> web.Response:
        url = f"{origin}/fal{request.path_qs}"
        content = {"Content-Type": request.content_type}
        async with aiohttp.ClientSession() as session:
            asked = session.request(
                request.method, url, headers={**FAL_HOST, **content}, data=await request.read()
            )
            async with asked as answer:
                kind = answer.content_type
                return web.Response(
                    status=answer.status, body=await answer.read(), content_type=kind
                )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def reset(origin: str) -> None:
    """Forget what it was asked."""
    async with aiohttp.ClientSession() as session:
        await session.delete(f"{origin}/v1/_requests")


async def bought(origin: str, provider: str) -> int:
    """Count the paid requests that it answered well."""
    url = f"{origin}/v1/_requests"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        entries: list[dict[str, Any]] = await answer.json()
    return sum(
        entry["method"] == "POST"
        and entry["path"].startswith(SUBMITS[provider])
        and entry["response"]["status"] == 200
        for entry in entries
    )
