"""PixelLab's own Python client, unchanged, against the stand-in: it speaks version 1 of the API."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pixellab
import pytest

from mobart_local.standin import Script, StandIn


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """Run a stand-in that answers at once."""
    async with StandIn(default=Script(seconds=0, side=64), api_key="a-key") as standin:
        yield standin


def client_of(standin: StandIn, key: str = "a-key") -> pixellab.Client:
    """Make a client for it."""
    return pixellab.Client(secret=key, base_url=f"{standin.origin}/pixellab/v1")


@pytest.mark.parametrize("model", ["pixflux", "bitforge"])
async def test_generates_a_picture(standin: StandIn, model: str) -> None:
    """Pixels and price are read, in the size that is asked for, without a ground."""
    generate = partial(
        getattr(client_of(standin), f"generate_image_{model}"),
        description="a cat",
        image_size={"width": 48, "height": 32},
        no_background=True,
    )
    made = await asyncio.to_thread(generate)
    assert made.usage.usd > 0
    image = made.image.pil_image()
    assert image.size == (48, 32)
    assert image.getpixel((0, 0))[3] == 0


async def test_tells_the_balance(standin: StandIn) -> None:
    """In USD."""
    told = await asyncio.to_thread(client_of(standin).get_balance)
    assert told.usd > 0


async def test_tells_an_error(standin: StandIn) -> None:
    """With the words of a refusal that it knows."""
    order = {"description": "a cat", "image_size": {"width": 64, "height": 64}}
    with pytest.raises(ValueError, match="invalid api key"):
        await asyncio.to_thread(
            partial(client_of(standin, "another-key").generate_image_pixflux, **order)
        )
    standin.play(Script(submit="402"))
    with pytest.raises(OSError, match="402"):
        await asyncio.to_thread(partial(client_of(standin).generate_image_pixflux, **order))
