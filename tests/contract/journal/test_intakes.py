"""What every `Intake` promises: each request once, each answer once."""

import asyncio
import json
from copy import copy
from dataclasses import replace

import pytest

from mobart.core import wire
from mobart.core.domain import Failed, Refusal, Stage
from mobart.core.errors import Cancelled, Code, LeaseLost, Rejected
from mobart.core.ports import Acceptance
from mobart.journal import intake
from mobart.journal.keys import REFUSAL_SECONDS, RESEND_MS
from mobart.testing.memory_view import EARLY
from tests.support.backends import (
    DISPROVED,
    DONE,
    NO,
    RECEIVED,
    REQUEST,
    STARTED,
    TICKET,
    UNKNOWN,
    RedisWorld,
    World,
    settled,
)

OTHER_PROMPT = replace(REQUEST, prompt="a blue fox")
OTHER_USER = replace(REQUEST, user_id="user-2")
OTHER_PRESET = replace(REQUEST, preset="icon")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER_TRACE = replace(REQUEST, traceparent=TRACE)
EMPTY = Failed(Code.INVALID_MESSAGE, "The prompt is empty.", paid=False)
REFUSAL = Refusal("request-1", "user-1", EMPTY, "fields")
SAME_MESSAGE = 2.0


# ---------------------------------------------------------------- accept


async def test_the_first_of_many_workers_takes_a_request_in(world: World) -> None:
    """Every subscribed worker hears every message."""
    desks = [await world.view(f"worker-{number}") for number in range(5)]
    answers = await asyncio.gather(*(view.intake.accept(REQUEST) for view in desks))
    assert sorted(answers) == [Acceptance.ACCEPTED] + [Acceptance.REPEATED] * 4
    assert await world.outstanding() == 1


async def test_a_request_in_progress_is_not_taken_in_again(world: World) -> None:
    """However late the repeat."""
    view = await world.view("a")
    await view.accepted()
    await world.pass_time(60)
    assert await view.intake.accept(REQUEST) is Acceptance.REPEATED
    assert await world.outstanding() == 1
    assert await world.announced() == []


async def test_what_is_heard_within_two_seconds_is_one_message(world: World) -> None:
    """Of several workers the slowest may hear it after the job is done."""
    view = await world.view("a")
    await view.settled(NO)
    assert await view.intake.accept(REQUEST) is Acceptance.REPEATED
    assert len(await world.announced()) == 1


async def test_a_finished_request_heard_again_is_announced_again(world: World) -> None:
    """With the same words, marked as a repetition, and kept only once."""
    view = await world.view("a")
    await view.settled()
    await world.pass_time(SAME_MESSAGE)
    assert await view.intake.accept(REQUEST) is Acceptance.REPLAYED
    first, second = await world.announced()
    assert second == first | {"duplicate": True}
    assert await world.kept() == [first]
    assert await world.outstanding() == 0


async def test_a_finished_request_heard_again_is_kept_again_once_a_minute(world: World) -> None:
    """For webhooks and whoever reads the stream; a loop of repeats does not fill it."""
    view = await world.view("a")
    assert not await view.intake.resend("request-1")
    claim = await view.accepted()
    assert not await view.intake.resend("request-1")
    await view.journal.record(claim, settled(NO))
    assert await view.intake.resend("request-1")
    assert not await view.intake.resend("request-1")
    first, second = await world.kept()
    assert second == first | {"duplicate": True}
    assert await world.announced() == [first]
    await world.pass_time(RESEND_MS / 1000)
    assert await view.intake.resend("request-1")


async def test_a_repeat_that_many_workers_hear_is_answered_once(world: World) -> None:
    """The first one answers, for the others it is the same message."""
    desks = [await world.view(f"worker-{number}") for number in range(4)]
    await desks[0].settled()
    await world.pass_time(60)
    answers = await asyncio.gather(*(view.intake.accept(REQUEST) for view in desks))
    assert sorted(answers) == [Acceptance.REPEATED] * 3 + [Acceptance.REPLAYED]
    assert len(await world.announced()) == 2


async def test_a_repeat_heard_in_progress_counts_as_heard(world: World) -> None:
    """The two seconds start with what was heard last."""
    view = await world.view("a")
    claim = await view.paid()
    await world.pass_time(60)
    await view.intake.accept(REQUEST)
    await view.journal.record(claim, settled(DONE))
    assert await view.intake.accept(REQUEST) is Acceptance.REPEATED
    assert len(await world.announced()) == 1


