"""A message on Redis becomes a picture in S3 and a completion message."""

import hashlib
import io
import json
import re
import urllib.request
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from mobart_local.standin import Script
from tests.daemon.deployment import Deployment, until


async def test_a_request_becomes_a_picture_and_a_completion(deployment: Deployment) -> None:
    """The completion has the contract's fields, and the object in S3 is what it says."""
    await deployment.ready_worker()
    await deployment.ask("r-1", "A fierce dragon with glowing eyes")

    told = await deployment.outcome("r-1")

    assert told["status"] == "completed"
    assert (told["request_id"], told["user_id"]) == ("r-1", "player")
    assert told["s3_key"] == "generated/player/r-1.png"
    assert isinstance(told["generation_time_seconds"], float)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told["timestamp"])
    age = datetime.now(UTC) - datetime.fromisoformat(told["timestamp"])
    assert age.total_seconds() < 60
    assert told["provider"] == "midjourney"
    assert "sidecar_key" not in told
    with urllib.request.urlopen(told["s3_url"]) as answer:  # noqa: ASYNC210, S310 - loopback
        stored = answer.read()
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert hashlib.sha256(stored).hexdigest() == told["sha256"]
    assert len(stored) == told["bytes"]
    with Image.open(io.BytesIO(stored)) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGBA")
        assert picture.size == (told["width"], told["height"])
        assert max(picture.size) <= 1024


async def test_a_sidecar_that_was_asked_for_is_there_with_the_picture(
    deployment: Deployment,
) -> None:
    """The completion names it, it names the PNG, and their sizes agree."""
    await deployment.ready_worker()
    asked = {"request_id": "r-1", "user_id": "player", "prompt": "A fierce dragon"}
    await deployment.publish(json.dumps(asked | {"options": {"sidecar": True}}).encode())

    told = await deployment.outcome("r-1")

    assert told["sidecar_key"] == "generated/player/r-1.json"
    url = told["s3_url"].removesuffix("png") + "json"
    with urllib.request.urlopen(url) as answer:  # noqa: ASYNC210, S310 - loopback
        sidecar = json.loads(answer.read())
        assert answer.headers["Content-Type"] == "application/json"
    assert sidecar["meta"]["image"] == sidecar["frames"][0]["filename"] == "r-1.png"
    assert sidecar["meta"]["size"] == {"w": told["width"], "h": told["height"]}


async def test_the_outcome_can_be_read_afterwards(deployment: Deployment) -> None:
    """The job's record and the completions stream hold the same JSON that was announced."""
    await deployment.ready_worker()
    await deployment.ask("r-1")
    told = await deployment.outcome("r-1")

    record = await deployment.record("r-1")
    stream: Any = await deployment.redis.xrange(f"{{{deployment.namespace}}}:completions")

    assert json.loads(record["completion"]) == told
    assert [json.loads(fields[b"completion"]) for _, fields in stream] == [told]
    assert await deployment.redis.xlen(f"{{{deployment.namespace}}}:requests") == 0


async def test_a_request_added_to_the_stream_is_fulfilled(deployment: Deployment) -> None:
    """The durable door works while no worker is there to hear the channel."""
    await deployment.enqueue("r-1")
    await deployment.ready_worker()
    assert (await deployment.outcome("r-1"))["status"] == "completed"


async def test_a_bad_message_with_an_id_is_answered(deployment: Deployment) -> None:
    """Nothing is paid for it, and the backend learns why."""
    await deployment.ready_worker()
    await deployment.publish(b'{"request_id":"r-1","user_id":"player"}')

    told = await deployment.outcome("r-1")

    assert (told["status"], told["error_code"]) == ("failed", "invalid_message")
    assert told["paid"] is False
    assert deployment.midjourney.ledger.paid() == 0


async def test_a_repeated_request_is_replayed_for_free(deployment: Deployment) -> None:
    """The stored completion is announced again, marked as a duplicate, once for two workers."""
    await deployment.ready_worker()
    await deployment.ready_worker()
    await deployment.ask("r-1")
    first = await deployment.outcome("r-1")
    # What is heard within two seconds is one message: move the first hearing into the past.
    await deployment.redis.hset(f"{{{deployment.namespace}}}:job:r-1", "heard_at", "0")

    await deployment.ask("r-1")
    await until(lambda: len(deployment.outcomes("r-1")) == 2, "the replay")

    assert deployment.outcomes("r-1")[1] == first | {"duplicate": True}
    assert deployment.midjourney.ledger.paid() == 1


async def test_another_prompt_under_a_known_id_changes_nothing(deployment: Deployment) -> None:
    """Who asked is told; the first job and its record are undisturbed."""
    worker = await deployment.ready_worker()
    await deployment.ask("r-1", "a dragon")
    first = await deployment.outcome("r-1")

    for _ in range(3):
        await deployment.ask("r-1", "a knight")
    await worker.until_logged("request.conflicted", 3)
    await until(lambda: len(deployment.outcomes("r-1")) > 1, "an answer")

    _, conflict = deployment.outcomes("r-1")
    assert (conflict["error_code"], conflict["who"]) == ("request_conflict", "backend")
    assert json.loads((await deployment.record("r-1"))["completion"]) == first
    assert deployment.midjourney.ledger.paid() == 1


async def test_an_unpaid_and_a_paid_job_can_be_cancelled(deployment: Deployment) -> None:
    """A cancelled job is settled at once and says whether it was paid."""
    await deployment.ready_worker()
    deployment.midjourney.play(Script(seconds=300, side=64), marker="slow")
    await deployment.ask("r-1", "slow dragon")
    await until(lambda: deployment.midjourney.ledger.paid() == 1, "the payment")

    async def stage() -> bool:
        return (await deployment.record("r-1"))["stage"] == "paid"

    await until(stage, "the ticket")
    await deployment.publish(b'{"request_id":"r-1"}', "image_generation_cancel")

    told = await deployment.outcome("r-1")
    assert (told["status"], told["error_code"], told["paid"]) == ("failed", "cancelled", True)


async def test_progress_is_told_to_who_wants_it(deployment: Deployment) -> None:
    """With MOBART_PROGRESS on, the progress channel says how far a job is."""
    await deployment.ready_worker(MOBART_PROGRESS="true")
    await deployment.ask("r-1")
    await deployment.outcome("r-1")

    told = [body for name, body in deployment.heard if name == "image_generation_progress"]

    assert {body["status"] for body in told} == {"processing"}
    assert all(0 <= body["progress"] <= 100 for body in told)
    assert "storing" in {body["stage"] for body in told}


async def test_a_request_can_be_followed_in_the_log(deployment: Deployment) -> None:
    """Every line of a job carries its id, from the message to the completion; no prompt shows."""
    worker = await deployment.ready_worker()
    await deployment.ask("r-1", "a canary in a coal mine")
    await deployment.outcome("r-1")
    await worker.until_logged("job.settled")

    names = [event["event"] for event in worker.events() if event.get("request_id") == "r-1"]

    assert names == [
        "request.accepted",
        "job.claimed",
        "job.paid",
        "picture.generated",
        "picture.downloaded",
        "picture.rendered",
        "asset.stored",
        "job.settled",
    ]
    on_disk = (worker.output.parent / "mobart.log").read_text()
    assert "r-1" in on_disk
    assert "canary" not in worker.output.read_text() + on_disk
