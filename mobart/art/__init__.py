"""The post-processor: a generated picture in, a finished game asset out.

Everything here is synchronous and pure; `pipeline.render` may run in a child process that gets killed.
What is named here loads neither numpy nor Pillow, which only those need that make pictures.
"""

from mobart.art.colours.palette_files import load_palettes
from mobart.art.files.faults import BadPicture, Truncated
from mobart.art.files.header import probe
from mobart.art.presets import Preset, load_presets
from mobart.art.recipe import Recipe

__all__ = [
    "BadPicture",
    "Preset",
    "Recipe",
    "Truncated",
    "load_palettes",
    "load_presets",
    "probe",
]
