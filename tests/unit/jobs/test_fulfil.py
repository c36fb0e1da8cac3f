"""The life of one claimed job: paid once, told once, and paid work is kept."""

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal
from unittest.mock import AsyncMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Stage, Ticket
from mobart.core.errors import Code, LeaseLost, Rejected, Unavailable
from mobart.core.events import LogEvent
from mobart.core.lifecycle import Event, Transition
from mobart.core.policy import Backoff
from mobart.core.ports import Claim
from mobart.core.retry import Retrier
from mobart.jobs.fulfil import PARTIAL_FROM, PICTURE_PAUSES, Fulfilment
from mobart.jobs.payment import Payment
from mobart.jobs.polling import Polling
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.slots import Slots
from mobart.jobs.storing import Storing
from mobart.jobs.terms import Terms
from mobart.jobs.wakeups import NoWakeups
from mobart.testing.downloads import MemoryDownloads
from mobart.testing.providers import Course, MemoryProvider
from mobart.testing.storage import MemoryStore
from tests.support.backends import LEASE, REQUEST, MemoryWorld, WorkerView
from tests.support.clocks import SimulatedClock
from tests.support.fakes import InstantStudio, Progress
from tests.support.garbage import left_over
from tests.support.jobs import RESOLVER, NotedCancellations, in_hand
from tests.support.observers import Notes

SPOILED = Rejected(Code.IMAGE_INVALID, "The picture is broken.")
AWAY = Unavailable(Code.DOWNLOAD_FAILED, "The picture cannot be fetched.")


@dataclass(slots=True)
class Setup:
    """Everything in memory around one worker."""

    world: MemoryWorld
    view: WorkerView
    provider: MemoryProvider
    downloads: MemoryDownloads
    renderer: InstantStudio
    store: MemoryStore
    progress: Progress
    notes: Notes
    fulfilment: Fulfilment

    async def told(self) -> dict[str, Any]:
        """Return the one outcome that was announced."""
        (message,) = await self.world.announced()
        return dict(message)


async def make_setup(
    course: Course | None = None,
    *,
    failures: Iterable[Rejected | Unavailable] = (),
    lookup: Lookup = Lookup.NONE,
    generation_timeout: float = 900.0,
    clock: SimulatedClock | None = None,
    keep_raw: bool = False,
    store: MemoryStore | None = None,
    variants: int = 0,
    free: bool = False,
    idempotent: bool = False,
    price: float | None = None,
) -> Setup:
    """Open one."""
    world, notes, progress = MemoryWorld(clock or SimulatedClock()), Notes(), Progress()
    view = await world.view("a")
    provider = MemoryProvider(
        default=course,
        capabilities=Capabilities(
            lookup=lookup,
            submit_timeout=5.0,
            generation_timeout=generation_timeout,
            free=free,
            idempotent=idempotent,
        ),
    )
    router = ProviderRouter({provider.name: provider})
    downloads = MemoryDownloads(default=b"raw", failures=failures)
    renderer, store = InstantStudio(variants=variants), store or MemoryStore()
    retrier = Retrier(world.clock, notes, Backoff(base=0.5, cap=30.0))
    payment = Payment(
        view.journal,
        router,
        NotedCancellations(),
        notes,
        world.clock,
        retrier,
        Terms(lease=LEASE),
        price_of=lambda *_: price,
    )
    polling = Polling(router, NoWakeups(world.clock), progress, notes, world.clock)
    fulfilment = Fulfilment(
        journal=view.journal,
        resolver=RESOLVER,
        payment=payment,
        polling=polling,
        downloads=downloads,
        renderer=renderer,
        storing=Storing(store, store, polling, downloads, retrier, notes, keep_raw=keep_raw),
        announcer=progress,
        observer=notes,
        clock=world.clock,
        retrier=retrier,
    )
    return Setup(world, view, provider, downloads, renderer, store, progress, notes, fulfilment)


async def fulfilled(setup: Setup, claim: Claim | None = None) -> dict[str, Any]:
    """Take a job to its end and return what was announced."""
    await setup.fulfilment.fulfil(claim or await setup.view.accepted(), Slots(1).open())
    assert await setup.world.outstanding() == 0
    return await setup.told()


async def test_a_request_becomes_a_picture_in_the_store_and_a_message() -> None:
    """The whole way."""
    open_shop = await make_setup()
    message = await fulfilled(open_shop)
    assert message["status"] == "completed"
    assert message["s3_key"] == "generated/user-1/request-1.png"
    assert open_shop.store.objects == {"generated/user-1/request-1.png": b"raw"}
    assert open_shop.renderer.names == ["request-1.png"]
    assert open_shop.provider.payments("request-1") == 1
    assert message["generation_time_seconds"] == open_shop.world.clock.seconds - 1000.0


