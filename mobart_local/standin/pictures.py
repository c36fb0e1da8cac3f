"""The pictures of tasks as files; the same task gives the same bytes, also after a restart."""

import io
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from PIL import Image

from mobart_local.native_painter import NativeView, paint_native
from mobart_local.painter import paint_grid, paint_single
from mobart_local.standin.tasks import Task

REMEMBERED = 8
"""How many pictures are kept in memory, some 4 MB each."""
SAVE: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 1},
    "jpeg": {"quality": 92},
    "webp": {"quality": 90, "method": 0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that decides the bytes of a picture."""

    prompt: str
    seed: str
    shape: str
    side: int
    encoding: str
    quarter: int | None
    native: NativeView | None = None


_painting = Lock()  # one picture at a time, and never the same one twice


def picture(task: Task, tile: int | None = None) -> bytes:
    """Draw the task's picture, or the quarter *tile* (0 to 3) of it, and encode it."""
    view = View(
        prompt=task.prompt,
        seed=task.origin_task_id or task.task_id,
        shape=task.script.shape,
        side=task.script.side,
        encoding=task.script.encoding,
        quarter=int(task.index) - 1 if task.index else tile,
        native=_native(task),
    )
    with _painting:
        return _file(view)


def _native(task: Task) -> NativeView | None:
    """Return what was asked of a provider that paints pixel art."""
    asked = task.extra.get("native")
    if asked is None:
        return None
    palette = bytes.fromhex(asked["palette"])
    return NativeView(
        width=asked["width"],
        height=asked["height"],
        transparent=asked["transparent"],
        palette=palette,
    )


@lru_cache(REMEMBERED)
def _file(view: View) -> bytes:
    if view.native is not None:
        native = paint_native(view.prompt, seed=view.seed, view=view.native)
        return _encode(native, "png")
    paint = paint_grid if view.shape == "grid" else paint_single
    image = paint(view.prompt, seed=view.seed, side=view.side)
    return _encode(image if view.quarter is None else _quarter(image, view.quarter), view.encoding)


def _quarter(image: Image.Image, number: int) -> Image.Image:
    width, height = image.width // 2, image.height // 2
    left, top = number % 2 * width, number // 2 * height
    return image.crop((left, top, left + width, top + height))


def _encode(image: Image.Image, encoding: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, encoding, **SAVE[encoding])
    return buffer.getvalue()
