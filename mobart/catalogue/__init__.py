"""Every provider there is, by the name it has in settings: how it is built, and what goes with it.

A new one is a package in `providers/` with its client and its messages, a group of settings, a
module here, a row in `LISTINGS`, and a stand-in in `local/standin/dialects/`.
"""

from collections.abc import Mapping

from mobart.catalogue import (
    automatic1111,
    comfyui,
    fal,
    legnext,
    midjourney,
    mjproxy,
    openai,
    piapi,
    replicate,
    stability,
)
from mobart.catalogue.kit import Door, Kit, Listing, Stock

__all__ = ["LISTINGS", "Door", "Kit", "Listing", "Stock"]

LISTINGS: Mapping[str, Listing] = {
    "midjourney": midjourney.LISTING,
    "piapi": piapi.LISTING,
    "legnext": legnext.LISTING,
    "midjourney-proxy": mjproxy.LISTING,
    "openai": openai.LISTING,
    "stability": stability.LISTING,
    "automatic1111": automatic1111.LISTING,
    "comfyui": comfyui.LISTING,
    "replicate": replicate.LISTING,
    "fal": fal.LISTING,
}
