"""Midjourney's prompts with a picture to go by."""

import pytest

from mobart.core.orders import Order, Reference
from mobart.providers.midjourney import with_reference, without_reference

ADDRESS = "https://assets.example/hero.png?a=b&c=--d"
ORDER = Order("r", "u", "a cat --v 7", reference=Reference(ADDRESS, b"png"))


@pytest.mark.parametrize("how", ["image", "cref", "oref", "sref"])
def test_the_picture_is_put_in_and_can_be_taken_out_again(how: str) -> None:
    """What is left is what the player wanted."""
    prompt = with_reference(ORDER, how).prompt
    assert prompt.count(ADDRESS) == 1
    assert without_reference(prompt) == ORDER.prompt


def test_an_order_without_one_stays_as_it_is() -> None:
    """And so does a prompt that has none."""
    plain = Order("r", "u", "a cat")
    assert with_reference(plain, "image") is plain
    assert without_reference("a cat --no dogs") == "a cat --no dogs"
