"""The messages: whatever comes in is a request or a refusal, and what goes out is the contract."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mobart.core import completions, wire
from mobart.core.domain import (
    Asset,
    Completed,
    Failed,
    GenerationRequest,
    Job,
    Paid,
    Priority,
    Refusal,
)
from mobart.core.errors import ADVICE, Code
from mobart.core.wire import InvalidRequest, parse_request
from tests.support.jobs import refusal_of

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
GOOD = {"request_id": "r-1", "user_id": "u-1", "prompt": "a red fox"}
CONTROLS = "\x00\n\r\x1b\x7f\u202e\u200b"

ids = st.from_regex(wire.ID_PATTERN).map(str)
prompts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=99).filter(
    str.strip
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=10,
)
requests = st.builds(
    GenerationRequest,
    request_id=ids,
    user_id=ids,
    prompt=prompts,
    preset=st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    options=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])),
        json_values.filter(lambda value: value is not None),
        max_size=4,
    ),
    traceparent=st.none() | st.just("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    priority=st.sampled_from(Priority),
)


def read(payload: bytes | object, *, max_bytes: int = 65_536) -> GenerationRequest | InvalidRequest:
    """Parse bytes, or anything else as JSON."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    try:
        return parse_request(raw, max_bytes=max_bytes, max_prompt_chars=2000)
    except InvalidRequest as no:
        return no


def refused(payload: bytes | object, *, max_bytes: int = 65_536) -> InvalidRequest:
    """Parse what must be refused."""
    refusal = read(payload, max_bytes=max_bytes)
    assert isinstance(refusal, InvalidRequest)
    assert len(refusal.sentence) <= 100
    assert len(refusal.hint) <= 300
    return refusal


# ---------------------------------------------------------------- whatever comes in


@given(payload=st.binary(max_size=300))
@example(b"")
@example(b" \n")
@example(b"\xff\xfe{\x00}\x00")
@example(b"[" * 100_000)
@example(b'{"a":' * 20_000)
def test_no_bytes_can_make_the_parser_raise(payload: bytes) -> None:
    """Not even deep ones."""
    assert isinstance(read(payload), InvalidRequest)


@given(value=json_values)
def test_no_json_can_make_the_parser_raise(value: object) -> None:
    """Arrays, numbers, null."""
    assert isinstance(read(value), InvalidRequest)


@given(fields=st.dictionaries(st.sampled_from([*GOOD, "preset", "options", "x"]), json_values))
def test_no_fields_can_make_the_parser_raise(fields: dict[str, object]) -> None:
    """Right names, wrong things in them."""
    answer = read(fields)
    if isinstance(answer, InvalidRequest):
        completions.encode_refusal(refusal_of(answer), at=AT)
    else:
        wire.encode_request(answer)


NO_JSON = {
    "text": b"hello",
    "cut": b'{"request_id": "r',
    "utf-16": json.dumps(GOOD).encode("utf-16"),
    "two values": b"{}{}",
    "single quotes": b"{'request_id':'r'}",
    "an id in a prompt": json.dumps({"prompt": '{"request_id":"r"}'}).encode() + b"}",
}
ALMOST_JSON = {
    "NaN": b'{"request_id":"r","user_id":"u","prompt":"p","x":NaN}',
    "infinity": b'{"request_id":"r","user_id":"u","prompt":"p","x":-Infinity}',
    "byte order mark": b'\xef\xbb\xbf{"request_id":"r","user_id":"u","prompt":"p"}',
    "cut in the prompt": b'{"request_id":"r","user_id":"u","prompt":"p',
    "invalid utf-8": b'{"request_id":"r","user_id":"u","prompt":"\xff"}',
    "lone surrogate": b'{"request_id":"r","user_id":"u","prompt":"\\ud800"}',
    "raw control character": b'{"request_id":"r","user_id":"u","prompt":"a\nb"}',
}


@pytest.mark.parametrize("payload", NO_JSON.values(), ids=NO_JSON)
def test_what_is_not_json_is_addressed_to_nobody(payload: bytes) -> None:
    """No id is invented."""
    refusal = refused(payload)
    assert (refusal.request_id, refusal.code) == (None, Code.INVALID_MESSAGE)
    assert refusal.reason == "json"