async def test_a_key_that_another_picture_has_is_told_and_logged() -> None:
    """The message names where the picture is, and somebody should look why."""
    open_shop = await make_setup()
    open_shop.store.objects["generated/user-1/request-1.png"] = b"another"
    message = await fulfilled(open_shop)
    assert open_shop.store.objects["generated/user-1/request-1.png"] == b"another"
    assert open_shop.store.objects[message["s3_key"]] == b"raw"
    (taken,) = open_shop.notes.of(LogEvent.KEY_TAKEN)
    assert taken == {"key": "generated/user-1/request-1.png"}


class JumpingClock(SimulatedClock):
    """A clock whose wall clock is put an hour forward or back in every wait."""

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        self.astray = 3600.0 if self.astray <= 0 else -3600.0
        await SimulatedClock.sleep(self, seconds)


async def test_a_wall_clock_that_jumps_changes_nothing_but_timestamps() -> None:
    """Durations, deadlines and polls go by the other clock."""
    steady, jumping = [
        await make_setup(Course(pending=9), failures=[AWAY, AWAY], clock=clock)
        for clock in (SimulatedClock(), JumpingClock())
    ]
    told, told_astray = await fulfilled(steady), await fulfilled(jumping)
    assert told.pop("timestamp") != told_astray.pop("timestamp")
    assert told_astray == told
    assert told["generation_time_seconds"] > 0
    assert jumping.world.clock.slept == steady.world.clock.slept
    assert jumping.notes.events == steady.notes.events


async def test_progress_only_ever_grows_and_ends_below_a_hundred() -> None:
    """The last step is the completion itself."""
    open_shop = await make_setup(Course(pending=9))
    await fulfilled(open_shop)
    percents = [percent for _, _, percent in open_shop.progress.told]
    assert percents == sorted(percents)
    assert percents[-1] == 95


async def test_polling_survives_a_provider_that_is_away() -> None:
    """It never pays again for it."""
    open_shop = await make_setup(Course(away=5))
    assert (await fulfilled(open_shop))["status"] == "completed"
    assert len(open_shop.provider.ledger) == 1


async def test_a_generation_that_fails_is_announced_as_paid() -> None:
    """With the provider's code."""
    open_shop = await make_setup(Course(ending="fail"))
    message = await fulfilled(open_shop)
    assert (message["error_code"], message["paid"]) == ("generation_failed", True)


async def test_a_failure_of_a_free_generator_cost_nothing() -> None:
    """`paid` is about money."""
    message = await fulfilled(await make_setup(Course(ending="fail"), free=True))
    assert (message["status"], message["paid"]) == ("failed", False)


async def test_a_failure_that_was_paid_back_cost_nothing() -> None:
    """As its provider tells it."""
    open_shop = await make_setup(Course(ending="refund"))
    message = await fulfilled(open_shop)
    assert (message["error_code"], message["paid"]) == ("generation_failed", False)


@pytest.mark.parametrize(
    ("price", "told", "cost"), [(0.05, None, 0.05), (0.05, 0.03, 0.03), (None, 0.03, 0.03)]
)
async def test_a_picture_tells_what_it_cost(
    price: float | None, told: float | None, cost: float
) -> None:
    """As its provider told it, else by the list of prices; it is counted once."""
    open_shop = await make_setup(Course(cost=told), price=price)
    assert (await fulfilled(open_shop))["cost"] == cost
    assert await open_shop.world.spent() == round(cost * 1_000_000)
    assert open_shop.notes.of(LogEvent.JOB_CHARGED) == [{"provider": "memory", "cost": cost}]


async def test_a_picture_without_a_known_price_tells_none() -> None:
    """Nothing is better than a guess."""
    open_shop = await make_setup()
    assert "cost" not in await fulfilled(open_shop)
    assert open_shop.notes.of(LogEvent.JOB_CHARGED) == []


async def test_a_free_picture_tells_that_it_cost_nothing() -> None:
    """Whatever the list says."""
    open_shop = await make_setup(price=0.05, free=True)
    assert (await fulfilled(open_shop))["cost"] == 0
    assert await open_shop.world.spent() == 0


