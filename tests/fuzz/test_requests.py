"""Whatever is published on a channel or put into the stream."""

import json
from functools import partial
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from mobart.art import Recipe
from mobart.core import completions, wire
from mobart.core.domain import Completed, Failed, GenerationRequest, Job
from mobart.core.errors import Code, Rejected
from mobart.core.events import LogEvent
from mobart.core.ports import Claim
from mobart.core.wire import InvalidRequest
from mobart.jobs.admission import EVENT_OF, Admission
from mobart.jobs.presets import PresetLibrary
from mobart.jobs.spec import SpecResolver
from mobart.journal.entries import read_delivery
from mobart.prompts.blocklist import Blocklist
from mobart.prompts.rules import PromptRules, Treatment
from mobart.testing.intake import MemoryIntake
from mobart.testing.memory_history import MemoryHistory
from mobart.testing.memory_redis import InMemoryRedis
from mobart.testing.memory_view import MemoryView
from mobart.testing.queue import MemoryQueue
from tests.fuzz.mutators import at_once, bounded, json_values, messages, prompts, tried, words
from tests.support.backends import DONE
from tests.support.clocks import BEGIN, SimulatedClock
from tests.support.jobs import NotedCancellations, refusal_of
from tests.support.observers import Notes

MAX_BYTES, MAX_CHARS = 4096, 200
REFUSED_WITH = {
    *("request_id", "user_id", "status", "error", "error_code", "retryable", "retry_after", "who"),
    *("paid", "timestamp"),
}
ids = st.one_of(st.from_regex(wire.ID_PATTERN), words)
options = st.dictionaries(
    st.sampled_from(
        ["margin", "size", "colours", "pad", "pivot", "outline", "palette", "cutout", "reference"]
    ),
    json_values,
    max_size=3,
)
requests: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"request_id": ids, "user_id": ids, "prompt": prompts},
    optional={
        "preset": st.sampled_from(["auto", "sprite", "icon"]) | words,
        "options": options,
        "traceparent": words,
    },
)
payloads = messages(requests)
COOKBOOK = PresetLibrary.open(basis=Recipe(), default="auto")
RESOLVERS = [
    SpecResolver(COOKBOOK, PromptRules(treatment, max_chars=60), Blocklist.read("fox"))
    for treatment in get_args(Treatment)
]


def read(payload: bytes) -> GenerationRequest | InvalidRequest:
    """Read a message as a worker does."""
    try:
        return wire.parse_request(payload, max_bytes=MAX_BYTES, max_prompt_chars=MAX_CHARS)
    except InvalidRequest as no:
        return no


def reception(view: MemoryView, notes: Notes) -> Admission:
    """Admit by the default rules."""
    resolver = SpecResolver(COOKBOOK, PromptRules(max_chars=MAX_CHARS), Blocklist())
    return Admission(
        MemoryIntake(view), notes, resolver, NotedCancellations(), view.clock, MAX_BYTES, MAX_CHARS
    )


@bounded
@given(payloads)
def test_what_is_read_can_be_kept_and_what_is_refused_can_be_told(payload: bytes) -> None:
    """A request reads the same whenever it is read again; a refusal quotes nothing of a prompt."""
    heard = read(payload)
    if isinstance(heard, GenerationRequest):
        again = wire.decode_request(wire.encode_request(heard))
        assert again == heard == read(wire.encode_request(heard))
        assert wire.fingerprint(again) == wire.fingerprint(heard)
        assert wire.is_id(heard.request_id)
        assert wire.is_id(heard.user_id)
        assert 0 < len(heard.prompt.strip()) <= len(heard.prompt) <= MAX_CHARS
        return
    told = json.loads(completions.encode_refusal(refusal_of(heard), at=BEGIN))
    assert set(told) - {"detail"} == REFUSED_WITH
    assert (told["status"], told["paid"]) == ("failed", False)
    assert told["error_code"] in set(Code)
    assert len(told["error"]) < 100
    assert told["error"].isascii()


@bounded
@given(payloads, st.sampled_from(RESOLVERS))
def test_a_request_is_refused_at_once_where_it_would_be_refused_later(
    payload: bytes, resolver: SpecResolver
) -> None:
    """What judges it when it comes and what works out its order agree, in every detail."""
    heard = read(payload)
    if isinstance(heard, GenerationRequest):
        come = tried(partial(resolver.check, heard), Rejected)
        later = tried(partial(resolver.resolve, heard), Rejected)
        assert repr(come) == (repr(later) if isinstance(later, Rejected) else "None")


