"""The messages of ComfyUI's HTTP API; nothing else knows their shape.

Source: ComfyUI's own `server.py` and `execution.py`.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any
from urllib.parse import urlencode

from mobart.core.domain import Picture
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.providers.aspect import size_of
from mobart.providers.comfyui.settings import ComfyUISettings
from mobart.providers.comfyui.workflow import Workflow
from mobart.providers.fields import list_of, object_of, task_id_of, text_of
from mobart.providers.outcomes import rejection
from mobart.providers.redaction import redact
from mobart.providers.repeatable import id_of, seed_of
from mobart.providers.sentences import FAILED, UNFIT

PARAMETERS = ("checkpoint", "width", "height", "seed")
"""Parameters that a preset may set, over the settings of the same name."""
FOLDERS = ("output", "temp")
"""Folders of pictures, best first: previews are temporary."""
STEP = 64
"""Widths and heights are multiples of it, in pixels, as diffusion models like them."""
CLIENT = 3
"""Index of the client's data in an entry of the queue, behind number, id and graph."""
LONGEST_NAME = 255


def submission(order: Order, workflow: Workflow, usual: ComfyUISettings) -> dict[str, object]:
    """Write the body of `POST /prompt`.

    Older servers give out ids of their own, but keep the client's with the entry.
    """
    ours = id_of(order)
    graph = workflow.filled(values_of(order, usual))
    return {"prompt": graph, "client_id": ours, "prompt_id": ours}


def values_of(order: Order, usual: ComfyUISettings) -> dict[str, object]:
    """Return what is put into the workflow's gaps."""
    width, height = usual.comfyui_width, usual.comfyui_height
    if order.aspect_ratio:
        width, height = size_of(order.aspect_ratio, area=width * height, step=STEP)
    return {
        "prompt": order.prompt,
        "negative": order.negative or usual.comfyui_negative_prompt or "",
        "seed": seed_of(order),
        "width": width,
        "height": height,
        "checkpoint": usual.comfyui_checkpoint,
        "reference": reference_name(order),
        **{name: order.parameters[name] for name in PARAMETERS if name in order.parameters},
    }


def reference_name(order: Order) -> str:
    """Return what the picture to go by is called among ComfyUI's inputs, the same for each try."""
    return f"mobart-{id_of(order)}.png"


def read_ticket(body: Mapping[str, Any], workflow: Workflow) -> str | None:
    """Return the id in the answer to a submit, ours or the server's own, if it is usable.

    A server that takes only some outputs of a workflow says so in `node_errors`; what it then
    executes is of use only if a node that saves the picture is among them.

    Raises:
        Rejected: the workflow was taken without an output that saves the picture.
    """
    broken = {
        number for error in object_of(body, "node_errors").items() for number in _nodes(error)
    }
    if broken and not workflow.outputs - broken:
        complaints = "; ".join(_complaints(body["node_errors"]))
        detail = redact(f"workflow taken without its output: {complaints}")
        raise Rejected(Code.PROVIDER_UNAVAILABLE, UNFIT, detail=detail)
    return task_id_of(body.get("prompt_id"))


def judge(body: Mapping[str, Any]) -> Rejected | Unavailable | None:
    """Read why a workflow was refused: a `Judgement`.

    It is never about the prompt, which ComfyUI does not read, but about the workflow's own values.
    """
    error = body.get("error")
    if not isinstance(error, str | Mapping) or "node_errors" not in body:
        return None
    kind = error if isinstance(error, str) else error.get("type")
    detail = redact("; ".join([f"workflow refused: {kind}", *_complaints(body["node_errors"])]))
    return Rejected(Code.PROVIDER_UNAVAILABLE, UNFIT, detail=detail)


def queued(queue: Mapping[str, Any], *, running: bool = False) -> Iterator[tuple[str, str]]:
    """List the entries of `/queue` as id and client's id; all, or those that are *running*."""
    parts = ("queue_running",) if running else ("queue_running", "queue_pending")
    for part in parts:
        for entry in list_of(queue, part):
            yield from _names(entry)


def remembered(history: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """List the entries of `/history` in the same way."""
    for item in history.values():
        if isinstance(item, Mapping):
            yield from _names(item.get("prompt"))


def read_history(
    history: Mapping[str, Any], *, reference: str, base_url: str, outputs: AbstractSet[str]
) -> Picture | None:
    """Return the address of the picture in `/history/{id}`; None: it is not finished.

    Only what the nodes *outputs* made counts, where there are such nodes: others make previews.

    Raises Rejected: it never will be finished.
    """
    item = history.get(reference)
    if not isinstance(item, Mapping):
        return None
    status = item.get("status")
    if isinstance(status, Mapping) and status.get("status_str") == "error":
        raise _failure(status.get("messages"))
    made = object_of(item, "outputs")
    made = {number: node for number, node in made.items() if not outputs or number in outputs}
    found = sorted(_pictures(made), key=lambda file: FOLDERS.index(file["type"]))
    if not found:
        detail = "finished without a picture: COMFYUI_WORKFLOW needs a node that saves one"
        raise Rejected(Code.GENERATION_FAILED, FAILED, detail=detail)
    return Picture((f"{base_url}/view?{urlencode(found[0])}",))


def _names(entry: object) -> Iterator[tuple[str, str]]:
    if isinstance(entry, list) and len(entry) > CLIENT and (name := task_id_of(entry[1])):
        yield name, text_of(entry[CLIENT], "client_id")


def _pictures(outputs: object) -> Iterator[dict[str, str]]:
    """List the files of all nodes that can be asked for."""
    nodes = outputs.values() if isinstance(outputs, Mapping) else []
    for node in nodes:
        for image in list_of(node, "images"):
            file = _file(image) if isinstance(image, Mapping) else None
            if file is not None:
                yield file


def _file(image: Mapping[str, Any]) -> dict[str, str] | None:
    """Return what `/view` is to be asked for."""
    file = {
        "filename": image.get("filename"),
        "subfolder": image.get("subfolder", ""),
        "type": image.get("type", FOLDERS[0]),
    }
    texts = {name: text for name, text in file.items() if isinstance(text, str)}
    if texts.keys() != file.keys() or not texts["filename"] or texts["type"] not in FOLDERS:
        return None
    fit = all(len(text) <= LONGEST_NAME and text.isprintable() for text in texts.values())
    return texts if fit and ".." not in texts["filename"] + texts["subfolder"] else None


def _failure(messages: object) -> Rejected:
    """Read the last word of an execution, `[event, data]`; what it quotes stays out of the detail."""
    data: Mapping[str, Any] = {}
    event = "error"
    for message in messages if isinstance(messages, list) else []:
        match message:
            case [("execution_error" | "execution_interrupted") as event, dict() as data]:
                pass
    node, kind = data.get("node_type"), data.get("exception_type")
    detail = redact(f"{event} in {node}: {kind}")
    return rejection(text_of(data, "exception_message"), detail)


def _nodes(error: tuple[str, Any]) -> Iterator[str]:
    """List a node with errors, and the outputs that depend on it."""
    number, node = error
    yield number
    yield from (str(output) for output in list_of(node, "dependent_outputs"))


def _complaints(node_errors: object) -> Iterator[str]:
    """Name the nodes and inputs that a server complains of, without their values."""
    nodes = node_errors.items() if isinstance(node_errors, Mapping) else []
    for number, node in nodes:
        for error in list_of(node, "errors"):
            if isinstance(error, Mapping):
                place = object_of(error, "extra_info").get("input_name")
                yield f"node {number}: {place}: {error.get('type')}"
