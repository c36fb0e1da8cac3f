"""Every part of one worker process, built once from the settings, top to bottom.

Nothing is opened here and nothing is sent; `app` does that.
"""

from mobart.assembly.parts import BACKOFF, Assembly
from mobart.assembly.problems import problems_of

__all__ = ["BACKOFF", "Assembly", "problems_of"]
