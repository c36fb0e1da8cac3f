"""Every provider there is, by the name it has in settings: how it is built, and what goes with it.

A new one is a package in `providers/` with its client and its messages, a group of settings, a
module here, a row in `LISTINGS`, and a stand-in in `local/standin/dialects/`.
"""

from collections.abc import Mapping

from mobart.providers.automatic1111.build import LISTING as AUTOMATIC1111
from mobart.providers.comfyui.build import LISTING as COMFYUI
from mobart.providers.fal.build import LISTING as FAL
from mobart.providers.goapi.build import LISTING as GOAPI
from mobart.providers.legnext.build import LISTING as LEGNEXT
from mobart.providers.mjproxy.build import LISTING as MJPROXY
from mobart.providers.openai.build import LISTING as OPENAI
from mobart.providers.piapi.build import LISTING as PIAPI
from mobart.providers.replicate.build import LISTING as REPLICATE
from mobart.providers.spec import Door, Kit, Listing, Stock
from mobart.providers.stability.build import LISTING as STABILITY

__all__ = ["LISTINGS", "Door", "Kit", "Listing", "Stock"]

LISTINGS: Mapping[str, Listing] = {
    "midjourney": GOAPI,
    "piapi": PIAPI,
    "legnext": LEGNEXT,
    "midjourney-proxy": MJPROXY,
    "openai": OPENAI,
    "stability": STABILITY,
    "automatic1111": AUTOMATIC1111,
    "comfyui": COMFYUI,
    "replicate": REPLICATE,
    "fal": FAL,
}