@pytest.mark.parametrize(
    ("ending", "cost"), [("fail", 0.05), ("refund", None)], ids=["paid", "paid back"]
)
async def test_a_failure_tells_what_was_spent_on_it(
    ending: Literal["fail", "refund"], cost: float | None
) -> None:
    """What was paid back is not spent, and can be spent again."""
    open_shop = await make_setup(Course(ending=ending), price=0.05)
    assert (await fulfilled(open_shop)).get("cost") == cost
    assert await open_shop.world.spent() == round((cost or 0) * 1_000_000)


@pytest.mark.parametrize("submit", ["lose request", "lose answer"])
async def test_a_lost_submit_is_sent_again_where_its_key_is_known(
    submit: Literal["lose request", "lose answer"],
) -> None:
    """Whether the first arrived or not, one picture is bought, and the backend gets it."""
    open_shop = await make_setup(idempotent=True)
    open_shop.provider.plan("request-1", Course(submit=submit), Course())
    message = await fulfilled(open_shop)
    assert message["status"] == "completed"
    assert open_shop.provider.payments("request-1") == 1
    assert len(open_shop.provider.ledger) == 2


async def test_a_submit_is_not_sent_again_without_the_picture_it_refers_to() -> None:
    """It would be another order; whoever took the job over has not fetched it."""
    open_shop = await make_setup(idempotent=True)
    request = replace(REQUEST, options={"reference": "https://x.example/a.png"})
    await open_shop.view.intake.accept(request)
    (delivery,) = await open_shop.view.queue.receive(1, wait=0.01)
    claim = await open_shop.view.queue.claim(delivery, request)
    assert isinstance(claim, Claim)
    started = Transition(Event.PAYMENT_STARTED, provider=open_shop.provider.name)
    await open_shop.view.journal.record(claim, started)
    message = await fulfilled(open_shop, claim)
    assert message["error_code"] == "submit_unknown"
    assert open_shop.provider.ledger == []


@pytest.mark.parametrize("answer", ["refuse", "busy", "lose request"])
async def test_what_refuses_a_repeated_submit_proves_nothing_of_the_first(
    answer: Literal["refuse", "busy", "lose request"],
) -> None:
    """The first may have taken the last credit; so the doubt stays, until a ticket or the deadline."""
    open_shop = await make_setup(idempotent=True)
    open_shop.provider.plan("request-1", Course(submit="lose request"), Course(submit=answer))
    message = await fulfilled(open_shop)
    assert (message["error_code"], message["paid"]) == ("submit_unknown", "unknown")
    assert open_shop.world.clock.seconds >= 1000.0 + 3600.0


async def test_a_generation_that_never_ends_is_given_up_at_its_deadline() -> None:
    """After a last look there."""
    open_shop = await make_setup(Course(ending="never"), generation_timeout=100.0)
    message = await fulfilled(open_shop)
    assert (message["error_code"], message["paid"]) == ("provider_timeout", True)
    assert open_shop.world.clock.seconds == pytest.approx(1100.0)


async def test_a_picture_that_is_done_is_fetched_even_after_the_deadline() -> None:
    """The job was taken over late, and paid for."""
    open_shop = await make_setup(Course(pending=0), generation_timeout=100.0)
    claim = await open_shop.view.accepted()
    await open_shop.fulfilment.payment.ensure(in_hand(claim))
    await open_shop.world.pass_time(5000.0)
    assert (await fulfilled(open_shop, claim))["status"] == "completed"


async def test_a_refusal_is_announced_as_not_paid() -> None:
    """It cost nothing."""
    message = await fulfilled(await make_setup(Course(submit="refuse")))
    assert (message["error_code"], message["paid"]) == ("provider_rejected", False)


async def test_a_doubt_is_announced_as_one() -> None:
    """Nobody knows, and nobody claims to."""
    message = await fulfilled(await make_setup(Course(submit="lose answer")))
    assert (message["error_code"], message["paid"]) == ("submit_unknown", "unknown")
    assert message["retryable"] is False


async def test_a_spoiled_picture_is_fetched_again() -> None:
    """It was cut on the way, perhaps."""
    open_shop = await make_setup(failures=[AWAY, SPOILED])
    open_shop.renderer.failures = [SPOILED]
    assert (await fulfilled(open_shop))["status"] == "completed"
    assert len(open_shop.notes.of(LogEvent.PICTURE_SPOILED)) == 2


