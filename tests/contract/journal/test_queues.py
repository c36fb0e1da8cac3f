"""What every `Queue` promises: each entry to one worker at a time, and none is forgotten."""

import asyncio
from dataclasses import replace

from mobart.core import wire
from mobart.core.domain import Stage
from mobart.core.ports import Acceptance, Claim
from tests.support.backends import (
    DONE,
    LEASE,
    NO,
    RECEIVED,
    REQUEST,
    STARTED,
    TICKET,
    World,
    settled,
)

PAYLOAD = wire.encode_request(REQUEST)


# ---------------------------------------------------------------- receive


async def test_an_empty_queue_yields_nothing(world: World) -> None:
    """After the wait, without an error."""
    view = await world.view("a")
    assert list(await view.queue.receive(5, wait=0.01)) == []


async def test_a_worker_gets_no_more_than_it_has_room_for(world: World) -> None:
    """The rest is there for others; what waits is the backpressure."""
    view, other = await world.view("a"), await world.view("b")
    for number in range(5):
        await view.intake.accept(replace(REQUEST, request_id=f"r{number}"))
    mine = await view.queue.receive(2, wait=0.01)
    others = await other.queue.receive(9, wait=0.01)
    assert (len(mine), len(others)) == (2, 3)
    assert len({delivery.entry for delivery in (*mine, *others)}) == 5


async def test_requests_come_out_in_the_order_they_came_in(world: World) -> None:
    """First come, first served."""
    view = await world.view("a")
    for number in range(4):
        await view.intake.accept(replace(REQUEST, request_id=f"r{number}"))
    deliveries = await view.queue.receive(9, wait=0.01)
    requests = [wire.decode_request(delivery.payload) for delivery in deliveries]
    assert [request.request_id for request in requests] == ["r0", "r1", "r2", "r3"]
    assert not any(delivery.rescued for delivery in deliveries)


async def test_what_was_added_before_the_first_worker_came_is_received(world: World) -> None:
    """A backend may start first."""
    await world.add(PAYLOAD)
    view = await world.view("a")
    assert len(await view.queue.receive(9, wait=0.01)) == 1


# ---------------------------------------------------------------- claim


async def test_a_claim_opens_an_epoch(world: World) -> None:
    """Of a job that stands where it was accepted."""
    view = await world.view("a")
    claim = await view.accepted()
    assert (claim.job.stage, claim.job.payment_epoch) == (Stage.ACCEPTED, 0)
    assert claim.job.epoch > 0
    assert claim.request == REQUEST
    assert claim.claimed_at == world.clock.monotonic()
    assert claim.paying_at is claim.paid_at is None


async def test_a_request_added_by_the_backend_itself_is_claimed_like_any_other(
    world: World,
) -> None:
    """The stream is the second door."""
    view = await world.view("a")
    await world.add(PAYLOAD)
    claim = await view.take()
    assert claim.job.epoch > 0
    await view.journal.record(claim, settled(NO))
    assert len(await world.announced()) == 1
    assert await world.outstanding() == 0


async def test_a_request_that_came_through_both_doors_runs_once(world: World) -> None:
    """The second entry is dropped."""
    view = await world.view("a")
    await view.intake.accept(REQUEST)
    await world.add(PAYLOAD)
    first, second = await view.queue.receive(9, wait=0.01)
    claim = await view.queue.claim(first, REQUEST)
    assert isinstance(claim, Claim)
    assert await view.queue.claim(second, REQUEST) is Acceptance.REPEATED
    assert await world.outstanding() == 1
    assert await view.queue.renew([claim]) == []


async def test_the_same_request_added_twice_runs_once_whichever_comes_first(world: World) -> None:
    """Two workers get an entry each."""
    view, other = await world.view("a"), await world.view("b")
    await world.add(PAYLOAD)
    await world.add(PAYLOAD)
    (first,) = await view.queue.receive(1, wait=0.01)
    (second,) = await other.queue.receive(1, wait=0.01)
    assert isinstance(await other.queue.claim(second, REQUEST), Claim)
    assert await view.queue.claim(first, REQUEST) is Acceptance.REPEATED
    assert await world.outstanding() == 1


