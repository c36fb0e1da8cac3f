"""A real ComfyUI on the processor, with workflows that need no weights."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from tests.vendors_live.process import ForeignProcess

FLAGS = ("--cpu", "--disable-all-custom-nodes", "--disable-api-nodes", "--disable-auto-launch")


def workflow(radius: int, *, reference: bool = False) -> str:
    """Write a workflow that blurs noise, or a picture to go by; the larger the *radius* the slower."""
    empty = {"width": "{{width}}", "height": "{{height}}", "batch_size": 1, "color": 3368601}
    noise = {"image": ["1", 0], "seed": "{{seed}}", "strength": 0.5}
    blur = {"image": ["2", 0], "blur_radius": radius, "sigma": 3.0}
    first = {"class_type": "LoadImage", "inputs": {"image": "{{reference}}"}}
    return json.dumps(
        {
            "1": first if reference else {"class_type": "EmptyImage", "inputs": empty},
            "2": {"class_type": "ImageAddNoise", "inputs": noise},
            "3": {"class_type": "ImageBlur", "inputs": blur},
            "4": {
                "class_type": "SaveImage",
                "inputs": {"images": ["3", 0], "filename_prefix": "mobart"},
            },
            "5": {"class_type": "PreviewAny", "inputs": {"source": "{{prompt}}"}},
        }
    )


def process(source: Path, python: str, folder: Path) -> ForeignProcess:
    """Describe the process: *source* is ComfyUI's folder, *python* has what it needs."""
    pages = folder / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    pages.mkdir(parents=True)
    (pages / "index.html").write_text("<html></html>")
    places = ["--front-end-root", str(pages)]
    for name in ("output", "temp", "input", "user"):
        (folder / name).mkdir()
        places += [f"--{name}-directory", str(folder / name)]
    places += ["--database-url", f"sqlite:///{folder}/comfyui.db"]
    command = [python, "main.py", *FLAGS, "--port", "{port}", *places]
    return ForeignProcess(command, "/system_stats", folder, cwd=source)


def settings(origin: str, graph: Path, side: int = 128) -> Mapping[str, str]:
    """Point a worker at it."""
    return {
        "MOBART_PROVIDERS": "comfyui",
        "COMFYUI_URL": origin,
        "COMFYUI_WORKFLOW": str(graph),
        "COMFYUI_WIDTH": str(side),
        "COMFYUI_HEIGHT": str(side),
        "COMFYUI_POLL_INITIAL_SECONDS": "0.3",
        "COMFYUI_POLL_MAX_SECONDS": "1",
    }


async def ids(origin: str) -> list[str]:
    """List what it has in its history and in its queue."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{origin}/history") as answer:
            history: dict[str, Any] = await answer.json()
        async with session.get(f"{origin}/queue") as answer:
            queue: dict[str, Any] = await answer.json()
    waiting = [entry[1] for part in ("queue_running", "queue_pending") for entry in queue[part]]
    return [*history, *waiting]


async def version(origin: str) -> str:
    """Return what it calls itself."""
    async with aiohttp.ClientSession() as session, session.get(f"{origin}/system_stats") as answer:
        told: dict[str, Any] = await answer.json()
    return f"ComfyUI {told['system']['comfyui_version']}"
