"""How ComfyUI describes its queue, its history and its nodes."""

import re
from collections.abc import Mapping
from typing import Any

from mobart_local.standin.tasks import Task, moment

FILE = re.compile(r"mobart_([0-9a-f-]{36})_00001_\.png")
"""What a picture's file is called, by its task."""
SUBFOLDER = "a b"
RUNNING = "processing"
ENDED = frozenset({"finished", "failed"})
PREVIEW = {"filename": "ComfyUI_temp_abcde_00001_.png", "subfolder": "", "type": "temp"}
CHECKPOINTS = ["sd_xl_base_1.0.safetensors", "pixel.safetensors"]
SAMPLERS = ["euler", "dpmpp_2m"]
SCHEDULERS = ["normal", "karras"]
LINK: list[Any] = ["LINK"]
NODES: Mapping[str, Mapping[str, list[Any]]] = {
    "CheckpointLoaderSimple": {"ckpt_name": [CHECKPOINTS, {}]},
    "CLIPTextEncode": {"text": ["STRING", {"multiline": True}], "clip": LINK},
    "EmptyLatentImage": {"width": ["INT", {}], "height": ["INT", {}], "batch_size": ["INT", {}]},
    "KSampler": {
        "seed": ["INT", {}],
        "sampler_name": [SAMPLERS],
        "scheduler": ["COMBO", {"options": SCHEDULERS}],
    },
    "LoadImage": {"image": [["example.png"], {"image_upload": True}]},
    "VAEDecode": {"samples": LINK, "vae": LINK},
    "SaveImage": {"images": LINK, "filename_prefix": ["STRING", {}]},
}
"""What it knows of nodes: their inputs, and what may be put in."""


def prompt_of(graph: object) -> str:
    """Return the text that leads the sampler, as far as there is one."""
    nodes = graph if isinstance(graph, dict) else {}
    for node in nodes.values():
        inputs = node.get("inputs", {}) if isinstance(node, dict) else {}
        match inputs.get("positive"):
            case [str() as source, int()] if isinstance(nodes.get(source), dict):
                return str(nodes[source].get("inputs", {}).get("text", ""))
    return ""


def queue(tasks: list[Task], now: float) -> dict[str, Any]:
    """Write `/queue`."""
    current = [(task, moment(task, now).status) for task in tasks]
    waiting = [task for task, status in current if status not in ENDED and status != RUNNING]
    return {
        "queue_running": [_entry(task) for task, status in current if status == RUNNING],
        "queue_pending": [_entry(task) for task in waiting],
    }


def history(tasks: list[Task], now: float, *, old: bool) -> dict[str, Any]:
    """Write `/history` of those of *tasks* that have ended; *old* versions know no status."""
    ended = {task.task_id: moment(task, now).status for task in tasks}
    items: dict[str, Any] = {}
    for task in tasks:
        if ended[task.task_id] in ENDED:
            good = ended[task.task_id] == "finished"
            items[task.task_id] = {
                "prompt": _entry(task),
                "outputs": _outputs(task) if good else {},
            }
            if not old:
                items[task.task_id]["status"] = _status(task, good=good)
    return items


def object_info(kind: str) -> dict[str, Any]:
    """Write `/object_info/{kind}`; nothing is said of what is not there."""
    if kind not in NODES:
        return {}
    return {kind: {"input": {"required": NODES[kind]}, "name": kind}}


def _entry(task: Task) -> list[Any]:
    client = {"client_id": task.extra["client_id"]}
    return [7, task.task_id, task.extra["graph"], client, ["7"]]


def _outputs(task: Task) -> dict[str, Any]:
    """Write what nodes have put out: a preview comes first."""
    name = f"mobart_{task.task_id}_00001_.png"
    saved = {"filename": name, "subfolder": SUBFOLDER, "type": "output"}
    return {"9": {"images": [PREVIEW]}, "12": {"text": ["done"]}, "7": {"images": [saved]}}


def _status(task: Task, *, good: bool) -> dict[str, Any]:
    begun = ["execution_start", {"prompt_id": task.task_id}]
    if good:
        return {"status_str": "success", "completed": True, "messages": [begun]}
    said = task.script.error_messages or task.ending.error_messages
    last = {
        "prompt_id": task.task_id,
        "node_id": "5",
        "node_type": "KSampler",
        "executed": [],
        "exception_message": "; ".join(said),
        "exception_type": "RuntimeError",
        "traceback": [],
    }
    if task.extra.get("called_off"):
        interrupted = {
            name: last[name] for name in ("prompt_id", "node_id", "node_type", "executed")
        }
        last_event: list[Any] = ["execution_interrupted", interrupted]
    else:
        last_event = ["execution_error", last]
    messages = [begun, last_event]
    return {"status_str": "error", "completed": False, "messages": messages}
