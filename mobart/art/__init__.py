"""The post-processor: a generated picture in, a finished game asset out.

Everything here is synchronous and pure; `render` may run in a child process that gets killed.
"""

from mobart.art.artwork import Artwork
from mobart.art.colours.palette_files import load_palettes
from mobart.art.files.faults import BadPicture, Truncated
from mobart.art.files.header import Header, probe
from mobart.art.pipeline import develop, develop_all, render, seal
from mobart.art.presets import Preset, load_presets
from mobart.art.recipe import Recipe

__all__ = [
    "Artwork",
    "BadPicture",
    "Header",
    "Preset",
    "Recipe",
    "Truncated",
    "develop",
    "develop_all",
    "load_palettes",
    "load_presets",
    "probe",
    "render",
    "seal",
]
