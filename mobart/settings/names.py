"""The providers' names, as they stand in settings, presets, completions and metrics."""

from typing import Literal

ProviderName = Literal[
    "midjourney",
    "piapi",
    "legnext",
    "midjourney-proxy",
    "openai",
    "stability",
    "automatic1111",
    "comfyui",
    "replicate",
    "fal",
]