@pytest.mark.parametrize("other", [OTHER_PROMPT, OTHER_USER, OTHER_PRESET])
async def test_an_id_taken_by_something_else_is_a_conflict(world: World, other: object) -> None:
    """In progress or finished, the first job is undisturbed and nothing is announced."""
    assert isinstance(other, type(REQUEST))
    view = await world.view("a")
    claim = await view.paid()
    before = await world.snapshot()
    assert await view.intake.accept(other) is Acceptance.CONFLICTED
    assert await world.snapshot() == before
    await view.journal.record(claim, settled(DONE))
    await world.pass_time(60)
    assert await view.intake.accept(other) is Acceptance.CONFLICTED
    assert len(await world.announced()) == 1


async def test_another_trace_is_no_other_request(world: World) -> None:
    """A backend that publishes again does so in another trace."""
    view = await world.view("a")
    await view.intake.accept(REQUEST)
    assert await view.intake.accept(OTHER_TRACE) is Acceptance.REPEATED


@pytest.mark.parametrize("other", [OTHER_PROMPT, OTHER_USER, OTHER_PRESET])
async def test_what_was_accepted_is_known_by_all_that_it_asks_for(
    world: World, other: object
) -> None:
    """Settled or not, and in whatever trace; not by its id alone."""
    assert isinstance(other, type(REQUEST))
    view = await world.view("a")
    assert not await view.intake.has_accepted(REQUEST)
    claim = await view.paid()
    assert await view.intake.has_accepted(OTHER_TRACE)
    assert not await view.intake.has_accepted(other)
    await view.journal.record(claim, settled(DONE))
    assert await view.intake.has_accepted(REQUEST)


async def test_what_is_taken_in_comes_out_of_the_queue_as_it_was(world: World) -> None:
    """With all its optional parts."""
    full = replace(REQUEST, preset="icon", options={"size": [1, {"deep": "ü"}]}, traceparent=TRACE)
    view = await world.view("a")
    await view.intake.accept(full)
    (delivery,) = await view.queue.receive(1, wait=0.01)
    read = wire.parse_request(delivery.payload, max_bytes=10_000, max_prompt_chars=100)
    assert read == full


async def test_of_requests_that_come_together_each_is_taken_in_as_by_itself(world: World) -> None:
    """New ones, one that is finished, one in conflict, and one that comes twice, in their order."""
    view = await world.view("a")
    await view.settled()
    await world.pass_time(SAME_MESSAGE)
    new = [replace(REQUEST, request_id=f"new-{number}") for number in range(3)]
    crowd = [new[0], OTHER_PROMPT, new[1], REQUEST, new[0], new[2], replace(new[1], prompt="?")]
    assert await view.intake.accept_all(crowd) == [
        Acceptance.ACCEPTED,
        Acceptance.CONFLICTED,
        Acceptance.ACCEPTED,
        Acceptance.REPLAYED,
        Acceptance.REPEATED,
        Acceptance.ACCEPTED,
        Acceptance.CONFLICTED,
    ]
    assert await world.outstanding() == 3
    first, second = await world.announced()
    assert second == first | {"duplicate": True}


async def test_a_crowd_that_many_workers_hear_is_taken_in_once(world: World) -> None:
    """Whoever is first with a request has it."""
    crowd = [replace(REQUEST, request_id=f"r-{number}") for number in range(300)]
    views = [await world.view(f"worker-{number}") for number in range(3)]
    answers = await asyncio.gather(*(view.intake.accept_all(crowd) for view in views))
    for of_one in zip(*answers, strict=True):
        assert sorted(of_one) == [Acceptance.ACCEPTED, Acceptance.REPEATED, Acceptance.REPEATED]
    assert await world.outstanding() == 300


# ---------------------------------------------------------------- refuse


async def test_a_refusal_is_announced_once_however_many_hear_the_message(world: World) -> None:
    """All of them refuse it, one of them says so."""
    desks = [await world.view(f"worker-{number}") for number in range(4)]
    told = await asyncio.gather(*(view.intake.refuse(REFUSAL, payload=b"{}") for view in desks))
    assert sorted(told) == [False, False, False, True]
    (message,) = await world.announced()
    assert message["request_id"] == "request-1"
    assert message["error_code"] == "invalid_message"
    assert message["paid"] is False
    assert await world.kept() == [message]


async def test_a_refused_message_sent_again_later_is_refused_aloud_again(world: World) -> None:
    """The backend may have missed the first answer."""
    view = await world.view("a")
    await view.intake.refuse(REFUSAL, payload=b"{}")
    await world.pass_time(SAME_MESSAGE)
    assert await view.intake.refuse(REFUSAL, payload=b"{}")
    assert len(await world.announced()) == 2


