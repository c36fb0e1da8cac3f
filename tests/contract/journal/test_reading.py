"""What every journal shows to operators, and how it is written down."""

from dataclasses import replace

import pytest

from mobart.core import wire
from mobart.core.domain import Failed, GenerationRequest, Refusal
from mobart.core.errors import Code, LeaseLost
from mobart.core.operations import Action, is_possible
from mobart.core.ports import Claim
from mobart.core.views import MOMENTS_KEPT, Batch, Moment, Progress, Query, Spent, WorkerStatus
from tests.support.backends import (
    DONE,
    NO,
    RECEIVED,
    REQUEST,
    STARTED,
    TICKET,
    UNKNOWN,
    WorkerView,
    World,
    settled,
)

STATUS = WorkerStatus(
    worker="worker-1",
    version="1",
    started_at=5.0,
    slots=16,
    used=1,
    jobs=1,
    problems=[],
    circuits={"midjourney": 0.0},
    progress=[Progress("request-1", "generating", 40)],
)
BATCH = Batch(STATUS)


async def take(view: WorkerView, request: GenerationRequest) -> Claim:
    """Accept and claim *request*."""
    await view.intake.accept(request)
    deliveries = await view.queue.receive(1, wait=0.01)
    claim = await view.queue.claim(deliveries[0], request)
    assert isinstance(claim, Claim)
    return claim


async def fail(view: WorkerView, request: GenerationRequest, outcome: Failed) -> None:
    """Let *request* end as *outcome*."""
    claim = await take(view, request)
    if outcome.paid:
        await view.journal.record(claim, STARTED)
    await view.journal.record(claim, settled(outcome))


async def test_a_request_is_shown_as_it_stands(world: World) -> None:
    """From its acceptance to its outcome."""
    view, reads = await world.view("a"), world.reading().requests
    assert await reads.find("request-1") is None
    await view.intake.accept(REQUEST)
    waiting = await reads.find("request-1")
    assert waiting is not None
    assert (waiting.request, waiting.status) == (REQUEST, "waiting")
    claim = await view.take()
    await view.journal.record(claim, STARTED)
    await view.journal.record(claim, RECEIVED)
    running = await reads.find("request-1")
    assert running is not None
    assert (running.status, running.provider, running.ticket) == (
        "running",
        TICKET.provider,
        TICKET.reference,
    )
    assert running.paid_at is not None
    await view.journal.record(claim, settled(DONE))
    done = await reads.find("request-1")
    assert done is not None
    assert (done.status, done.preset) == ("completed", "auto")
    assert done.told("s3_key") == "generated/user-1/request-1.png"
    assert done.settled_at is not None


async def test_a_refused_message_is_shown_by_what_was_answered(world: World) -> None:
    """There is no record of it."""
    view, reads = await world.view("a"), world.reading().requests
    outcome = Failed(Code.UNKNOWN_PRESET, "There is no such kind.", paid=False)
    await view.intake.refuse(Refusal("no-1", "user-1", outcome, "preset"), payload=b"x")
    refused = await reads.find("no-1")
    assert refused is not None
    assert (refused.status, refused.told("error_code")) == ("failed", "unknown_preset")


async def test_the_timeline_tells_what_happened_in_order(world: World) -> None:
    """Whichever worker wrote it, and however late."""
    view, reading = await world.view("a"), world.reading()
    await view.intake.accept(REQUEST)
    late = Moment(20.0, "job.paid", "b", {"provider": "midjourney", "ticket": "t"})
    early = Moment(10.0, "request.accepted", "a", {"transport": "channel"})
    await reading.recording.write(replace(BATCH, moments={"request-1": [late]}))
    await reading.recording.write(replace(BATCH, moments={"request-1": [early]}))
    assert await reading.requests.timeline("request-1") == [early, late]
    assert await reading.requests.timeline("request-2") == []


async def test_a_timeline_is_bounded(world: World) -> None:
    """The newest moments are kept."""
    view, reading = await world.view("a"), world.reading()
    await view.intake.accept(REQUEST)
    for first in (0, 70, 140):
        moments = [Moment(float(at), "job.delayed") for at in range(first, first + 70)]
        await reading.recording.write(replace(BATCH, moments={"request-1": moments}))
    told = await reading.requests.timeline("request-1")
    assert [moment.at for moment in told] == list(range(210 - MOMENTS_KEPT, 210))


