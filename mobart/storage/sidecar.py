"""The JSON that is stored beside a picture."""

import json

from mobart.core.domain import Rendering


def sidecar_object(rendering: Rendering, wanted: str, key: str) -> tuple[str, bytes]:
    """Return key and text of the sidecar of a picture that is stored under *key*.

    Its text calls the picture as *wanted* does, the key that was asked for, and has to follow it
    where that one was taken.
    """
    text = rendering.sidecar
    old, new = (json.dumps(path.rpartition("/")[2]) for path in (wanted, key))
    if old != new:
        for field in ("filename", "image"):
            text = text.replace(f'"{field}": {old}'.encode(), f'"{field}": {new}'.encode())
    return f"{key.removesuffix('.png')}.json", text
