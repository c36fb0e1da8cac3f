"""The providers' names, as they stand in settings, presets, completions and metrics."""

from typing import Literal

ProviderName = Literal[
    "midjourney",
    "openai",
    "automatic1111",
    "comfyui",
]
