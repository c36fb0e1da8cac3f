"""When a worker at work looks for garbage: objects that refer to each other, and nobody refers to them.

Python looks when many more objects were made than were freed.  A thousand jobs that poll make as many as
they free, so it looks seldom, and then at most of what all of them have, which holds up the event loop.
"""

import gc
from itertools import count

from mobart.core.ports import Clock

THRESHOLDS = (3_000, 5, 40_000)
"""As `gc.set_threshold` takes them: a look at all the objects of a thousand jobs holds up the event loop for
0.1 s, and by Python's own numbers there is one every few seconds; by these every few hours.  Looks of the second
kind are at 15,000 objects: at 100,000 they took 40 ms on a busy machine, and found next to nothing."""
EVERY = 0.1
"""Seconds between two looks at what was made since.  With a thousand jobs that poll, half of them take less than
0.2 ms; the longest takes 4 ms instead of 12 by `THRESHOLDS` alone, of the second kind 15 instead of 24, while
all jobs begin at once; all together as long (two busy cores, half a minute)."""
YOUNG = 5
"""Looks of which the last is at what was left over by the others as well."""
ALL = 6_000
"""Looks of which the last is at all, which makes ten minutes: what lived for a second and is garbage then, as an
error that was waited out, or a connection that has ended, is found by no other.  Beside the jobs it goes through
what `journal.recent` remembers: with its most, 50,000 outcomes, it took 0.2 s or more on a busy machine."""


def look_rarely_at_all() -> None:
    """Leave alone what was built and loaded until now, and look at the rest as `THRESHOLDS` says."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


async def look_for_garbage(clock: Clock) -> None:
    """Look at what was made since the last look, and now and then at all, until cancelled."""
    for look in count(1):
        await clock.sleep(EVERY)
        gc.collect(int(look % YOUNG == 0) if look % ALL else 2)
