"""Pictures to go by: every provider that says that it takes one gets it to the other side."""

import base64
import hashlib
import io
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mobart.core.domain import Ticket
from mobart.core.errors import Rejected, Unavailable
from mobart.core.orders import Order, Reference
from mobart.providers.comfyui.messages import reference_name
from mobart.providers.png import write_pixels
from mobart.providers.registry import PROVIDERS
from mobart_local.standin import Script
from tests.support.outcomes import outcome
from tests.support.provider_builders import CONFIGURED
from tests.support.provider_setup import CAT, KEY, client_at, selling, source_of
from tests.support.raw_http import raw_server, says

ADDRESS = "https://assets.example/hero.png?X-Amz-Signature=canary"
PNG = write_pixels(bytes(range(256)) * 64, 64)
"""A hero."""
ORDER = replace(CAT, reference=Reference(ADDRESS, PNG))
WORKFLOW = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "{{reference}}"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "{{prompt}}"}},
    "3": {"class_type": "KSampler", "inputs": {"seed": "{{seed}}", "positive": ["2", 0]}},
    "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
}
ADDRESSED = {"midjourney", "piapi", "legnext", "midjourney-proxy", "fal", "replicate"}
"""Those that fetch it themselves; all others get the file."""


def enabling(name: str, folder: Path) -> dict[str, Any]:
    """Return the settings with which a provider takes one."""
    workflow = folder / "workflow.json"
    workflow.write_text(json.dumps(WORKFLOW))
    return {
        "fal": {"fal_reference_field": "image_url"},
        "replicate": {"replicate_reference_field": "image_input[]"},
        "comfyui": {"comfyui_workflow": str(workflow)},
        "retrodiffusion": {"retrodiffusion_style": "rd_pro__default"},
    }.get(name, {})


@pytest.mark.parametrize("name", PROVIDERS)
async def test_the_picture_arrives_where_it_is_taken(name: str, tmp_path: Path) -> None:
    """By its address or itself; what a provider says that it can do is what it does."""
    async with selling(name, Script(side=64), **enabling(name, tmp_path)) as setup:
        assert isinstance(await outcome(setup.provider.submit(ORDER)), Ticket)
        ledger = setup.standin.ledger
        heard = json.dumps([asdict(task) for task in ledger.tasks.values()]) + str(ledger.visits)
        marks = (ADDRESS, hashlib.sha256(PNG).hexdigest(), base64.b64encode(PNG).decode())
        arrived = any(mark in heard for mark in marks)
        assert arrived is setup.can.references
        assert setup.payments() == 1


@pytest.mark.parametrize("name", CONFIGURED)
async def test_some_take_one_only_with_some_settings(name: str) -> None:
    """Where the model's input is named, the workflow has a place for it, or the style takes one."""
    async with selling(name, Script(side=64)) as setup:
        assert not setup.can.references


@pytest.mark.parametrize("name", sorted(ADDRESSED))
async def test_its_address_is_repeated_in_no_error(name: str, tmp_path: Path) -> None:
    """It may be signed, and providers quote what they were sent."""
    quote = {"error": {"message": f"cannot load {ADDRESS}"}, "detail": f"cannot load {ADDRESS}"}
    quote |= {"message": f"cannot load {ADDRESS}", "description": f"cannot load {ADDRESS}"}
    options = enabling(name, tmp_path)
    async with (
        raw_server(says(400, quote)) as server,
        client_at(name, server.origin, **options) as it,
    ):
        refusal = await outcome(it.submit(ORDER))
    assert "canary" not in f"{refusal!r} {refusal}"
    assert KEY not in str(refusal)


async def test_a_workflow_that_needs_one_is_not_queued_without(tmp_path: Path) -> None:
    """And a file of that name is put there before each try."""
    options = enabling("comfyui", tmp_path)
    async with selling("comfyui", Script(side=64), **options) as setup:
        assert isinstance(await outcome(setup.provider.submit(CAT)), Rejected)
        assert setup.submits() == 0
        await setup.provider.submit(ORDER)
        [task] = setup.standin.ledger.tasks.values()
        assert task.extra["graph"]["1"]["inputs"]["image"] == reference_name(ORDER)
        assert any(reference_name(ORDER) in visit for visit in setup.standin.ledger.visits)
        await setup.provider.check()


async def test_a_workflow_whose_picture_cannot_be_put_there_waits(tmp_path: Path) -> None:
    """Nothing was queued."""
    async with (
        raw_server(says(500, "no")) as server,
        client_at("comfyui", server.origin, **enabling("comfyui", tmp_path)) as client,
    ):
        assert isinstance(await outcome(client.submit(ORDER)), Unavailable)
        assert [one.target for one in server.heard] == ["/upload/image"]


