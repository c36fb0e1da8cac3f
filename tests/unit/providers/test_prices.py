"""What a picture is taken to cost before anybody bought it."""

import json
import re
from typing import Any

import pytest

from mobart.core.orders import Order, Wishes
from mobart.providers.prices import PRICES, find_price
from mobart.providers.registry import PROVIDERS, price_of
from mobart.settings import Settings, load
from mobart_local.standin.dialects.table import DIALECTS

CAT = Order("r", "u", "a cat")


def settings_for(name: str, **more: Any) -> Settings:
    """Return the settings of a worker that has one provider."""
    environment = DIALECTS[name].settings("http://127.0.0.1:9", "a-key")
    known = {variable.lower(): value for variable, value in environment.items()}
    return load(s3_bucket_name="bucket", mobart_provider=name, **(known | more))


def test_the_list_is_of_providers_that_there_are() -> None:
    """Each price is one that somebody read in some month."""
    for row in PRICES:
        assert row.provider in PROVIDERS
        assert row.usd >= 0
        assert re.fullmatch(r"20\d\d-\d\d", row.read)
    assert len({(row.provider, row.model) for row in PRICES}) == len(PRICES)


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_usual_model_has_a_price_where_one_is_documented(name: str) -> None:
    """Resellers of Midjourney have none."""
    listed = {row.provider for row in PRICES} | {"retrodiffusion"}
    assert (price_of(name, settings_for(name), CAT) is not None) == (name in listed)


@pytest.mark.parametrize(
    ("own", "price"),
    [
        ({}, 0.08),
        ({"stability": 0.5}, 0.5),
        ({"stability/core": 0.5}, 0.08),
        ({"stability/ultra": 0.07, "stability": 0.5}, 0.07),
    ],
)
def test_the_operators_prices_go_first(own: dict[str, float], price: float) -> None:
    """That of the model before that of the provider."""
    assert find_price(own, "stability", "ultra") == price


def test_nobody_knows_the_price_of_an_odd_model() -> None:
    """It is not guessed from others."""
    assert find_price({}, "stability", "odd") is None


def test_a_preset_that_chooses_another_model_pays_its_price() -> None:
    """By the word that the provider has for it."""
    order = Order("r", "u", "a cat", parameters={"model": "ultra"})
    assert price_of("stability", settings_for("stability"), CAT) == 0.03
    assert price_of("stability", settings_for("stability"), order) == 0.08


def test_the_price_of_retro_diffusion_follows_from_style_and_size() -> None:
    """Unless the operator says otherwise."""
    pro = Order("r", "u", "a cat", parameters={"prompt_style": "rd_pro__default"})
    large = Order("r", "u", "a cat", wishes=Wishes(longest=384))
    known = settings_for("retrodiffusion")
    assert price_of("retrodiffusion", known, CAT) == pytest.approx(0.019397)
    assert price_of("retrodiffusion", known, pro) == 0.18
    assert price_of("retrodiffusion", known, large) == pytest.approx(0.041243, abs=1e-6)
    prices = json.dumps({"retrodiffusion/rd_pro__default": 0.1})
    told = settings_for("retrodiffusion", mobart_prices=prices)
    assert price_of("retrodiffusion", told, pro) == 0.1
    assert price_of("retrodiffusion", told, CAT) == pytest.approx(0.019397)
