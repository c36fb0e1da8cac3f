"""LegNext's own client against the stand-in."""

from collections.abc import AsyncIterator

import pytest
from legnext import AsyncClient
from legnext.types.errors import AuthenticationError, LegnextAPIError

from mobart_local.standin import Script, StandIn


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """Run a stand-in whose jobs take no time."""
    async with StandIn(default=Script(seconds=0.05, side=64), api_key="a-key") as standin:
        yield standin


def client(standin: StandIn, *, key: str = "a-key") -> AsyncClient:
    """Make a client that does not repeat requests."""
    return AsyncClient(api_key=key, base_url=f"{standin.origin}/legnext/api", max_retries=0)


async def test_generates_a_picture(standin: StandIn) -> None:
    """Submit, wait, four tiles and the grid; each answer has what the client's types require."""
    async with client(standin) as api:
        job = await api.midjourney.diffusion("a cat", callback="https://game.example/hook")
        assert job.status == "pending"
        assert job.config
        assert job.config.webhook_config
        assert str(job.config.webhook_config.endpoint) == "https://game.example/hook"
        done = await api.tasks.wait_for_completion(job.job_id, poll_interval=0.01)
    assert done.output
    assert done.output.image_urls
    assert len(done.output.image_urls) == 4


async def test_tells_a_failure(standin: StandIn) -> None:
    """With the reason."""
    standin.play(Script(seconds=0, ending="banned"))
    async with client(standin) as api:
        job = await api.midjourney.diffusion("a cat")
        with pytest.raises(LegnextAPIError, match="Banned prompt detected"):
            await api.tasks.wait_for_completion(job.job_id, poll_interval=0.01)


async def test_tells_the_balance(standin: StandIn) -> None:
    """As the client's types have it."""
    async with client(standin) as api:
        assert (await api.account.balance()).balance_usd == 12.5


async def test_refuses_a_wrong_key(standin: StandIn) -> None:
    """As its own kind of error."""
    async with client(standin, key="another") as api:
        with pytest.raises(AuthenticationError):
            await api.midjourney.diffusion("a cat")