async def test_a_picture_that_is_not_there_yet_is_waited_for() -> None:
    """A network of servers may take half a minute to have what was just made."""
    gone = Rejected(Code.DOWNLOAD_FAILED, "HTTP 404")
    open_shop = await make_setup(failures=[gone] * len(PICTURE_PAUSES))
    before = open_shop.world.clock.seconds
    assert (await fulfilled(open_shop))["status"] == "completed"
    assert open_shop.world.clock.seconds - before >= sum(PICTURE_PAUSES)


async def test_a_picture_that_stays_spoiled_is_given_up() -> None:
    """And owned up to as paid."""
    open_shop = await make_setup(failures=[SPOILED] * (len(PICTURE_PAUSES) + 1))
    message = await fulfilled(open_shop)
    assert (message["error_code"], message["paid"]) == ("image_invalid", True)


async def test_of_a_picture_that_stays_incomplete_what_there_is_is_kept() -> None:
    """It is paid for, and was fetched again in vain."""
    open_shop = await make_setup()
    open_shop.renderer.incomplete = True
    assert (await fulfilled(open_shop))["status"] == "completed"
    assert len(open_shop.downloads.fetched) == PARTIAL_FROM


class BrokenLine(MemoryDownloads):
    """Downloads over a line that always breaks, and of which a part can be had."""

    async def fetch(self, picture: Picture, *, partial: bool = False) -> bytes:
        """See `Downloads`."""
        if not partial:
            raise AWAY
        return await super().fetch(picture)


async def test_of_a_picture_whose_line_always_breaks_a_part_is_kept_at_the_deadline() -> None:
    """Until then the rest may come."""
    open_shop = await make_setup()
    broken = replace(open_shop.fulfilment, downloads=BrokenLine(default=b"part"))
    await broken.fulfil(await open_shop.view.accepted(), Slots(1).open())
    assert (await open_shop.told())["status"] == "completed"
    assert open_shop.renderer.rendered == [b"part"]


