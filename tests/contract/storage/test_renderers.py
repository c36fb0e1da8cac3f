"""What every `Renderer` does, with and without child processes."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from mobart.art import Recipe
from mobart.art.pipeline import render
from mobart.core.errors import Code, Rejected
from mobart.core.ports import Renderer
from mobart.rendering.renderer import ProcessRenderer
from mobart.testing.rendering import InlineRenderer
from tests.support.garbage import left_over

SIDES = {"small": 32, "large": 96}


def recipe_for(name: str) -> Recipe:
    """Return the recipe for a picture of that size."""
    return Recipe(tile=None, max_side=SIDES[name])


def picture(side: int, seed: int = 1) -> bytes:
    """Return a noisy PNG."""
    noise = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(params=["inline", "processes"])
async def renderer(request: pytest.FixtureRequest) -> AsyncIterator[Renderer[Recipe]]:
    """Yield each implementation in turn."""
    if request.param == "inline":
        yield InlineRenderer(render_function=render)
        return
    async with ProcessRenderer(render_function=render, processes=2) as processes:
        yield processes


async def test_a_picture_comes_back_as_its_recipe_says(renderer: Renderer[Recipe]) -> None:
    """The rendering is the art package's own, with the recipe of the request."""
    raw = picture(128)
    for preset, side in SIDES.items():
        rendering = await renderer.render(raw, recipe_for(preset))
        assert rendering == render(raw, recipe_for(preset))
        assert (rendering.width, rendering.height) == (side, side)
        assert rendering.sha256 == hashlib.sha256(rendering.png).hexdigest()


async def test_a_bad_picture_is_refused_with_code_and_sentence(renderer: Renderer[Recipe]) -> None:
    """What the art package says about a picture arrives unchanged; the next one is fine."""
    with pytest.raises(Rejected) as expected:
        render(b"<html>", Recipe())
    with pytest.raises(Rejected) as no:
        await renderer.render(b"<html>", recipe_for("small"))
    assert no.value.code is Code.IMAGE_INVALID
    assert no.value.sentence == expected.value.sentence
    assert str(no.value) == str(expected.value)
    assert (await renderer.render(picture(64), recipe_for("small"))).width == 32


async def test_a_picture_that_is_refused_is_not_kept_in_memory(renderer: Renderer[Recipe]) -> None:
    """Whatever the error knows, by its traceback."""
    await renderer.render(picture(64), recipe_for("small"))
    with left_over("mobart") as found, suppress(Rejected):
        await renderer.render(b"<html>", recipe_for("small"))
    assert found == []


async def test_many_pictures_at_once_are_not_mixed_up(renderer: Renderer[Recipe]) -> None:
    """Each job gets its own picture back, however many share the studio."""
    raws = [picture(64, seed) for seed in range(8)]
    recipe = recipe_for("small")
    renderings = await asyncio.gather(*(renderer.render(raw, recipe) for raw in raws))
    assert renderings == [render(raw, recipe) for raw in raws]
    assert len({rendering.sha256 for rendering in renderings}) == 8
