"""Refusals that come as a success, as gateways send them, of providers that answer with the picture."""

import base64

import pytest

from mobart.core.errors import Code, InDoubt, Rejected
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, source_at
from tests.support.raw_http import raw_server, says

NAMES = ("openai", "google", "pixellab")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Insufficient credits", Code.PROVIDER_CREDIT),
        ("content policy violation", Code.MODERATION_BLOCKED),
        ("Invalid API key", Code.PROVIDER_AUTH),
    ],
)
async def test_an_error_as_a_success_may_prove_a_no(name: str, said: str, code: Code) -> None:
    """By words for what no submit gets past."""
    async with (
        raw_server(says(200, {"error": {"message": said, "code": 400}})) as server,
        source_at(name, server.origin) as client,
    ):
        told = await outcome(client.generate(CAT))
    assert isinstance(told, Rejected)
    assert told.code is code


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [{"error": {"message": "odd"}}, {"message": "Invalid API key"}])
async def test_any_other_success_without_a_picture_is_a_doubt(name: str, body: object) -> None:
    """It may have been paid."""
    async with raw_server(says(200, body)) as server, source_at(name, server.origin) as client:
        assert isinstance(await outcome(client.generate(CAT)), InDoubt)


@pytest.mark.parametrize("name", NAMES)
async def test_a_picture_beside_an_error_is_taken(name: str) -> None:
    """It is there, and paid for."""
    text = base64.b64encode(PNG).decode()
    inner = {"data": [text], "image": text, "candidates": [parts(text)]}
    body = {"error": {"message": "Insufficient credits for the next"}, "result": inner}
    async with raw_server(says(200, body)) as server, source_at(name, server.origin) as client:
        bought = await client.generate(CAT)
    assert getattr(bought, "raw", bought) == PNG


def parts(text: str) -> dict[str, object]:
    """Write a candidate of Google's."""
    return {"content": {"parts": [{"inlineData": {"data": text}}]}}
