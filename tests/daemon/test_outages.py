"""What the daemon waits out."""

import asyncio
import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from mobart_local.ports import free_port
from mobart_local.s3 import S3Server
from mobart_local.standin import Script
from tests.daemon.deployment import WAIT, Deployment, until

Posts = asyncio.Queue[tuple[web.Request, bytes]]
SECRET = b64encode(b"0123456789abcdef0123456789abcdef").decode()


async def test_an_upload_waits_until_s3_is_back(deployment: Deployment, own_s3: S3Server) -> None:
    """A paid job survives an outage of S3, and is not paid again."""
    deployment.midjourney.play(Script(seconds=0.5, side=64))
    worker = await deployment.ready_worker()
    own_s3.stop()
    await deployment.ask("r-1")
    await worker.until_logged("job.delayed")
    own_s3.start()

    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_raw_picture_that_s3_refuses_holds_up_no_asset(deployment: Deployment) -> None:
    """The right to write it is taken away when the worker runs: the picture that came with the answer is made all the same."""
    async with scripted_s3() as s3:
        worker = await deployment.ready_worker(MOBART_PROVIDERS="openai", **s3.settings)
        s3.denied = "/raw/"
        await deployment.ask("r-1")
        told = await deployment.outcome("r-1")
    assert told["status"] == "completed"
    assert s3.stored[-1].endswith(told["s3_key"])
    assert [each["key"] for each in worker.logged("raw.lost")] == ["raw/player/r-1"]
    assert deployment.midjourney.ledger.paid(provider="openai") == 1


async def test_a_worker_that_is_to_stop_hands_over_a_picture_that_s3_did_not_take(
    deployment: Deployment,
) -> None:
    """It came with the answer, and is nowhere else: the next worker makes the asset of it, then keeps it in S3."""
    stopping = {"MOBART_PROVIDERS": "openai", "MOBART_SHUTDOWN_GRACE_SECONDS": "0.5"}
    async with scripted_s3() as s3:
        first = await deployment.ready_worker(**stopping, **s3.settings)
        s3.denied = "/"
        await deployment.ask("r-1")
        await first.until_logged("raw.lost")
        assert await first.end() == 0
        assert first.logged("job.released")
        second = await deployment.start(**stopping, **s3.settings)
        s3.denied = ""
        await second.until_ready()
        told = await deployment.outcome("r-1")
        assert (told["status"], told["raw_key"]) == ("completed", "raw/player/r-1")
        assert any(path.endswith("/raw/player/r-1") for path in s3.stored)
    assert not [
        key async for key in deployment.redis.scan_iter(f"{{{deployment.namespace}}}:picture:*")
    ]
    assert deployment.midjourney.ledger.paid(provider="openai") == 1


@dataclass
class ScriptedS3:
    """What an S3 takes, and was given."""

    settings: dict[str, str]
    denied: str = ""
    """What the paths hold to which nothing may be written."""
    stored: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """Take what is allowed."""
        if self.denied and self.denied in request.path:
            body = "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>"
            return web.Response(status=403, text=body, content_type="application/xml")
        self.stored.append(request.path)
        return web.Response(headers={"ETag": '"0"'})


@asynccontextmanager
async def scripted_s3() -> AsyncIterator[ScriptedS3]:
    """Run one that stores everything until it is told otherwise."""
    s3 = ScriptedS3({})
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", s3.answer)
    async with TestServer(app) as server:
        s3.settings["AWS_ENDPOINT_URL_S3"] = str(server.make_url("")).rstrip("/")
        yield s3


@pytest.mark.parametrize("refusal", ["429", "429-date", "429-silent"])
async def test_a_submit_waits_when_it_is_told_to(deployment: Deployment, refusal: str) -> None:
    """429 means that nothing was bought: the same job tries again, and pays once."""
    deployment.midjourney.play(Script(submit=refusal, side=64), times=2)
    await deployment.ready_worker()
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1


@pytest.mark.parametrize("poll", ["500", "html", "reset", "bad-json", "429", "404"])
async def test_no_poll_fails_a_paid_job(deployment: Deployment, poll: str) -> None:
    """Whatever goes wrong with the first polls, the picture arrives."""
    deployment.midjourney.play(Script(seconds=0.2, poll=poll, poll_times=3, side=64))
    await deployment.ready_worker()
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_truncated_picture_is_downloaded_again(deployment: Deployment) -> None:
    """Twice broken, the third time whole."""
    deployment.midjourney.play(Script(seconds=0.2, picture="truncated", picture_times=2, side=64))
    await deployment.ready_worker()
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["status"] == "completed"