@pytest.mark.parametrize("payload", ALMOST_JSON.values(), ids=ALMOST_JSON)
def test_what_is_almost_json_is_refused_to_its_sender(payload: bytes) -> None:
    """Or a backend that cuts an emoji in half would wait for nothing."""
    refusal = refused(payload)
    assert (refusal.request_id, refusal.user_id) == ("r", "u")
    assert (refusal.code, refusal.reason) == (Code.INVALID_MESSAGE, "json")


def test_null_is_no_option() -> None:
    """Go writes it for a map that was never made, and for a pointer to no value."""
    plain = read(GOOD)
    assert read(GOOD | {"options": None, "preset": None, "priority": None}) == plain
    assert read(GOOD | {"options": {"margin": None}}) == plain
    assert read(GOOD | {"options": {"margin": None, "size": 32}}) == read(
        GOOD | {"options": {"size": 32}}
    )


@pytest.mark.parametrize("value", [[], [[]], None, 7, "text", True])
def test_json_that_is_no_object_is_addressed_to_nobody(value: object) -> None:
    """As above, for another reason."""
    refusal = refused(value)
    assert (refusal.request_id, refusal.reason) == (None, "shape")


@pytest.mark.parametrize("value", [[GOOD], json.dumps(GOOD), [[GOOD]]])
def test_whoever_asked_within_something_else_is_told(value: object) -> None:
    """Silence would be waited through."""
    refusal = refused(value)
    assert (refusal.request_id, refusal.user_id) == (GOOD["request_id"], GOOD["user_id"])
    assert refusal.reason == "shape"


@pytest.mark.parametrize("name", ["user_id", "prompt"])
@pytest.mark.parametrize("value", [None, "", 7, ["a"], {"a": 1}, True, ...])
def test_a_missing_or_wrong_field_is_refused_to_its_sender(name: str, value: object) -> None:
    """Named, and without repeating what was in it."""
    fields = GOOD | {name: value}
    if value is ...:
        del fields[name]
    refusal = refused(fields)
    assert (refusal.request_id, refusal.code) == ("r-1", Code.INVALID_MESSAGE)
    if value != "" or name == "user_id":
        assert refusal.hint == f"Missing or malformed: {name}."


@pytest.mark.parametrize("value", [None, "", 7, 1.0, ["a"], {"a": 1}, True, ..., "x" * 1025])
def test_without_a_usable_request_id_nobody_is_addressed(value: object) -> None:
    """And 1, 1.0, true and "1" are never the same."""
    fields = GOOD | {"request_id": value}
    if value is ...:
        del fields["request_id"]
    assert refused(fields).request_id is None


BAD_IDS = [
    *("../../admin", "..", ".", "a/b", "%2e%2e", "\\", "/a", ".hidden", "-a", "_a", " a", "a "),
    *("é", "e\u0301", "漢", "🦊", "a" * 129, *(f"a{control}" for control in CONTROLS)),
    *("a\n", "\na", "{{7*7}}", "%s", "<script>", "a b", "a?b", "a#b", "a\u2024b"),
]


@pytest.mark.parametrize("name", ["request_id", "user_id"])
@pytest.mark.parametrize("value", BAD_IDS)
def test_an_id_that_could_leave_its_folder_or_forge_a_line_is_refused(
    name: str,
    value: str,
) -> None:
    """And the refusal is addressed to the ids as they came."""
    refusal = refused(GOOD | {name: value})
    assert (refusal.request_id, refusal.user_id) == tuple(
        (GOOD | {name: value})[key] for key in ("request_id", "user_id")
    )
    assert json.loads(completions.encode_refusal(refusal_of(refusal), at=AT))[name] == value


@given(first=ids, second=ids)
def test_good_ids_are_taken_as_they_are_and_stay_apart(first: str, second: str) -> None:
    """Case counts; every id is a folder or file name of its own."""
    request = read(GOOD | {"request_id": first, "user_id": second})
    assert isinstance(request, GenerationRequest)
    assert (request.request_id, request.user_id) == (first, second)
    assert re.fullmatch(r"[A-Za-z0-9._:@-]+", first)
    assert first not in {".", ".."}


def test_unknown_fields_are_ignored() -> None:
    """Contracts grow."""
    assert read(GOOD | {"mood": 9, "x": {"deep": []}}) == read(GOOD)


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("version", ["00", "01", "fe"])
def test_a_trace_context_is_handed_on(version: str) -> None:
    """As it came."""
    trace = version + TRACE[2:]
    request = read(GOOD | {"traceparent": trace})
    assert isinstance(request, GenerationRequest)
    assert request.traceparent == trace


