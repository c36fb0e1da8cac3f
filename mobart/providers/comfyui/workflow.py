"""A ComfyUI workflow with gaps for what differs from picture to picture.

It is a file in API format (in ComfyUI: Workflow, Export (API)) in which texts hold `{{prompt}}` and
the like.  Gaps are filled in the parsed graph and in one pass, so that no prompt can break out of its
text or bring gaps of its own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from pydantic_core import from_json

from mobart.providers.comfyui.settings import ComfyUISettings

REFERENCE = "reference"
GAPS = ("prompt", "negative", "seed", "width", "height", "checkpoint", REFERENCE)
SAVES = re.compile(r"save", re.IGNORECASE)
PREVIEWS = re.compile(r"preview", re.IGNORECASE)
"""How classes of nodes that save, or only show, are called by convention."""
_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Workflow:
    """A graph: nodes by their ids, each with `class_type` and `inputs`."""

    graph: Mapping[str, Mapping[str, Any]]

    @property
    def outputs(self) -> frozenset[str]:
        """Numbers of the nodes that save pictures; empty if none is called so."""
        return frozenset(
            number
            for number, node in self.graph.items()
            if SAVES.search(node["class_type"]) and not PREVIEWS.search(node["class_type"])
        )

    @property
    def references(self) -> bool:
        """Whether it needs a picture to go by, whose name stands in a `LoadImage` node."""
        found = set[str]()
        _mapped(self.graph, lambda text: found.update(_GAP.findall(text)))
        return REFERENCE in found

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """Read a file's content.  Raises ValueError, which says what is wrong."""
        try:
            graph = from_json(text)
        except ValueError as error:
            raise ValueError("is not JSON") from error
        if not isinstance(graph, dict) or not graph or not all(map(_is_node, graph.values())):
            raise ValueError("is not a workflow in API format (in ComfyUI: Export (API))")
        gaps = set[str]()
        _mapped(graph, lambda text: gaps.update(_GAP.findall(text)))
        if unknown := sorted(gaps.difference(GAPS)):
            raise ValueError(f"has a placeholder {{{{{unknown[0]}}}}}; known are {', '.join(GAPS)}")
        if "prompt" not in gaps:
            raise ValueError("has no placeholder {{prompt}}")
        return cls(graph)

    @classmethod
    def chosen(cls, settings: ComfyUISettings) -> Self:
        """Read the one that is set.  Raises OSError or ValueError."""
        if settings.comfyui_workflow is None:
            return cls.usual()
        return cls.parse(Path(settings.comfyui_workflow).read_bytes())

    @classmethod
    def usual(cls) -> Self:
        """Return the one that ships: a checkpoint, its sampler, one picture."""
        return cls.parse(files("mobart.providers.comfyui").joinpath("default.json").read_bytes())

    def filled(self, values: Mapping[str, object]) -> dict[str, Any]:
        """Return the graph with *values* for all `GAPS`.

        A text that is nothing but a gap becomes the value itself, a number where it is one.
        """

        def fill(text: str) -> object:
            if whole := _GAP.fullmatch(text):
                return values[whole[1]]
            return _GAP.sub(lambda gap: str(values[gap[1]]), text)

        graph: dict[str, Any] = _mapped(self.graph, fill)
        return graph


def _is_node(node: object) -> bool:
    return (
        isinstance(node, dict)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs"), dict)
    )


def _mapped(value: Any, change: Callable[[str], object]) -> Any:
    """Return *value* with every text in it, but no key, replaced by what *change* returns."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(inner, change) for inner in value]
    return value
