"""Every name that a script may use, whatever the dialect; only dialects that have a row know it."""

from mobart.local.standin import courses, faults
from mobart.local.standin.dialects.openai import rows as openai

SUBMITS = frozenset().union(faults.SUBMITS, openai.SUBMITS)
POLLS = frozenset().union(faults.POLLS)
ENDINGS = frozenset().union(courses.ENDINGS)
WORDINGS = frozenset().union(courses.WORDINGS)
