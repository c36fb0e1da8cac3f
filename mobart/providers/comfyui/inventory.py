"""Compares the nodes, models and samplers of a ComfyUI with those that a workflow needs."""

from collections.abc import Iterator, Mapping
from typing import Any

from mobart.providers.comfyui.workflow import Workflow

COMBO = "COMBO"
"""What newer versions call an input that takes one of several options."""


def kinds(workflow: Workflow) -> list[str]:
    """List the classes of nodes that a workflow needs, each once."""
    return list(dict.fromkeys(node["class_type"] for node in workflow.graph.values()))


def shortcomings(
    graph: Mapping[str, Mapping[str, Any]], kind: str, about: Mapping[str, Any]
) -> Iterator[str]:
    """List what a filled *graph* needs of nodes of *kind* that this ComfyUI does not have.

    *about* is the answer of `/object_info/{kind}`, which is empty if there are no such nodes.
    """
    description = about.get(kind)
    if not isinstance(description, Mapping):
        yield f"it has no nodes of the kind {kind}"
        return
    inputs = description.get("input")
    for number, node in graph.items():
        if node["class_type"] == kind:
            for name, value in node["inputs"].items():
                options = _options(inputs, name)
                if options is not None and isinstance(value, str) and value not in options:
                    has = "nothing at all" if not options else "other values"
                    yield f"it has {has} for {name} of node {number} ({kind})"


def _options(inputs: object, name: str) -> list[object] | None:
    """Return the values that the input *name* may have; None if it may have any.

    An empty list is one of its own: models of the kind are not installed.
    """
    groups = inputs if isinstance(inputs, Mapping) else {}
    for group in ("required", "optional"):
        declared = groups.get(group)
        match declared.get(name) if isinstance(declared, Mapping) else None:
            case [list() as options, *_]:
                return options
            case [str() as kind, {"options": list() as options}, *_] if kind == COMBO:
                return options
    return None
