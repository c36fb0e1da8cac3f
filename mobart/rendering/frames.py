"""The protocol between a renderer and its children: length-prefixed byte strings over two pipes.

    parent -> child    first: render function (pickled), limits (JSON)
                       then for each picture: recipe (pickled), raw bytes
    child  -> parent   first: empty once ready, else why not
                       then for each picture: verdict (JSON), PNG, sidecar (empty if there is none),
                       those of its variants behind its own

What comes back is data, never a pickle: a child has touched bytes that strangers made.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, BinaryIO

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected

PREFIX = 8
"""Bytes of the length before each frame."""
PART = 2**18
"""Bytes of a frame that are written at a time: four times what a pipe holds."""
OUT_OF_MEMORY = 71
"""Exit status of a child that had to give up a picture for want of memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLimits:
    """Limits of one child: *memory* in bytes of address space, *cpu* in seconds a picture.

    A *confined* child gives up the rights of `sandbox` before it sees the first picture.
    """

    memory: int
    cpu: int
    confined: bool = True

    def to_json(self) -> bytes:
        """Return the limits as a frame."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, frame: bytes) -> "ProcessLimits":
        """Read what `to_json` wrote."""
        return cls(**json.loads(frame))


def parts_of(*frames: bytes) -> Iterator[bytes | memoryview]:
    """Yield *frames* as they go through a pipe, at most `PART` bytes at a time and without a copy."""
    for frame in frames:
        yield len(frame).to_bytes(PREFIX, "big")
        for at in range(0, len(frame), PART):
            yield memoryview(frame)[at : at + PART]


def read_frame(pipe: BinaryIO) -> bytes:
    """Read one frame, blocking.  Raises EOFError where the pipe ends."""
    return _read_exactly(pipe, int.from_bytes(_read_exactly(pipe, PREFIX), "big"))


def verdict_of(result: Rendering | Rejected) -> tuple[bytes, bytes, bytes]:
    """Return the three frames of a finished or failed picture.

    Variants follow their picture: each frame holds what belongs to all of them, end to end.
    """
    if isinstance(result, Rejected):
        no = {"code": str(result.code), "sentence": result.sentence, "hint": result.hint}
        return json.dumps(no | {"detail": str(result)}).encode(), b"", b""
    all_of_them = (result, *result.variants)
    report = json.dumps({"pictures": [_described(each) for each in all_of_them]}).encode()
    pngs, sidecars = ([part(each) for each in all_of_them] for part in (_png, _sidecar))
    return report, b"".join(pngs), b"".join(sidecars)


def _described(one: Rendering) -> dict[str, object]:
    return {
        "width": one.width,
        "height": one.height,
        "sha256": one.sha256,
        "art": dict(one.art),
        "bytes": [len(one.png), len(one.sidecar)],
    }


def _png(one: Rendering) -> bytes:
    return one.png


def _sidecar(one: Rendering) -> bytes:
    return one.sidecar


def read_verdict(verdict: bytes, png: bytes, sidecar: bytes) -> Rendering:
    """Read what `verdict_of` wrote.

    Raises:
        Rejected: as the child raised it.
        ValueError: the frames are nonsense.
    """
    try:
        report = json.loads(verdict)
        if "code" not in report:
            first, *others = _read_all(report["pictures"], png, sidecar)
            return replace(first, variants=tuple(others))
        sentence, hint, detail = (str(report[name]) for name in ("sentence", "hint", "detail"))
        code = Code(report["code"])
    except (LookupError, TypeError, OverflowError, RecursionError) as fault:
        raise ValueError(f"unreadable verdict: {fault!r}") from fault
    raise Rejected(code, sentence, hint=hint, detail=detail)


def _read_all(pictures: list[dict[str, Any]], png: bytes, sidecar: bytes) -> Iterator[Rendering]:
    """Split the frames into a picture and its variants, by the lengths in the verdict."""
    for one in pictures:
        size = int(one["width"]), int(one["height"])
        own, beside = map(int, one["bytes"])
        if not (0 <= own <= len(png) and 0 <= beside <= len(sidecar)):
            raise ValueError("a verdict names more bytes than there are")
        yield Rendering(png[:own], *size, str(one["sha256"]), sidecar[:beside], dict(one["art"]))
        png, sidecar = png[own:], sidecar[beside:]
    if png or sidecar:
        raise ValueError("a verdict names fewer bytes than there are")


def _read_exactly(pipe: BinaryIO, size: int) -> bytes:
    content = pipe.read(size)
    if len(content) < size:
        raise EOFError
    return content
