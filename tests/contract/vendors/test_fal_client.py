"""fal's own client against the stand-in, and its webhooks against another library's ED25519."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator

import aiohttp
import fal_client
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fal_client.client import FalClientHTTPError

from mobart_local.standin import Script, StandIn
from mobart_local.standin.dialects.fal.routes import JWKS
from tests.support.raw_http import ReceivedRequest, raw_server, says

MODEL = "fal-ai/flux/schnell"


@pytest.fixture
async def standin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StandIn]:
    """Run a stand-in in the place of the queue, whose address the client knows as a constant."""
    async with StandIn(default=Script(seconds=0.05, side=64), api_key="a-key") as standin:
        monkeypatch.setattr(fal_client.client, "QUEUE_URL_FORMAT", f"{standin.origin}/fal/")
        yield standin


@pytest.fixture
async def api(standin: StandIn) -> AsyncIterator[fal_client.AsyncClient]:
    """Make a client for it."""
    del standin
    client = fal_client.AsyncClient(key="a-key")
    yield client
    await (await client._client).aclose()


async def test_submits_polls_and_gets_the_result(
    standin: StandIn, api: fal_client.AsyncClient
) -> None:
    """By the addresses in the answer, which are whole ones of this very app."""
    handle = await api.submit(MODEL, {"prompt": "a cat"})
    async for event in handle.iter_events(with_logs=True, interval=0.01):
        assert isinstance(event, fal_client.Queued | fal_client.InProgress | fal_client.Completed)
    result = await handle.get()
    assert result["images"][0]["url"].startswith(standin.origin)
    assert handle.response_url == f"{standin.origin}/fal/fal-ai/flux/requests/{handle.request_id}"


async def test_subscribes(standin: StandIn, api: fal_client.AsyncClient) -> None:
    """The usual way to use it."""
    result = await api.subscribe(MODEL, {"prompt": "a cat"})
    assert result["prompt"] == "a cat"
    assert standin.ledger.paid(provider="fal") == 1


async def test_cancels(standin: StandIn, api: fal_client.AsyncClient) -> None:
    """What is not begun."""
    standin.play(Script(seconds=60, staged_seconds=60, side=64))
    handle = await api.submit(MODEL, {"prompt": "a cat"})
    assert isinstance(await handle.status(), fal_client.Queued)
    await handle.cancel()
    assert isinstance(await handle.status(), fal_client.Completed)


async def test_raises_its_own_error(standin: StandIn, api: fal_client.AsyncClient) -> None:
    """With the type that the API puts into a header."""
    standin.play(Script(ending="moderated", side=64))
    with pytest.raises(FalClientHTTPError) as failure:
        await api.subscribe(MODEL, {"prompt": "a cat"})
    assert failure.value.status_code == 422
    assert failure.value.response_headers["x-fal-error-type"] == "content_policy_violation"


async def test_signs_webhooks_with_a_published_key(
    standin: StandIn, api: fal_client.AsyncClient
) -> None:
    """As fal documents it: four lines, ED25519, keys as a JWKS."""
    async with raw_server(says(200)) as ours:
        await api.submit(MODEL, {"prompt": "a cat"}, webhook_url=f"{ours.origin}/hook")
        await ours.until_heard(1)
    async with aiohttp.ClientSession() as session, session.get(standin.origin + JWKS) as answer:
        (key,) = (await answer.json())["keys"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
    heard = ours.heard[0]
    signature = bytes.fromhex(heard.headers["x-fal-webhook-signature"])
    public.verify(signature, _signed_text(heard, heard.body))
    assert json.loads(heard.body)["status"] == "OK"
    with pytest.raises(InvalidSignature):
        public.verify(signature, _signed_text(heard, heard.body + b" "))


def _signed_text(heard: ReceivedRequest, body: bytes) -> bytes:
    names = ("request-id", "user-id", "timestamp")
    lines = [heard.headers[f"x-fal-webhook-{name}"] for name in names]
    return "\n".join([*lines, hashlib.sha256(body).hexdigest()]).encode()
