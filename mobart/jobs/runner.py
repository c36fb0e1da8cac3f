"""One delivery of the request stream, from its opening to the end of its job on this worker."""

import asyncio
from dataclasses import dataclass

from mobart.core.domain import Failed, GenerationRequest
from mobart.core.errors import Cancelled, Code, LeaseLost, MobartError, Paused
from mobart.core.events import LogEvent
from mobart.core.ports import Acceptance, Claim, Delivery, JobQueue, Journal, Observer
from mobart.core.subject import about
from mobart.core.wire import InvalidRequest
from mobart.jobs.admission import Admission
from mobart.jobs.fulfil import Fulfilment
from mobart.jobs.kill_switch import KillSwitch
from mobart.jobs.running import RunningJobs
from mobart.jobs.slots import Slot
from mobart.prompts.redaction import hidden

MAX_CRASHES = 3
"""Unexpected errors after which a job is settled as failed instead of tried again."""
BROKEN = "An internal error occurred."


@dataclass(frozen=True, slots=True)
class JobRunner:
    """Opens deliveries and works on their jobs; no failure of one job disturbs another."""

    queue: JobQueue
    journal: Journal
    admission: Admission
    fulfilment: Fulfilment
    observer: Observer
    running: RunningJobs
    kill_switch: KillSwitch
    stopping: asyncio.Event

    async def run(self, delivery: Delivery, slot: Slot) -> None:
        """Work on *delivery*, and close *slot* in the end; raises nothing.

        Where the job could not be ended, its entry stays this worker's until the lease ends; then
        it is rescued, by this worker or another.
        """
        request, no = self.admission.read(delivery.payload)
        prompt, ids = "", {"request_id": request.request_id, "user_id": request.user_id}
        if isinstance(request, GenerationRequest):
            prompt = request.prompt
            ids |= {"traceparent": request.traceparent} if request.traceparent else {}
        with about(**ids), hidden(prompt):
            try:
                await self._open(delivery, request, no, slot)
            except Paused:
                self.kill_switch.set(paused=True)
            except MobartError as error:
                self.observer.note(LogEvent.JOB_LOST, detail=f"{type(error).__name__}: {error}")
            except Exception as error:  # noqa: BLE001 - a bug must not cost the other jobs
                self.observer.note(LogEvent.JOB_CRASHED, exc_info=error)
            finally:
                slot.close()

    async def _open(
        self,
        delivery: Delivery,
        entry: GenerationRequest | InvalidRequest,
        no: InvalidRequest | None,
        slot: Slot,
    ) -> None:
        request = await self.admission.take(entry, no, delivery.payload)
        if request is None:
            await self.queue.discard(delivery)
            return
        claim = await self.queue.claim(delivery, request)
        if isinstance(claim, Acceptance):
            await self.admission.conclude(claim, request, delivery.payload, transport="stream")
        elif claim is not None:
            if claim.accepted:
                await self.admission.conclude(
                    Acceptance.ACCEPTED, request, delivery.payload, transport="stream"
                )
            event = LogEvent.JOB_RESCUED if delivery.rescued else LogEvent.JOB_CLAIMED
            self.observer.note(event, stage=str(claim.job.stage), epoch=claim.job.epoch)
            if claim.cancelled:
                await self.admission.cancel(request.request_id)
                return
            self.running.keep(claim)
            await self._work_on(claim, slot)

    async def _work_on(self, claim: Claim, slot: Slot) -> None:
        """Fulfil a job, or let it go: it was lost, nothing may begin, or the worker leaves."""
        if self.stopping.is_set():
            await self._release(claim)
            return
        try:
            await self.fulfilment.fulfil(claim, slot)
        except asyncio.CancelledError:
            if claim in self.running.lost:
                await self._note_loss(claim, LeaseLost("the renewal was refused"))
            else:
                await self._release(claim)
        except Paused:
            await self._release(claim)
            raise
        except LeaseLost as lost:
            await self._note_loss(claim, lost)
        except MobartError:
            raise
        except Exception as error:  # noqa: BLE001 - counted, so that it does not go on forever
            await self._count_crash(claim, error)

    async def _note_loss(self, claim: Claim, lost: LeaseLost) -> None:
        """Log that the job is no longer this worker's.  Raises LeaseLost, unless it was cancelled."""
        self.running.lost.add(claim)  # a renewal that is refused meanwhile does not cut this short
        try:
            await self.journal.read(claim)
        except Cancelled:
            self.observer.note(LogEvent.JOB_CANCELLED, stage=str(claim.job.stage))
            return
        except MobartError:
            pass
        raise lost

    async def _release(self, claim: Claim) -> None:
        await self.queue.release(claim)
        self.observer.note(LogEvent.JOB_RELEASED, stage=str(claim.job.stage))

    async def _count_crash(self, claim: Claim, error: Exception) -> None:
        """Leave a job that met a bug to be rescued, or settle it when that happens too often."""
        crashes = await self.queue.count_crash(claim)
        self.observer.note(LogEvent.JOB_CRASHED, crashes=crashes, exc_info=error)
        if crashes >= MAX_CRASHES:
            outcome = Failed(Code.INTERNAL, BROKEN, paid=self.fulfilment.payment.spent(claim.job))
            await self.fulfilment.settle(claim, outcome)
