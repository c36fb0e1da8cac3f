"""A moment is read as it was written, whatever a provider said."""

from hypothesis import example, given
from hypothesis import strategies as st

from mobart.core.views import Moment
from mobart.journal.recording import decode_moment, encode_moment

ANYTHING = st.characters(codec=None, exclude_categories=())
FACTS = st.text(ANYTHING) | st.integers() | st.booleans() | st.floats(allow_nan=False)


@given(st.dictionaries(st.sampled_from(["detail", "ticket", "bytes"]), FACTS))
@example({"detail": "half an emoji: \ud83d"})
@example({"bytes": 10**400, "detail": "\x00\u2028"})
def test_what_is_written_is_read_again(facts: dict[str, object]) -> None:
    """One that could not be written would stand in the way of all that come after it."""
    moment = Moment(1_700_000_000.125, "job.delayed", "worker", facts)
    assert decode_moment(encode_moment(moment)) == moment
