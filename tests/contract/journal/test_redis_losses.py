"""What happens to jobs when Redis loses, refuses or garbles what it was given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot

from mobart.core import wire
from mobart.core.domain import Stage
from mobart.core.errors import LeaseLost, Unavailable
from mobart.core.lifecycle import Transition
from mobart.core.ports import Acceptance, Claim, Delivery
from mobart.core.views import Batch
from mobart.journal import history, intake, record
from mobart.journal.keys import COMPLETIONS_KEPT, GROUP, RECORD_SECONDS
from mobart.journal.recent import ACCEPTED_SECONDS
from tests.support.backends import (
    DISPROVED,
    DONE,
    LEASE,
    RECEIVED,
    REQUEST,
    STARTED,
    TICKET,
    UNKNOWN,
    RedisWorld,
    WorkerView,
    settled,
)

KEPT = 10_000
"""A window that a test can fill at once; the product's is larger."""
PAYLOAD = wire.encode_request(REQUEST)


async def later(world: RedisWorld, view: WorkerView) -> Claim:
    """Take what is next, once every worker had the time of a lease to write again what it holds."""
    await view.queue.renew([])
    await world.pass_time(LEASE)
    return await view.take()


# ---------------------------------------------------------------- data lost


async def test_a_paid_job_that_redis_forgot_goes_on_without_paying_again(
    redis_world: RedisWorld,
) -> None:
    """The worker that is busy with it remembers."""
    view = await redis_world.view("a")
    claim = await view.paid()
    await redis_world.redis.flushall()
    assert await view.queue.renew([claim]) == [claim]
    again = await later(redis_world, view)
    assert (again.job.stage, again.job.ticket) == (Stage.PAID, TICKET)
    assert again.job.epoch > claim.job.epoch
    await view.journal.record(again, settled(DONE))
    assert len(await redis_world.announced()) == 1


@pytest.mark.parametrize("stage", ["accepted", "paying", "paid"])
async def test_a_job_that_redis_forgot_twice_in_a_row_is_remembered(
    redis_world: RedisWorld, stage: str
) -> None:
    """A Redis that keeps nothing may be started several times within a lease: nobody holds the job then."""
    view = await redis_world.view("a")
    await redis_world.redis.xadd(
        redis_world.keys.requests, {"request": wire.encode_request(REQUEST)}
    )
    claim = await view.take()
    for event in {"paying": [STARTED], "paid": [STARTED, RECEIVED]}.get(stage, []):
        await view.journal.record(claim, event)
    for held in ([claim], [], []):
        await redis_world.redis.flushall()
        await view.queue.renew(held)
    again = await later(redis_world, view)
    assert (again.job.stage, again.job.ticket) == (claim.job.stage, claim.job.ticket)
    assert await redis_world.outstanding() == 1


async def test_a_ticket_that_comes_while_redis_forgets_is_remembered(
    redis_world: RedisWorld,
) -> None:
    """It is all that proves the payment: once more after the loss that it met, too."""
    view = await redis_world.view("a")
    claim = await view.paying()
    for loss in range(2):
        await redis_world.redis.flushall()
        if not loss:
            with pytest.raises(LeaseLost):
                await view.journal.record(claim, RECEIVED)
        await view.queue.renew([])
    again = await later(redis_world, view)
    assert (again.job.stage, again.job.ticket) == (Stage.PAID, TICKET)


@pytest.mark.parametrize("ended", [False, True], ids=["under way", "ended"])
async def test_whose_a_ticket_is_is_written_again_with_it(
    redis_world: RedisWorld, ended: bool
) -> None:
    """A callback for another job, which is in doubt, would bring that one this one's picture."""
    view = await redis_world.view("a")
    claim = await view.paid()
    if ended:
        await view.journal.record(claim, settled(DONE))
    await redis_world.redis.flushall()
    await view.queue.renew([] if ended else [claim])
    await redis_world.pass_time(LEASE)
    other = replace(REQUEST, request_id="request-2", user_id="user-2")
    await view.intake.accept(other)
    for delivery in await view.queue.receive(2, wait=0.01):
        if other.request_id in delivery.payload.decode():
            doubted = await view.queue.claim(delivery, other)
    assert isinstance(doubted, Claim)
    await view.journal.record(doubted, STARTED)
    assert isinstance(view.journal, record.RedisJournal)
    await view.journal.adopt(other.request_id, TICKET)
    await view.journal.read(doubted)
    assert doubted.job.ticket is None


