"""Every name that a script may use, whatever the dialect; only dialects that have a row know it."""

from mobart.local.standin import courses, faults
from mobart.local.standin.dialects.openai import rows as openai
from mobart.local.standin.dialects.piapi import rows as piapi

SUBMITS = frozenset().union(faults.SUBMITS, piapi.SUBMITS, piapi.DIFFUSIONS, openai.SUBMITS)
POLLS = frozenset().union(faults.POLLS, piapi.POLLS, piapi.JOBS)
ENDINGS = frozenset().union(courses.ENDINGS)
WORDINGS = frozenset().union(courses.WORDINGS)
