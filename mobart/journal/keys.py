"""The keys in Redis.  They share one hash tag, so that scripts may touch them on Redis Cluster."""

import hashlib
from dataclasses import dataclass

from mobart.core.domain import Ticket

GROUP = "workers"
COMPLETIONS_MS = 7 * 24 * 3600 * 1000
"""How long a completion is kept in the stream, in milliseconds."""
COMPLETIONS_KEPT = 1_000_000
"""About how many completions the stream holds at most, whatever their age: some 600 MB."""
REFUSAL_SECONDS = 3600
"""How long a refusal, and the record of a job that failed for a limit, can be read."""
REFUSALS_TOLD = 1000
"""Refusals of one user within that time that go into the completions stream; all are published."""
RECORD_SECONDS = 30 * 24 * 3600
"""How long a settled job can be read and replayed."""
GONE_AFTER_LEASES = 10
"""A consumer that is silent this many leases and holds nothing is forgotten."""
SAME_MESSAGE_MS = 2000
"""What is received of one id within this time is one message, received by many workers."""
EARLY_KEPT = 50_000
"""Cancellations of requests that nobody knows yet, as many as may be made at once; some 7 MB."""
UNDELIVERED = "undelivered"
"""Name of the index of requests whose callback the backend never took."""
RESEND_MS = 60_000
"""A stored outcome goes into the completions stream again once within this time."""
CONFLICT_MS = 60_000
"""The sender of a message whose id is taken is answered once within this time."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of keys and channels of one namespace."""

    namespace: str = "mobart"
    completed_channel: str = "image_generation_complete"

    @property
    def requests(self) -> str:
        """Return the stream of what is outstanding."""
        return f"{{{self.namespace}}}:requests"

    @property
    def completions(self) -> str:
        """Return the stream of what is settled."""
        return f"{{{self.namespace}}}:completions"

    @property
    def early(self) -> str:
        """Return the sorted set of the jobs that were cancelled before their requests came."""
        return f"{{{self.namespace}}}:early"

    def job(self, request_id: str) -> str:
        """Return the hash with everything about one job."""
        return f"{{{self.namespace}}}:job:{request_id}"

    def ticket(self, ticket: Ticket) -> str:
        """Return whose a ticket is: the key of its job."""
        return f"{{{self.namespace}}}:ticket:{ticket.provider}:{ticket.reference}"

    @property
    def history(self) -> str:
        """Return the hash that shows whether the server's data may be older than it was."""
        return f"{{{self.namespace}}}:history"

    @property
    def paused(self) -> str:
        """Return the kill switch: while it exists, nothing new begins."""
        return f"{{{self.namespace}}}:paused"

    @property
    def switched(self) -> str:
        """Return the number of the last switching of the kill switch."""
        return f"{{{self.namespace}}}:switched"

    @property
    def spent(self) -> str:
        """Return the counter of what was bought today."""
        return f"{{{self.namespace}}}:spent"

    @property
    def money(self) -> str:
        """Return the hash with what was spent today, in millionths of a USD."""
        return f"{{{self.namespace}}}:money"

    def spent_by(self, user_id: str) -> str:
        """Return the counter of what a user bought today."""
        return f"{{{self.namespace}}}:spent:{user_id}"

    def busy(self, user_id: str) -> str:
        """Return the sorted set of a user's unsettled purchases, by the time they were made."""
        return f"{{{self.namespace}}}:busy:{user_id}"

    def blocked(self, user_id: str) -> str:
        """Return the sorted set of a user's requests that moderation blocked, by the time."""
        return f"{{{self.namespace}}}:blocked:{user_id}"

    def suspended(self, user_id: str) -> str:
        """Return the mark of a user for whom nothing is bought while it exists."""
        return f"{{{self.namespace}}}:suspended:{user_id}"

    @property
    def wakeups(self) -> str:
        """Return the channel of the ids of requests whose provider called back."""
        return f"{{{self.namespace}}}:bell"

    def refused(self, request_id: str) -> str:
        """Return the refusal of a request, readable for a while."""
        return f"{{{self.namespace}}}:refused:{request_id}"

    def refusals(self, user_id: str) -> str:
        """Return the counter of a user's refusals that went into the completions stream."""
        return f"{{{self.namespace}}}:refusals:{user_id}"

    def refusal(self, message: bytes) -> str:
        """Return the short-lived marker of a message that was refused."""
        return f"{{{self.namespace}}}:refusal:{hashlib.sha256(message).hexdigest()[:32]}"

    def trail(self, request_id: str) -> str:
        """Return the list of what happened to a request."""
        return f"{{{self.namespace}}}:trail:{request_id}"

    def index(self, name: str) -> str:
        """Return the sorted set of the requests that have *name* in common, by time."""
        return f"{{{self.namespace}}}:index:{name}"

    def durations(self, kind: str) -> str:
        """Return the list of how long generations of a provider's model took."""
        return f"{{{self.namespace}}}:durations:{kind}"

    def picture(self, key: str) -> str:
        """Return a paid picture that S3 did not take, by where it belongs there."""
        return f"{{{self.namespace}}}:picture:{key}"

    @property
    def pictures(self) -> str:
        """Return the sorted set of those pictures, by the time at which each goes."""
        return f"{{{self.namespace}}}:pictures"

    @property
    def indexed(self) -> str:
        """Return the completion up to which the indexes are written."""
        return f"{{{self.namespace}}}:indexed"

    @property
    def workers(self) -> str:
        """Return the sorted set of the live workers, by the time of their last heartbeat."""
        return f"{{{self.namespace}}}:workers"

    def worker(self, name: str) -> str:
        """Return a worker's last heartbeat."""
        return f"{{{self.namespace}}}:worker:{name}"

    @property
    def stats(self) -> str:
        """Return what the names of the counters of a minute (`m:`) or an hour (`h:`) begin with."""
        return f"{{{self.namespace}}}:stats:"

    def buyers(self, day: str) -> str:
        """Return the sorted set of the users who bought on *day* (`2026-01-02`, UTC), by pictures."""
        return f"{{{self.namespace}}}:buyers:{day}"

    def payers(self, day: str) -> str:
        """Return the same, by what was spent on them, in millionths of a USD."""
        return f"{{{self.namespace}}}:payers:{day}"
