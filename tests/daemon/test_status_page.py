"""The status page of a real worker, in a real browser where there is one, and over HTTP where not."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mobart_local.standin import Script
from tests.daemon.deployment import Deployment, WorkerProcess, until
from tests.daemon.test_command_line import operate
from tests.support import browser
from tests.support.browser import KEYS, Browser
from tests.support.servers import QUICK

TOKEN = "an operator's token"
SETTINGS = {"MOBART_UI_TOKEN": TOKEN, "MOBART_KEEP_RAW": "1"}
needs_browser = pytest.mark.skipif(
    not browser.is_there(), reason="there is no chromium with its driver on this machine"
)
WIDE, PHONE = (1280, 900), (390, 844)
BANNED = replace(QUICK, ending="banned")
UNKNOWN = replace(QUICK, submit="accepted-drop", seconds=300, webhook="never")


@pytest.fixture
async def window() -> AsyncIterator[Browser]:
    """Open a browser."""
    async with browser.browser() as opened:
        await opened.size(*WIDE)
        yield opened


async def call(worker: WorkerProcess, path: str, method: str = "GET", **body: str) -> Any:
    """Call the API with the token; return its answer."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    url = f"http://127.0.0.1:{worker.port}{path}"
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url, json=body if method == "POST" else None) as answer,
    ):
        told = await answer.json()
        assert answer.status == 200, told
        return told


async def sign_in(window: Browser, worker: WorkerProcess) -> str:
    """Sign in, and return the address of the page."""
    here = f"http://127.0.0.1:{worker.port}"
    await window.open(f"{here}/")
    await window.type("input[name=token]", TOKEN + KEYS["enter"])
    await window.find("#live")
    return here


async def shows(window: Browser, *words: str, selector: str = "main") -> None:
    """Wait until the page shows *words*."""

    async def there() -> bool:
        text = await window.text(selector)
        return all(word in text for word in words)

    await until(there, f"the page shows {words}")


