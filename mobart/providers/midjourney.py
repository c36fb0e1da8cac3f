"""What is Midjourney's own, whichever API sells it: parameters, the 2x2 grid.

Pure: objects in, nouns of Mobart or `mobart.core.errors` out.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mobart.core.orders import Order
from mobart.providers.fields import addresses_in, addresses_of

GRIDS = ("image_url", "permanent_url", "discord_image_url")
"""Fields with the whole 2x2 grid, the provider's own copy first."""
IMAGE = "image"
_REFERENCE = re.compile(r"^(https?://\S+\s+)+|\s*--(?:cref|oref|sref)\s+https?://\S+")
TILES = ("temporary_image_urls", "image_urls")
"""Fields with a list of the four tiles."""


def with_reference(order: Order, how: str) -> Order:
    """Return *order* with the picture it goes by in its prompt.

    *how* is `image`, which stands for an image prompt, or the parameter that takes the address.
    """
    if order.reference is None:
        return order
    address, prompt = order.reference.address, order.prompt
    text = f"{address} {prompt}" if how == IMAGE else f"{prompt} --{how} {address}"
    return replace(order, prompt=text)


def without_reference(prompt: str) -> str:
    """Return a prompt without the picture it goes by, whose address is another each time."""
    return _REFERENCE.sub("", prompt)


def has_parameter(prompt: str, *names: str) -> bool:
    """Return whether a prompt holds one of the parameters *names*; dashes may stand for hyphens."""
    return bool(re.search(rf"(?:--|[—–])\s*(?:{'|'.join(names)})\b", prompt, re.IGNORECASE))


def prompt_of(order: Order, *, aspect_ratio: str = "") -> str:
    """Write the prompt with all that only a parameter can say.

    *aspect_ratio* is given where the API has no field for it; one in the prompt itself wins, and so
    does what the prompt excludes by `--no`.
    """
    parts = [order.prompt]
    if aspect_ratio and not has_parameter(order.prompt, "ar", "aspect"):
        parts.append(f"--ar {aspect_ratio}")
    if order.negative and not has_parameter(order.prompt, "no"):
        parts.append(f"--no {order.negative}")
    return " ".join(parts)


def picture_urls(result: Mapping[str, Any], *, tile: int) -> tuple[str, ...]:
    """Return all addresses of one and the same picture: the grid, or else one tile of it."""
    grids = [address for name in GRIDS for address in addresses_of(result.get(name))[:1]]
    rows = [row for name in TILES if (row := addresses_of(result.get(name)))]
    tiles = [row[tile - 1] if len(row) >= tile else row[0] for row in rows]
    return tuple(dict.fromkeys(grids or tiles or addresses_in(result)[:1]))
