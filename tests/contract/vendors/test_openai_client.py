"""OpenAI's own client against the stand-in."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator

import openai
import pytest
from openai import AsyncOpenAI

from mobart_local.standin import Script, StandIn

MODEL = "gpt-image-2.5-flare"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """Run a stand-in that answers at once."""
    async with StandIn(default=Script(seconds=0, side=64), api_key="a-key") as standin:
        yield standin


def client(standin: StandIn, *, key: str = "a-key") -> AsyncOpenAI:
    """Make a client that does not repeat requests."""
    return AsyncOpenAI(api_key=key, base_url=f"{standin.origin}/openai/v1", max_retries=0)


async def test_generates_a_picture(standin: StandIn) -> None:
    """With every field that the client's types require."""
    async with client(standin) as api:
        raw = await api.images.with_raw_response.generate(model=MODEL, prompt="a cat", n=1)
        answer = raw.parse()
    assert answer.created > 0
    assert answer.data
    assert base64.b64decode(answer.data[0].b64_json or "").startswith(PNG)
    assert raw.headers["x-request-id"]


async def test_describes_a_model(standin: StandIn) -> None:
    """As the client's types have it."""
    async with client(standin) as api:
        model = await api.models.retrieve(MODEL)
    assert (model.id, model.object, model.owned_by) == (MODEL, "model", "system")


@pytest.mark.parametrize(
    ("row", "error", "code"),
    [
        ("moderated", openai.BadRequestError, "moderation_blocked"),
        ("insufficient-quota", openai.RateLimitError, "insufficient_quota"),
        ("no-model", openai.NotFoundError, "model_not_found"),
        ("unverified", openai.PermissionDeniedError, None),
        ("500", openai.InternalServerError, None),
    ],
)
async def test_raises_its_own_errors(
    standin: StandIn, row: str, error: type[openai.APIStatusError], code: str | None
) -> None:
    """With code and type where the API has them."""
    standin.play(Script(submit=row))
    async with client(standin) as api:
        with pytest.raises(error) as failure:
            await api.images.generate(model=MODEL, prompt="a cat")
    assert failure.value.code == code
    assert failure.value.type


async def test_refuses_a_wrong_key(standin: StandIn) -> None:
    """As its own kind of error."""
    async with client(standin, key="another") as api:
        with pytest.raises(openai.AuthenticationError):
            await api.models.retrieve(MODEL)


async def test_loses_its_connection(standin: StandIn) -> None:
    """What was accepted and not confirmed is in the ledger all the same."""
    standin.play(Script(submit="accepted-drop"))
    async with client(standin) as api:
        with pytest.raises(openai.APIConnectionError):
            await asyncio.wait_for(api.images.generate(model=MODEL, prompt="a cat"), 20)
    assert standin.ledger.paid(provider="openai") == 1


async def test_edits_a_picture(standin: StandIn) -> None:
    """As a form, with the picture that the new one goes by."""
    async with client(standin) as api:
        answer = await api.images.edit(model=MODEL, prompt="a cat", image=("hero.png", PNG))
    assert answer.data
    assert base64.b64decode(answer.data[0].b64_json or "").startswith(PNG)
    [task] = standin.ledger.tasks.values()
    assert task.extra["reference"] == hashlib.sha256(PNG).hexdigest()
