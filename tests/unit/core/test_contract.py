"""The documents of the wire contract hold for what is really read and written."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.app.contract import documents
from mobart.core import completions, wire
from mobart.core.contract import schemas
from mobart.core.domain import Asset, Completed, Failed, GenerationRequest, Job, Paid, Refusal
from mobart.core.errors import Code
from mobart.core.messages import MESSAGES
from mobart.core.wire import InvalidRequest

GOLDEN = Path(__file__).parents[2] / "golden" / "messages"
AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
REQUEST = GenerationRequest("order-7", "player-1", "a red fox", traceparent=TRACE)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
assets = st.builds(
    Asset,
    key=texts,
    url=texts,
    width=st.integers(1, 1024),
    height=st.integers(1, 1024),
    bytes=st.integers(1, 2**40),
    sha256=st.from_regex(r"\A[0-9a-f]{64}\Z"),
    sidecar_key=st.just("") | texts,
)
outcomes = st.builds(
    Completed,
    asset=assets,
    preset=texts,
    provider=texts,
    seconds=st.floats(0, 1e6),
    variants=st.lists(assets, max_size=3).map(tuple),
    art=st.dictionaries(texts, st.integers(), max_size=2),
    raw_key=st.just("") | texts,
    cost=st.none() | st.floats(0, 1e6),
) | st.builds(
    Failed,
    code=st.sampled_from(Code),
    sentence=texts,
    paid=st.sampled_from(get_args(Paid)),
    hint=st.just("") | texts,
    retry_after=st.none() | st.floats(0, 1e6),
    cost=st.floats(0, 1e6),
)


def validator(name: str) -> jsonschema.Draft202012Validator:
    """Return what judges by the published schema of a message."""
    schema = schemas()[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@given(outcomes, st.booleans(), st.booleans(), st.just("") | texts)
def test_every_end_of_a_request_is_a_message_of_the_contract(
    outcome: Completed | Failed, correction: bool, duplicate: bool, made_from: str
) -> None:
    """It has every field that it must have, and none that the contract does not name."""
    job = Job(REQUEST, correction=correction, made_from=made_from)
    message = completions.encode_outcome(job, outcome, at=AT)
    if duplicate:  # as the journal's script marks it
        message = message[:-1] + b',"duplicate":true}'
    name = json.loads(message)["status"]
    MESSAGES[name].model_validate_json(message)
    validator(name).validate(json.loads(message))


@pytest.mark.parametrize("progress", [0, 100])
def test_progress_is_a_message_of_the_contract(progress: int) -> None:
    """From nothing to all."""
    message = completions.encode_progress(REQUEST, "generating", progress)
    MESSAGES["progress"].model_validate_json(message)
    validator("progress").validate(json.loads(message))


def test_the_parser_and_the_schema_agree_on_what_a_request_is() -> None:
    """In what a schema can say: fields, types, the letters of an id."""
    good = {"request_id": "r-1", "user_id": "u-1", "prompt": "a fox"}
    cases: list[object] = [
        good,
        {**good, "preset": "sprite", "options": {"size": 32}, "traceparent": TRACE, "more": 1},
        {**good, "preset": None},
        {**good, "request_id": 1},
        {**good, "request_id": "../x"},
        {**good, "user_id": "a" * 129},
        {**good, "prompt": ""},
        {**good, "prompt": None},
        {**good, "options": []},
        {name: value for name, value in good.items() if name != "prompt"},
        [],
    ]
    judge = validator("request")
    told = {json.dumps(case): judge.is_valid(case) for case in cases}
    assert told == {json.dumps(case): parses(case) for case in cases}
    assert list(told.values()).count(True) == 3


def parses(case: object) -> bool:
    """Whether *case* is a request to the worker."""
    try:
        wire.parse_request(json.dumps(case).encode(), max_bytes=65_536, max_prompt_chars=2000)
    except InvalidRequest:
        return False
    return True


def test_readers_of_a_schema_are_ready_for_fields_of_later_versions() -> None:
    """Fields are only ever added."""
    message = json.loads((GOLDEN / "failed.json").read_text())
    validator("failed").validate({**message, "of_a_later_version": 1})


def golden() -> Mapping[str, bytes]:
    """Write the messages that the golden files hold."""
    asset = Asset(
        key="generated/player-1/order-7.png",
        url="https://assets.example/generated/player-1/order-7.png",
        width=64,
        height=48,
        bytes=1234,
        sha256="5e" * 32,
    )
    done = Completed(asset, preset="sprite", provider="midjourney", seconds=41.5)
    failed = Failed(Code.MODERATION_BLOCKED, "The prompt was refused by moderation.", paid=False)
    limit = Failed(Code.QUOTA_EXCEEDED, "You have too many.", paid=False, retry_after=59.2)
    malformed = Failed(Code.INVALID_MESSAGE, "The request could not be read.", False, "no prompt")
    unknown = Failed(Code.SUBMIT_UNKNOWN, "Whether it was made is unknown.", paid="unknown")
    refusal = Refusal("order-7", "player-1", malformed, "fields")
    job = Job(REQUEST)
    return {
        "completed": completions.encode_outcome(job, done, at=AT),
        "failed": completions.encode_outcome(job, failed, at=AT),
        "failed-limit": completions.encode_outcome(job, limit, at=AT),
        "failed-unknown": completions.encode_outcome(job, unknown, at=AT),
        "failed-refused": completions.encode_refusal(refusal, at=AT),
        "completed-correction": completions.encode_outcome(
            Job(REQUEST, correction=True), done, at=AT
        ),
        "progress": completions.encode_progress(REQUEST, "generating", 42),
        "request": wire.encode_request(REQUEST),
        "cancellation": b'{"request_id":"order-7"}',
    }


@pytest.mark.parametrize("name", golden())
def test_a_message_is_written_as_its_golden_file_has_it(name: str) -> None:
    """Programs of other languages test their readers with these files."""
    assert (GOLDEN / f"{name}.json").read_bytes() == golden()[name]


@pytest.mark.parametrize("name", golden())
def test_each_golden_file_is_valid(name: str) -> None:
    """By the schema of its kind."""
    validator(name.partition("-")[0]).validate(json.loads((GOLDEN / f"{name}.json").read_bytes()))


def test_the_asyncapi_document_names_what_is_in_it() -> None:
    """Each reference leads somewhere, and each message goes somewhere."""
    document = documents()["asyncapi"]
    text = json.dumps(document)
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', text):
        at: Any = document
        for step in reference.split("/"):
            at = at[step]
        assert at
    sent = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert sent == set(document["components"]["messages"]) == set(MESSAGES)
