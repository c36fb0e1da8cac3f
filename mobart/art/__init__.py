"""The post-processor: a generated picture in, a finished game asset out.

Everything here is synchronous and pure; `render` may run in a child process that gets killed.
"""

from mobart.art.colours.palette_files import load_palettes
from mobart.art.files.faults import BadPicture, Truncated
from mobart.art.files.header import probe
from mobart.art.pipeline import develop, render
from mobart.art.presets import Preset, load_presets
from mobart.art.recipe import Recipe

__all__ = [
    "BadPicture",
    "Preset",
    "Recipe",
    "Truncated",
    "develop",
    "load_palettes",
    "load_presets",
    "probe",
    "render",
]
