"""A headless browser, driven over the WebDriver protocol; there may be none on a machine."""

import asyncio
import base64
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
DRIVER = shutil.which("chromedriver")
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
    "--disable-dev-shm-usage",
)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""Name under which the protocol hands out an element."""
PATIENCE = 60.0
TRIES = 5
KEYS = {"tab": "\ue004", "enter": "\ue007", "right": "\ue014", "left": "\ue012"}


def is_there() -> bool:
    """Whether this machine has a browser and its driver."""
    return CHROMIUM is not None and DRIVER is not None


@dataclass(frozen=True, slots=True)
class Browser:
    """One window."""

    http: aiohttp.ClientSession
    session: str
    """Its address at the driver."""

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        """Send one command; raises AssertionError with the driver's words."""
        given = body if method == "POST" else None
        async with self.http.request(method, f"{self.session}{path}", json=given) as answer:
            told = await answer.json(content_type=None)
        assert answer.status == 200, told
        return told["value"]

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self.ask("POST", "/url", url=url)

    async def run(self, script: str, *args: Any) -> Any:
        """Run JavaScript in the page, and return what it returns."""
        return await self.ask("POST", "/execute/sync", script=script, args=list(args))

    async def has(self, selector: str) -> bool:
        """Whether there is such an element."""
        return bool(await self.run("return !!document.querySelector(arguments[0])", selector))

    async def text(self, selector: str = "main") -> str:
        """Return the text of an element as it is shown."""
        return str(
            await self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)
        )

    async def find(self, selector: str) -> str:
        """Return an element, once it is there."""

        async def there() -> bool:
            return await self.has(selector)

        await until(there, selector)
        found = await self.ask("POST", "/element", using="css selector", value=selector)
        return str(found[ELEMENT])

    async def click(self, selector: str) -> None:
        """Click an element."""
        element = await self.find(selector)
        await self.ask("POST", f"/element/{element}/click")

    async def type(self, selector: str, text: str) -> None:
        """Type into an element."""
        element = await self.find(selector)
        await self.ask("POST", f"/element/{element}/value", text=text)

    async def choose(self, selector: str, option: str) -> None:
        """Choose an option of a list."""
        await self.find(selector)
        await self.run(
            "const list = document.querySelector(arguments[0]); list.value = arguments[1];"
            "list.dispatchEvent(new Event('change', {bubbles: true}))",
            selector,
            option,
        )

    async def agree(self) -> None:
        """Say yes to a question."""
        await self.ask("POST", "/alert/accept")

    async def size(self, width: int, height: int) -> None:
        """Have the page see a window of this size."""
        await self._cdp(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )

    async def dark(self, *, dark: bool) -> None:
        """Prefer dark colours, or light ones."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self._cdp("Emulation.setEmulatedMedia", {"features": features})

    async def picture(self, path: Path) -> None:
        """Store what is shown as a PNG, the whole page."""
        told = await self._cdp("Page.captureScreenshot", {"captureBeyondViewport": True})
        await asyncio.to_thread(path.write_bytes, base64.b64decode(told["data"]))

    async def complaints(self) -> list[str]:
        """Return errors of the console: refused by the policy, not found, or a bug."""
        told = await self.ask("POST", "/se/log", type="browser")
        return [one["message"] for one in told if one["level"] == "SEVERE"]

    async def _cdp(self, command: str, params: dict[str, Any]) -> Any:
        return await self.ask("POST", "/goog/cdp/execute", cmd=command, params=params)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Open a window, with a profile of its own."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver, origin = await _started()
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as http:
                session = await _session(http, origin, profile)
                try:
                    yield Browser(http, f"{origin}/session/{session}")
                finally:
                    await http.delete(f"{origin}/session/{session}")
        finally:
            driver.kill()
            await driver.communicate()


async def until(condition: Any, what: str) -> None:
    """Wait until *condition* holds."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - a browser tells nobody
            await asyncio.sleep(0.05)
    assert what


async def _started() -> tuple[asyncio.subprocess.Process, str]:
    """Start the driver, and return where it listens.

    It ends where the port that it chose for IPv4 is taken for IPv6; then it is started again.
    """
    assert DRIVER is not None
    for _ in range(TRIES):
        driver = await asyncio.create_subprocess_exec(
            DRIVER, "--port=0", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        if origin := await _origin(driver):
            return driver, origin
        await driver.communicate()
    raise AssertionError("the driver of the browser did not start")


async def _origin(driver: asyncio.subprocess.Process) -> str:
    """Return where the driver listens, as it says; "" if it ended."""
    assert driver.stdout is not None
    async with asyncio.timeout(PATIENCE):
        async for line in driver.stdout:
            words = line.decode().strip().rstrip(".").split()
            if "successfully" in words and words[-1].isdecimal():
                return f"http://127.0.0.1:{words[-1]}"
    return ""


async def _session(http: aiohttp.ClientSession, origin: str, profile: str) -> str:
    wanted = {
        "browserName": "chrome",
        "goog:chromeOptions": {"binary": CHROMIUM, "args": [*FLAGS, f"--user-data-dir={profile}"]},
        "goog:loggingPrefs": {"browser": "ALL"},
    }
    body = {"capabilities": {"alwaysMatch": wanted}}
    async with http.post(f"{origin}/session", json=body) as answer:
        told = await answer.json()
    assert answer.status == 200, told
    return str(told["value"]["sessionId"])
