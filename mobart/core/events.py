"""Everything Mobart says about itself, in one list: `noun.past`, facts go beside it as keys.

The same events feed the log and the metrics.
"""

from enum import StrEnum


class LogEvent(StrEnum):
    """Names of log events."""

    # the life of a request
    REQUEST_ACCEPTED = "request.accepted"
    REQUEST_REFUSED = "request.refused"
    REQUEST_REPEATED = "request.repeated"
    REQUEST_REPLAYED = "request.replayed"
    REQUEST_CONFLICTED = "request.conflicted"
    REQUEST_CANCELLED = "request.cancelled"
    JOB_CLAIMED = "job.claimed"
    JOB_RESCUED = "job.rescued"
    JOB_PAID = "job.paid"
    JOB_PASSED_ON = "job.passed_on"
    JOB_DOUBTED = "job.doubted"
    JOB_ADOPTED = "job.adopted"
    JOB_DELAYED = "job.delayed"
    JOB_PROGRESSED = "job.progressed"
    PICTURE_GENERATED = "picture.generated"
    PICTURE_DOWNLOADED = "picture.downloaded"
    PICTURE_SPOILED = "picture.spoiled"
    PICTURE_RENDERED = "picture.rendered"
    ASSET_STORED = "asset.stored"
    KEY_TAKEN = "key.taken"
    JOB_FAILED = "job.failed"
    JOB_CALLED_OFF = "job.called_off"
    JOB_SETTLED = "job.settled"
    JOB_RELEASED = "job.released"
    JOB_LOST = "job.lost"
    JOB_CRASHED = "job.crashed"
    # the worker
    WORKER_STARTED = "worker.started"
    WORKER_STOPPING = "worker.stopping"
    WORKER_STOPPED = "worker.stopped"
    CONSUMER_REMOVED = "consumer.removed"
    INTAKE_OPENED = "intake.opened"
    INTAKE_INTERRUPTED = "intake.interrupted"
    INTAKE_DEAFENED = "intake.deafened"
    INTAKE_PAUSED = "intake.paused"
    INTAKE_RESUMED = "intake.resumed"
    REDIS_LOST = "redis.lost"
    REDIS_RECOVERED = "redis.recovered"
    LOOP_CRASHED = "loop.crashed"
    CIRCUIT_OPENED = "circuit.opened"
    CIRCUIT_CLOSED = "circuit.closed"
    # start-up and surroundings
    CHECK_PASSED = "check.passed"
    CHECK_WAITED = "check.waited"
    CHECK_WARNED = "check.warned"
    CHECK_FAILED = "check.failed"
    PORT_TAKEN = "port.taken"
    LOG_FILE_FAILED = "log_file.failed"
