"""Replicate's own client, and its helper for webhooks, against the stand-in."""

from collections.abc import AsyncIterator

import pytest
from replicate.client import Client
from replicate.exceptions import ReplicateError
from replicate.webhook import Webhooks, WebhookSigningSecret

from mobart_local.standin import Script, StandIn
from tests.support.raw_http import raw_server, says

MODEL = "black-forest-labs/flux-schnell"


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """Run a stand-in whose predictions take no time."""
    async with StandIn(default=Script(seconds=0.05, side=64), api_key="a-key") as standin:
        yield standin


@pytest.fixture
async def api(standin: StandIn) -> AsyncIterator[Client]:
    """Make a client for it."""
    client = Client(api_token="a-key", base_url=f"{standin.origin}/replicate")
    yield client
    await client._async_client.aclose()


async def test_runs_a_model(standin: StandIn, api: Client) -> None:
    """Create, poll, output."""
    output = await api.async_run(MODEL, {"prompt": "a cat"}, use_file_output=False)
    assert isinstance(output, list)
    assert output[0].startswith(f"{standin.origin}/mj/")


async def test_creates_and_waits_for_a_prediction(api: Client) -> None:
    """With every field that the client's types require."""
    made = await api.models.predictions.async_create(MODEL, {"prompt": "a cat"})
    assert made.status in {"starting", "processing"}
    assert (made.model, made.input) == (MODEL, {"prompt": "a cat"})
    assert made.created_at
    assert made.urls
    await made.async_wait()
    assert (made.status, made.error) == ("succeeded", None)
    again = await api.predictions.async_get(made.id)
    assert again.output == made.output


async def test_creates_one_of_a_version(api: Client) -> None:
    """Which has an address of its own."""
    made = await api.predictions.async_create(version="a" * 64, input={"prompt": "a cat"})
    assert made.version == "a" * 64


async def test_lists_and_cancels(standin: StandIn, api: Client) -> None:
    """What is cancelled says so."""
    standin.play(Script(seconds=60, side=64))
    made = await api.models.predictions.async_create(MODEL, {"prompt": "a cat"})
    page = await api.predictions.async_list()
    assert [one.id for one in page.results] == [made.id]
    await made.async_cancel()
    await made.async_reload()
    assert made.status == "canceled"


async def test_describes_a_model(api: Client) -> None:
    """As the client's types have it."""
    model = await api.models.async_get(MODEL)
    assert f"{model.owner}/{model.name}" == MODEL
    assert model.latest_version


async def test_raises_its_own_error(standin: StandIn, api: Client) -> None:
    """As a problem of RFC 7807."""
    standin.play(Script(submit="402"))
    with pytest.raises(ReplicateError) as failure:
        await api.models.predictions.async_create(MODEL, {"prompt": "a cat"})
    assert (failure.value.status, failure.value.title) == (402, "Insufficient credit")
    assert failure.value.detail


async def test_signs_webhooks_as_the_helper_expects(api: Client) -> None:
    """At the start and at the end, with the secret that the API tells."""
    async with raw_server(says(200)) as ours:
        await api.models.predictions.async_create(
            MODEL,
            {"prompt": "a cat"},
            webhook=f"{ours.origin}/hook",
            webhook_events_filter=["start", "completed"],
        )
        await ours.until_heard(2)
    secret = await api.webhooks.default.async_secret()
    assert isinstance(secret, WebhookSigningSecret)
    for heard in ours.heard:
        Webhooks.validate(headers=dict(heard.headers), body=heard.body.decode(), secret=secret)