@pytest.mark.parametrize(
    "trace",
    [
        "a" * 60_000,
        TRACE.upper(),
        TRACE + "\n",
        TRACE + "-more",
        "ff" + TRACE[2:],
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
        7,
        {},
    ],
    ids=lambda trace: repr(trace)[:40],
)
def test_what_is_no_trace_context_is_dropped_and_costs_no_request(trace: object) -> None:
    """It would be repeated in each completion; also where an older version stored it."""
    request = read(GOOD | {"traceparent": trace})
    assert isinstance(request, GenerationRequest)
    assert request.traceparent is None
    stored = json.dumps(GOOD | {"traceparent": trace}).encode()
    assert wire.decode_request(stored) == request


def test_an_optional_field_that_is_empty_was_not_given() -> None:
    """So that the request reads the same, and has the same fingerprint, when it is read again."""
    request = read(GOOD | {"preset": "", "traceparent": "", "priority": ""})
    assert request == read(GOOD)
    assert isinstance(request, GenerationRequest)
    assert wire.decode_request(wire.encode_request(request)) == request


@pytest.mark.parametrize("priority", ["urgent", "HIGH", 1, True, ["high"], {}])
def test_a_priority_that_nobody_knows_is_refused_to_its_sender(priority: object) -> None:
    """Before anything is stored; a misspelt one would wait longer than its sender believes."""
    no = refused(GOOD | {"priority": priority})
    assert (no.request_id, no.hint) == (GOOD["request_id"], "Missing or malformed: priority.")


def test_a_number_beyond_all_numbers_is_refused() -> None:
    """It would be read as infinity, which no message can hold."""
    payload = json.dumps(GOOD | {"options": {"size": 0}}).encode().replace(b"0}", b"1e400}")
    assert refused(payload).hint == "Missing or malformed: options."


def test_of_a_repeated_key_the_last_one_counts() -> None:
    """As in most readers of JSON."""
    payload = b'{"request_id":"r-1","user_id":"a","user_id":"b","prompt":"p"}'
    request = read(payload)
    assert isinstance(request, GenerationRequest)
    assert request.user_id == "b"


def test_a_number_of_five_thousand_digits_stops_nothing() -> None:
    """It is in a field that nobody reads, or in one that wants a string."""
    digits = b"9" * 5000
    assert refused(b'{"request_id":' + digits + b"}").request_id is None
    read(json.dumps(GOOD).encode()[:-1] + b',"x":' + digits + b"}")


@pytest.mark.parametrize("prompt", ["%s {request_id}", "{{7*7}}", "<b>", "a\nb\x00", "\u202eevil"])
def test_a_prompt_is_taken_literally(prompt: str) -> None:
    """It is the provider's business what it means."""
    request = read(GOOD | {"prompt": prompt})
    assert isinstance(request, GenerationRequest)
    assert request.prompt == prompt


