"""Whatever is found in the completions stream, and whatever is logged."""

import io
import json
import logging

from hypothesis import given
from hypothesis import strategies as st

from mobart.app.logs import _formatter, _json
from mobart.app.secret_masks import SecretMasks
from mobart.webhooks.inbox import _completion
from tests.fuzz.mutators import bounded, json_values, messages, words

CANARY = "canary-of-the-log"
completions = messages(st.fixed_dictionaries({"request_id": words, "status": words}))


@bounded
@given(st.dictionaries(st.just(b"completion") | st.binary(max_size=9), completions, max_size=3))
def test_a_foreign_entry_among_the_completions_is_told_from_one(fields: dict[bytes, bytes]) -> None:
    """It has no body to post; a completion is posted as it is."""
    found = _completion("1-1", 1, fields)
    assert (found.body is None) == (found.request_id is None)
    if found.body is not None:
        assert found.body.encode() == fields[b"completion"]


@bounded
@given(words, st.dictionaries(words, json_values | st.binary() | st.just(CANARY), max_size=4))
def test_whatever_is_logged_is_one_line_of_ascii_without_secrets(
    text: str, facts: dict[str, object]
) -> None:
    """It can be read again as JSON, and steers no terminal."""
    file = io.StringIO()
    handler = logging.StreamHandler(file)
    handler.setFormatter(_formatter(_json(), SecretMasks([CANARY])))
    record = logging.LogRecord("mobart", logging.INFO, "", 0, "%s %r", (text, facts), None)
    handler.emit(record)
    written = file.getvalue()
    assert written.count("\n") == 1
    assert written.endswith("\n")
    assert written[:-1].isprintable()
    assert written.isascii()
    assert CANARY not in written
    assert json.loads(written)["level"] == "info"