async def test_what_was_settled_is_listed_by_all_that_is_known_of_it(world: World) -> None:
    """Status, user, code, preset and provider."""
    view, reading = await world.view("a"), world.reading()
    await view.settled(DONE)
    other = GenerationRequest("request-2", "user-2", "a fox", preset="icon")
    await fail(view, other, NO)
    await reading.recording.write(BATCH)
    for query, ids in (
        (Query(), {"request-1", "request-2"}),
        (Query(status="completed"), {"request-1"}),
        (Query(status="failed"), {"request-2"}),
        (Query(user_id="user-2"), {"request-2"}),
        (Query(user_id="user-2", status="completed"), set()),
        (Query(code="provider_rejected"), {"request-2"}),
        (Query(preset="auto"), {"request-1"}),
        (Query(provider="midjourney"), {"request-1"}),
        (Query(preset="icon"), {"request-2"}),
        (Query(preset="icon", status="failed"), {"request-2"}),
        (Query(preset="auto", status="completed"), {"request-1"}),
        (Query(provider="nobody"), set()),
        (Query(since=4e9), set()),
    ):
        page = await reading.requests.list_requests(query)
        assert {one.request.request_id for one in page.requests} == ids, query


async def test_what_is_outstanding_is_listed_apart(world: World) -> None:
    """Oldest first; it leaves the list when it is settled."""
    view, reading = await world.view("a"), world.reading()
    claim = await take(view, REQUEST)
    await view.intake.accept(GenerationRequest("request-2", "user-1", "a fox"))
    live = await reading.requests.list_live(10)
    assert [(one.request.request_id, one.status) for one in live] == [
        ("request-1", "running"),
        ("request-2", "waiting"),
    ]
    waiting = await reading.requests.list_requests(Query(status="waiting"))
    assert [one.request.request_id for one in waiting.requests] == ["request-2"]
    assert await reading.users.outstanding() == 2
    await view.journal.record(claim, settled(NO))
    assert [one.request.request_id for one in await reading.requests.list_live(10)] == ["request-2"]


async def test_what_lies_in_the_stream_unread_is_shown_as_waiting(world: World) -> None:
    """As when all are paused or busy: a backend that only added it would otherwise find nothing."""
    view, reading = await world.view("a"), world.reading()
    await world.add(b"no request")
    await world.add(wire.encode_request(REQUEST))
    unread = await reading.requests.find("request-1")
    assert unread is not None
    assert (unread.request, unread.status, unread.taken_in) == (REQUEST, "waiting", False)
    assert not is_possible(Action.CANCEL, unread)
    assert await reading.requests.list_live(10) == [unread]
    waiting = await reading.requests.list_requests(Query(status="waiting"))
    assert waiting.requests == [unread]
    assert (await reading.requests.list_requests(Query())).requests == []
    await view.intake.accept(REQUEST)
    known = await reading.requests.find("request-1")
    assert known is not None
    assert (known.status, known.taken_in) == ("waiting", True)
    assert await reading.requests.find("request-2") is None


async def test_what_waits_is_listed_page_by_page(world: World) -> None:
    """A thousand of them do not come at once, and none is left out."""
    view, reading = await world.view("a"), world.reading()
    requests = [GenerationRequest(f"r-{number}", "user-1", "a fox") for number in range(7)]
    await view.intake.accept_all(requests)
    query, seen = Query(status="waiting", limit=3), list[str]()
    for _ in range(4):
        page = await reading.requests.list_requests(query)
        seen += [one.request.request_id for one in page.requests]
        if not page.after:
            break
        query = replace(query, after=page.after)
    assert sorted(seen) == sorted(one.request_id for one in requests)


async def test_accepted_requests_are_listed_with_the_others(world: World) -> None:
    """By user as well, before they are settled."""
    view, reading = await world.view("a"), world.reading()
    await view.intake.accept(REQUEST)
    moments = {"request-1": [Moment(1.0, "request.accepted")]}
    await reading.recording.write(replace(BATCH, moments=moments, accepted={"request-1": "user-1"}))
    for query in (Query(), Query(user_id="user-1")):
        page = await reading.requests.list_requests(query)
        assert [one.request.request_id for one in page.requests] == ["request-1"]


async def test_requests_that_have_no_moment_are_listed_all_the_same(world: World) -> None:
    """As those that were accepted in a burst, more than one step writes of."""
    view, reading = await world.view("a"), world.reading()
    requests = [GenerationRequest(f"r-{number}", "user-1", "a fox") for number in range(700)]
    await view.intake.accept_all(requests)
    accepted = {request.request_id: request.user_id for request in requests}
    await reading.recording.write(replace(BATCH, accepted=accepted))
    assert await reading.users.outstanding() == 700
    for query in (Query(), Query(user_id="user-1")):
        page = await reading.requests.list_requests(replace(query, limit=100))
        assert len(page.requests) == 100
    assert list(await reading.requests.timeline("r-1")) == []


async def test_pages_follow_each_other_without_gap_or_repetition(world: World) -> None:
    """However many requests there are."""
    view, reading = await world.view("a"), world.reading()
    for number in range(7):
        await fail(view, GenerationRequest(f"request-{number}", "user-1", "a fox"), NO)
    await reading.recording.write(BATCH)
    seen: list[str] = []
    after = ""
    for _ in range(4):
        page = await reading.requests.list_requests(Query(limit=3, after=after))
        seen += [one.request.request_id for one in page.requests]
        after = page.after
        if not after:
            break
    assert sorted(seen) == [f"request-{number}" for number in range(7)]
    assert after == ""


