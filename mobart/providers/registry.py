"""Every provider there is, by the name it has in settings: how it is built, and what goes with it.

A new one is a package in `providers/` with its client and its messages, a group of settings, a
module here, a row in `PROVIDERS`, and a stand-in in `local/standin/dialects/`.
"""

from collections.abc import Mapping

from mobart.providers.automatic1111.build import SPEC as AUTOMATIC1111
from mobart.providers.comfyui.build import SPEC as COMFYUI
from mobart.providers.fal.build import SPEC as FAL
from mobart.providers.goapi.build import SPEC as GOAPI
from mobart.providers.legnext.build import SPEC as LEGNEXT
from mobart.providers.mjproxy.build import SPEC as MJPROXY
from mobart.providers.openai.build import SPEC as OPENAI
from mobart.providers.piapi.build import SPEC as PIAPI
from mobart.providers.replicate.build import SPEC as REPLICATE
from mobart.providers.spec import ProviderSpec
from mobart.providers.stability.build import SPEC as STABILITY

PROVIDERS: Mapping[str, ProviderSpec] = {
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