async def accepted_by_one(world: RedisWorld) -> tuple[WorkerView, WorkerView]:
    """Return a worker that accepted the request, and one that will be gone."""
    here, gone = await world.view("here"), await world.view("gone")
    await here.intake.accept(REQUEST)
    return here, gone


@pytest.mark.parametrize("event", [STARTED, RECEIVED], ids=["submit", "ticket"])
async def test_who_accepted_a_request_remembers_what_somebody_gone_paid_for_it(
    redis_world: RedisWorld, event: Transition
) -> None:
    """As of the last heartbeat, whatever Redis lost: it goes on from there."""
    here, gone = await accepted_by_one(redis_world)
    claim = await gone.take()
    await gone.journal.record(claim, STARTED)
    if event is RECEIVED:
        await gone.journal.record(claim, RECEIVED)
    await here.queue.renew([])
    await redis_world.redis.flushall()
    again = await later(redis_world, here)
    assert (again.job.stage, again.job.ticket) == (claim.job.stage, claim.job.ticket)
    assert again.job.payment_epoch == claim.job.payment_epoch


async def test_a_payment_is_remembered_for_as_long_as_the_provider_takes(
    redis_world: RedisWorld,
) -> None:
    """Accepted requests are forgotten sooner; this one cannot be paid again by who remembers it."""
    here, gone = await accepted_by_one(redis_world)
    claim = await gone.take()
    for event in (STARTED, RECEIVED):
        await gone.journal.record(claim, event)
    await here.queue.renew([])
    await redis_world.pass_time(2 * ACCEPTED_SECONDS)
    await here.queue.renew([])
    await redis_world.redis.flushall()
    again = await later(redis_world, here)
    assert (again.job.stage, again.job.ticket) == (Stage.PAID, TICKET)


async def test_what_somebody_gone_settled_is_not_accepted_again(redis_world: RedisWorld) -> None:
    """Nor paid again: its outcome was announced."""
    here, gone = await accepted_by_one(redis_world)
    claim = await gone.take()
    for event in (STARTED, RECEIVED, settled(DONE)):
        await gone.journal.record(claim, event)
    await here.queue.renew([])
    await redis_world.redis.flushall()
    await here.queue.renew([])
    assert await redis_world.outstanding() == 0


async def test_a_worker_that_is_alive_is_believed_before_who_looked_at_its_job(
    redis_world: RedisWorld,
) -> None:
    """It knows of the ticket that came since."""
    here, other = await accepted_by_one(redis_world)
    claim = await other.take()
    await other.journal.record(claim, STARTED)
    await here.queue.renew([])
    await other.journal.record(claim, RECEIVED)
    await redis_world.redis.flushall()
    await here.queue.renew([])
    await other.queue.renew([claim])
    again = await later(redis_world, here)
    assert (again.job.stage, again.job.ticket) == (Stage.PAID, TICKET)


async def test_a_job_in_doubt_that_redis_forgot_stays_in_doubt(redis_world: RedisWorld) -> None:
    """Its submit may be under way."""
    view = await redis_world.view("a")
    claim = await view.paying()
    await redis_world.redis.flushall()
    await view.queue.renew([claim])
    again = await later(redis_world, view)
    assert (again.job.stage, again.job.payment_epoch) == (Stage.PAYING, claim.job.payment_epoch)


async def test_a_ticket_brought_to_a_redis_that_forgot_the_job_is_kept(
    redis_world: RedisWorld,
) -> None:
    """The submit's answer came in before anybody noticed the loss."""
    view = await redis_world.view("a")
    claim = await view.paying()
    await redis_world.redis.flushall()
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, RECEIVED)
    again = await later(redis_world, view)
    assert (again.job.stage, again.job.ticket) == (Stage.PAID, TICKET)