async def test_a_finished_request_added_again_is_announced_again(world: World) -> None:
    """As one that is heard again."""
    view = await world.view("a")
    await view.settled()
    await world.pass_time(60)
    await world.add(PAYLOAD)
    (again,) = await view.queue.receive(1, wait=0.01)
    assert await view.queue.claim(again, REQUEST) is Acceptance.REPLAYED
    first, second = await world.announced()
    assert second == first | {"duplicate": True}
    assert await world.outstanding() == 0


async def test_an_entry_with_anothers_id_is_dropped_as_a_conflict(world: World) -> None:
    """Its sender chose an id that is taken."""
    view = await world.view("a")
    claim = await view.paid()
    other = replace(REQUEST, prompt="a blue fox")
    await world.add(wire.encode_request(other))
    (delivery,) = await view.queue.receive(1, wait=0.01)
    assert await view.queue.claim(delivery, other) is Acceptance.CONFLICTED
    assert await world.outstanding() == 1
    await view.journal.record(claim, settled(DONE))
    assert [message["status"] for message in await world.announced()] == ["completed"]


async def test_a_delivery_that_somebody_else_took_meanwhile_is_not_claimed(world: World) -> None:
    """Its first holder was asleep before it could open it."""
    view, other = await world.view("a"), await world.view("b")
    await view.intake.accept(REQUEST)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    await world.pass_time(LEASE)
    claim = await other.take()
    assert await view.queue.claim(delivery, REQUEST) is None
    assert await other.queue.renew([claim]) == []


async def test_a_delivery_of_what_is_settled_by_now_is_not_claimed(world: World) -> None:
    """It was cancelled between the two."""
    view = await world.view("a")
    await view.intake.accept(REQUEST)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    await view.intake.cancel("request-1")
    assert await view.queue.claim(delivery, REQUEST) is None
    assert len(await world.announced()) == 1


async def test_many_jobs_are_claimed_by_many_workers_each_once(world: World) -> None:
    """A worker that has room takes what is next."""
    desks = [await world.view(f"worker-{number}") for number in range(4)]
    requests = [replace(REQUEST, request_id=f"r{number}") for number in range(40)]
    await asyncio.gather(*(desks[0].intake.accept(request) for request in requests))
    deliveries = await asyncio.gather(*(view.queue.receive(15, wait=0.01) for view in desks))
    taken = [delivery for batch in deliveries for delivery in batch]
    assert len(taken) == 40
    assert len({delivery.entry for delivery in taken}) == 40


# ---------------------------------------------------------------- rescue


async def test_a_job_is_not_rescued_before_its_lease_is_over(world: World) -> None:
    """Its owner may be well."""
    view, other = await world.view("a"), await world.view("b")
    await view.accepted()
    await world.pass_time(LEASE - 1)
    assert list(await other.queue.rescue(9, held=())) == []


async def test_a_job_that_nobody_renewed_is_rescued_where_it_stood(world: World) -> None:
    """With its ticket and its times, in a new epoch."""
    view, other = await world.view("a"), await world.view("b")
    began = world.clock.monotonic()
    first = (await view.paid()).job
    await world.pass_time(LEASE)
    (delivery,) = await other.queue.rescue(9, held=())
    assert delivery.rescued
    claim = await other.queue.claim(delivery, REQUEST)
    assert isinstance(claim, Claim)
    assert (claim.job.stage, claim.job.payment_epoch) == (Stage.PAID, first.payment_epoch)
    assert claim.job.epoch > first.epoch
    assert claim.job.ticket == TICKET
    assert claim.paid_at is not None
    for at in (claim.claimed_at, claim.submitted_at, claim.paid_at):
        assert abs(at - began) < 1.0


