"""Every name that a script may use, whatever the dialect; only dialects that have a row know it."""

from mobart_local.standin import courses, faults
from mobart_local.standin.dialects.automatic1111 import rows as automatic1111
from mobart_local.standin.dialects.comfyui import rows as comfyui
from mobart_local.standin.dialects.fal import rows as fal
from mobart_local.standin.dialects.mjproxy import rows as mjproxy
from mobart_local.standin.dialects.openai import rows as openai
from mobart_local.standin.dialects.piapi import rows as piapi
from mobart_local.standin.dialects.replicate import rows as replicate
from mobart_local.standin.dialects.stability import rows as stability

SUBMITS = frozenset().union(
    *(faults.SUBMITS, piapi.SUBMITS, piapi.DIFFUSIONS, mjproxy.SUBMITS, openai.SUBMITS),
    *(stability.SUBMITS, automatic1111.SUBMITS, comfyui.SUBMITS, replicate.SUBMITS, fal.SUBMITS),
)
POLLS = frozenset().union(
    *(faults.POLLS, piapi.POLLS, piapi.JOBS, mjproxy.POLLS),
    *(comfyui.POLLS, replicate.POLLS, fal.POLLS),
)
ENDINGS = frozenset().union(courses.ENDINGS)
WORDINGS = frozenset().union(courses.WORDINGS)