async def test_a_ticket_brought_after_the_job_was_put_back_is_kept(redis_world: RedisWorld) -> None:
    """The renewal was first to notice."""
    view, other = await redis_world.view("a"), await redis_world.view("b")
    claim = await view.paying()
    await redis_world.redis.flushall()
    await view.queue.renew([claim])
    again = await later(redis_world, other)
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, RECEIVED)
    await other.journal.read(again)
    assert again.job.ticket == TICKET


async def test_the_start_of_a_payment_that_redis_forgot_is_no_right_to_pay(
    redis_world: RedisWorld,
) -> None:
    """Nothing was sent: its next owner starts anew."""
    view = await redis_world.view("a")
    claim = await view.accepted()
    await redis_world.redis.flushall()
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, STARTED)
    again = await later(redis_world, view)
    assert again.job.stage is Stage.ACCEPTED


async def test_a_disproof_brought_to_a_redis_that_forgot_the_job_is_kept(
    redis_world: RedisWorld,
) -> None:
    """What is proven is proven; the next owner need not doubt."""
    view = await redis_world.view("a")
    claim = await view.paying()
    await redis_world.redis.flushall()
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, DISPROVED)
    again = await later(redis_world, view)
    assert again.job.stage is Stage.ACCEPTED


async def test_an_outcome_brought_to_a_redis_that_forgot_the_job_is_announced_by_the_next_owner(
    redis_world: RedisWorld,
) -> None:
    """All but paying is free to repeat."""
    view = await redis_world.view("a")
    claim = await view.paid()
    await redis_world.redis.flushall()
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, settled(DONE))
    assert await redis_world.announced() == []
    again = await later(redis_world, view)
    await view.journal.record(again, settled(DONE))
    assert len(await redis_world.announced()) == 1


@pytest.mark.parametrize("claimed", [False, True])
async def test_a_request_heard_again_after_the_loss_is_not_paid_again(
    redis_world: RedisWorld,
    claimed: bool,
) -> None:
    """The backend saw Redis restart and publishes all it waits for; another worker is faster."""
    view, other = await redis_world.view("a"), await redis_world.view("b")
    claim = await view.paid()
    await redis_world.redis.flushall()
    assert await other.intake.accept(REQUEST) is Acceptance.ACCEPTED
    rival = await later(redis_world, other) if claimed else None
    assert await view.queue.renew([claim]) == [claim]
    if rival is not None:
        with pytest.raises(LeaseLost):
            await other.journal.record(rival, STARTED)
        await redis_world.pass_time(LEASE)
    again = await later(redis_world, other)
    assert (again.job.stage, again.job.ticket) == (Stage.PAID, TICKET)
    assert await redis_world.outstanding() == 1


async def test_a_rival_that_already_pays_after_the_loss_is_left_alone(
    redis_world: RedisWorld,
) -> None:
    """It is too late to stop it, so its own ticket counts."""
    view, other = await redis_world.view("a"), await redis_world.view("b")
    claim = await view.paid()
    await redis_world.redis.flushall()
    await other.intake.accept(REQUEST)
    rival = await later(redis_world, other)
    await other.journal.record(rival, STARTED)
    paid_by_rival = rival.job
    await view.queue.renew([claim])
    await other.journal.read(rival)
    assert rival.job == paid_by_rival


async def test_a_takeover_is_not_taken_for_a_loss(redis_world: RedisWorld) -> None:
    """The rescuer disproved the payment; the zombie's memory must not undo that."""
    view, other = await redis_world.view("a"), await redis_world.view("b")
    zombie = await view.paying()
    await redis_world.pass_time(LEASE)
    claim = await other.take()
    await other.journal.record(claim, DISPROVED)
    now = await redis_world.snapshot()
    assert await view.queue.renew([zombie]) == [zombie]
    assert await redis_world.snapshot() == now


async def test_a_correction_that_redis_forgot_is_still_marked_as_one(
    redis_world: RedisWorld,
) -> None:
    """Its first outcome was announced before the loss."""
    view, other = await redis_world.view("a"), await redis_world.view("b")
    late = await view.paying()
    await redis_world.pass_time(LEASE)
    await other.journal.record(await other.take(), settled(UNKNOWN))
    with pytest.raises(LeaseLost):
        await view.journal.record(late, RECEIVED)
    claim = await other.take()
    await redis_world.redis.flushall()
    await other.queue.renew([claim])
    assert (await later(redis_world, other)).job.correction


