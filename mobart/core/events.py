"""Everything that Mobart logs and counts, in one table: name, level, facts and meaning.

Names are `noun.past`.  The log, the metrics, `docs/events.md` and the tests read this table.
"""

from enum import StrEnum
from typing import Literal, Self

Level = Literal["debug", "info", "warning", "error"]
INTAKE = "request_id user_id transport prompt traceparent?"
MANY = "count request_ids user_ids transport traceparents?"
POST = "request_id? entry attempt status? seconds? detail? traceparent?"


class LogEvent(StrEnum):
    """One row per event; the names of its facts are those of `FACTS`, a `?` marks optional ones.

    An optional fact may be missing or None.
    """

    level: Level
    required: frozenset[str]
    optional: frozenset[str]
    meaning: str

    def __new__(cls, name: str, level: Level, facts: str, meaning: str) -> Self:
        """Read one row."""
        event = str.__new__(cls, name)
        event._value_ = name
        event.level = level
        event.required = frozenset(fact for fact in facts.split() if not fact.endswith("?"))
        event.optional = frozenset(fact[:-1] for fact in facts.split() if fact.endswith("?"))
        event.meaning = meaning
        return event

    # the life of a request
    REQUEST_ACCEPTED = "request.accepted", "info", INTAKE, "A new request was queued."
    REQUEST_REFUSED = (
        *("request.refused", "warning"),
        "request_id? user_id? code reason transport bytes announced",
        "A message was not taken as a request; nothing was paid.",
    )
    REQUEST_REPEATED = (
        *("request.repeated", "debug", INTAKE),
        "The id is known and its job is under way, as when another worker heard it first.",
    )
    REQUEST_REPLAYED = (
        *("request.replayed", "info", INTAKE),
        "The id is known and settled; its completion is announced again.",
    )
    REQUEST_CONFLICTED = (
        *("request.conflicted", "warning", INTAKE),
        "The id is known, with another prompt or user; the first job goes on.",
    )
    REQUESTS_ACCEPTED = (
        *("requests.accepted", "info", MANY),
        "Very many requests came at once: these were queued, in one step.",
    )
    REQUESTS_REPEATED = (
        *("requests.repeated", "debug", MANY),
        "Very many came at once whose jobs are under way, as when another worker heard them first.",
    )
    REQUEST_DERIVED = (
        *("request.derived", "info", "request_id user_id made_from traceparent?"),
        "An operator made this request from another one: to run it again, or to process its picture.",
    )
    REQUEST_CANCELLED = (
        *("request.cancelled", "info", "request_id user_id"),
        "The backend cancelled a job.",
    )
    JOB_CLAIMED = "job.claimed", "info", "stage epoch", "This worker took a job."
    JOB_RESCUED = (
        *("job.rescued", "info", "stage epoch"),
        "This worker took over a job whose worker went silent.",
    )
    JOB_PAID = (
        *("job.paid", "info", "provider ticket seconds?"),
        "The provider accepted the submit, and its ticket is stored.",
    )
    JOB_PASSED_ON = (
        *("job.passed_on", "info", "provider detail"),
        "The provider that was asked before refused, with proof; `provider` is asked next.",
    )
    JOB_DOUBTED = (
        *("job.doubted", "warning", "provider detail"),
        "A submit was sent and no answer proves what became of it.",
    )
    JOB_ADOPTED = "job.adopted", "info", "ticket", "A submit in doubt was found at the provider."
    JOB_DELAYED = (
        *("job.delayed", "info", "code detail attempt? wait_seconds?"),
        "Something that the job needs is away; it is tried again.",
    )
    PICTURE_POLLED = (
        *("picture.polled", "debug", "polls progress?"),
        "The provider was asked, and does not have the picture yet.",
    )
    PICTURE_GENERATED = (
        *("picture.generated", "info", "seconds polls"),
        "The provider has the picture.",
    )
    PICTURE_DOWNLOADED = "picture.downloaded", "info", "bytes seconds", "The picture was fetched."
    PICTURE_SPOILED = (
        *("picture.spoiled", "warning", "code detail"),
        "The picture could not be fetched or decoded; it is fetched again.",
    )
    PICTURE_RENDERED = (
        *("picture.rendered", "info", "size seconds native? cell? confidence?"),
        "The picture was processed.",
    )
    ASSET_STORED = "asset.stored", "info", "key bytes seconds", "The asset is in the bucket."
    RAW_KEPT = (
        *("raw.kept", "warning", "key bytes"),
        "The picture cannot be made into an asset; it is kept as its provider made it.",
    )
    RAW_LOST = (
        *("raw.lost", "warning", "key detail"),
        "The picture as its provider made it could not be kept; the asset is not concerned.",
    )
    KEY_TAKEN = (
        *("key.taken", "error", "key"),
        "Something else has the asset's key; the asset was stored under another one.",
    )
    JOB_FAILED = (
        *("job.failed", "warning", "code detail"),
        "The job cannot succeed; it is settled as failed next.",
    )
    JOB_CALLED_OFF = (
        *("job.called_off", "info", "provider ticket detail?"),
        "The provider was asked to stop a generation that nobody wants any more.",
    )
    JOB_SETTLED = (
        *("job.settled", "info", "outcome code paid seconds provider?"),
        "The outcome is stored and announced; `provider` is who was paid, whichever worker did so.",
    )
    JOB_CHARGED = (
        *("job.charged", "info", "provider cost"),
        "What a settled job cost: as its provider told it, else by the list of prices.",
    )
    JOB_RELEASED = "job.released", "info", "stage", "The job was given up for other workers."
    JOB_LOST = "job.lost", "warning", "detail", "The job belongs to another worker, or is settled."
    JOB_CANCELLED = (
        *("job.cancelled", "info", "stage"),
        "The job was cancelled, and its outcome announced; this worker stops working on it.",
    )
    JOB_CRASHED = (
        *("job.crashed", "error", "exc_info crashes?"),
        "The job met a bug; it is tried again, three times in all.",
    )
    # the worker
    WORKER_STARTED = "worker.started", "info", "worker version", "The worker is ready."
    WORKER_STOPPING = "worker.stopping", "info", "jobs grace", "The worker finishes what it has."
    WORKER_STOPPED = "worker.stopped", "info", "worker", "The worker is done."
    CONSUMER_REMOVED = (
        *("consumer.removed", "debug", "consumer"),
        "A worker that is gone and held nothing was forgotten.",
    )
    INTAKE_OPENED = "intake.opened", "info", "gap_seconds?", "The channels are subscribed to."
    INTAKE_INTERRUPTED = (
        *("intake.interrupted", "warning", "seconds"),
        "The subscription had a gap; what was published meanwhile may be lost.",
    )
    INTAKE_DEAFENED = (
        *("intake.deafened", "warning", ""),
        "Nothing came through the subscription any more; it is opened anew.",
    )
    REQUESTS_MISSED = (
        *("requests.missed", "warning", "count seconds"),
        "About so many requests were published in the gap; lost, unless another worker heard them.",
    )
    URGENT_INTERRUPTED = (
        *("urgent.interrupted", "warning", "seconds"),
        "The subscription for cancellations and wake-ups had a gap; those sent meanwhile are lost.",
    )
    INTAKE_PAUSED = "intake.paused", "warning", "", "An operator lets nothing new begin."
    INTAKE_RESUMED = "intake.resumed", "warning", "", "New jobs begin again."
    RENDERING_STOPPED = (
        *("rendering.stopped", "error", "detail"),
        "No process that works on pictures can be started: nothing new begins, and what is in hand is given up.",
    )
    RENDERING_RESUMED = "rendering.resumed", "warning", "", "Pictures are worked on again."
    REDIS_LOST = "redis.lost", "warning", "detail what?", "Redis cannot be reached."
    REDIS_RECOVERED = "redis.recovered", "info", "", "Redis can be reached again."
    REDIS_REPLACED = (
        *("redis.replaced", "warning", "seconds"),
        "Redis was restarted or failed over: nothing new begins until workers wrote what it lost.",
    )
    REDIS_DEMOTED = (
        *("redis.demoted", "error", ""),
        "The server became a replica: nothing can be recorded until a master is reached.",
    )
    REDIS_PROMOTED = "redis.promoted", "warning", "", "A master is reached again."
    STREAM_DAMAGED = (
        *("stream.damaged", "error", "count"),
        "Requests that wait were not in their stream any more, and were put back.",
    )
    DEPLOYMENT_CLASHED = (
        *("deployment.clashed", "error", "detail"),
        "Another deployment listens on the same channel: each request is paid twice.",
    )
    LOOP_CRASHED = "loop.crashed", "error", "loop exc_info", "A loop met a bug and goes on."
    CIRCUIT_OPENED = (
        *("circuit.opened", "error", "provider seconds detail"),
        "The provider fails for every request; it is left alone for some seconds.",
    )
    CIRCUIT_CLOSED = "circuit.closed", "warning", "provider", "The provider works again."
    # operators
    OPERATOR_SIGNED_IN = "operator.signed_in", "info", "actor", "A browser signed in."
    OPERATOR_REFUSED = "operator.refused", "warning", "", "A wrong token was given."
    OPERATOR_ACTED = (
        *("operator.acted", "warning", "actor action request_id? user_id? detail?"),
        "An operator changed something, from the page or over HTTP.",
    )
    # start-up and surroundings
    CHECK_PASSED = "check.passed", "info", "check", "A check at start-up passed."
    CHECK_WAITED = (
        *("check.waited", "info", "code detail attempt wait_seconds"),
        "Something is not there yet; it is waited for.",
    )
    CHECK_WARNED = "check.warned", "warning", "check detail", "A check found a risk."
    CHECK_FAILED = "check.failed", "error", "check detail", "A check failed; the worker stops."
    PORT_TAKEN = "port.taken", "warning", "detail?", "The HTTP port is in use; work goes on."
    LOG_FILE_FAILED = (
        *("log_file.failed", "warning", "detail"),
        "The log file cannot be written; the console goes on.",
    )
    TRACES_LOST = (
        *("traces.lost", "warning", "count detail?"),
        "The collector does not take traces; jobs are not concerned, and it is tried on.",
    )
    TRACES_SENT = (
        "traces.sent",
        "info",
        "count",
        "The collector takes traces again; so many spans were lost.",
    )
    # webhooks to the backend
    WEBHOOK_DELIVERED = "webhook.delivered", "debug", POST, "The backend took a completion."
    WEBHOOK_DELAYED = (
        *("webhook.delayed", "info", POST),
        "The backend did not take a completion; it is posted again later.",
    )
    WEBHOOK_ABANDONED = (
        *("webhook.abandoned", "error", POST),
        "The backend never took a completion; there are no more attempts.",
    )
    WEBHOOK_DISABLED = (
        "webhook.disabled",
        "error",
        POST,
        "The backend wants no more completions (410).",
    )
    WEBHOOK_CRASHED = (
        *("webhook.crashed", "error", "exc_info request_id? entry? attempt?"),
        "Delivery met a bug; it goes on.",
    )
    WEBHOOK_REDIS_LOST = (
        *("webhook.redis_lost", "warning", "detail attempt"),
        "The completions cannot be read; that is tried again.",
    )
