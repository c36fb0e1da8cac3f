"""What becomes of a message, and who is told."""

import json
from dataclasses import replace

import pytest

from mobart.core import wire
from mobart.core.domain import GenerationRequest
from mobart.core.events import LogEvent
from mobart.jobs.admission import Admission
from mobart.prompts.blocklist import Blocklist
from tests.support.backends import DONE, REQUEST, MemoryWorld, settled
from tests.support.jobs import RESOLVER, NotedCancellations
from tests.support.observers import Notes

GOOD = wire.encode_request(REQUEST)


async def reception(*blocked: str) -> tuple[Admission, MemoryWorld, Notes]:
    """Open one in memory."""
    world, notes = MemoryWorld(), Notes()
    view = await world.view("a")
    resolver = replace(RESOLVER, blocklist=Blocklist.read("\n".join(blocked)))
    admission = Admission(
        view.intake, notes, resolver, NotedCancellations(notes), world.clock, 1000, 100
    )
    return admission, world, notes


async def test_a_good_message_is_taken_in_and_a_repeat_noted() -> None:
    """With the door it came through."""
    view, world, notes = await reception()
    await view.on_messages([GOOD])
    await view.on_messages([GOOD])
    assert await world.outstanding() == 1
    assert notes.events == [LogEvent.REQUEST_ACCEPTED, LogEvent.REQUEST_REPEATED]
    for _, facts in notes.taken:
        assert (facts["request_id"], facts["transport"]) == ("request-1", "channel")


async def test_a_finished_request_is_noted_as_replayed_and_a_clash_as_a_conflict() -> None:
    """Each as what it is."""
    view, world, notes = await reception()
    await (await world.view("b")).settled()
    await world.pass_time(60)
    await view.on_messages([GOOD])
    await view.on_messages([GOOD.replace(b"fox", b"cat")])
    assert notes.events == [LogEvent.REQUEST_REPLAYED, LogEvent.REQUEST_CONFLICTED]


async def test_a_bad_message_is_refused_aloud_and_costs_nothing() -> None:
    """Once, if it is heard twice."""
    view, world, notes = await reception()
    bad = GOOD.replace(b"a red fox", b"   ")
    await view.on_messages([bad])
    await view.on_messages([bad])
    (message,) = await world.announced()
    assert (message["request_id"], message["error_code"]) == ("request-1", "invalid_message")
    assert [facts["announced"] for facts in notes.of(LogEvent.REQUEST_REFUSED)] == [True, False]
    assert await world.outstanding() == 0


async def test_rubbish_is_noted_with_its_size_and_reason_only() -> None:
    """Its contents stay out of the log."""
    view, world, notes = await reception()
    await view.on_messages([b"\x1b[31msecret"])
    assert notes.taken == [
        (
            LogEvent.REQUEST_REFUSED,
            {
                "request_id": None,
                "user_id": "",
                "code": "invalid_message",
                "reason": "json",
                "transport": "channel",
                "bytes": 11,
                "announced": False,
            },
        ),
    ]
    assert await world.announced() == []


@pytest.mark.parametrize(
    ("prompt", "preset", "code"),
    [
        ("a red fox", "", "moderation_blocked"),
        ("see https://fox.example", "", "prompt_rejected"),
        ("a cat", "pixle", "unknown_preset"),
    ],
)
async def test_what_must_not_be_made_is_refused(prompt: str, preset: str, code: str) -> None:
    """The prompt, the operator's own words and the preset are judged before anything is paid."""
    view, world, _ = await reception("fox")
    await view.on_messages([wire.encode_request(replace(REQUEST, prompt=prompt, preset=preset))])
    (message,) = await world.announced()
    assert message["error_code"] == code
    assert await world.outstanding() == 0


async def test_what_may_be_made_is_taken_in() -> None:
    """Other words than those of the list are fine."""
    view, world, _ = await reception("fox")
    await view.on_messages([GOOD.replace(b"red fox", b"blue cat")])
    assert await world.outstanding() == 1


CANCELLATION = b'{"request_id":"request-1"}'


