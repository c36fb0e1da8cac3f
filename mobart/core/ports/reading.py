"""What happened, written down for operators and read by them; no job depends on it."""

from collections.abc import Sequence
from typing import Protocol

from mobart.core.views import (
    Batch,
    Bucket,
    Failures,
    Moment,
    Page,
    Query,
    RequestView,
    Spending,
    UserView,
    WorkerStatus,
)


class Recording(Protocol):
    """Keeps timelines, the state of workers, and counts."""

    async def write(self, batch: Batch) -> None:
        """Add *batch* to what is kept, and list what was settled meanwhile.  Raises Unavailable."""


class RequestReads(Protocol):
    """Requests as they stand.  All methods raise Unavailable."""

    async def find(self, request_id: str) -> RequestView | None:
        """Return one request; None if it was never heard of, or is forgotten."""

    async def timeline(self, request_id: str) -> Sequence[Moment]:
        """Return what happened to a request, oldest first."""

    async def list_requests(self, query: Query) -> Page:
        """Return settled and outstanding requests, newest first."""

    async def list_live(self, limit: int) -> Sequence[RequestView]:
        """Return the requests that are not settled, oldest first."""


class StatusReads(Protocol):
    """The deployment as it stands.  All methods raise Unavailable."""

    async def workers(self) -> Sequence[WorkerStatus]:
        """Return what each live worker told last, by name."""

    async def failures(self, *, since: float) -> Sequence[Failures]:
        """Count what failed since then, the most frequent code first."""

    async def spending(self, *, days: int = 1) -> Spending:
        """Return what was bought on the last *days*, up to `DAYS_KEPT`, by provider and user."""

    async def history(self, *, minutes: int) -> Sequence[Bucket]:
        """Return what was counted in the last *minutes*, by the minute or, beyond 120, the hour."""


class UserReads(Protocol):
    """One user as the limits know it."""

    async def user(self, user_id: str) -> UserView:
        """Return it, also for a user nobody heard of.  Raises Unavailable."""

    async def paused(self) -> bool:
        """Whether the kill switch is on.  Raises Unavailable."""

    async def outstanding(self) -> int:
        """Count the requests that are not settled.  Raises Unavailable."""