@needs_browser
@pytest.mark.parametrize("script", [Script(seconds=1.5, side=512)])
async def test_an_operator_watches_compares_reprocesses_and_asks(
    deployment: Deployment, window: Browser
) -> None:
    """Three requests become assets; one is compared, treated again for free; a fourth is asked for.

    A fifth comes from the command line.
    """
    worker = await deployment.ready_worker(**SETTINGS)
    here = await sign_in(window, worker)
    for number in range(3):
        await deployment.ask(f"r-{number}")
    await shows(window, "r-0", "r-1", "r-2", selector="#live")
    await shows(window, "Nothing is in progress.", selector="#live")
    assert deployment.midjourney.ledger.paid() == 3

    await window.open(f"{here}/requests/r-1")
    await shows_after_reload(
        window, "Heard on the channel", "Paid: midjourney", "Stored as", "colours"
    )
    await window.type("#slider", KEYS["right"] * 30)
    assert await window.run("return document.getElementById('slider').value") == "80"
    clip = "return getComputedStyle(document.getElementById('before')).clipPath"
    assert "20%" in await window.run(clip)
    await window.choose("#zoom", "4")
    wide = await window.run("return document.getElementById('ground').clientWidth")
    natural = await window.run("return document.getElementById('after').naturalWidth")
    assert wide == 4 * natural
    await window.click("#grid")
    assert not await window.run("return document.getElementById('lines').hidden")

    await window.choose("select[name=preset]", "sprite")
    await window.click("form[action$='/reprocess'] button")
    await shows(window, "r-1.p", "Made from", "processed again as")
    await shows_after_reload(window, "completed", "preset sprite")
    assert deployment.midjourney.ledger.paid() == 3

    await window.open(f"{here}/new")
    await window.type("textarea[name=prompt]", "a wooden shield")
    deployment.prompts.add("a wooden shield")
    await window.type("input[name=request_id]", "r-from-page" + KEYS["enter"])
    await shows(window, "r-from-page")
    told = await deployment.outcome("r-from-page")
    assert told["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 4

    deployment.prompts.add("a copper key")
    asked = ("submit", "a copper key", "--id", "r-from-command", "--wait")
    said = await operate(deployment, *asked)
    assert (said.code, "r-from-command.png" in said.out) == (0, True), said.err
    assert deployment.midjourney.ledger.paid() == 5
    await window.open(f"{here}/sheet")
    await shows_after_reload(window, "r-from-page", "r-from-command", "r-0", "r-1", "r-2", "r-1.p")
    assert await window.complaints() == []


async def shows_after_reload(window: Browser, *words: str) -> None:
    """Load the page again until it shows *words*."""

    async def there() -> bool:
        await window.ask("POST", "/refresh")
        text = await window.text()
        return all(word in text for word in words)

    await until(there, f"the page shows {words}")


@needs_browser
async def test_all_spending_is_stopped_and_goes_on_by_a_button(
    deployment: Deployment, window: Browser
) -> None:
    """After a question."""
    worker = await deployment.ready_worker(**SETTINGS)
    await sign_in(window, worker)
    await window.click("form[action='/pause'] button")
    await window.agree()
    await shows(window, "Nothing new begins.", "paused")
    await deployment.ask("r-1")
    await shows(window, "r-1", "waiting", selector="#live")
    assert deployment.midjourney.ledger.paid() == 0
    await window.click("form[action='/resume'] button")
    await deployment.outcome("r-1")


LOOKS = tuple((size, dark) for size in (WIDE, PHONE) for dark in (False, True))
"""On a desk and on a phone, light and dark."""
PAGES = (
    *("/", "/?range=30d", "/requests", "/requests?status=failed", "/requests?user=player"),
    *("/requests/r-1", "/requests/r-2", "/requests/r-3", "/requests/nobody", "/sheet", "/new"),
)


@needs_browser
async def test_no_page_is_wider_than_its_window(deployment: Deployment, window: Browser) -> None:
    """On a desk and on a phone; where axe-core is given, it finds nothing serious.

    There is one finished request, one that failed, and one in doubt.
    """
    worker = await deployment.ready_worker(**SETTINGS)
    await all_sorts(deployment)
    here = f"http://127.0.0.1:{worker.port}"
    await window.open(f"{here}/")
    for size, dark in LOOKS:
        await window.size(*size)
        await window.dark(dark=dark)
        await fits(window, f"{here}/", size[0], selector="input[name=token]")
    await sign_in(window, worker)
    await shows_after_reload(window, "In doubt", "r-3")
    for size, dark in LOOKS:
        await window.size(*size)
        await window.dark(dark=dark)
        for path in PAGES:
            await fits(window, here + path, size[0])


async def all_sorts(deployment: Deployment) -> None:
    """Bring one request to a picture, one to a failure, and one to a doubt."""
    for number, script in enumerate((QUICK, BANNED, UNKNOWN), 1):
        deployment.midjourney.play(script)
        await deployment.ask(f"r-{number}")
        await deployment.outcome(f"r-{number}")


async def fits(window: Browser, url: str, width: int, *, selector: str = "main h1") -> None:
    """Expect of a page that it is no wider than the window, and what axe-core expects of it."""
    await window.open(url)
    await window.find(selector)
    assert await window.run("return document.documentElement.scrollWidth") <= width, url
    assert await serious(window) == [], url


async def serious(window: Browser) -> list[Any]:
    """Return what axe-core, if MOBART_AXE names its file, finds serious or critical."""
    if not (file := os.environ.get("MOBART_AXE")):
        return []
    await window.run(await asyncio.to_thread(Path(file).read_text))
    found = await window.ask(
        "POST",
        "/execute/async",
        script="const done = arguments[0]; axe.run().then((told) => done(told.violations))",
        args=[],
    )
    return [
        (one["id"], one["nodes"][0]["html"])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


async def test_an_operator_gets_along_without_a_browser(deployment: Deployment) -> None:
    """What became of it, what it cost, treat it again, send it again."""
    worker = await deployment.ready_worker(**SETTINGS)
    await deployment.ask("r-1")
    told = await deployment.outcome("r-1")

    async def shown() -> bool:
        status = await call(worker, "/v1/status")
        return bool(status["bought_by_user"] == {"player": 1} and status["workers"])

    await until(shown, "the status shows the purchase")
    view = await call(worker, "/v1/requests/r-1")
    assert (view["status"], view["completion"]["sha256"]) == ("completed", told["sha256"])
    made = await call(worker, "/v1/requests/r-1/reprocess", "POST", preset="icon")
    again = await deployment.outcome(made["request_id"])
    assert (again["status"], again["preset"], again["made_from"]) == ("completed", "icon", "r-1")
    assert deployment.midjourney.ledger.paid() == 1
    await call(worker, "/v1/requests/r-1/announce", "POST")
    await until(lambda: len(deployment.outcomes("r-1")) == 2, "the outcome is announced again")

    async def listed() -> bool:
        events = [one["event"] for one in await call(worker, "/v1/requests/r-1/timeline")]
        return "operator.acted" in events and "job.settled" in events

    await until(listed, "the timeline tells it")
    page = await call(worker, "/v1/requests?user=player")
    assert {one["request_id"] for one in page["requests"]} == {"r-1", made["request_id"]}


@pytest.mark.parametrize(
    "script", [Script(submit="accepted-drop", seconds=300, webhook="never", side=64)]
)
async def test_a_doubt_is_resolved_by_hand(deployment: Deployment) -> None:
    """Nothing is paid before that, and the correction reaches the backend."""
    worker = await deployment.ready_worker(**SETTINGS)
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["error_code"] == "submit_unknown"

    async def doubted() -> bool:
        return [one["request_id"] for one in (await call(worker, "/v1/status"))["in_doubt"]] == [
            "r-1"
        ]

    await until(doubted, "the doubt is listed")
    await call(worker, "/v1/requests/r-1/declare-unpaid", "POST")
    await until(lambda: len(deployment.outcomes("r-1")) == 2, "a correction is announced")
    assert deployment.outcomes("r-1")[1]["correction"] is True
    assert (await call(worker, "/v1/status"))["in_doubt"] == []
    assert deployment.midjourney.ledger.paid() == 1
