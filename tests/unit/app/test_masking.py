"""Facts that are kept of a request show no secret and nothing of its prompt."""

from hypothesis import example, given
from hypothesis import strategies as st

from mobart.app.masking import masking
from mobart.app.secret_masks import MASK, SecretMasks
from mobart.prompts.redaction import HIDDEN, hidden, redact, redact_values
from mobart.settings import load

KEY = "benchmark-key-of-a-provider"
MASKED = masking(load(s3_bucket_name="assets", midjourney_api_key=KEY))
PROMPT = "A red fox, sleeping under the İstanbul bridge"
PARTS = st.sampled_from(
    [
        *("red", "fox", "RED", "i̇stanbul", "bridge", " ", "\n", "\\n", "%20", "\\", "n", "x"),
        *(KEY, KEY[:9], KEY[9:], "sk-12345678", "//u:p@h", "://u:p", "@h", "?sig=", "a/b.png", "ß"),
    ]
)
TEXTS = st.lists(PARTS, max_size=8).map("".join)


def test_facts_without_either_stay_as_they_are() -> None:
    """They are nearly all, and cost nearly nothing."""
    facts = {"key": "generated/u/r-1.png", "bytes": 3, "seconds": 0.1}
    with hidden(PROMPT):
        assert MASKED(facts) is facts


def test_a_secret_and_the_prompt_are_hidden_beside_each_other() -> None:
    """Each in its own fact."""
    with hidden(PROMPT):
        told = MASKED({"detail": f"refused: {KEY}", "ticket": "a red fox", "bytes": 3})
    assert told == {"detail": f"refused: {MASK}", "ticket": HIDDEN, "bytes": 3}


@given(st.dictionaries(st.sampled_from(["detail", "key", "ticket", "user_id"]), TEXTS))
@example({"detail": "a red", "key": "fox sleeping"})
@example({"detail": "://u:p", "key": "@h"})
def test_looking_at_all_facts_at_once_hides_as_much_as_looking_at_each(
    facts: dict[str, str],
) -> None:
    """Where one text stands beside another says nothing of either."""
    one = SecretMasks([KEY])
    with hidden(PROMPT):
        each = {name: one.mask(fact) for name, fact in redact_values(facts).items()}
        assert MASKED(facts) == each
        assert all(redact(fact) == fact for name, fact in each.items() if name != "user_id")


def test_what_a_name_in_an_address_calls_a_secret_is_hidden() -> None:
    """Whoever made the address; what is beside it stays."""
    for name in ("key", "api_key", "X-Goog-Signature", "code", "access_token", "client.secret"):
        told = SecretMasks([]).mask(f"https://h/a?side=64&{name}=canary-1&n=2")
        assert told == f"https://h/a?side=64&{name}={MASK}&n=2"
