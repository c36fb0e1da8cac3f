"""How an order is put in a model's own words."""

from dataclasses import replace

import pytest

from mobart.core.orders import Order, Reference
from mobart.providers.aspect import size_of
from mobart.providers.inputs import Inputs
from mobart.providers.repeatable import SIGNED_MASK, keyed_seed

SEED = keyed_seed(Order("r-1", "u-1", ""), "") & SIGNED_MASK
"""Follows from the request."""
CAT = Order("r-1", "u-1", "a cat", negative="dogs", aspect_ratio="3:2")


def test_a_model_is_told_what_it_has_a_name_for() -> None:
    """Each thing by that name."""
    names = Inputs(prompt="text", negative="negative_prompt", aspect_ratio="ratio", seed="noise")
    assert names.message(CAT) == {
        "text": "a cat",
        "negative_prompt": "dogs",
        "ratio": "3:2",
        "noise": SEED,
    }


def test_a_model_is_told_nothing_that_it_has_no_name_for() -> None:
    """What must not be seen is said in the prompt then."""
    assert Inputs().message(CAT) == {"prompt": "a cat\n\nAvoid: dogs"}


def test_nothing_is_told_that_nobody_asked_for() -> None:
    """A model has defaults of its own."""
    names = Inputs(negative="negative_prompt", aspect_ratio="ratio")
    assert names.message(Order("r-1", "u-1", "a cat")) == {"prompt": "a cat"}


def test_the_preset_wins_over_the_settings_and_the_prompt_over_all() -> None:
    """A preset cannot put words into a player's mouth."""
    names = Inputs(seed="seed", defaults={"steps": 4, "guidance": 3})
    order = replace(CAT, negative="", parameters={"steps": 8, "prompt": "a dog", "seed": 1})
    told = names.message(order)
    assert told == {"steps": 8, "guidance": 3, "seed": 1, "prompt": "a cat"}


@pytest.mark.parametrize("ratio", ["1:1", "3:2", "2:3", "16:9", "21:9", "1:3"])
def test_a_size_has_the_ratio_and_about_a_megapixel(ratio: str) -> None:
    """In steps of sixteen."""
    width, height = size_of(ratio, area=2**20, step=16)
    across, down = (int(side) for side in ratio.split(":"))
    assert width / height == pytest.approx(across / down, rel=0.03)
    assert width * height == pytest.approx(2**20, rel=0.03)
    assert {width % 16, height % 16} == {0}


def test_an_image_size_is_told_in_pixels() -> None:
    """The one name that stands for them."""
    told = Inputs(aspect_ratio="image_size").message(CAT)
    assert told["image_size"] == {"width": 1248, "height": 832}


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("image_url", "image_url", "https://a.example/x.png"),
        ("images[]", "images", ["https://a.example/x.png"]),
    ],
)
def test_a_picture_to_go_by_is_an_input_of_its_own(name: str, field: str, value: object) -> None:
    """By its address, or in a list of them; a model that takes none gets none."""
    order = Order("r", "u", "a cat", reference=Reference("https://a.example/x.png", b"png"))
    assert Inputs(reference=name).message(order)[field] == value
    assert Inputs().message(order) == {"prompt": "a cat"}
    assert field not in Inputs(reference=name).message(replace(order, reference=None))
