"""The foreign servers of a run: started once, each behind a proxy that can delay its answers."""

import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.daemon.deployment import Deployment
from tests.support.proxy import Proxy
from tests.vendors_live import aimock, comfyui, litellm
from tests.vendors_live.cases import LONG, SCRIPT, Server

PARTS = Path(os.environ.get("VENDORS", ".venv-vendors"))
"""Where `make vendors` installs what is on PyPI and npm."""
COMFYUI, COMFYUI_PYTHON = os.environ.get("COMFYUI", ""), os.environ.get("COMFYUI_PYTHON", "")
LATENCY = 2.0
"""Seconds that each piece takes through a proxy that delays."""


@asynccontextmanager
async def gateway(folder: Path, upstream: Proxy) -> AsyncIterator[list[Server]]:
    """Run LiteLLM's proxy, as three servers: before OpenAI, as a pass-through, before Google."""
    async with litellm.process(PARTS / "litellm", folder, upstream) as process:

        async def slow(one: Deployment) -> Mapping[str, str]:
            one.midjourney.play(replace(SCRIPT, submit_delay=LONG))
            return {}

        common: dict[str, Any] = {"process": process, "bought": litellm.bought, "slow": slow}
        common |= {"kept": False, "gateway": True}
        where = process.origin
        yield [
            Server(
                name="LiteLLM before openai",
                settings=litellm.settings(where, litellm.OPENAI),
                tries=3,
                referring={},
                **common,
            ),
            Server(
                name="LiteLLM's pass-through",
                settings=litellm.settings(where, litellm.OPENAI, litellm.PASS_THROUGH),
                lists=False,
                referring={},
                **common,
            ),
            Server(
                name="LiteLLM before google",
                settings=litellm.settings(where, litellm.GOOGLE),
                tells=False,
                **common,
            ),
        ]


@asynccontextmanager
async def mock(folder: Path, _: Proxy) -> AsyncIterator[list[Server]]:
    """Run aimock, as two servers: of OpenAI's API and of fal's."""
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(aimock.process(PARTS / "aimock", folder))
        proxy = await stack.enter_async_context(Proxy(process.port))
        behind = f"http://127.0.0.1:{proxy.port}"
        fal = await stack.enter_async_context(aimock.relay(behind))

        async def bought(provider: str, _: Deployment) -> int:
            return await aimock.bought(process.origin, provider)

        async def slow(_: Deployment) -> Mapping[str, str]:
            proxy.troubles.latency = LATENCY
            return {}

        async def later(_: Deployment) -> Mapping[str, str]:
            return {"FAL_POLL_INITIAL_SECONDS": str(LONG), "FAL_TIMEOUT_SECONDS": "30"}

        common: dict[str, Any] = {"process": process, "kept": False, "cut": delay(proxy)}
        common["fresh"] = partial(aimock.reset, process.origin)
        yield [
            Server(
                name="aimock's openai",
                settings=aimock.settings(behind, "openai"),
                referring={},
                bought=partial(bought, "openai"),
                slow=slow,
                **common,
            ),
            Server(
                name="aimock's fal",
                settings=aimock.settings(fal, "fal"),
                bought=partial(bought, "fal"),
                slow=later,
                asynchronous=True,
                **common,
            ),
        ]


@asynccontextmanager
async def real_comfyui(folder: Path, _: Proxy) -> AsyncIterator[list[Server]]:
    """Run ComfyUI on the processor."""
    process = comfyui.process(Path(COMFYUI), COMFYUI_PYTHON, folder)
    graphs = {name: folder / f"{name}.json" for name in ("quick", "long", "referring")}
    graphs["quick"].write_text(comfyui.workflow(2))
    graphs["long"].write_text(comfyui.workflow(31))
    graphs["referring"].write_text(comfyui.workflow(2, reference=True))
    async with process, Proxy(process.port) as proxy:
        behind = f"http://127.0.0.1:{proxy.port}"
        before: list[str] = []

        async def bought(_: Deployment) -> int:
            return len(set(await comfyui.ids(process.origin)) - set(before))

        async def slow(_: Deployment) -> Mapping[str, str]:
            return comfyui.settings(behind, graphs["long"], side=768)

        async def fresh() -> None:
            before[:] = await comfyui.ids(process.origin)

        yield [
            Server(
                name=await comfyui.version(process.origin),
                process=process,
                settings=comfyui.settings(behind, graphs["quick"]),
                bought=bought,
                slow=slow,
                kept=True,
                asynchronous=True,
                cut=delay(proxy),
                referring=comfyui.settings(behind, graphs["referring"]),
                fresh=fresh,
            )
        ]


def delay(proxy: Proxy) -> Callable[[float], None]:
    """Return what delays all that goes through *proxy*; 0 ends that."""

    def cut(seconds: float) -> None:
        proxy.troubles.latency = LATENCY if seconds else 0.0

    return cut


def missing() -> Mapping[str, str]:
    """Say of each part that is not there how it is had."""
    installed = {
        "LiteLLM": (PARTS / "litellm/bin/litellm").exists(),
        "aimock": (PARTS / "aimock/node_modules/@copilotkit/aimock").exists(),
        "ComfyUI": bool(COMFYUI and COMFYUI_PYTHON),
    }
    how = {
        "LiteLLM": "pip could not install it",
        "aimock": "npm is not there, or could not install it",
        "ComfyUI": "COMFYUI=folder COMFYUI_PYTHON=python name one with all that it needs",
    }
    return {name: how[name] for name, there in installed.items() if not there}


def versions() -> list[str]:
    """Name what is installed."""
    found = [path.name.removesuffix(".dist-info") for path in PARTS.glob(f"litellm/{LITELLM}")]
    package = PARTS / "aimock/node_modules/@copilotkit/aimock/package.json"
    if package.exists():
        found.append(f"aimock-{json.loads(package.read_text())['version']}")
    return found


LITELLM = "lib/python*/site-packages/litellm-[0-9]*.dist-info"
SERVERS = {"LiteLLM": gateway, "aimock": mock, "ComfyUI": real_comfyui}
