"""What APIs call the states of a task, whichever API it is.

Each documents two or three words; others turn up in its newer versions, and at those who resell it.  A word for an
end that is not understood costs a picture: one is polled for until the deadline, and then told as late.
"""

import re
from collections.abc import Callable

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Rejected, Unavailable
from mobart.providers.fields import WHOLE, text_of

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
UNDER_WAY = frozenset(
    {
        *(
            "pending",
            "queued",
            "queuing",
            "in_queue",
            "waiting",
            "scheduled",
            "submitted",
            "accepted",
        ),
        *("created", "staged", "not_start", "initializing", "starting", "started", "booting", "ok"),
        *("running", "processing", "in_progress", "generating", "rendering", "uploading", "modal"),
        *("active", "executing", "paused", "delayed", "retry", "retrying", "retry_pending"),
    }
)
REFUSING = re.compile(
    r"fail|error|reject|refus|block|moderat|nsfw|flag|deni|declin|bann|violat|unsafe|cancel|abort|expire|invalid"
)
"""In a word that nobody knows: what is shown with it may be in place of the picture."""
_BETWEEN = re.compile(r"[\s-]+")


def status_of(body: object) -> str:
    """Return the status of a task in small letters, its words joined by `_`; "" if there is none."""
    return _BETWEEN.sub("_", text_of(body, "status").strip().casefold())


def pending(status: str, progress: int | None, read: Callable[[], Picture]) -> Pending:
    """Return that a task is under way; with the picture that *read* finds, where nobody knows its *status*.

    A picture that is there meanwhile is a preview; behind a word that is not understood it may be the end.
    """
    if status in UNDER_WAY or (progress or WHOLE) < WHOLE or REFUSING.search(status):
        return Pending(progress)
    try:
        return Pending(progress, read())
    except (Rejected, Unavailable):
        return Pending(progress)