# ---------------------------------------------------------------- entries lost


async def test_a_job_whose_entry_was_deleted_is_put_back_by_its_renewal(
    redis_world: RedisWorld,
) -> None:
    """Somebody trimmed the stream; the work starts again behind the payment."""
    view = await redis_world.view("a")
    claim = await view.paid()
    await redis_world.remove(claim.entry)
    await redis_world.redis.xack(redis_world.keys.requests, GROUP, claim.entry)
    assert await view.queue.renew([claim]) == [claim]
    again = await view.take()
    assert again.job.stage is Stage.PAID
    assert again.job.epoch > claim.job.epoch
    assert await redis_world.outstanding() == 1


async def test_a_job_whose_entry_was_deleted_is_put_back_before_it_is_paid(
    redis_world: RedisWorld,
) -> None:
    """A payment needs a lease, or nobody could take it over."""
    view = await redis_world.view("a")
    claim = await view.accepted()
    await redis_world.remove(claim.entry)
    await redis_world.redis.xack(redis_world.keys.requests, GROUP, claim.entry)
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, STARTED)
    assert (await view.take()).job.stage is Stage.ACCEPTED


async def test_a_job_whose_entry_was_acknowledged_by_a_stranger_is_put_back(
    redis_world: RedisWorld,
) -> None:
    """The old entry goes, or the stream would be longer than what is outstanding."""
    view = await redis_world.view("a")
    claim = await view.paid()
    await redis_world.redis.xack(redis_world.keys.requests, GROUP, claim.entry)
    assert await view.queue.renew([claim]) == [claim]
    assert await redis_world.outstanding() == 1
    await view.take()


