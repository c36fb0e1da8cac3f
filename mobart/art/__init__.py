"""The post-processor: a generated picture in, a finished game asset out.

Everything here is synchronous and pure; `render` may run in a child process that gets killed.
"""

from mobart.art.faults import BadPicture, Truncated
from mobart.art.header import Header, probe
from mobart.art.pipeline import render
from mobart.art.recipe import Recipe

__all__ = ["BadPicture", "Header", "Recipe", "Truncated", "probe", "render"]
