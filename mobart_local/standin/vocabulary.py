"""Every name that a script may use, whatever the dialect; only dialects that have a row know it."""

from mobart_local.standin import faults, task_states
from mobart_local.standin.dialects.automatic1111 import answers as automatic1111
from mobart_local.standin.dialects.comfyui import answers as comfyui
from mobart_local.standin.dialects.fal import answers as fal
from mobart_local.standin.dialects.mjproxy import answers as mjproxy
from mobart_local.standin.dialects.openai import answers as openai
from mobart_local.standin.dialects.piapi import answers as piapi
from mobart_local.standin.dialects.replicate import answers as replicate
from mobart_local.standin.dialects.stability import answers as stability

SUBMITS = frozenset().union(
    *(faults.SUBMITS, piapi.SUBMITS, piapi.DIFFUSIONS, mjproxy.SUBMITS, openai.SUBMITS),
    *(stability.SUBMITS, automatic1111.SUBMITS, comfyui.SUBMITS, replicate.SUBMITS, fal.SUBMITS),
)
POLLS = frozenset().union(
    *(faults.POLLS, piapi.POLLS, piapi.JOBS, mjproxy.POLLS),
    *(comfyui.POLLS, replicate.POLLS, fal.POLLS),
)
ENDINGS = frozenset().union(task_states.ENDINGS)
WORDINGS = frozenset().union(task_states.WORDINGS)