async def test_one_rescuer_gets_a_job(world: World) -> None:
    """However many look."""
    desks = [await world.view(f"worker-{number}") for number in range(4)]
    await desks[0].accepted()
    await world.pass_time(LEASE)
    found = await asyncio.gather(*(view.queue.rescue(9, held=()) for view in desks))
    assert sum(map(len, found)) == 1


async def test_a_rescued_job_is_left_alone_for_another_lease(world: World) -> None:
    """The takeover counts as a renewal."""
    view, other = await world.view("a"), await world.view("b")
    await view.accepted()
    await world.pass_time(LEASE)
    await other.queue.rescue(9, held=())
    assert list(await view.queue.rescue(9, held=())) == []


async def test_a_worker_does_not_rescue_what_it_holds(world: World) -> None:
    """It is late with renewing, and still at work."""
    view = await world.view("a")
    claim = await view.accepted()
    await world.pass_time(LEASE)
    assert list(await view.queue.rescue(9, held=[claim.entry])) == []
    await view.journal.record(claim, STARTED)


async def test_a_rescuer_takes_no_more_than_it_has_room_for(world: World) -> None:
    """The next one takes the rest."""
    view, other = await world.view("a"), await world.view("b")
    for number in range(5):
        await view.intake.accept(replace(REQUEST, request_id=f"r{number}"))
    await view.queue.receive(9, wait=0.01)
    await world.pass_time(LEASE)
    assert len(await other.queue.rescue(2, held=())) == 2
    assert len(await view.queue.rescue(9, held=())) == 3


async def test_what_a_worker_holds_does_not_hide_what_it_could_rescue(world: World) -> None:
    """Even where the room is smaller than what it holds."""
    view, other = await world.view("a"), await world.view("b")
    for number in range(6):
        await view.intake.accept(replace(REQUEST, request_id=f"r{number}"))
    mine = await view.queue.receive(4, wait=0.01)
    theirs = await other.queue.receive(2, wait=0.01)
    await world.pass_time(LEASE)
    held = [delivery.entry for delivery in mine]
    found = await view.queue.rescue(1, held=held)
    assert [delivery.entry for delivery in found] == [theirs[0].entry]


async def test_a_delivery_that_was_never_opened_is_rescued(world: World) -> None:
    """Its worker died between receiving and claiming."""
    view, other = await world.view("a"), await world.view("b")
    await view.intake.accept(REQUEST)
    await view.queue.receive(1, wait=0.01)
    await world.pass_time(LEASE)
    claim = await other.take()
    assert claim.job.epoch > 0


async def test_an_owner_that_wakes_before_the_rescuer_opened_the_job_keeps_it(
    world: World,
) -> None:
    """Either of them, never both."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.accepted()
    await world.pass_time(LEASE)
    (delivery,) = await other.queue.rescue(1, held=())
    await view.journal.record(claim, STARTED)
    assert await other.queue.claim(delivery, REQUEST) is None
    await view.journal.record(claim, RECEIVED)


# ---------------------------------------------------------------- discard


async def test_what_is_no_request_is_discarded(world: World) -> None:
    """And does not come back."""
    view, other = await world.view("a"), await world.view("b")
    await world.add(b"\xff not a request")
    (delivery,) = await view.queue.receive(1, wait=0.01)
    assert delivery.payload == b"\xff not a request"
    await view.queue.discard(delivery)
    await view.queue.discard(delivery)
    await world.pass_time(LEASE)
    assert list(await other.queue.rescue(1, held=())) == []
    assert await world.outstanding() == 0


async def test_the_claim_that_accepts_a_request_of_the_stream_says_so(world: World) -> None:
    """Once: nobody else received it; a request of the channel was accepted before."""
    view, other = await world.view("a"), await world.view("b")
    await world.add(PAYLOAD)
    claim = await view.take()
    assert claim.accepted
    await world.pass_time(LEASE)
    assert not (await other.take()).accepted


async def test_the_claim_of_an_accepted_request_accepts_nothing(world: World) -> None:
    """It came by the channel."""
    view = await world.view("a")
    assert not (await view.accepted()).accepted
