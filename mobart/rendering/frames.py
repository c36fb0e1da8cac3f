"""How a studio and its children talk: length-prefixed byte strings, over two pipes.

    parent -> child    first: paint function (pickled), limits (JSON)
                       then for each picture: recipe (pickled), raw bytes
    child  -> parent   first: empty once ready, else why not
                       then for each picture: verdict (JSON), PNG, sidecar (empty if there is none)

What comes back is data, never a pickle: a child has touched bytes from strangers.
"""

import json
from dataclasses import asdict, dataclass
from typing import BinaryIO

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected

PREFIX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLimits:
    """What one child may use: *memory* in bytes of address space, *cpu* in seconds a picture."""

    memory: int
    cpu: int

    def to_json(self) -> bytes:
        """Return the limits as a frame."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, frame: bytes) -> "ProcessLimits":
        """Read what `to_json` wrote."""
        return cls(**json.loads(frame))


def pack(*frames: bytes) -> bytes:
    """Return *frames* as they go through a pipe."""
    return b"".join(len(frame).to_bytes(PREFIX, "big") + frame for frame in frames)


def read_frame(pipe: BinaryIO) -> bytes:
    """Read one frame, blocking.  Raises EOFError where the pipe ends."""
    return _read_exactly(pipe, int.from_bytes(_read_exactly(pipe, PREFIX), "big"))


def verdict_of(result: Rendering | Rejected) -> tuple[bytes, bytes, bytes]:
    """Return the three frames that tell how a picture came out."""
    if isinstance(result, Rejected):
        no = {"code": str(result.code), "sentence": result.sentence, "detail": str(result)}
        return json.dumps(no).encode(), b"", b""
    size = {"width": result.width, "height": result.height, "sha256": result.sha256}
    return json.dumps(size).encode(), result.png, result.sidecar


def read_verdict(verdict: bytes, png: bytes, sidecar: bytes) -> Rendering:
    """Read what `verdict_of` wrote.

    Raises:
        Rejected: as the child raised it.
        ValueError: the frames are nonsense.

    """
    try:
        told = json.loads(verdict)
        if "code" not in told:
            size = int(told["width"]), int(told["height"])
            return Rendering(png, *size, str(told["sha256"]), sidecar)
        no = Rejected(Code(told["code"]), str(told["sentence"]), detail=str(told["detail"]))
    except (LookupError, TypeError, OverflowError, RecursionError) as fault:
        raise ValueError(f"unreadable verdict: {fault!r}") from fault
    raise no


def _read_exactly(pipe: BinaryIO, size: int) -> bytes:
    content = pipe.read(size)
    if len(content) < size:
        raise EOFError
    return content
