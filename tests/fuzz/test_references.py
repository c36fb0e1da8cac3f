"""Whatever a request names as a picture to go by."""

from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import GenerationRequest
from mobart.core.errors import Code, Rejected
from mobart.jobs.references import ReferenceRules, is_address
from tests.fuzz.mutators import bounded, json_values, tried, words

OWN = "generated/player/"
RULES = ReferenceRules(takers=("one",), providers=("one",), prefixes=("heroes/",))
parts = st.sampled_from(["generated", "player", "another", "..", ".", "", "raw", "heroes", "a.png"])
keys = st.lists(parts | words, max_size=6).map("/".join)
addresses = st.builds(
    "{}{}{}".format,
    st.sampled_from(["https://", "http://", "HTTPS://", "ftp://", "https:", "data:"]),
    keys,
    st.sampled_from(["", "?a=b", " --chaos 100", "\n", "#x", '"', "--v 5"]) | words,
)


@bounded
@given(keys | addresses | words | json_values)
def test_it_is_an_address_or_a_key_that_is_allowed_or_refused(text: object) -> None:
    """Nothing in it can lead to another player's pictures, or be read as more than one word."""
    request = GenerationRequest("r-1", "player", "a hero", options={"reference": text})
    heard = tried(lambda: RULES.check(request, ()), Rejected)
    if isinstance(heard, Rejected):
        assert heard.code is Code.INVALID_MESSAGE
        return
    assert isinstance(text, str)
    assert text == "" or (len(text.split()) == 1 and text.isascii() and text.isprintable())
    if text and not is_address(text):
        assert text.startswith((OWN, "heroes/"))
        assert not {"", ".", ".."} & set(text.split("/"))
