"""What APIs call the states of a task, whichever API it is.

Each documents two or three words; others turn up in its newer versions, and at those who resell it.  A word for an
end that is not understood costs a picture: one is polled for until the deadline, and then told as late.
"""

import re

from mobart.providers.fields import text_of

DONE = frozenset(
    {"finished", "completed", "complete", "success", "succeeded", "successful", "done", "ready"}
)
FAILED = frozenset(
    {
        *("failed", "failure", "error", "errored", "rejected", "refused", "terminated"),
        *("cancelled", "canceled", "cancel", "aborted", "expired", "timeout", "timed_out"),
        *("blocked", "moderated", "content_moderated", "request_moderated", "content_filtered"),
    }
)
_BETWEEN = re.compile(r"[\s-]+")


def status_of(body: object) -> str:
    """Return the status of a task in small letters, its words joined by `_`; "" if there is none."""
    return _BETWEEN.sub("_", text_of(body, "status").strip().casefold())