async def test_a_cancellation_may_overtake_its_request() -> None:
    """The request may be one of a burst, behind which cancellations do not wait."""
    view, world, _ = await reception()
    await view.on_cancellation(CANCELLATION)
    await view.on_messages([GOOD])
    (message,) = await world.announced()
    assert (message["request_id"], message["error_code"]) == ("request-1", "cancelled")
    assert await world.outstanding() == 0


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"request_id":1}', b'{"request_id":"other"}'])
async def test_a_cancellation_of_nothing_is_nothing(payload: bytes) -> None:
    """Malformed, or unknown."""
    view, world, notes = await reception()
    await view.on_messages([GOOD])
    await view.on_cancellation(payload)
    assert LogEvent.REQUEST_CANCELLED not in notes.events
    assert await world.outstanding() == 1


async def test_a_cancellation_is_noted_once() -> None:
    """The second one finds nothing to cancel."""
    view, world, notes = await reception()
    await view.on_messages([GOOD])
    for _ in range(2):
        await view.on_cancellation(json.dumps({"request_id": "request-1"}).encode())
    assert notes.of(LogEvent.REQUEST_CANCELLED) == [
        {"request_id": "request-1", "user_id": "user-1"}
    ]
    assert await world.outstanding() == 0


@pytest.mark.parametrize(
    ("other", "user"),
    [
        (replace(REQUEST, prompt="a blue fox"), "user-1"),
        (replace(REQUEST, user_id="user-2"), "user-2"),
        (replace(REQUEST, prompt="see https://fox.example"), "user-1"),
        (replace(REQUEST, user_id="user-2", prompt="  "), "user-2"),
    ],
    ids=["another prompt", "another user", "a prompt that is refused", "no request at all"],
)
async def test_a_reused_id_is_answered_and_the_first_job_goes_on(
    other: GenerationRequest, user: str
) -> None:
    """Once a minute, to who asked; the record under the id stays the first one's."""
    admission, world, _ = await reception()
    claim = await (await world.view("b")).paid()
    for _ in range(3):
        await admission.on_messages([wire.encode_request(other)])
    (message,) = await world.announced()
    assert (message["request_id"], message["user_id"]) == ("request-1", user)
    assert (message["error_code"], message["paid"]) == ("request_conflict", False)
    assert (message["retryable"], message["who"]) == (False, "backend")
    assert await world.kept() == []
    await world.pass_time(60)
    await admission.on_messages([wire.encode_request(other)])
    assert len(await world.announced()) == 2
    view = await world.view("b")
    await view.journal.record(claim, settled(DONE))
    assert (await world.kept())[-1]["status"] == "completed"


async def test_a_cancelled_job_is_settled_in_the_log_once() -> None:
    """No worker will do so; whether it was paid is told."""
    admission, world, notes = await reception()
    await (await world.view("b")).paid()
    await world.pass_time(7)
    for _ in range(2):
        await admission.on_cancellation(b'{"request_id":"request-1"}')
    (end,) = notes.of(LogEvent.JOB_SETTLED)
    assert (end["outcome"], end["code"], end["paid"]) == ("failed", "cancelled", True)
    assert (end["seconds"], end["provider"]) == (7, "midjourney")


async def test_of_a_crowd_the_accepted_have_one_line_and_the_others_their_own() -> None:
    """With all ids; a line each would fill the log's queue."""
    admission, world, notes = await reception()
    claim = await (await world.view("b")).paid()
    crowd = [wire.encode_request(replace(REQUEST, request_id=f"r-{n}")) for n in range(100)]
    bad = GOOD.replace(b"request-1", b"bad").replace(b"a red fox", b" ")
    await admission.on_messages([*crowd, bad, GOOD, GOOD.replace(b"fox", b"cat"), *crowd[:50]])
    assert claim.job.request == REQUEST
    assert notes.of(LogEvent.REQUESTS_ACCEPTED) == [
        {
            "count": 100,
            "request_ids": " ".join(f"r-{number}" for number in range(100)),
            "user_ids": " ".join(["user-1"] * 100),
            "transport": "channel",
            "traceparents": None,
        }
    ]
    (repeated,) = notes.of(LogEvent.REQUESTS_REPEATED)
    assert repeated["count"] == 51
    assert len(notes.of(LogEvent.REQUEST_CONFLICTED)) == 1
    assert [facts["request_id"] for facts in notes.of(LogEvent.REQUEST_REFUSED)] == ["bad"]
    assert await world.outstanding() == 101


async def test_a_few_messages_at_once_have_a_line_each() -> None:
    """As if they had come one after the other."""
    admission, _, notes = await reception()
    await admission.on_messages(
        [wire.encode_request(replace(REQUEST, request_id=f"r-{n}")) for n in range(32)]
    )
    assert notes.events == [LogEvent.REQUEST_ACCEPTED] * 32
