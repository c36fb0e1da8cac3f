"""Writing a job again that Redis lost while a worker was busy with it."""

from mobart.core import wire
from mobart.core.domain import Job
from mobart.journal.keys import Keys
from mobart.journal.scripts import Run


async def restore(run: Run, job: Job, *, entry: str, keys: Keys) -> None:
    """Store *job* as its claim on *entry* knows it, where Redis knows less.

    *run* is the script `restore`.
    """
    request = job.request
    await run(
        [
            keys.job(request.request_id),
            keys.requests,
            keys.spent,
            keys.spent_by(request.user_id),
            keys.busy(request.user_id),
        ],
        [
            wire.encode_request(request),
            wire.fingerprint(request),
            str(job.stage),
            job.epoch,
            job.payment_epoch,
            job.provider,
            job.ticket.reference if job.ticket else "",
            "1" if job.correction else "",
            entry,
        ],
    )