DAMAGES: dict[str, Callable[[Redis, str], Awaitable[Any]]] = {
    "deleted": lambda redis, stream: redis.delete(stream),
    "renamed": lambda redis, stream: redis.rename(stream, f"{stream}:old"),
    "trimmed": lambda redis, stream: redis.xtrim(stream, maxlen=0, approximate=False),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("looked_before", [True, False], ids=["in turn", "unread"])
async def test_waiting_jobs_whose_stream_was_damaged_are_put_back(
    redis_world: RedisWorld,
    damage: Callable[[Redis, str], Awaitable[Any]],
    looked_before: bool,
) -> None:
    """By who accepted them, at its next heartbeat; once, and paid for once."""
    view = await redis_world.view("a")
    await view.queue.receive(1, wait=0.01)
    await view.intake.accept(REQUEST)
    if looked_before:
        await view.take()
        await redis_world.pass_time(LEASE)
    await damage(redis_world.redis, redis_world.keys.requests)
    for _ in range(2):
        await view.queue.renew(())
        assert await redis_world.outstanding() == 1
    claim = await view.take()
    await view.journal.record(claim, STARTED)
    await view.queue.renew([claim])
    assert await redis_world.outstanding() == 1


async def test_what_others_accepted_long_ago_is_put_back_where_the_stream_is_gone(
    redis_world: RedisWorld,
) -> None:
    """By whoever finds that its group is missing, from the list of all requests; paid ones stay paid."""
    gone, view = await redis_world.view("a"), await redis_world.view("b")
    await gone.paid()
    recording = redis_world.reading().recording
    await recording.write(Batch(None, accepted={REQUEST.request_id: REQUEST.user_id}))
    await redis_world.redis.delete(redis_world.keys.requests)
    await view.queue.receive(1, wait=0.01)
    await view.queue.renew(())
    again = await view.take()
    assert (again.job.stage, again.job.ticket) == (Stage.PAID, TICKET)


@pytest.mark.parametrize("finder", [False, True], ids=["trimmed", "deleted"])
async def test_what_waited_long_comes_back_though_nobody_is_left_who_knows_of_the_damage(
    redis_world: RedisWorld, finder: bool
) -> None:
    """The oldest of a backlog were trimmed, or who found the stream gone was killed before its heartbeat."""
    gone, view = await redis_world.view("a"), await redis_world.view("b")
    await gone.intake.accept(REQUEST)
    for each in (gone, view):
        await each.queue.renew(())
    if finder:
        await redis_world.redis.delete(redis_world.keys.requests)
        await gone.queue.receive(1, wait=0.01)
    else:
        await redis_world.redis.xtrim(redis_world.keys.requests, maxlen=0, approximate=False)
    await redis_world.pass_time(ACCEPTED_SECONDS * 10)
    await view.queue.renew(())
    assert await redis_world.outstanding() == 1
    await view.take()


async def test_a_long_list_is_looked_through_over_several_heartbeats(
    redis_world: RedisWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No lease is renewed meanwhile; what somebody else put in the place of the list is looked at once."""
    monkeypatch.setattr(history, "AT_ONCE", 1)
    monkeypatch.setattr(history, "SWEPT_AT_ONCE", 2)
    gone, view = await redis_world.view("a"), await redis_world.view("b")
    await view.queue.renew(())
    requests = [replace(REQUEST, request_id=f"r-{number}") for number in range(5)]
    for request in requests:
        await gone.intake.accept(request)
    accepted = {request.request_id: request.user_id for request in requests}
    await redis_world.reading().recording.write(Batch(None, accepted=accepted))
    await redis_world.redis.xtrim(redis_world.keys.requests, maxlen=0, approximate=False)
    await redis_world.pass_time(ACCEPTED_SECONDS * 10)
    found = []
    for _ in range(4):
        await view.queue.renew(())
        found.append(await redis_world.outstanding())
    assert found == [2, 4, 5, 5]
    await redis_world.redis.set(redis_world.keys.index("all"), "theirs")
    await redis_world.pass_time(ACCEPTED_SECONDS * 10)
    assert await view.queue.renew(()) == []


async def test_a_settled_job_is_not_put_back(redis_world: RedisWorld) -> None:
    """It has no entry, as it should be."""
    view = await redis_world.view("a")
    await view.settled(DONE)
    recording = redis_world.reading().recording
    await recording.write(Batch(None, accepted={REQUEST.request_id: REQUEST.user_id}))
    await redis_world.redis.delete(redis_world.keys.requests)
    await view.queue.receive(1, wait=0.01)
    await view.queue.renew(())
    assert await redis_world.outstanding() == 0


async def test_a_waiting_job_whose_entry_was_deleted_comes_back_when_it_is_heard_again(
    redis_world: RedisWorld,
) -> None:
    """Nobody was busy with it, so nobody else could notice."""
    view = await redis_world.view("a")
    await view.intake.accept(REQUEST)
    await redis_world.redis.delete(redis_world.keys.requests)
    await redis_world.pass_time(60)
    assert await view.intake.accept(REQUEST) is Acceptance.REPEATED
    assert (await view.take()).job.epoch > 0


async def test_a_waiting_job_whose_entry_was_deleted_runs_when_it_is_added_again(
    redis_world: RedisWorld,
) -> None:
    """Through the second door as well; it was put back meanwhile, and runs once."""
    view = await redis_world.view("a")
    await view.intake.accept(REQUEST)
    await redis_world.redis.delete(redis_world.keys.requests)
    await redis_world.add(PAYLOAD)
    await view.queue.renew(())
    claims = [
        await view.queue.claim(delivery, REQUEST)
        for delivery in await view.queue.receive(2, wait=0.01)
    ]
    (claim,) = (one for one in claims if isinstance(one, Claim))
    await view.journal.record(claim, STARTED)
    assert await redis_world.outstanding() == 1


# ---------------------------------------------------------------- groups and consumers


async def test_a_group_that_is_gone_is_made_again_and_no_entry_is_missed(
    redis_world: RedisWorld,
) -> None:
    """Delivered twice rather than never; the worker that had a job loses it."""
    view = await redis_world.view("a")
    claim = await view.paid()
    await redis_world.redis.xgroup_destroy(redis_world.keys.requests, GROUP)
    assert await view.queue.renew([claim]) == [claim]
    again = await view.take()
    assert again.job.ticket == TICKET
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, settled(DONE))


async def test_without_a_stream_everything_waits_instead_of_breaking(
    redis_world: RedisWorld,
) -> None:
    """A Redis that was flushed under idle workers heals at whatever they do next."""
    view = await redis_world.view("a")
    assert list(await view.queue.retire(leaving=True)) == []
    assert list(await view.queue.rescue(1, held=())) == []
    await redis_world.redis.flushall()
    assert list(await view.queue.receive(1, wait=0.01)) == []
    assert list(await view.queue.retire()) == []


async def test_a_consumer_that_is_gone_is_forgotten_only_with_empty_hands(
    redis_world: RedisWorld,
) -> None:
    """Its entries would be lost with it."""
    redis_world.lease = 0.001
    gone, empty, view = [await redis_world.view(name) for name in ("gone", "empty", "here")]
    await redis_world.add(b"{}")
    (delivery,) = await empty.queue.receive(1, wait=0.01)
    await empty.queue.discard(delivery)
    await redis_world.add(PAYLOAD)
    await gone.queue.receive(1, wait=0.01)
    removed: list[str] = []
    while not removed:
        removed += await view.queue.retire()
    assert removed == ["empty"]
    rescued: Sequence[Delivery] = ()
    while not rescued:  # on a busy machine the entry may be younger than the lease by now
        rescued = await view.queue.rescue(1, held=())
    claim = await view.queue.claim(rescued[0], REQUEST)
    assert isinstance(claim, Claim)
    assert claim.job.epoch > 0
    while "gone" not in removed:
        removed += await view.queue.retire()


# ---------------------------------------------------------------- foreign data


@pytest.mark.parametrize(
    "fields",
    [
        {b"other": b"1"},
        {b"request": b""},
        {b"\xff\x00": b"\xff\x00", b"a": b"b"},
    ],
)
async def test_a_foreign_entry_is_delivered_as_no_request_and_can_be_discarded(
    redis_world: RedisWorld,
    fields: dict[Any, Any],
) -> None:
    """Anybody may write into a stream; nothing trips over it, and nobody is named in its refusal."""
    view, other = await redis_world.view("a"), await redis_world.view("b")
    await redis_world.redis.xadd(redis_world.keys.requests, fields)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    with pytest.raises(wire.InvalidRequest) as refused:
        wire.parse_request(delivery.payload, max_bytes=999, max_prompt_chars=99)
    assert refused.value.request_id is None
    await redis_world.pass_time(LEASE)
    (rescued,) = await other.queue.rescue(1, held=())
    assert rescued.payload == delivery.payload
    await other.queue.discard(rescued)
    assert await redis_world.outstanding() == 0


@pytest.mark.parametrize("entry", ["1-1", "18446744073709551614-1"])
async def test_a_backend_may_number_its_entries_as_it_likes(
    redis_world: RedisWorld,
    entry: str,
) -> None:
    """Their ids are not taken for times that matter."""
    view = await redis_world.view("a")
    await redis_world.redis.xadd(redis_world.keys.requests, {"request": PAYLOAD}, id=entry)
    claim = await view.take()
    await view.journal.record(claim, settled(UNKNOWN))
    assert len(await redis_world.announced()) == 1


async def test_a_deleted_entry_among_the_abandoned_is_passed_over(
    redis_world: RedisWorld,
) -> None:
    """What is left is rescued."""
    view, other = await redis_world.view("a"), await redis_world.view("b")
    for number in range(3):
        await view.intake.accept(replace(REQUEST, request_id=f"r{number}"))
    first, *rest = await view.queue.receive(9, wait=0.01)
    await redis_world.remove(first.entry)
    await redis_world.pass_time(LEASE)
    found = await other.queue.rescue(9, held=())
    assert [delivery.entry for delivery in found] == [delivery.entry for delivery in rest]


# ---------------------------------------------------------------- refusals, sizes


async def test_a_full_redis_takes_nothing_in_and_breaks_nothing(redis_world: RedisWorld) -> None:
    """What was not written can be tried again later, whole."""
    view = await redis_world.view("a")
    claim = await view.paid()
    before = await redis_world.snapshot()
    await redis_world.redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(Unavailable):
            await view.intake.accept(replace(REQUEST, request_id="next"))
        with pytest.raises(Unavailable):
            await view.journal.record(claim, settled(DONE))
        with pytest.raises(Unavailable):
            await view.intake.cancel("request-1")
    finally:
        await redis_world.redis.config_set("maxmemory", 0)
    assert await redis_world.snapshot() == before
    assert await redis_world.announced() == []
    await view.journal.record(claim, settled(DONE))
    assert len(await redis_world.announced()) == 1


async def test_the_record_of_a_settled_job_expires_and_that_of_another_does_not(
    redis_world: RedisWorld,
) -> None:
    """Thirty days are long enough to ask again."""
    view = await redis_world.view("a")
    claim = await view.paid()
    key = redis_world.keys.job("request-1")
    assert await redis_world.redis.ttl(key) == -1
    await view.journal.record(claim, settled(DONE))
    assert RECORD_SECONDS - 60 < await redis_world.redis.ttl(key) <= RECORD_SECONDS


async def test_a_record_that_is_opened_again_does_not_expire(redis_world: RedisWorld) -> None:
    """A correction takes its time."""
    view, other = await redis_world.view("a"), await redis_world.view("b")
    late = await view.paying()
    await redis_world.pass_time(LEASE)
    await other.journal.record(await other.take(), settled(UNKNOWN))
    with pytest.raises(LeaseLost):
        await view.journal.record(late, RECEIVED)
    assert await redis_world.redis.ttl(redis_world.keys.job("request-1")) == -1


async def test_all_keys_share_one_hash_slot(redis_world: RedisWorld) -> None:
    """Or the scripts would fail on a cluster."""
    keys = redis_world.keys
    names = [keys.requests, keys.completions, keys.job("a"), keys.job("b"), keys.refusal(b"m")]
    assert len({key_slot(name.encode()) for name in names}) == 1


async def test_the_completions_stream_is_trimmed(
    redis_world: RedisWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a window, not an archive."""
    monkeypatch.setattr(record, "COMPLETIONS_KEPT", KEPT)
    assert COMPLETIONS_KEPT >= KEPT
    view = await redis_world.view("a")
    fill = "for _ = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'completion', '{}') end"
    await redis_world.redis.eval(fill, 1, redis_world.keys.completions, KEPT + 1000)
    await view.settled()
    assert await redis_world.redis.xlen(redis_world.keys.completions) < KEPT + 1000


async def test_an_outcome_is_kept_beside_another_one_of_the_same_moment(
    redis_world: RedisWorld,
) -> None:
    """Another server, whose clock is behind, gave its entry's id to another completion."""
    view = await redis_world.view("a")
    await view.settled()
    redis, completions = redis_world.redis, redis_world.keys.completions
    entries: Any = await redis.xrange(completions)
    await view.queue.renew([])
    await redis.delete(redis_world.keys.history, completions)
    other: Any = {"completion": b'{"request_id":"another"}'}
    await redis.xadd(completions, other, id=entries[0][0])
    await view.queue.renew([])
    kept = [told["request_id"] for told in await redis_world.kept()]
    assert sorted(kept) == ["another", REQUEST.request_id]


async def test_no_more_cancellations_wait_for_their_requests_than_there_is_room_for(
    redis_world: RedisWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest are forgotten; and all of them, some time after the last one."""
    monkeypatch.setattr(intake, "EARLY_KEPT", 3)
    view = await redis_world.view("a")
    for number in range(5):
        await view.intake.cancel(f"r-{number}")
        await redis_world.pass_time(1)
    early = redis_world.keys.early
    kept = [redis_world.keys.job(f"r-{number}").encode() for number in (2, 3, 4)]
    assert await redis_world.redis.zrange(early, 0, -1) == kept
    assert 0 < await redis_world.redis.ttl(early) <= 3600


async def test_a_cancellation_is_known_though_a_worker_of_another_version_accepted_its_request(
    redis_world: RedisWorld,
) -> None:
    """Which knew nothing of it."""
    view = await redis_world.view("a")
    await view.intake.cancel("request-1")
    early: Any = await redis_world.redis.dump(redis_world.keys.early)
    await redis_world.redis.delete(redis_world.keys.early)
    await view.intake.accept(REQUEST)
    await redis_world.redis.restore(redis_world.keys.early, 0, early)
    assert (await view.take()).cancelled