async def test_a_file_of_a_kind_that_nobody_reads_is_not_fetched_again() -> None:
    """It will be the same, and the player waits for the answer."""
    open_shop = await make_setup()
    open_shop.renderer.failures = [Rejected(Code.IMAGE_INVALID, "It could not be read.")] * 2
    heic = MemoryDownloads(default=b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    given = replace(open_shop.fulfilment, downloads=heic)
    await given.fulfil(await open_shop.view.accepted(), Slots(1).open())
    assert (await open_shop.told())["error_code"] == "image_invalid"
    assert len(heic.fetched) == 1


async def test_a_picture_that_is_too_large_is_not_fetched_again() -> None:
    """It will not get smaller."""
    open_shop = await make_setup(failures=[Rejected(Code.IMAGE_TOO_LARGE, "Too large.")])
    assert (await fulfilled(open_shop))["error_code"] == "image_too_large"


async def test_a_store_that_is_away_is_waited_out() -> None:
    """Paid work is kept; one picture is stored."""
    open_shop = await make_setup()
    open_shop.store.away = 20
    assert (await fulfilled(open_shop))["status"] == "completed"
    assert len(open_shop.store.objects) == 1


async def test_whoever_takes_a_paid_job_over_finishes_it_without_paying() -> None:
    """From behind the payment."""
    open_shop = await make_setup()
    await open_shop.fulfilment.payment.ensure(in_hand(await open_shop.view.accepted()))
    await open_shop.world.pass_time(LEASE)
    heir = await open_shop.world.view("b")
    assert (await fulfilled(open_shop, await heir.take()))["status"] == "completed"
    assert len(open_shop.provider.ledger) == 1


@pytest.mark.parametrize(
    ("course", "failures"),
    [
        (Course(submit="busy"), ()),
        (Course(submit="lose answer"), ()),
        (Course(submit="refuse"), ()),
        (Course(ending="fail"), ()),
        (Course(away=2), ()),
        (Course(), (Unavailable(Code.DOWNLOAD_FAILED, "Away."),)),
        (Course(), (Rejected(Code.IMAGE_INVALID, "Spoiled."),)),
    ],
    ids=["busy", "lost", "refused", "failed", "away", "not fetched", "spoiled"],
)
async def test_a_job_that_met_a_failure_leaves_nothing_in_memory(
    course: Course, failures: tuple[Rejected | Unavailable, ...]
) -> None:
    """What an error knows of a job, by its traceback, would wait for a look at all of a worker's objects."""
    open_shop = await make_setup(failures=failures)
    open_shop.provider.plan("request-1", course, Course())
    with left_over("mobart", "tenacity") as found:
        await fulfilled(open_shop)
        await open_shop.view.queue.renew([])  # it has no jobs any more
        await asyncio.sleep(0)  # and tasks that have ended are forgotten by the event loop
    assert found == []


class PausingClock(SimulatedClock):
    """A clock that counts, in each wait, who knows of *picture*."""

    picture = bytes(1000)

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        self.known = [sys.getrefcount(self.picture), *getattr(self, "known", ())]
        await super().sleep(seconds)


async def test_a_job_that_waits_to_fetch_its_picture_again_has_none_in_memory() -> None:
    """It has no slot meanwhile, and hundreds may wait so."""
    clock = PausingClock()
    open_shop = await make_setup(clock=clock)
    open_shop.downloads.default = clock.picture
    open_shop.renderer.failures = [Rejected(Code.IMAGE_INVALID, "Spoiled.")]
    assert (await fulfilled(open_shop))["status"] == "completed"
    assert len(set(clock.known)) == 1


async def test_a_worker_that_lost_its_job_announces_nothing() -> None:
    """The one that has it will."""
    open_shop = await make_setup()
    zombie = await open_shop.view.accepted()
    await open_shop.fulfilment.payment.ensure(in_hand(zombie))
    await open_shop.world.pass_time(LEASE)
    await (await open_shop.world.view("b")).take()
    with pytest.raises(LeaseLost):
        await open_shop.fulfilment.fulfil(zombie, Slots(1).open())
    assert await open_shop.world.announced() == []


courses = st.builds(
    Course,
    submit=st.sampled_from(["accept", "refuse", "busy", "lose request", "lose answer"]),
    ending=st.sampled_from(["finish", "fail", "never"]),
    pending=st.integers(0, 5),
    away=st.integers(0, 5),
    listed=st.booleans(),
)


@given(
    course=courses,
    lookup=st.sampled_from(Lookup),
    failures=st.lists(st.sampled_from([SPOILED, AWAY]), max_size=5),
    away=st.integers(0, 5),
)
async def test_whatever_goes_wrong_there_is_one_honest_outcome_and_one_payment_at_most(
    course: Course, lookup: Lookup, failures: list[Rejected | Unavailable], away: int
) -> None:
    """What it says about money is true."""
    open_shop = await make_setup(course, failures=failures, lookup=lookup)
    open_shop.store.away = away
    claim = await open_shop.view.accepted()
    message = await fulfilled(open_shop, claim)
    payments = open_shop.provider.payments("request-1")
    assert payments <= 1
    assert claim.job.stage is Stage.SETTLED
    if message["status"] == "completed":
        assert payments == 1
    elif message["paid"] != "unknown":
        assert message["paid"] is bool(payments)


async def test_an_answer_that_nobody_can_read_is_not_told_as_a_timeout() -> None:
    """A timeout invites to try again, and this would fail again, and be paid again."""
    open_shop = await make_setup(generation_timeout=100.0)

    async def unreadable(_: Ticket) -> Pending | Picture:
        raise Unavailable(Code.PROVIDER_BAD_RESPONSE, "The answer makes no sense.")

    open_shop.provider.poll = unreadable  # type: ignore[method-assign, assignment]
    message = await fulfilled(open_shop)
    assert (message["error_code"], message["paid"]) == ("provider_bad_response", True)
    assert (message["retryable"], message["who"]) == (False, "operator")


@pytest.mark.parametrize("code", ["provider_auth", "provider_credit"])
async def test_polls_that_are_refused_until_the_end_are_not_told_as_a_timeout(code: str) -> None:
    """An operator has to act; whoever tries again meanwhile pays again."""
    setup = await make_setup(generation_timeout=100.0)

    async def refused(_: Ticket) -> Pending | Picture:
        raise Unavailable(Code(code), "No.")

    setup.provider.poll = refused  # type: ignore[method-assign, assignment]
    message = await fulfilled(setup)
    assert (message["error_code"], message["paid"]) == (code, True)
    assert message["who"] == "operator"


async def test_a_picture_behind_a_status_that_nobody_knows_is_taken_at_the_deadline() -> None:
    """It is paid for, and nothing better comes."""
    setup = await make_setup(generation_timeout=100.0)
    poll = setup.provider.poll

    async def reviewed(ticket: Ticket) -> Pending | Picture:
        told = await poll(ticket)
        return Pending(so_far=told) if isinstance(told, Picture) else told

    setup.provider.poll = reviewed  # type: ignore[method-assign]
    message = await fulfilled(setup)
    assert message["status"] == "completed"


async def test_all_pictures_that_were_asked_for_become_assets() -> None:
    """The first under the contract's key, the others beside it, each told with its own key."""
    setup = await make_setup(variants=2)
    told = await fulfilled(setup)
    stem = told["s3_key"].removesuffix(".png")
    assert [one["s3_key"] for one in told["variants"]] == [f"{stem}~2.png", f"{stem}~3.png"]
    assert setup.store.objects[f"{stem}~3.png"] == b"1"
    assert told["art"] == {"grid": "none"}


async def test_a_single_picture_has_no_variants() -> None:
    """Nor a raw picture, unless that is wanted."""
    told = await fulfilled(await make_setup())
    assert not {"variants", "raw_key"} & set(told)


async def test_the_raw_picture_is_kept_where_that_is_wanted() -> None:
    """So that it can be processed again without being paid for again."""
    setup = await make_setup(keep_raw=True)
    told = await fulfilled(setup)
    assert setup.store.objects[told["raw_key"]] == b"raw"


async def test_a_paid_picture_that_nobody_reads_is_kept_and_told() -> None:
    """What it is, and where it is; nothing is kept where that is not wanted."""
    foreign = Rejected(Code.IMAGE_INVALID, "It could not be read.", hint="It is HEIC.")
    for keep_raw in (True, False):
        setup = await make_setup(keep_raw=keep_raw)
        setup.renderer.failures = [foreign] * (len(PICTURE_PAUSES) + 1)
        told = await fulfilled(setup)
        assert (told["error_code"], told["paid"], told["retryable"]) == (
            "image_invalid",
            True,
            False,
        )
        key = "raw/user-1/request-1"
        assert told["detail"] == (
            f"It is HEIC. What came is kept as {key}." if keep_raw else "It is HEIC."
        )
        assert setup.store.objects == ({key: b"raw"} if keep_raw else {})
        assert len(setup.notes.of(LogEvent.RAW_KEPT)) == keep_raw
        foreign.hint = "It is HEIC."


class NoRaw(MemoryStore):
    """A store that takes no raw pictures."""

    async def put_raw(self, key: str, raw: bytes) -> None:
        """Refuse for good."""
        raise Rejected(Code.STORAGE_DENIED, "No.", detail=f"{key}: {len(raw)} bytes")


async def test_a_raw_picture_that_cannot_be_kept_costs_nobody_the_asset() -> None:
    """It is tried once, and logged."""
    setup = await make_setup(keep_raw=True, store=NoRaw())
    told = await fulfilled(setup)
    assert told["status"] == "completed"
    assert "raw_key" not in told
    assert setup.notes.of(LogEvent.RAW_LOST)
    assert len(setup.downloads.fetched) == 1


async def test_a_raw_picture_for_which_the_store_is_away_is_stored_behind_the_asset() -> None:
    """It is fetched again, since nobody has both in memory for as long as a store may be away."""
    setup = await make_setup(keep_raw=True)
    setup.store.away = 5
    told = await fulfilled(setup)
    assert setup.store.objects[told["raw_key"]] == b"raw"
    assert len(setup.downloads.fetched) == 2
    assert not setup.notes.of(LogEvent.RAW_LOST)


async def test_a_raw_picture_that_is_gone_when_the_store_is_back_is_told() -> None:
    """The asset is there, and is announced."""
    setup = await make_setup(keep_raw=True)
    setup.store.away = 5
    setup.provider.plan("request-1", Course(pending=0, gone_after=1))
    told = await fulfilled(setup)
    assert (told["status"], told.get("raw_key")) == ("completed", None)
    assert setup.notes.of(LogEvent.RAW_LOST)


async def test_a_picture_that_the_raw_store_had_not_taken_is_stored_behind_the_asset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As if it had taken it at once, whether copies are wanted or not: it has no other place."""
    setup = await make_setup()
    unstored = AsyncMock(return_value=Picture(("data:,raw",), unstored=True))
    monkeypatch.setattr(setup.provider, "poll", unstored)
    told = await fulfilled(setup)
    assert setup.store.objects[told["raw_key"]] == b"raw"


async def test_a_picture_that_nobody_reads_waits_for_the_store_that_keeps_it() -> None:
    """It is all that there is for the money."""
    setup = await make_setup(keep_raw=True)
    setup.store.away = 5
    setup.renderer.failures = [Rejected(Code.IMAGE_TOO_LARGE, "It is too large.")]
    told = await fulfilled(setup)
    assert told["detail"] == "What came is kept as raw/user-1/request-1."
    assert setup.store.objects == {"raw/user-1/request-1": b"raw"}
