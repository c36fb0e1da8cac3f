"""What is logged during a job shows nothing of its prompt, however it is quoted."""

import json
import weakref
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.prompts.redaction import HIDDEN, hidden, may_quote, redact, redact_values

PROMPT = "A red fox, sleeping under the old stone bridge"
QUOTES = {
    "as it is": PROMPT,
    "in capitals": PROMPT.upper(),
    "within a style": f"pixel art of {PROMPT} --v 7",
    "as JSON": json.dumps({"prompt": PROMPT}),
    "on two lines": PROMPT.replace(" ", "\\n"),
    "in an address": quote(PROMPT),
    "in a form": quote_plus(PROMPT),
    "cut off": PROMPT[:20] + "...",
    "a part": "flagged: 'under the old'",
    "without marks": PROMPT.replace(",", ""),
}


@pytest.mark.parametrize("quoted", QUOTES.values(), ids=QUOTES)
def test_a_quote_is_hidden_and_the_rest_stays(quoted: str) -> None:
    """What else the provider says is needed to find out what is wrong."""
    with hidden(PROMPT):
        told = redact(f"HTTP 400: {quoted} (request 77)")
    assert HIDDEN in told
    assert not {"fox", "stone", "under"} & set(told.casefold().split())
    assert told.startswith("HTTP 400: ")
    assert told.endswith(" (request 77)")


def test_a_short_prompt_is_hidden_as_a_whole() -> None:
    """Its words alone are nobody's."""
    with hidden("red fox"):
        assert redact("no red fox here") == f"no {HIDDEN} here"
        assert redact("a red card, a fox") == "a red card, a fox"


@pytest.mark.parametrize("prompt", ["", "  ", "?!"])
def test_without_a_prompt_nothing_is_hidden(prompt: str) -> None:
    """Nor outside of a job."""
    with hidden(prompt):
        assert redact("HTTP 500") == "HTTP 500"
    with hidden(PROMPT):
        pass
    assert redact(PROMPT) == PROMPT


class Text(str):
    """One of which can be seen that it is gone."""

    __slots__ = ("__weakref__",)


def test_a_prompt_is_forgotten_with_its_job() -> None:
    """What is known of the words of a thousand long ones would take ninety megabytes."""
    prompt = Text(PROMPT)
    kept = weakref.ref(prompt)
    with hidden(prompt):
        del prompt
        assert may_quote(PROMPT)
        assert redact(PROMPT) == HIDDEN
        assert kept() is not None
    assert kept() is None


def test_ids_and_numbers_stay_as_they_are() -> None:
    """The backend chose them, and looks for them."""
    facts = {"request_id": "red fox", "event": "job.failed", "detail": "red fox", "bytes": 7}
    with hidden("red fox"):
        assert redact_values(facts) == facts | {"detail": HIDDEN}


def test_the_programs_own_words_stay_whatever_the_prompt_says() -> None:
    """A player who asks for a `completed` picture does not hide how it ended."""
    facts = {"outcome": "completed", "stage": "paid", "detail": "completed"}
    with hidden("completed"):
        assert redact_values(facts) == facts | {"detail": HIDDEN}


@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_no_text_can_make_it_fail_and_three_words_in_a_row_never_remain(
    prompt: str, before: str, after: str
) -> None:
    """Whatever letters there are."""
    text = f"{before} {prompt} {after}"
    with hidden(prompt):
        told = redact(text)
        assert redact(told.replace(HIDDEN, " / ")) == told.replace(HIDDEN, " / ") or HIDDEN in told
