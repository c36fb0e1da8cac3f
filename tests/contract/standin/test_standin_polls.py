"""What the stand-in answers to polls."""

from collections.abc import AsyncIterator

import pytest

from mobart_local.standin import Script
from tests.support.standin_client import CLOSED, PROMPT, Client, connected


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Give a client of a stand-in whose generations end at once."""
    async with connected() as client:
        yield client


async def test_finished_task_has_every_documented_field(client: Client) -> None:
    """The task object of a finished imagine has the fields that clients were seen to read."""
    told = (await client.fetch(await client.submit(aspect_ratio="1:1", process_mode="fast"))).json()
    assert told.keys() == {
        *("task_id", "status", "process_time", "retry_count", "meta", "task_result")
    }
    assert told["meta"].keys() == {
        *("account_id", "task_type", "origin_task_id", "bot_hash", "bot_id", "model_version"),
        *("process_mode", "quota_frozen", "frozen_credit", "created_at", "created_at_utc"),
        *("started_at", "started_at_utc", "ended_at", "ended_at_utc"),
        *("task_request", "task_param"),
    }
    assert told["task_result"].keys() == {
        *("discord_image_url", "image_url", "image_urls", "permanent_url", "task_progress"),
        *("intermediate_image_urls", "image_id", "seed", "result_message_id", "quota_used"),
        *("credit", "message", "warning", "error_messages", "need_retry", "actions"),
    }
    assert (told["status"], told["task_result"]["task_progress"]) == ("finished", 100)
    assert told["meta"]["task_param"]["prompt"] == PROMPT


@pytest.mark.parametrize(
    ("name", "status"), [("404", 404), ("500", 500), ("502", 502), ("429", 429), ("html", 200)]
)
async def test_poll_faults_strike_each_task_so_often(
    client: Client, name: str, status: int
) -> None:
    """Twice the fault, then the task object."""
    client.standin.play(Script(seconds=0, poll=name, poll_times=2))
    task_id = await client.submit()
    heard = [await client.fetch(task_id) for _ in range(3)]
    assert [answer.status for answer in heard] == [status, status, 200]
    assert heard[2].json()["status"] == "finished"


@pytest.mark.parametrize("name", ["drop", "reset", "cut"])
async def test_polls_may_lose_their_connection(client: Client, name: str) -> None:
    """And the next poll is fine."""
    client.standin.play(Script(seconds=0, poll=name, poll_times=1))
    task_id = await client.submit()
    with pytest.raises(CLOSED):
        await client.fetch(task_id)
    assert (await client.fetch(task_id)).json()["task_id"] == task_id


@pytest.mark.parametrize("name", ["bad-json", "empty"])
async def test_polls_may_answer_what_is_no_json(client: Client, name: str) -> None:
    """200 and something unreadable."""
    client.standin.play(Script(seconds=0, poll=name))
    heard = await client.fetch(await client.submit())
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        heard.json()


@pytest.mark.parametrize(("row", "status"), [("404", 404), ("400", 400), ("null", 200)])
async def test_unknown_tasks_are_answered_as_chosen(row: str, status: int) -> None:
    """The real answer is not documented, so there are several."""
    async with connected(unknown_task=row) as client:
        assert (await client.fetch("nobody")).status == status
