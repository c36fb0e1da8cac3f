"""Things a child may be told to do instead of rendering; each is imported by the child."""

import ctypes
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected


def rendering_of(png: bytes) -> Rendering:
    """Return a rendering of *png*."""
    return Rendering(png, 1, 1, hashlib.sha256(png).hexdigest())


def copy(raw: bytes, _: object) -> Rendering:
    """Return the bytes as they came."""
    return rendering_of(raw)


def obey(raw: bytes, recipe: object) -> Rendering:
    """Do what *raw* says, most of which ends badly."""
    word, _, rest = raw.decode().partition(" ")
    deeds: dict[str, Callable[[], object]] = {
        "crash": lambda: ctypes.string_at(0),
        "eat": lambda: bytearray(2**40),
        "exit": lambda: os._exit(7),
        "loop": loop,
        "raise": lambda: os.environ["MISSING"],
        "refuse": refuse,
        "swallow": swallow,
        "print": lambda: print("not an answer", flush=True),  # noqa: T201 - on purpose
        "once": lambda: crash_once(Path(rest)),
        "freeze": lambda: os.kill(os.getpid(), signal.SIGSTOP),
        "freeze-once": lambda: freeze_once(Path(rest)),
        "starve": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "starve-once": lambda: starve_once(Path(rest)),
    }
    deeds[word]()
    return rendering_of(repr(recipe).encode())


def loop() -> None:
    """Never come back, without any pause in which a signal could be heard."""
    while True:
        sum(range(10**7))


def refuse() -> None:
    """Refuse the picture in so many words."""
    raise Rejected(Code.IMAGE_TOO_LARGE, "Too large.", detail="by far")


def swallow() -> None:
    """Make a refusal of a want of memory, as careful code might."""
    try:
        bytearray(2**40)
    except MemoryError as short:
        raise Rejected(Code.PROCESSING_FAILED, "No.") from short


def crash_once(marker: Path) -> None:
    """Crash unless *marker* is there, which is left behind."""
    if not marker.exists():
        marker.touch()
        ctypes.string_at(0)


def freeze_once(marker: Path) -> None:
    """Stop in its tracks unless *marker* is there."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGSTOP)


def starve_once(marker: Path) -> None:
    """Be killed as the system kills for want of memory, unless *marker* is there."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def only_simple(raw: bytes, recipe: object) -> Rendering:
    """Fail as *raw* says unless the recipe is `simple`."""
    return rendering_of(b"simple") if recipe == "simple" else obey(raw, recipe)


def report(_: bytes, __: object) -> Rendering:
    """Return what can be seen from inside a child."""
    seen = {
        "pid": os.getpid(),
        "niceness": os.nice(0),
        "modules": sorted(sys.modules),
        "environ": dict(os.environ),
        "files": sorted(int(file.name) for file in Path("/proc/self/fd").glob("*")),
    }
    return rendering_of(json.dumps(seen).encode())


def hang(raw: bytes, _: object) -> Rendering:
    """Say hello at the named pipe *raw*, and hold on to it forever; nothing if there is none."""
    if not raw:
        return rendering_of(b"")
    with Path(raw.decode()).open("w") as pipe:
        print("here", file=pipe, flush=True)
        while True:
            signal.pause()


def falter(raw: bytes, recipe: object) -> Rendering:
    """Report, but crash first if *raw* names a file that is not there yet."""
    if raw:
        crash_once(Path(raw.decode()))
    return report(raw, recipe)


def grind(raw: bytes, _: object) -> Rendering:
    """Say hello at the named pipe *raw*, then never let another thread of this process run."""
    with Path(raw.decode()).open("w") as pipe:
        print("here", file=pipe, flush=True)
        return rendering_of(str(sum(range(10**13))).encode())


def burn(raw: bytes, _: object) -> Rendering:
    """Use as many seconds of CPU as *raw* says; return how many this process has used."""
    until = time.process_time() + float(raw)
    while time.process_time() < until:
        sum(range(1000))
    return rendering_of(str(time.process_time()).encode())
