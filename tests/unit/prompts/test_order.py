"""What a provider gets: the player's prompt within what the preset says around it."""

import pytest

from mobart.core.capabilities import Capabilities, Grammar
from mobart.core.domain import GenerationRequest
from mobart.core.orders import Order
from mobart.prompts.order import Wording
from mobart.prompts.rules import PromptRules
from mobart.prompts.templates import PLAIN, Template
from mobart.testing.providers import MemoryProvider

MIDJOURNEY = MemoryProvider(
    name="midjourney", capabilities=Capabilities(grammar=Grammar.MIDJOURNEY)
)
OPENAI = MemoryProvider(name="openai")
STYLE = Template(
    before="pixel art of",
    after="on a white ground",
    negative="text",
    aspect_ratio="3:2",
    parameters={"midjourney": {"flags": "--v 7 --s 50"}, "openai": {"model": "big"}},
)


def ordered(
    prompt: str,
    provider: MemoryProvider,
    template: Template = PLAIN,
    rules: PromptRules | None = None,
) -> Order:
    """Write an order."""
    request = GenerationRequest("r", "u", prompt)
    return Wording.of(request, template, rules or PromptRules()).order_for(provider)


@pytest.mark.parametrize("provider", [MIDJOURNEY, OPENAI])
def test_a_plain_preset_leaves_the_prompt_as_it_is(provider: MemoryProvider) -> None:
    """Cleaned, and nothing around it."""
    assert ordered("a red fox --r 9", provider) == Order("r", "u", "a red fox")


def test_a_provider_that_reads_parameters_gets_all_in_the_prompt() -> None:
    """Style words around, the preset's parameters behind, the negative as one of them."""
    order = ordered("a red fox", MIDJOURNEY, STYLE)
    assert order.prompt == "pixel art of a red fox on a white ground --v 7 --s 50 --no text"
    assert (order.negative, order.aspect_ratio) == ("", "3:2")


def test_another_provider_gets_them_apart() -> None:
    """With the preset's own words for it."""
    order = ordered("a red fox", OPENAI, STYLE)
    assert order.prompt == "pixel art of a red fox on a white ground"
    assert (order.negative, order.parameters) == ("text", {"model": "big"})


def test_the_presets_parameters_win_over_the_players() -> None:
    """Where players may use some."""
    order = ordered("a fox --s 900 --c 5 --ar 9:1", MIDJOURNEY, STYLE, PromptRules("allow"))
    assert "--s 900" not in order.prompt
    assert "--ar" not in order.prompt
    assert order.prompt.count("--s ") == 1
    assert "--c 5" in order.prompt


def test_parameters_are_stripped_for_who_would_draw_them() -> None:
    """Even where players may use some."""
    assert ordered("a fox --s 900", OPENAI, rules=PromptRules("allow")).prompt == "a fox"


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        ("pixel art of", "on a white ground", "a red fox on a white ground"),
        ("16-bit Pixel-Art style, portrait of", "", "16-bit portrait of a red fox"),
        ("", "in pixel art style", "a red fox"),
        ("", "as pixelart, side view", "a red fox side view"),
        ("a pixel artist's view of", "", "a pixel artist's view of a red fox"),
    ],
)
def test_a_painter_of_pixel_art_is_not_told_to_be_one(before: str, after: str, sent: str) -> None:
    """Its vendor says that these words spoil its pictures; the player's own are left alone."""
    painter = MemoryProvider(name="painter", capabilities=Capabilities(pixel_art=True))
    template = Template(before=before, after=after)
    assert ordered("a red fox", painter, template).prompt == sent
    assert ordered("a pixel art fox", painter, PLAIN).prompt == "a pixel art fox"
