"""Every name that a script may use, whatever the dialect; only dialects that have a row know it."""

from mobart.local.standin import courses, faults
from mobart.local.standin.dialects.automatic1111 import rows as automatic1111
from mobart.local.standin.dialects.comfyui import rows as comfyui
from mobart.local.standin.dialects.openai import rows as openai

SUBMITS = frozenset().union(faults.SUBMITS, openai.SUBMITS, automatic1111.SUBMITS, comfyui.SUBMITS)
POLLS = frozenset().union(faults.POLLS, comfyui.POLLS)
ENDINGS = frozenset().union(courses.ENDINGS)
WORDINGS = frozenset().union(courses.WORDINGS)
