"""What becomes of a message, and who is told."""

import json
from dataclasses import replace

import pytest

from mobart.core import wire
from mobart.core.events import LogEvent
from mobart.jobs.admission import Admission
from mobart.prompts.blocklist import Blocklist
from tests.support.backends import REQUEST, MemoryWorld
from tests.support.fakes import Notes
from tests.support.jobs import RESOLVER, NotedCancellations

GOOD = wire.encode_request(REQUEST)


async def reception(*blocked: str) -> tuple[Admission, MemoryWorld, Notes]:
    """Open one in memory."""
    world, notes = MemoryWorld(), Notes()
    view = await world.view("a")
    resolver = replace(RESOLVER, blocklist=Blocklist.read("\n".join(blocked)))
    admission = Admission(view.intake, notes, resolver, NotedCancellations(), 1000, 100)
    return admission, world, notes


async def test_a_good_message_is_taken_in_and_a_repeat_noted() -> None:
    """With the door it came through."""
    view, world, notes = await reception()
    await view.on_message(GOOD)
    await view.on_message(GOOD)
    assert await world.outstanding() == 1
    assert notes.events == [LogEvent.REQUEST_ACCEPTED, LogEvent.REQUEST_REPEATED]
    for _, facts in notes.taken:
        assert (facts["request_id"], facts["transport"]) == ("request-1", "channel")


async def test_a_finished_request_is_noted_as_replayed_and_a_clash_as_a_conflict() -> None:
    """Each as what it is."""
    view, world, notes = await reception()
    await (await world.view("b")).settled()
    await world.pass_time(60)
    await view.on_message(GOOD)
    await view.on_message(GOOD.replace(b"fox", b"cat"))
    assert notes.events == [LogEvent.REQUEST_REPLAYED, LogEvent.REQUEST_CONFLICTED]


async def test_a_bad_message_is_refused_aloud_and_costs_nothing() -> None:
    """Once, if it is heard twice."""
    view, world, notes = await reception()
    bad = GOOD.replace(b"a red fox", b"   ")
    await view.on_message(bad)
    await view.on_message(bad)
    (message,) = await world.announced()
    assert (message["request_id"], message["error_code"]) == ("request-1", "invalid_message")
    assert [facts["announced"] for facts in notes.of(LogEvent.REQUEST_REFUSED)] == [True, False]
    assert await world.outstanding() == 0


async def test_rubbish_is_noted_with_its_size_and_reason_only() -> None:
    """Its contents stay out of the log."""
    view, world, notes = await reception()
    await view.on_message(b"\x1b[31msecret")
    assert notes.taken == [
        (
            LogEvent.REQUEST_REFUSED,
            {
                "request_id": None,
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
    await view.on_message(wire.encode_request(replace(REQUEST, prompt=prompt, preset=preset)))
    (message,) = await world.announced()
    assert message["error_code"] == code
    assert await world.outstanding() == 0


async def test_what_may_be_made_is_taken_in() -> None:
    """Other words than those of the list are fine."""
    view, world, _ = await reception("fox")
    await view.on_message(GOOD.replace(b"red fox", b"blue cat"))
    assert await world.outstanding() == 1


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"request_id":1}', b'{"request_id":"other"}'])
async def test_a_cancellation_of_nothing_is_nothing(payload: bytes) -> None:
    """Malformed, or unknown."""
    view, world, notes = await reception()
    await view.on_message(GOOD)
    await view.on_cancellation(payload)
    assert LogEvent.REQUEST_CANCELLED not in notes.events
    assert await world.outstanding() == 1


async def test_a_cancellation_is_noted_once() -> None:
    """The second one finds nothing to cancel."""
    view, world, notes = await reception()
    await view.on_message(GOOD)
    for _ in range(2):
        await view.on_cancellation(json.dumps({"request_id": "request-1"}).encode())
    assert notes.of(LogEvent.REQUEST_CANCELLED) == [{"request_id": "request-1"}]
    assert await world.outstanding() == 0
