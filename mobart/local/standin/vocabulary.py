"""Every name that a script may use, whatever the dialect; only dialects that have a row know it."""

from mobart.local.standin import courses, faults
from mobart.local.standin.dialects.fal import rows as fal
from mobart.local.standin.dialects.openai import rows as openai
from mobart.local.standin.dialects.replicate import rows as replicate

SUBMITS = frozenset().union(faults.SUBMITS, openai.SUBMITS, replicate.SUBMITS, fal.SUBMITS)
POLLS = frozenset().union(faults.POLLS, replicate.POLLS, fal.POLLS)
ENDINGS = frozenset().union(courses.ENDINGS)
WORDINGS = frozenset().union(courses.WORDINGS)
