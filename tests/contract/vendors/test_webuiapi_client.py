"""The client that most scripts use for AUTOMATIC1111 and Forge, against the stand-in."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from webuiapi import WebUIApi

from mobart_local.standin import Script, StandIn


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """Run a stand-in that answers at once."""
    async with StandIn(default=Script(seconds=0, side=64), api_key="a-key") as standin:
        yield standin


@pytest.fixture
async def api(standin: StandIn) -> AsyncIterator[WebUIApi]:
    """Make a client for it."""
    url = f"{standin.origin}/automatic1111/sdapi/v1"
    make = partial(WebUIApi, baseurl=url, username="mobart", password="a-key")
    client = await asyncio.to_thread(make)  # it asks for its extensions
    yield client
    client.session.close()


async def test_generates_a_picture(api: WebUIApi) -> None:
    """Pixels, parameters and info are read."""
    result = await asyncio.to_thread(api.txt2img, prompt="a cat", seed=7)
    assert result.image.size == (64, 64)
    assert "seed" in result.info


async def test_lists_the_models_and_the_progress(api: WebUIApi) -> None:
    """As the client reads them."""
    names = await asyncio.to_thread(api.util_get_model_names)
    assert names == ["pixel-xl.safetensors [0123456789]"]
    progress = await asyncio.to_thread(api.get_progress)
    assert progress["state"]["interrupted"] is False


async def test_tells_an_error(standin: StandIn, api: WebUIApi) -> None:
    """By raising it."""
    standin.play(Script(submit="no-sampler-forge"))
    with pytest.raises(RuntimeError, match="Sampler not found"):
        await asyncio.to_thread(api.txt2img, prompt="a cat")