@pytest.mark.parametrize("prompt", ["", " ", "\n\t", "\u2003"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    """Nothing would be paid for nothing."""
    refusal = refused(GOOD | {"prompt": prompt})
    assert (refusal.code, refusal.sentence) == (Code.INVALID_MESSAGE, "The prompt is empty.")


def test_a_prompt_may_be_as_long_as_allowed_and_no_longer() -> None:
    """Counted in characters, not bytes."""
    assert isinstance(read(GOOD | {"prompt": "🦊" * 2000}), GenerationRequest)
    refusal = refused(GOOD | {"prompt": "🦊" * 2001})
    assert (refusal.request_id, refusal.code) == ("r-1", Code.PROMPT_REJECTED)


@pytest.mark.parametrize("place", ["front", "back"])
def test_a_message_that_is_too_large_is_refused_unread_to_its_sender(place: str) -> None:
    """The ids are looked for at both ends only."""
    padding = '"x":"' + "a" * 100_000 + '"'
    own = json.dumps(GOOD)[1:-1]
    text = f"{{{own},{padding}}}" if place == "front" else f"{{{padding},{own}}}"
    refusal = refused(text.encode())
    assert refusal.code is Code.PAYLOAD_TOO_LARGE
    assert (refusal.request_id, refusal.user_id) == ("r-1", "u-1")


def test_a_message_that_grows_too_large_when_it_is_written_again_is_refused() -> None:
    """Or it would be accepted, and then refused by the worker that takes it up."""
    payload = json.dumps(GOOD | {"options": {"list": [0] * 9}}).encode().replace(b"0", b"1e15")
    request = read(payload)
    assert isinstance(request, GenerationRequest)
    written = wire.encode_request(request)
    assert len(written) > len(payload)
    assert read(written, max_bytes=len(written)) == request
    assert refused(payload, max_bytes=len(written) - 1).code is Code.PAYLOAD_TOO_LARGE


def test_a_message_of_exactly_the_limit_is_read() -> None:
    """One byte more is not."""
    payload = json.dumps(GOOD).encode()
    assert isinstance(read(payload, max_bytes=len(payload)), GenerationRequest)
    assert isinstance(read(payload, max_bytes=len(payload) - 1), InvalidRequest)


@given(secret=st.text("αβγ龙0189", min_size=8))
def test_a_refusal_never_repeats_what_was_in_the_message(secret: str) -> None:
    """It may be a prompt, or a key in the wrong place."""
    bad = {"request_id": "r-1", "user_id": "u-1", "prompt": [secret], "preset": {secret: secret}}
    refusal = refused(bad)
    assert secret not in refusal.sentence + refusal.hint + str(refusal.reason)


# ---------------------------------------------------------------- round trips


@given(request=requests)
def test_a_request_is_read_as_it_was_written(request: GenerationRequest) -> None:
    """Through either reader."""
    payload = wire.encode_request(request)
    assert wire.decode_request(payload) == request
    assert parse_request(payload, max_bytes=10**6, max_prompt_chars=100) == request


@given(first=requests, second=requests)
def test_a_fingerprint_tells_what_was_asked_for(
    first: GenerationRequest,
    second: GenerationRequest,
) -> None:
    """Equal for equal wishes, whatever their trace, id or priority."""
    wish = [
        (r.user_id, r.prompt, r.preset, json.dumps(r.options, sort_keys=True))
        for r in (first, second)
    ]
    assert (wire.fingerprint(first) == wire.fingerprint(second)) == (wish[0] == wish[1])


def test_the_order_of_options_is_no_difference() -> None:
    """JSON objects have none."""
    one = GenerationRequest("r", "u", "p", options={"a": 1, "b": {"c": 2, "d": 3}})
    two = GenerationRequest("r", "u", "p", options={"b": {"d": 3, "c": 2}, "a": 1})
    assert wire.fingerprint(one) == wire.fingerprint(two)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"request_id":"r-1"}', "r-1"),
        (b'{"request_id":"r-1","x":1}', "r-1"),
        (b'{"request_id":7}', None),
        (b'{"request_id":"../x"}', None),
        (b'{"request_id":"r-1\\n"}', None),
        (b"{}", None),
        (b"[]", None),
        (b"\xff", None),
        (b"[" * 100, None),
        (b'{"request_id":"r-1","x":"' + b"a" * 200 + b'"}', None),
    ],
)
def test_a_cancellation_names_one_good_id_or_nothing(payload: bytes, expected: str | None) -> None:
    """Too large, malformed, or of another shape: nothing."""
    assert wire.parse_cancellation(payload, max_bytes=200) == expected


# ---------------------------------------------------------------- whatever goes out

COMPLETED_FIELDS: dict[str, type | tuple[type, ...]] = {
    "request_id": str,
    "user_id": str,
    "status": str,
    "s3_key": str,
    "s3_url": str,
    "generation_time_seconds": (int, float),
    "timestamp": str,
    "width": int,
    "height": int,
    "bytes": int,
    "sha256": str,
    "preset": str,
    "provider": str,
}
FAILED_FIELDS: dict[str, type | tuple[type, ...]] = {
    "request_id": str,
    "user_id": str,
    "status": str,
    "error": str,
    "timestamp": str,
    "error_code": str,
    "retryable": bool,
    "retry_after": (int, type(None)),
    "who": str,
    "paid": (bool, str),
}
OPTIONAL = {"correction", "traceparent", "detail"}
finished = st.builds(
    Completed,
    asset=st.builds(
        Asset,
        key=st.just("generated/u/r.png"),
        url=st.just("https://assets.invalid/generated/u/r.png"),
        width=st.integers(1, 10_000),
        height=st.integers(1, 10_000),
        bytes=st.integers(1, 10**9),
        sha256=st.just("ab" * 32),
    ),
    preset=st.just("auto"),
    provider=st.just("midjourney"),
    seconds=st.floats(0.0, 10**6),
)
paid: st.SearchStrategy[Paid] = st.sampled_from([True, False, "unknown"])
failures = st.builds(Failed, code=st.sampled_from(Code), sentence=st.text(max_size=300), paid=paid)