@bounded
@given(payloads)
def test_whatever_is_published_is_taken_in_or_turned_away(payload: bytes) -> None:
    """One thing is noted of it, and what was taken in can be taken up by a worker."""
    redis, notes = InMemoryRedis(), Notes()
    view = MemoryView(redis, clock=SimulatedClock(), consumer="w", lease=30)
    verifier = reception(view, notes)
    at_once(verifier.on_messages([payload]))
    (noted,) = notes.events
    assert noted in {LogEvent.REQUEST_ACCEPTED, LogEvent.REQUEST_REFUSED}
    assert len(redis.entries) == len(redis.records) == (noted is LogEvent.REQUEST_ACCEPTED)
    assert len(redis.announced) <= (noted is LogEvent.REQUEST_REFUSED)
    for delivery in at_once(MemoryQueue(view, MemoryHistory(view)).receive(1, wait=0)):
        request = read(delivery.payload)
        assert isinstance(request, GenerationRequest)
        assert isinstance(
            at_once(MemoryQueue(view, MemoryHistory(view)).claim(delivery, request)), Claim
        )


@bounded
@given(st.dictionaries(st.just(b"request") | st.binary(max_size=9), payloads, max_size=3))
def test_whatever_is_put_into_the_stream_is_a_job_or_can_be_thrown_away(
    fields: dict[bytes, bytes],
) -> None:
    """A foreign entry is no request; a request is one from any sender."""
    redis, notes = InMemoryRedis(), Notes()
    view = MemoryView(redis, clock=SimulatedClock(), consumer="w", lease=30)
    verifier = reception(view, notes)
    redis.add(read_delivery(b"1-1", fields).payload, at=0)
    (delivery,) = at_once(MemoryQueue(view, MemoryHistory(view)).receive(1, wait=0))
    request = read(delivery.payload)
    if isinstance(request, GenerationRequest):
        wire.encode_request(request)
        assert isinstance(
            at_once(MemoryQueue(view, MemoryHistory(view)).claim(delivery, request)), Claim
        )
        return
    at_once(verifier.refuse(request, request, delivery.payload, transport="stream"))
    at_once(MemoryQueue(view, MemoryHistory(view)).discard(delivery))
    assert notes.events == [LogEvent.REQUEST_REFUSED]
    assert not redis.entries


@bounded
@given(payloads, payloads)
def test_a_second_message_never_undoes_the_first(one: bytes, other: bytes) -> None:
    """It is another request, the same one again, in conflict with it, or none."""
    redis, notes = InMemoryRedis(), Notes()
    view = MemoryView(redis, clock=SimulatedClock(), consumer="w", lease=30)
    verifier = reception(view, notes)
    at_once(verifier.on_messages([one]))
    before = {name: record.job.request for name, record in redis.records.items()}
    at_once(verifier.on_messages([other]))
    after = {name: record.job.request for name, record in redis.records.items()}
    assert {**after, **before} == after
    assert set(notes.events) <= {*EVENT_OF.values(), LogEvent.REQUEST_REFUSED}


@bounded
@given(messages(st.fixed_dictionaries({"request_id": ids})))
def test_a_cancellation_names_a_request_or_nothing(payload: bytes) -> None:
    """What it names is an id, and stands in the message."""
    named = wire.parse_cancellation(payload, max_bytes=MAX_BYTES)
    if named is not None:
        assert wire.is_id(named)
        assert json.loads(payload)["request_id"] == named


@bounded
@given(payloads, st.booleans())
def test_every_outcome_is_one_object_to_which_a_field_can_be_added(
    payload: bytes, correction: bool
) -> None:
    """A replay puts its mark before the last brace, without reading what is before it."""
    request = read(payload)
    if isinstance(request, InvalidRequest):
        return
    job = Job(request, correction=correction)
    for outcome in (DONE, Failed(Code.INTERNAL, "Broken.", paid="unknown")):
        message = completions.encode_outcome(job, outcome, at=BEGIN)
        told = json.loads(message[:-1] + b',"duplicate":true}')
        assert told.pop("duplicate") is True
        assert told == json.loads(message)
        assert told["request_id"] == request.request_id
        assert isinstance(outcome, Completed) == (told["status"] == "completed")