async def test_failures_are_counted_by_code_and_by_what_was_paid(world: World) -> None:
    """The most frequent code first."""
    view, reading = await world.view("a"), world.reading()
    paid = Failed(Code.GENERATION_FAILED, "No.", paid=True)
    for number, outcome in enumerate((NO, paid, paid)):
        await fail(view, GenerationRequest(f"request-{number}", "user-1", "a fox"), outcome)
    await reading.recording.write(BATCH)
    first, second = await reading.status.failures(since=0)
    assert (first.code, first.count, first.paid["true"]) == ("generation_failed", 2, 2)
    assert (second.code, second.count, second.paid["false"]) == ("provider_rejected", 1, 1)


async def test_a_doubt_is_listed_until_its_ticket_turns_up(world: World) -> None:
    """The correction takes the failure out of all lists."""
    view, reading = await world.view("a"), world.reading()
    claim = await view.settled(UNKNOWN)
    await reading.recording.write(BATCH)
    doubts = await reading.requests.list_requests(Query(status="in_doubt"))
    assert [one.request.request_id for one in doubts.requests] == ["request-1"]
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, RECEIVED)
    again = await view.take()
    await view.journal.record(again, settled(DONE))
    await reading.recording.write(BATCH)
    assert (await reading.requests.list_requests(Query(status="in_doubt"))).requests == []
    assert await reading.status.failures(since=0) == []


async def test_workers_are_shown_as_they_told(world: World) -> None:
    """All of them, by name."""
    reading = world.reading()
    other = replace(STATUS, worker="worker-2", problems=["draining"])
    await reading.recording.write(Batch(other))
    await reading.recording.write(BATCH)
    assert await reading.status.workers() == [STATUS, other]


async def test_counts_are_added_up_by_the_minute_and_by_the_hour(world: World) -> None:
    """Over all workers."""
    view, reading = await world.view("a"), world.reading()
    await view.intake.accept(REQUEST)
    for _ in range(2):
        await reading.recording.write(
            replace(BATCH, counts={"completed": 2, "render_seconds": 0.5})
        )
    for minutes, buckets in ((60, 60), (1440, 24)):
        history = await reading.status.history(minutes=minutes)
        assert len(history) == buckets
        assert sum(one.counts.get("completed", 0) for one in history) == 4
        assert sum(one.counts.get("render_seconds", 0) for one in history) == 1.0
        assert max(one.counts.get("outstanding", 0) for one in history) == 1


async def test_what_was_bought_today_is_told_by_user(world: World) -> None:
    """What limits count, which holds what is in the making, and what they know of one user."""
    view, reading = await world.view("a"), world.reading()
    await view.paid()
    spending = await reading.status.spending()
    assert (spending.today.pictures, spending.users) == (1, {})
    user = await reading.users.user("user-1")
    assert (user.spent, user.busy, user.suspended_seconds) == (1, 1, 0.0)


async def test_the_price_of_what_is_in_the_making_counts_today(world: World) -> None:
    """As the budget counts it."""
    view, reading = await world.view("a"), world.reading()
    claim = await view.accepted()
    await view.journal.record(claim, replace(STARTED, price=0.25))
    assert (await reading.status.spending()).today == Spent(1, 0.25)


async def test_what_was_spent_is_told_by_provider_and_user_the_dearest_first(world: World) -> None:
    """Pictures when they are bought, money when they are settled."""
    recording, status = world.reading().recording, world.reading().status
    counts = {"paid:openai": 2, "cost:openai": 0.5, "paid:midjourney": 1, "completed": 3}
    buyers = {"user-1": Spent(1, 0.1), "user-2": Spent(2, 0.4), "user-3": Spent(0, 0.000001)}
    for _ in range(2):
        await recording.write(replace(BATCH, counts=counts, buyers=buyers))
    for days in (1, 31):
        spending = await status.spending(days=days)
        assert list(spending.providers.items()) == [
            ("openai", Spent(4, 1.0)),
            ("midjourney", Spent(2, 0.0)),
        ]
        assert list(spending.users) == ["user-2", "user-1", "user-3"]
        assert spending.users["user-2"].pictures == 4
        assert spending.users["user-2"].usd == pytest.approx(0.8)
        assert spending.users["user-3"].usd == pytest.approx(0.000002)
        assert spending.settled == Spent(6, 1.0)


async def test_the_users_who_cost_most_are_told_and_not_all(world: World) -> None:
    """A page has room for ten."""
    reading = world.reading()
    buyers = {f"user-{number}": Spent(1, number / 100) for number in range(50)}
    await reading.recording.write(replace(BATCH, buyers=buyers))
    users = (await reading.status.spending()).users
    assert list(users) == [f"user-{number}" for number in range(49, 39, -1)]


async def test_the_kill_switch_is_shown(world: World) -> None:
    """As it stands."""
    users = world.reading().users
    assert not await users.paused()
    await world.pause(paused=True)
    assert await users.paused()
