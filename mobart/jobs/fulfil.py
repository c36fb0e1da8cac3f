"""The life of one claimed job, top to bottom.

    pay at most once -> wait for the picture -> make it fit for games -> store it -> settle

Everything but paying is free to repeat (same ticket, same key, same bytes), so a worker that takes
a job over starts again behind the payment.
"""

from dataclasses import dataclass
from functools import partial

from mobart.art import Recipe
from mobart.core.copying import changed
from mobart.core.domain import Completed, Failed, Outcome, Picture, Rendering
from mobart.core.errors import Code, Rejected
from mobart.core.events import LogEvent
from mobart.core.lifecycle import Event, Transition
from mobart.core.picture_kinds import foreign_kind_of
from mobart.core.ports import Announcer, Claim, Clock, Downloads, Journal, Observer, Renderer
from mobart.core.retry import Retrier
from mobart.jobs.payment import Payment
from mobart.jobs.polling import Polling
from mobart.jobs.slots import Slot
from mobart.jobs.spec import JobContext, SpecResolver
from mobart.jobs.storing import Storing

PICTURE_PAUSES = (2.0, 4.0, 8.0, 16.0)
"""Seconds before a spoiled picture is fetched again: where it lies is often behind who says that it is there."""
PARTIAL_FROM = 3
"""The try from which on a picture is taken of which a part is missing."""
WORTH_ANOTHER_LOOK = frozenset({Code.DOWNLOAD_FAILED, Code.IMAGE_INVALID})


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """Everything one job needs; times in seconds."""

    journal: Journal
    resolver: SpecResolver
    payment: Payment
    polling: Polling
    downloads: Downloads
    renderer: Renderer[Recipe]
    storing: Storing
    announcer: Announcer
    observer: Observer
    clock: Clock
    retrier: Retrier
    job_deadline: float = 3600.0

    async def fulfil(self, claim: Claim, slot: Slot) -> None:
        """Take *claim* from wherever it stands to its announced outcome.

        *slot* is given back whenever the job only waits.

        Raises:
            LeaseLost: another worker has the job, or it is settled already.
            Paused: the operator lets nothing new begin.
        """
        try:
            context = JobContext(claim, self.resolver.resolve_job(claim.job), slot)
            await self.payment.ensure(context)
            outcome: Outcome = await self._make(context)
        except Rejected as no:
            self.observer.note(LogEvent.JOB_FAILED, code=str(no.code), detail=str(no))
            paid = False if no.refunded else self.payment.spent(claim.job)
            outcome = Failed.because(no, paid=paid, price=claim.job.price)
        await self.settle(claim, outcome)

    async def _make(self, context: JobContext) -> Completed:
        claim = context.claim
        until = claim.submitted_at + self.job_deadline
        rendering, raw_key, cost = await self._render(context, until)
        await self.announcer.progress(context.request, "storing", 95)
        asset, *variants = await self.storing.put_assets(context, rendering, until)
        if raw_key is None:
            raw_key = await self.storing.put_raw_late(context)
        return Completed(
            asset,
            preset=context.spec.preset,
            provider=claim.job.provider,
            seconds=self.clock.monotonic() - claim.claimed_at,
            variants=tuple(variants),
            art=rendering.art,
            raw_key=raw_key,
            cost=_cost_of(claim, told=cost),
        )

    async def _render(
        self, context: JobContext, until: float
    ) -> tuple[Rendering, str | None, float | None]:
        """Fetch and process the finished picture; return it, the raw one's key, and the cost if told.

        A spoiled picture is fetched again; of one that stays so, what there is of it is kept.  What is
        known as a kind of file that nobody here reads will be the same again.
        """
        request, slot, raw = context.request, context.slot, b""
        for tried, pause in enumerate((*PICTURE_PAUSES, None), 1):
            part = tried >= PARTIAL_FROM
            picture = await self.polling.await_picture(context)
            await self.announcer.progress(request, "processing", 90)
            try:
                async with slot.picture():
                    raw = await self._download(picture, slot, until, part=part)
                    recipe = self._recipe(context, grids=picture.grid, part=part)
                    made = await self._process(raw, recipe, slot, until)
                    return made, await self.storing.put_raw(context, picture, raw), picture.cost
            except Rejected as no:
                lasting = no.code not in WORTH_ANOTHER_LOOK or foreign_kind_of(raw) is not None
                if pause is None or lasting:
                    await self.storing.keep_spoiled(no, context, picture, raw, until)
                    raise
                self.observer.note(LogEvent.PICTURE_SPOILED, code=str(no.code), detail=str(no))
            raw = b""  # a job without a slot holds no picture
            slot.give_back()
            await self.clock.sleep(pause)
        raise AssertionError("unreachable")

    async def _download(self, picture: Picture, slot: Slot, until: float, *, part: bool) -> bytes:
        fetch = partial(self.downloads.fetch, picture, partial=part)
        raw, seconds = await self.retrier.timed_retry(partial(slot.transfer, fetch), until=until)
        slot.hold(len(raw))
        self.observer.note(LogEvent.PICTURE_DOWNLOADED, bytes=len(raw), seconds=seconds)
        return raw

    def _recipe(self, context: JobContext, *, grids: bool, part: bool) -> Recipe:
        native = self.payment.paints_pixel_art(context.claim.job)
        image = f"{context.request.request_id}.png"
        recipe = context.spec.recipe
        return changed(recipe, grids=grids, native=native, partial=part, image=image)

    async def _process(self, raw: bytes, recipe: Recipe, slot: Slot, until: float) -> Rendering:
        render = partial(slot.work, partial(self.renderer.render, raw, recipe), holding=True)
        rendering, seconds = await self.retrier.timed_retry(render, until=until)
        size = f"{rendering.width}x{rendering.height}"
        art = rendering.art
        self.observer.note(
            LogEvent.PICTURE_RENDERED,
            size=size,
            seconds=seconds,
            native=told_size(art.get("native")),
            cell=told_size(art.get("cell")),
            confidence=art.get("confidence"),
        )
        return rendering

    async def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Store and announce *outcome*, then log it.  Raises LeaseLost."""
        settled = Transition(Event.OUTCOME_SETTLED, outcome=outcome)
        failed = outcome if isinstance(outcome, Failed) else None
        paid = failed.paid if failed else self.payment.spent(claim.job)
        await self.retrier.retry(lambda: self.journal.record(claim, settled))
        bought = None if claim.job.reuses else claim.job.ticket
        if not claim.job.reuses:
            self.payment.note_outcome(claim.job.provider, outcome)
        if outcome.cost:
            provider, cost = claim.job.provider, round(outcome.cost, 6)
            self.observer.note(LogEvent.JOB_CHARGED, provider=provider, cost=cost)
        self.observer.note(
            LogEvent.JOB_SETTLED,
            outcome="failed" if failed else "completed",
            code=str(failed.code) if failed else "",
            paid=paid,
            seconds=round(self.clock.monotonic() - claim.claimed_at, 3),
            provider=bought.provider if bought else None,
        )


def told_size(sides: object) -> str | None:
    """Return width and height of pixel art as an event tells them; None if there are none."""
    return "x".join(f"{side:g}" for side in sides) if isinstance(sides, list | tuple) else None


def _cost_of(claim: Claim, *, told: float | None) -> float | None:
    """Return what was spent on a job: as its provider *told* it, else its price; USD."""
    if claim.job.reuses:
        return None  # another job paid for its picture, and told the cost
    return claim.job.price if told is None else told
