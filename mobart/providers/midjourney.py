"""What is Midjourney's own, whoever sells it: parameters, the words for how far a task is, the grid.

Pure: objects in, nouns of Mobart or `mobart.core.errors` out.
"""

import re
from collections.abc import Mapping
from typing import Any

from mobart.core.domain import Order
from mobart.core.errors import Code, Rejected
from mobart.providers.error_phrases import find_reason
from mobart.providers.fields import distinct
from mobart.providers.redaction import redact

TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
DONE = frozenset({"finished", "completed", "success"})
FAILED = frozenset({"failed", "failure", "error", "cancelled", "canceled"})

GRIDS = ("image_url", "permanent_url", "discord_image_url")
"""Fields with the whole 2x2 grid, the provider's own copy first."""
TILES = ("temporary_image_urls", "image_urls")
"""Fields with a list of the four tiles."""

FAILURE = "The image provider could not finish the picture."


def has_parameter(prompt: str, *names: str) -> bool:
    """Tell whether a prompt holds one of the parameters *names*; dashes may stand for hyphens."""
    return bool(re.search(rf"(?:--|[—–])\s*(?:{'|'.join(names)})\b", prompt, re.IGNORECASE))


def worded(order: Order, *, aspect_ratio: str = "") -> str:
    """Write the prompt with all that only a parameter can tell.

    *aspect_ratio* is given where the API has no field for it; one in the prompt itself wins.
    """
    parts = [order.prompt]
    if aspect_ratio and not has_parameter(order.prompt, "ar", "aspect"):
        parts.append(f"--ar {aspect_ratio}")
    if order.negative:
        parts.append(f"--no {order.negative}")
    return " ".join(parts)


def status_of(body: Mapping[str, Any]) -> str:
    """Return the word for how far a task is, in small letters; "" if there is none."""
    status = body.get("status")
    return status.strip().casefold() if isinstance(status, str) else ""


def failure(said: str, *prompts: str) -> Rejected:
    """Make the error for a generation that failed with the words *said*.

    Where none of the *prompts* is known, the words may quote it unseen, and are not repeated.
    """
    told = redact(said, *prompts) if any(prompts) else "words that may quote the prompt"
    detail = f"failed: {told if said else 'no message'}"
    reason = find_reason(said)
    if reason is None:
        return Rejected(Code.GENERATION_FAILED, FAILURE, detail=detail)
    return Rejected(reason.code, reason.sentence, detail=detail)


def picture_urls(result: Mapping[str, Any], *, tile: int) -> tuple[str, ...]:
    """Return all addresses of one and the same picture: the grid, or else one tile of it."""
    grids = distinct(result.get(name) for name in GRIDS)
    if grids:
        return grids
    rows = [row for name in TILES if isinstance(row := result.get(name), list) and row]
    return distinct(row[tile - 1] if len(row) >= tile else row[0] for row in rows)
