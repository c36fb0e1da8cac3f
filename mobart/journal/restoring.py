"""Writing a job again that Redis lost while a worker was busy with it."""

from mobart.core import wire
from mobart.core.domain import Job
from mobart.journal.entries import write_price
from mobart.journal.keys import GROUP, Keys
from mobart.journal.scripts import Run


async def restore(run: Run, job: Job, *, keys: Keys) -> bool:
    """Store *job* as its claim knows it, where Redis lost that; return whether it did.

    *run* is the script `restore`.
    """
    request = job.request
    restored: int = await run(
        [
            keys.job(request.request_id),
            keys.requests,
            keys.spent,
            keys.spent_by(request.user_id),
            keys.busy(request.user_id),
            keys.money,
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
            GROUP,
            write_price(job.price),
        ],
    )
    return restored == 1
