"""What is left over of something that is done: objects that refer to each other, and wait for a look for garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def left_over(*packages: str) -> Iterator[list[str]]:
    """List, in the end, what of *packages* was left over inside: functions with all they knew, and objects."""
    found = list[str]()
    gc.collect()
    before, debug = len(gc.garbage), gc.get_debug()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.disable()
    try:
        yield found
        gc.collect()
        found += filter(None, (_name(one, packages) for one in gc.garbage[before:]))
    finally:
        del gc.garbage[before:]
        gc.set_debug(debug)
        gc.enable()


def _name(one: object, packages: tuple[str, ...]) -> str:
    """Name a frame by its function, and all else by its type; nothing if it is of another package."""
    if isinstance(one, FrameType):
        module, name = str(one.f_globals.get("__name__")), one.f_code.co_name
    else:
        module, name = type(one).__module__, type(one).__qualname__
    inside = any(f"{module}.".startswith(f"{package}.") for package in packages)
    return f"{module}.{name}" if inside else ""