async def test_another_bad_message_with_the_same_id_is_refused_on_its_own(world: World) -> None:
    """It is the message that is refused, not the id."""
    view = await world.view("a")
    await view.intake.refuse(REFUSAL, payload=b"{}")
    assert await view.intake.refuse(REFUSAL, payload=b"[]")


async def test_a_refusal_never_speaks_over_an_accepted_job(world: World) -> None:
    """Or the backend would hear failed, and a picture later; or the reverse."""
    view = await world.view("a")
    claim = await view.paid()
    assert not await view.intake.refuse(REFUSAL, payload=b"{}")
    await view.journal.record(claim, settled(DONE))
    assert not await view.intake.refuse(REFUSAL, payload=b"{}")
    assert [message["status"] for message in await world.announced()] == ["completed"]


async def test_a_refusal_that_nobody_can_be_told_about_is_not_announced(world: World) -> None:
    """There is no id to address."""
    view = await world.view("a")
    assert not await view.intake.refuse(replace(REFUSAL, request_id=None), payload=b"{}")
    assert await world.announced() == []


async def test_an_id_that_was_refused_can_be_used_properly(world: World) -> None:
    """A refusal leaves nothing behind."""
    view = await world.view("a")
    await view.intake.refuse(REFUSAL, payload=b"{}")
    assert await view.intake.accept(REQUEST) is Acceptance.ACCEPTED


async def test_a_refusal_is_read_where_an_outcome_would_be_for_an_hour(
    redis_world: RedisWorld,
) -> None:
    """It is gone as soon as the id is used properly, by either way, with the end of that hour."""
    view, redis = await redis_world.view("a"), redis_world.redis
    record = redis_world.keys.job("request-1")
    for payload in (b"{}", b"[]"):
        assert await view.intake.refuse(REFUSAL, payload=payload)
        (*_, message) = await redis_world.announced()
        assert json.loads(await redis.hget(record, "completion") or b"") == message
        assert 0 < await redis.ttl(record) <= REFUSAL_SECONDS
    assert not await view.intake.resend("request-1")
    assert await view.intake.accept(REQUEST) is Acceptance.ACCEPTED
    assert await redis.hget(record, "completion") is None
    assert await redis.ttl(record) == -1

    await redis.delete(record)
    await redis_world.pass_time(SAME_MESSAGE)
    assert await view.intake.refuse(REFUSAL, payload=b"{}")
    await view.take()
    assert await redis.hmget(record, ["completion", "refused_at"]) == [None, None]
    assert await redis.ttl(record) == -1


async def test_a_refusal_to_an_id_that_no_request_can_have_leaves_no_record(
    redis_world: RedisWorld,
) -> None:
    """Whoever sent it is answered all the same."""
    view = await redis_world.view("a")
    refusal = replace(REFUSAL, request_id="../request-1")
    assert await view.intake.refuse(refusal, payload=b"{}")
    assert not await redis_world.redis.exists(redis_world.keys.job("../request-1"))


