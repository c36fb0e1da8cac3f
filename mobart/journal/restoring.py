"""Writing a job again that Redis lost while a worker was busy with it."""

from mobart.core import wire
from mobart.core.domain import Job
from mobart.core.ports import Claim
from mobart.journal.entries import write_known
from mobart.journal.keys import GROUP, Keys
from mobart.journal.scripts import Run


async def restore(run: Run, job: Job, claim: Claim, *, keys: Keys, at: float) -> bool:
    """Store *job*, which is that of *claim* or a later state of it, where Redis lost that.

    *run* is the script `restore`, *at* the monotonic time.  Returns whether anything was lost.
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
            GROUP,
            *write_known(job, claim.times, at=at),
        ],
    )
    return restored == 1
