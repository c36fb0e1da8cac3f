"""Providers of tasks that answer a submit with the picture instead: it is paid for, and taken."""

import base64
from typing import Any

import pytest

from mobart.core.domain import Picture
from mobart.core.errors import Code, InDoubt
from mobart.providers.kept_pictures import key_of
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, client_at
from tests.support.raw_http import raw_server, says

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
DATA = base64.b64encode(PNG).decode()
ADDRESS = "https://cdn.example/cat.png"
PRO: dict[str, Any] = {"pixellab_model": "pro"}
NO_SETTINGS: dict[str, Any] = {}
FILES = [
    ("pixellab", PRO, {"usage": {"usd": 0.2}, "image": {"type": "base64", "base64": DATA}}, 0.2),
    ("pixellab", PRO, {"background_job_id": "../x", "images": [{"base64": DATA}]}, None),
    ("pixellab", PRO, {"last_response": {"images": [{"base64": DATA}]}}, None),
    ("retrodiffusion", NO_SETTINGS, {"base64_images": [DATA], "balance_cost": 0.02}, 0.02),
    ("fal", NO_SETTINGS, {"images": [{"url": f"data:image/png;base64,{DATA}"}]}, None),
]
ADDRESSES = [
    ("pixellab", PRO, {"image": {"url": ADDRESS}}),
    ("ideogram", NO_SETTINGS, {"data": [{"url": ADDRESS, "is_image_safe": True}]}),
    ("retrodiffusion", NO_SETTINGS, {"output_urls": [ADDRESS]}),
    ("fal", NO_SETTINGS, {"images": [{"url": ADDRESS}]}),
]
NONE = [
    ("pixellab", PRO, {"image": None}, Code.PROVIDER_BAD_RESPONSE),
    ("ideogram", NO_SETTINGS, {"data": [{"is_image_safe": False}]}, Code.MODERATION_BLOCKED),
    ("fal", NO_SETTINGS, {"status": "IN_QUEUE"}, Code.PROVIDER_BAD_RESPONSE),
    ("retrodiffusion", NO_SETTINGS, {"status": "accepted"}, Code.PROVIDER_BAD_RESPONSE),
]


@pytest.mark.parametrize(("name", "settings", "body", "cost"), FILES)
async def test_a_file_in_the_answer_is_stored(
    name: str, settings: dict[str, Any], body: object, cost: float | None
) -> None:
    """Before anything else, and the ticket leads to it."""
    async with (
        raw_server(says(200, body)) as server,
        client_at(name, server.origin, **settings) as client,
    ):
        ticket = await client.submit(CAT)
        assert ticket.cost == cost
        assert await client.poll(ticket) == Picture.stored(key_of(CAT))
        await client.cancel(ticket)
    assert len(server.heard) == 1


@pytest.mark.parametrize(("name", "settings", "body"), ADDRESSES)
async def test_an_address_in_the_answer_is_where_the_picture_is(
    name: str, settings: dict[str, Any], body: object
) -> None:
    """Nothing is left to ask for."""
    async with (
        raw_server(says(200, body)) as server,
        client_at(name, server.origin, **settings) as client,
    ):
        assert await client.poll(await client.submit(CAT)) == Picture((ADDRESS,))
    assert len(server.heard) == 1


@pytest.mark.parametrize(("name", "settings", "body", "code"), NONE)
async def test_an_answer_with_neither_picture_nor_id_is_a_doubt(
    name: str, settings: dict[str, Any], body: object, code: Code
) -> None:
    """It may have been paid, whatever it says of the picture."""
    async with (
        raw_server(says(200, body)) as server,
        client_at(name, server.origin, **settings) as client,
    ):
        told = await outcome(client.submit(CAT))
    assert isinstance(told, InDoubt)
    assert told.code is code