async def test_a_flood_of_refusals_pushes_no_other_completion_out(
    redis_world: RedisWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are announced, and of each user so many are kept in the stream of all."""
    monkeypatch.setattr(intake, "REFUSALS_TOLD", 3)
    view = await redis_world.view("a")
    for number in range(5):
        refusal = replace(REFUSAL, request_id=f"r{number}")
        assert await view.intake.refuse(refusal, payload=b"%d" % number)
    other = replace(REFUSAL, request_id="other", user_id="user-2")
    assert await view.intake.refuse(other, payload=b"other")
    assert len(await redis_world.announced()) == 6
    kept = [message["request_id"] for message in await redis_world.kept()]
    assert kept == ["r0", "r1", "r2", "other"]


# ---------------------------------------------------------------- conflicts


CONFLICT = Refusal(
    "request-1", "user-2", Failed(Code.REQUEST_CONFLICT, "No.", paid=False), reason=None
)


async def test_a_conflict_is_answered_once_and_nothing_of_it_is_stored(world: World) -> None:
    """However many workers receive the message; the first job is undisturbed."""
    desks = [await world.view(f"worker-{number}") for number in range(4)]
    claim = await desks[0].paid()
    told = await asyncio.gather(
        *(
            view.intake.answer_conflict(CONFLICT, payload=b"{}", fingerprint="other")
            for view in desks
        )
    )
    assert sorted(told) == [False, False, False, True]
    assert list(await world.stages()) == ["paid"]
    (message,) = await world.announced()
    assert (message["user_id"], message["error_code"]) == ("user-2", "request_conflict")
    assert await world.kept() == []
    await desks[0].journal.record(claim, settled(DONE))
    assert (await world.kept())[0]["status"] == "completed"


async def test_only_another_requests_id_is_a_conflict(world: World) -> None:
    """Neither a free one, nor the first request sent again, nor none at all."""
    view = await world.view("a")
    conflict = view.intake.answer_conflict
    assert not await conflict(CONFLICT, payload=b"{}", fingerprint="other")
    await view.accepted()
    same = wire.fingerprint(REQUEST)
    assert not await conflict(CONFLICT, payload=b"{}", fingerprint=same)
    nobody = replace(CONFLICT, request_id=None)
    assert not await conflict(nobody, payload=b"{}", fingerprint="")
    assert await conflict(CONFLICT, payload=b"{}", fingerprint="")


# ---------------------------------------------------------------- cancel


async def test_a_cancellation_that_comes_first_is_known_to_every_worker(world: World) -> None:
    """Whoever accepts the request, also one that starts later, and whoever gets it then."""
    assert not await (await world.view("a")).intake.cancel("request-1")
    late, heir = await world.view("late"), await world.view("heir")
    other = replace(REQUEST, request_id="request-2")
    accepted = await late.intake.accept_all([REQUEST, other])
    assert accepted == [Acceptance.CANCELLED, Acceptance.ACCEPTED]
    claim = await heir.take()
    assert (claim.cancelled, claim.accepted) == (True, False)
    with pytest.raises(Rejected) as no:  # as a worker of another version would
        await heir.journal.record(claim, STARTED)
    assert no.value.code is Code.CANCELLED
    assert await late.intake.cancel("request-1")
    (message,) = await world.announced()
    assert (message["error_code"], message["paid"]) == ("cancelled", False)
    assert await late.intake.accept(REQUEST) is Acceptance.REPEATED


async def test_a_cancellation_is_known_to_who_gets_its_request_from_the_stream(
    world: World,
) -> None:
    """Where nobody accepted it; no worker that dies before it could say so takes that with it."""
    await world.add(wire.encode_request(REQUEST))
    await (await world.view("a")).intake.cancel("request-1")
    claim = await (await world.view("late")).take()
    assert (claim.cancelled, claim.accepted) == (True, True)
    await world.pass_time(EARLY + 1)
    assert (await (await world.view("heir")).take()).cancelled


async def test_what_was_not_cancelled_is_not_told_as_cancelled(world: World) -> None:
    """Nor what is paid, where the cancellation is learnt by looking for it."""
    view, heir = await world.view("a"), await world.view("b")
    await view.intake.cancel("request-2")
    claim = await view.accepted()
    assert not claim.cancelled
    await view.journal.record(claim, STARTED)
    await view.intake.cancel("request-1")
    await world.pass_time(60)
    assert not (await heir.take()).cancelled


async def test_a_cancellation_of_another_hour_is_over(world: World) -> None:
    """Whoever asks then means it; what was cancelled since is remembered."""
    view = await world.view("a")
    await view.intake.cancel("request-1")
    await world.pass_time(EARLY - 1)
    await view.intake.cancel("request-2")
    await world.pass_time(2)
    assert not (await view.accepted()).cancelled
    second = replace(REQUEST, request_id="request-2")
    assert await view.intake.accept(second) is Acceptance.CANCELLED


async def test_a_refusal_in_between_forgives_no_cancellation(world: World) -> None:
    """The message may be sent again, corrected."""
    view = await world.view("a")
    await view.intake.refuse(REFUSAL, payload=b"{}")
    await view.intake.cancel("request-1")
    assert await view.intake.accept(REQUEST) is Acceptance.CANCELLED


async def test_a_job_that_waits_is_cancelled_at_once(world: World) -> None:
    """Its entry goes, so that no worker starts it."""
    view = await world.view("a")
    await view.intake.accept(REQUEST)
    assert await view.intake.cancel("request-1")
    (message,) = await world.announced()
    assert (message["error_code"], message["paid"]) == ("cancelled", False)
    assert await world.outstanding() == 0


async def test_a_claimed_job_is_cancelled_and_its_owner_is_told(world: World) -> None:
    """It may not start to pay any more."""
    view = await world.view("a")
    claim = await view.accepted()
    assert await view.intake.cancel("request-1")
    assert await view.queue.renew([claim]) == [claim]
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, STARTED)
    assert await world.outstanding() == 0


async def test_a_paid_job_is_cancelled_as_paid(world: World) -> None:
    """Money spent is owned up to; its owner's picture is not announced any more."""
    view = await world.view("a")
    claim = await view.paid()
    cancellation = await view.intake.cancel("request-1")
    assert cancellation is not None
    assert (cancellation.user_id, cancellation.paid) == ("user-1", True)
    assert cancellation.ticket == TICKET
    assert cancellation.seconds >= 0
    with pytest.raises(LeaseLost):
        await view.journal.record(claim, settled(DONE))
    (message,) = await world.announced()
    assert (message["error_code"], message["paid"]) == ("cancelled", True)


async def test_a_job_of_a_free_provider_is_cancelled_as_not_paid(world: World) -> None:
    """`paid` tells of money alone; the generation can be called off all the same."""
    view = await world.view("a")
    await view.paid()
    cancellation = await view.intake.cancel("request-1", free={"another", TICKET.provider})
    assert cancellation is not None
    assert (cancellation.paid, cancellation.ticket) == (False, TICKET)
    (message,) = await world.announced()
    assert (message["error_code"], message["paid"]) == ("cancelled", False)


async def test_a_job_whose_submit_is_under_way_is_cancelled_when_it_is_over(world: World) -> None:
    """Until then nobody knows whether it was paid."""
    view = await world.view("a")
    claim = await view.paying()
    assert not await view.intake.cancel("request-1")
    assert await world.announced() == []
    with pytest.raises(Rejected) as no:
        await view.journal.record(claim, RECEIVED)
    assert no.value.code is Code.CANCELLED
    assert claim.job.stage is Stage.PAID


async def test_a_cancelled_job_does_not_try_to_pay_again(world: World) -> None:
    """Where the submit was turned away, the wish comes to bear."""
    view = await world.view("a")
    claim = await view.paying()
    await view.intake.cancel("request-1")
    with pytest.raises(Rejected) as no:
        await view.journal.record(claim, DISPROVED)
    assert no.value.code is Code.CANCELLED
    assert claim.job.stage is Stage.ACCEPTED


async def test_a_wish_to_cancel_outlives_the_worker_that_was_to_hear_of_it(world: World) -> None:
    """A worker that takes the job over does not get the right to pay for it."""
    view, heir = await world.view("a"), await world.view("b")
    claim = await view.paying()
    await view.intake.cancel("request-1")
    with pytest.raises(Rejected):
        await view.journal.record(claim, DISPROVED)
    await world.pass_time(60)
    inherited = await heir.take()
    with pytest.raises(Rejected) as no:
        await heir.journal.record(inherited, STARTED)
    assert no.value.code is Code.CANCELLED
    assert inherited.job.stage is Stage.ACCEPTED
    await heir.journal.record(inherited, settled(NO))
    assert len(await world.announced()) == 1


async def test_a_settled_job_cannot_be_cancelled(world: World) -> None:
    """The outcome is out."""
    view = await world.view("a")
    await view.settled()
    before = await world.snapshot()
    assert not await view.intake.cancel("request-1")
    assert await world.snapshot() == before


async def test_a_job_is_cancelled_once(world: World) -> None:
    """Every worker hears the wish."""
    desks = [await world.view(f"worker-{number}") for number in range(3)]
    await desks[0].accepted()
    told = await asyncio.gather(*(view.intake.cancel("request-1") for view in desks))
    assert [bool(one) for one in told].count(True) == 1
    assert len(await world.announced()) == 1


async def test_a_cancelled_request_heard_again_is_answered_with_the_cancellation(
    world: World,
) -> None:
    """It is finished like any other."""
    view = await world.view("a")
    await view.intake.accept(REQUEST)
    await view.intake.cancel("request-1")
    await world.pass_time(60)
    assert await view.intake.accept(REQUEST) is Acceptance.REPLAYED


async def test_a_cancelled_correction_is_marked_as_one(world: World) -> None:
    """Since it takes back what was announced before."""
    view = await world.view("a")
    claim = await view.paying()
    late = copy(claim)
    await view.journal.record(claim, settled(UNKNOWN))
    with pytest.raises(LeaseLost):
        await view.journal.record(late, RECEIVED)
    assert await view.intake.cancel("request-1")
    unknown, cancelled = await world.announced()
    assert unknown["error_code"] == "submit_unknown"
    assert (cancelled["error_code"], cancelled["paid"]) == ("cancelled", True)
    assert cancelled["correction"] is True


async def test_the_owner_of_a_cancelled_job_can_tell_that_from_a_takeover(world: World) -> None:
    """So that its log tells no loss where there was none."""
    view, other = await world.view("a"), await world.view("b")
    claim = await view.paid()
    await view.intake.cancel("request-1")
    with pytest.raises(Cancelled):
        await view.journal.read(claim)
    with pytest.raises(LeaseLost) as lost:
        await view.journal.record(claim, settled(DONE))
    assert not isinstance(lost.value, Cancelled)
    assert list(await other.queue.rescue(1, held=())) == []