async def test_a_picture_that_stays_truncated_is_delivered_and_told(deployment: Deployment) -> None:
    """What there is of it is paid for."""
    deployment.midjourney.play(Script(seconds=0.2, picture="truncated", side=64))
    await deployment.ready_worker()
    await deployment.ask("r-1")
    outcome = await deployment.outcome("r-1")
    told = [(each["option"], each["reason"]) for each in outcome["art"]["unfulfilled"]]
    assert ("picture", "incomplete") in told
    assert deployment.midjourney.ledger.paid() == 1


async def test_pictures_that_hang_hold_up_no_other_user(deployment: Deployment) -> None:
    """More of them than there are slots."""
    deployment.midjourney.play(Script(seconds=0.1, picture="hang", side=64), marker="slow")
    worker = await deployment.ready_worker(MOBART_MAX_CONCURRENT_JOBS="2")
    for number in range(5):
        await deployment.ask(f"slow-{number}", "slow dragon", user_id="slow")
    await worker.until_logged("picture.generated", 2)
    await deployment.ask("quick", "a fox", user_id="quick")
    assert (await deployment.outcome("quick"))["status"] == "completed"
    assert not any(deployment.outcomes(f"slow-{number}") for number in range(5))


async def test_a_generation_that_never_ends_fails_at_its_deadline(deployment: Deployment) -> None:
    """And says that it was paid."""
    deployment.midjourney.play(Script(seconds=300, side=64))
    await deployment.ready_worker(MIDJOURNEY_TIMEOUT_SECONDS="2")
    await deployment.ask("r-1")
    told = await deployment.outcome("r-1")
    assert (told["error_code"], told["paid"]) == ("provider_timeout", True)


@asynccontextmanager
async def backend(*statuses: int) -> AsyncIterator[tuple[dict[str, str], Posts]]:
    """Run a backend that answers so, and then 204; yield the settings and what is posted."""
    posts: Posts = asyncio.Queue()
    answers = iter(statuses)

    async def take(request: web.Request) -> web.Response:
        posts.put_nowait((request, await request.read()))
        return web.Response(status=next(answers, 204))

    app = web.Application()
    app.router.add_post("/done", take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    address = f"http://127.0.0.1:{port}/done"
    yield {"GO_BACKEND_URL": address, "MOBART_WEBHOOK_SECRET": f"whsec_{SECRET}"}, posts
    await runner.cleanup()


async def test_completions_are_posted_to_the_backend(deployment: Deployment) -> None:
    """Signed as Standard Webhooks, again until the backend takes it."""
    async with backend(500) as (settings, posts):
        await deployment.ready_worker(**settings)
        await deployment.ask("r-1")
        told = await deployment.outcome("r-1")
        await until(lambda: posts.qsize() == 2, "the second POST")

    (first, body), (second, again) = posts.get_nowait(), posts.get_nowait()
    assert body == again
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    signed = (
        f"{second.headers['webhook-id']}.{second.headers['webhook-timestamp']}.".encode() + again
    )
    signature = hmac.new(b64decode(SECRET), signed, hashlib.sha256).digest()
    assert second.headers["webhook-signature"] == f"v1,{b64encode(signature).decode()}"
    assert told["request_id"].encode() in body


@pytest.mark.parametrize("way", ["channel", "stream"])
async def test_a_replay_goes_wherever_the_outcome_went(deployment: Deployment, way: str) -> None:
    """By the channel, the stream and a POST of its own, however the request was repeated."""
    async with backend() as (settings, posts):
        await deployment.ready_worker(**settings)
        await deployment.ask("r-1", "a dragon")
        told = await deployment.outcome("r-1")
        first, _ = await asyncio.wait_for(posts.get(), WAIT)
        # What is heard within two seconds is one message: move the first hearing into the past.
        await deployment.redis.hset(f"{{{deployment.namespace}}}:job:r-1", "heard_at", "0")
        await (deployment.ask("r-1", "a dragon") if way == "channel" else deployment.enqueue("r-1"))
        second, body = await asyncio.wait_for(posts.get(), WAIT)
    assert json.loads(body) == told | {"duplicate": True}
    assert second.headers["webhook-id"] != first.headers["webhook-id"]
    await until(lambda: len(deployment.outcomes("r-1")) == 2, "the replay")
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_provider_that_fails_for_everybody_is_probed_and_not_hammered(
    deployment: Deployment,
) -> None:
    """Jobs wait while it is away, few calls reach it, and all is done when it is back."""
    worker = await deployment.ready_worker()
    deployment.midjourney.fail("401")
    for number in range(8):
        await deployment.ask(f"r-{number}")
    await worker.until_logged("circuit.opened")
    await deployment.ask("late")
    deployment.midjourney.fail(None)

    assert (await deployment.outcome("late"))["status"] == "completed"
    assert len(worker.logged("circuit.closed")) == 1
    told = [(await deployment.outcome(f"r-{number}")) for number in range(8)]
    assert {body.get("error_code", "") for body in told} <= {"provider_auth", ""}
    assert {body.get("paid", True) for body in told if body["status"] == "failed"} == {False}
