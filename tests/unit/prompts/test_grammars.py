"""Each family of providers gets a prompt in its own grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.capabilities import Capabilities, Grammar
from mobart.core.domain import GenerationRequest
from mobart.core.errors import Rejected
from mobart.prompts.grammars import HEAVIEST, stable_diffusion
from mobart.prompts.order import Wording
from mobart.prompts.rules import PromptRules
from mobart.prompts.templates import PLAIN
from mobart.testing.providers import MemoryProvider

RULES = PromptRules()


def written(prompt: str, grammar: Grammar) -> str:
    """Return what a provider with *grammar* gets."""
    provider = MemoryProvider(capabilities=Capabilities(grammar=grammar))
    return Wording.of(GenerationRequest("r", "u", prompt), PLAIN, RULES).order_for(provider).prompt


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (r"miku \(vocaloid\)", r"miku \(vocaloid\)"),
        (r"a \[b\] c\\d", r"a \[b\] c\\d"),
        ("a (red:1.3) [blue] ((cat))", "a (red:1.3) [blue] ((cat))"),
        ("a (red:9) (blue:-1) cat", "a (red) (blue) cat"),
        ("a cat AND a dog", "a cat and a dog"),
        ("a cat <lora:secret:1> <hypernet:x>", "a cat"),
        ("a {red|blue} cat", "a red|blue cat"),
        ("a cat::2 dog::-1", "a cat, dog"),
        ("a cat --ar 3:2 --repeat 9", "a cat"),
    ],
)
def test_stable_diffusion_keeps_its_escapes_and_weights(prompt: str, expected: str) -> None:
    """What changes only the picture stays; what costs, or reaches for files, goes."""
    assert written(prompt, Grammar.STABLE_DIFFUSION) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a cat::2 dog::-1", "a cat, dog"),
        ("a cat:: a dog", "a cat, a dog"),
        (r"miku \(vocaloid\)", "miku (vocaloid)"),
        ("12:30 on a clock", "12:30 on a clock"),
    ],
)
def test_plain_words_have_no_weights(prompt: str, expected: str) -> None:
    """They would be drawn."""
    assert written(prompt, Grammar.PLAIN) == expected


def test_midjourney_keeps_the_weights_of_parts() -> None:
    """It reads them."""
    assert written("a cat::2 a dog", Grammar.MIDJOURNEY) == "a cat::2 a dog"


def test_a_prompt_of_files_alone_is_still_ordered() -> None:
    """As words, which reach for no file."""
    assert written("<lora:cat:1>", Grammar.STABLE_DIFFUSION) == "lora:cat:1"


@given(st.text("ab ()[]{}\\<>:.129-|AND", max_size=30))
def test_no_prompt_of_stable_diffusion_brings_files_or_costs(prompt: str) -> None:
    """Whatever brackets and escapes it has."""
    try:
        text = stable_diffusion(prompt, RULES)
    except Rejected:
        return
    assert not [char for char in text if char in "{}" or "\ue000" <= char <= "\ue004"]
    assert "AND" not in text.split()
    assert HEAVIEST == 2.0