@pytest.mark.parametrize(
    ("how", "prompt"),
    [("image", f"{ADDRESS} a pixel cat"), ("oref", f"a pixel cat --oref {ADDRESS}")],
)
@pytest.mark.parametrize("name", ["midjourney", "piapi", "legnext", "midjourney-proxy"])
async def test_midjourney_reads_it_in_the_prompt(name: str, how: str, prompt: str) -> None:
    """As an image prompt, or by a parameter."""
    async with selling(name, Script(side=64), midjourney_reference=how) as setup:
        await setup.provider.submit(ORDER)
        [task] = setup.standin.ledger.tasks.values()
        assert task.prompt.startswith(prompt)


@pytest.mark.parametrize("how", ["image", "cref"])
async def test_a_lost_submit_is_found_although_its_address_is_another_each_time(how: str) -> None:
    """Signed addresses are; the seed and the words are not."""
    script = Script(submit="accepted-drop", side=64)
    async with selling("piapi", script, midjourney_reference=how) as setup:
        await outcome(setup.provider.submit(ORDER))
        assert await setup.provider.find(CAT) is not None
        assert await setup.provider.find(replace(CAT, request_id="r-2")) is None


async def test_openai_is_asked_for_an_edit() -> None:
    """As a form, with the same fields."""
    async with raw_server(says(200, "x")) as server, client_at("openai", server.origin) as provider:
        await outcome(source_of(provider).generate(ORDER))
    heard = server.heard[0]
    assert heard.target == "/images/edits"
    assert heard.headers["content-type"].startswith("multipart/form-data")
    assert b'name="image"; filename="reference.png"' in heard.body
    assert PNG in heard.body
    assert b'name="prompt"\r\n\r\na pixel cat\r\n' in heard.body


async def test_ideogram_edits_with_a_model_that_can() -> None:
    """Transparent pictures have none; and only some sizes may be asked for."""
    order = Order("r-1", "u-1", "a cat", aspect_ratio="16:9", reference=ORDER.reference)
    async with (
        raw_server(says(200, {"generation_id": "g-1"})) as server,
        client_at("ideogram", server.origin, ideogram_model="ideogram-3") as provider,
    ):
        await provider.submit(order)
    heard = server.heard[0]
    assert heard.target == "/v2/image/generate/ideogram-4-5"
    assert b'name="images"; filename="reference.png"' in heard.body
    assert b'name="size"\r\n\r\n1280x800\r\n' in heard.body
    assert b'name="async"\r\n\r\ntrue\r\n' in heard.body


async def test_a_style_that_takes_none_is_not_sold_one(tmp_path: Path) -> None:
    """Where a preset chooses it."""
    order = replace(ORDER, parameters={"prompt_style": "rd_fast__default"})
    options = enabling("retrodiffusion", tmp_path)
    async with selling("retrodiffusion", Script(side=64), **options) as setup:
        assert isinstance(await outcome(setup.provider.submit(order)), Rejected)
        assert setup.submits() == 0


PIXELLAB = {"pixflux": "init_image", "bitforge": "style_image", "pro": "reference_images"}
"""By model: the input for it."""


@pytest.mark.parametrize("model", PIXELLAB)
@pytest.mark.parametrize("side", [64, 128, 32])
async def test_pixellab_gets_it_in_the_size_of_the_new_one(model: str, side: int) -> None:
    """Where it is smaller, the vendor leaves a margin; what was enlarged becomes what it was."""
    pixels = np.frombuffer(bytes(range(256)) * 4, np.uint8).reshape(16, 16, 4)
    large = np.kron(pixels, np.ones((side // 16, side // 16, 1), np.uint8))
    png = write_pixels(large.tobytes(), side)
    async with raw_server(says(400, {})) as server:
        async with client_at("pixellab", server.origin, pixellab_model=model) as client:
            await outcome(client.submit(replace(CAT, reference=Reference(ADDRESS, png))))
        body = json.loads(server.heard[0].body)
    told = body[PIXELLAB[model]]
    if model == "pro":
        assert told[0]["size"] == {"width": 64, "height": 64}
        told = told[0]["image"]
    image = Image.open(io.BytesIO(base64.b64decode(told["base64"])))
    assert image.size == (64, 64)
    opaque = np.asarray(image.convert("RGBA"))[2::4, 2::4]
    assert np.array_equal(opaque[..., 3] > 0, pixels[..., 3] > 0)
    assert (body.get("style_strength", 0) > 0) is (model == "bitforge")


async def test_pixellabs_pixen_takes_none() -> None:
    """Nor is it sold one where a preset chooses it."""
    async with selling("pixellab", Script(side=64), pixellab_model="pixen") as setup:
        assert not setup.can.references
    async with selling("pixellab", Script(side=64)) as setup:
        order = replace(ORDER, parameters={"model": "pixen"})
        assert isinstance(await outcome(setup.provider.submit(order)), Rejected)
        assert setup.submits() == 0
