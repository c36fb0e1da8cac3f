"""Entries of the request stream, as others add them."""

import json

import pytest

from mobart.core.wire import InvalidRequest, parse_request
from mobart.journal.entries import read_delivery

ASKED = {"request_id": "r-1", "user_id": "u-1", "prompt": "a red fox"}


@pytest.mark.parametrize(
    "fields",
    [
        {name.encode(): value.encode() for name, value in ASKED.items()},
        {b"data": json.dumps(ASKED).encode()},
        {b"Request": json.dumps(ASKED).encode()},
        {b"request_id": b"r-1", b"user_id": b"u-1", b"\xff": b"\xfe"},
    ],
)
def test_whoever_added_one_without_our_field_is_told(fields: dict[bytes, bytes]) -> None:
    """With the name of the field; silence would be waited through."""
    with pytest.raises(InvalidRequest) as no:
        parse_request(read_delivery(b"1-1", fields).payload, max_bytes=999, max_prompt_chars=99)
    assert (no.value.request_id, no.value.user_id) == ("r-1", "u-1")
    assert "`request`" in no.value.hint


@pytest.mark.parametrize("fields", [{}, {b"\xff": b"\xfe"}, {b"request": b""}])
def test_one_that_names_nobody_is_refused_to_nobody(fields: dict[bytes, bytes]) -> None:
    """Whatever it holds."""
    with pytest.raises(InvalidRequest) as no:
        parse_request(read_delivery(b"1-1", fields).payload, max_bytes=999, max_prompt_chars=99)
    assert no.value.request_id is None
