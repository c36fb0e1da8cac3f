"""Whatever a player writes, and what of it goes to the provider."""

import re
import unicodedata
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Code, Rejected
from mobart.prompts import parameters
from mobart.prompts.parameters import DASHES, HARMLESS, HYPHENS, PARAMETERS
from mobart.prompts.rules import PromptRules, Treatment
from tests.fuzz.mutators import bounded, prompts, tried

MAX_CHARS = 100
rules = st.sampled_from(get_args(Treatment)).map(lambda one: PromptRules(one, MAX_CHARS))
LONG = "".join(set(DASHES) - set(HYPHENS))
NAMES = "|".join(sorted(PARAMETERS, key=len, reverse=True))
ORDERS = {
    "a parameter": rf"[{re.escape(DASHES)}]{{2}}|(?<!\w)[{re.escape(LONG)}] *(?:{NAMES})(?!\w)",
    "permutations": r"[{}]",
    "an address": r"(?i)[a-z][a-z0-9+.-]*:[/\\]{2}|\bwww\.[\w-]+\.",
    "a mention": r"<@|(?<![\w.])@\w",
    "what cannot be seen": r"[\0-\x1f\x7f\u200b\u2028-\u202e\u2060-\u206f\ufeff]",
}
"""What must not be submitted, as a reader on the other side might look for it."""


def submitted(rule: PromptRules, prompt: str) -> str | None:
    """Return what goes to the provider; None if the prompt is refused with one of its two codes."""
    left = tried(lambda: rule.clean(prompt), Rejected)
    if isinstance(left, str):
        return left
    assert left.code in {Code.PROMPT_REJECTED, Code.PROMPT_FLAG_NOT_ALLOWED}
    assert left.sentence.isascii()
    return None


def unescaped(text: str) -> str:
    """Read *text* as a chat does."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return re.sub(r"\\(?=[^\w\s])", "", text)


PROSE = st.lists(
    st.sampled_from(
        (
            *("a", "Red", "猫", "Ёж", "é", "ſ", "ŉ", "½", "16", "x", "r", "ar", "www", "data", "v"),
            *(
                "-",
                "--",
                ": ",
                ":",
                ". ",
                ".",
                "...",
                ", ",
                "!",
                " ",
                "  ",
                "'",
                "(",
                ")",
                "/",
                "\u0301",
            ),
        )
    ),
    max_size=14,
).map("".join)


@bounded
@given(PROSE | prompts, rules)
def test_what_is_taken_for_plain_prose_is_changed_by_no_rule(
    prompt: str, rule: PromptRules
) -> None:
    """So that the rules need not be asked what of it may be submitted."""
    if rule.is_harmless(prompt):
        assert rule.settle(prompt) == rule.clean(prompt) == re.sub(" +", " ", prompt).strip(" ")


@bounded
@given(prompts, rules)
def test_what_is_submitted_orders_one_picture(prompt: str, rule: PromptRules) -> None:
    """No parameter but harmless ones where these are allowed, no permutation, no address."""
    left = submitted(rule, prompt)
    if left is None:
        return
    text, *behind = re.split(r" --(?=[a-z])", left)
    assert not behind or rule.treatment == "allow"
    for one in behind:
        name, _, value = one.partition(" ")
        assert HARMLESS[name](value)
    for part in (text, *behind, unescaped(text)):
        for what, pattern in ORDERS.items():
            assert not re.search(pattern, part), what


@bounded
@given(prompts, rules)
def test_what_is_submitted_would_be_submitted_again_unchanged(
    prompt: str, rule: PromptRules
) -> None:
    """A worker that takes a job over words it as the one before, or nobody could find it."""
    left = submitted(rule, prompt)
    if left is not None:
        assert rule.clean(left) == left
        assert 0 < len(left) <= MAX_CHARS
        assert left == left.strip()


@bounded
@given(prompts)
def test_a_prompt_without_parameters_is_treated_alike_by_all_rules(prompt: str) -> None:
    """Where nothing is refused for a parameter, none was stripped and none was kept."""
    strict, lenient, stripped = (
        submitted(PromptRules(treatment, MAX_CHARS), prompt)
        for treatment in ("reject", "allow", "strip")
    )
    if strict is not None:
        assert strict == lenient == stripped
        assert parameters.split(strict)[1] == []
