"""Takes the pictures of docs/status-page.md: `python -m tests.support.screenshots`.

A worker on servers of its own makes a few pictures with the stand-in, and a headless browser looks.
"""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
from PIL import Image

from tests.support.browser import KEYS, Browser, browser, until

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures" / "status-page"
TOKEN = "token for screenshots"
PORT = 18099
HERE = f"http://127.0.0.1:{PORT}"
PROMPTS = ("a wooden shield", "a blue crystal", "a castle on a hill", "a green slime", "a torch")
FAULTS = ("a troll standin-ending-failed", "a ghost standin-accepted-drop")
"""One that fails, and one whose answer is lost."""
COLOURS = 64


@asynccontextmanager
async def worker(folder: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """Run a worker with its own servers; yields a client with the token."""
    settings = {
        "MOBART_UI_TOKEN": TOKEN,
        "MOBART_HTTP_PORT": str(PORT),
        "MOBART_DAILY_BUDGET": "40",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "main.py"), "--local", "--folder", str(folder)),
        cwd=folder,
        env=dict(os.environ) | settings,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.ClientSession(HERE, headers=headers) as http:
            await until(lambda: _answers(http, "/readyz"), "the worker is ready")
            yield http
    finally:
        process.terminate()
        await process.wait()


async def take(http: aiohttp.ClientSession, window: Browser) -> None:
    """Ask for pictures, and take the shots on the way."""
    await window.size(1200, 800)
    await window.open(f"{HERE}/")
    await window.type("input[name=token]", TOKEN + KEYS["enter"])
    await window.find("#live")
    for number, prompt in enumerate((*PROMPTS, *FAULTS), 1):
        body = {
            "prompt": prompt,
            "user_id": f"player-{number % 2 + 1}",
            "request_id": f"item-{number}",
        }
        await http.post("/v1/requests", json=body)
        await asyncio.sleep(1.0)
    await window.open(f"{HERE}/")
    await asyncio.sleep(2.0)
    await shot(window, "overview")
    await until(lambda: _settled(http), "all are settled")
    await window.open(f"{HERE}/requests/item-1")
    await asyncio.sleep(2.0)
    await shot(window, "request")
    await window.open(f"{HERE}/sheet")
    await asyncio.sleep(2.0)
    await shot(window, "contact-sheet")
    await window.open(f"{HERE}/requests/item-{len(PROMPTS) + len(FAULTS)}")
    await asyncio.sleep(2.0)
    await shot(window, "doubt")
    await window.dark(dark=True)
    await window.size(390, 844)
    await window.open(f"{HERE}/")
    await asyncio.sleep(2.0)
    await shot(window, "phone-dark")


async def shot(window: Browser, name: str) -> None:
    """Store what is shown, with few colours, so that it is small."""
    with TemporaryDirectory() as folder:
        taken = Path(folder) / "shot.png"
        await window.picture(taken)
        data = await asyncio.to_thread(taken.read_bytes)
    with Image.open(io.BytesIO(data)) as picture:
        small = picture.convert("RGB").quantize(COLOURS)
        small.save(FOLDER / f"{name}.png", optimize=True)


async def _answers(http: aiohttp.ClientSession, path: str) -> bool:
    try:
        async with http.get(path) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _settled(http: aiohttp.ClientSession) -> bool:
    async with http.get("/v1/status") as answer:
        return bool((await answer.json())["outstanding"] == 0)


async def main() -> None:
    """Take all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        async with worker(Path(folder)) as http, browser() as window:
            await take(http, window)


if __name__ == "__main__":
    asyncio.run(main())