def message_of(payload: bytes, fields: dict[str, Any]) -> dict[str, Any]:
    """Read a message and see that it has these fields, of these types, and is small."""
    assert len(payload) < 20_000
    message: dict[str, Any] = json.loads(payload)
    assert set(message) - OPTIONAL == set(fields)
    wrong = {name for name, kind in fields.items() if not isinstance(message[name], kind)}
    assert wrong == set()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", message["timestamp"])
    return message


@given(request=requests, outcome=finished, correction=st.booleans())
def test_a_completion_has_exactly_the_fields_of_the_contract(
    request: GenerationRequest,
    outcome: Completed,
    correction: bool,
) -> None:
    """In their types."""
    job = Job(request, correction=correction)
    message = message_of(completions.encode_outcome(job, outcome, at=AT), COMPLETED_FIELDS)
    assert message["status"] == "completed"
    assert message.get("correction", False) is correction
    assert message.get("traceparent") == request.traceparent
    assert message["generation_time_seconds"] >= 0


@given(request=requests, outcome=failures)
def test_a_failure_has_exactly_the_fields_of_the_contract(
    request: GenerationRequest,
    outcome: Failed,
) -> None:
    """In their types, with a code of the closed list."""
    message = message_of(completions.encode_outcome(Job(request), outcome, at=AT), FAILED_FIELDS)
    assert message["status"] == "failed"
    assert message["error_code"] in set(Code)
    assert message["retryable"] is ADVICE[outcome.code].retryable
    assert message["paid"] in {True, False, "unknown"}


@given(
    request_id=st.text(st.characters(exclude_categories=["Cs"]), max_size=1024),
    user_id=st.text(st.characters(exclude_categories=["Cs"]), max_size=1024),
)
@example("\x00" * 1024, "\x00" * 1024)
@example("🦊" * 1024, "🦊" * 1024)
def test_a_refusal_has_exactly_the_fields_of_a_failure(request_id: str, user_id: str) -> None:
    """Whatever ids it is addressed to."""
    outcome = Failed(Code.INVALID_MESSAGE, "It is wrong.", paid=False)
    refusal = Refusal(request_id, user_id, outcome, "fields")
    message = message_of(completions.encode_refusal(refusal, at=AT), FAILED_FIELDS)
    assert (message["request_id"], message["user_id"]) == (request_id, user_id)
    assert message["paid"] is False


@given(request=requests, progress=st.integers(0, 100))
def test_progress_has_exactly_its_fields(request: GenerationRequest, progress: int) -> None:
    """And no picture yet."""
    message = json.loads(completions.encode_progress(request, "storing", progress))
    assert message == {
        "request_id": request.request_id,
        "user_id": request.user_id,
        "status": "processing",
        "stage": "storing",
        "progress": progress,
    }


@given(request=requests, outcome=finished | failures)
def test_an_outcome_can_be_marked_as_a_duplicate_by_its_last_brace(
    request: GenerationRequest,
    outcome: Completed | Failed,
) -> None:
    """That is how a stored outcome is announced again without being parsed."""
    payload = completions.encode_outcome(Job(request), outcome, at=AT)
    again = json.loads(payload[:-1] + b',"duplicate":true}')
    assert again == json.loads(payload) | {"duplicate": True}


@given(seconds=st.floats(0.0, 250_000_000_000.0), hours=st.integers(-23, 23))
def test_timestamps_are_utc_to_the_millisecond_whatever_the_zone(
    seconds: float,
    hours: int,
) -> None:
    """RFC 3339."""
    local = datetime.fromtimestamp(seconds, tz=timezone(timedelta(hours=hours)))
    text = completions.timestamp(local)
    assert text.endswith("Z")
    assert abs(datetime.fromisoformat(text) - local) < timedelta(milliseconds=1)
