"""What the stand-in answers to submits, row by row of its tables."""

import io
import time
from collections.abc import AsyncIterator, Callable, Iterable
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest
from PIL import Image

from mobart_local.standin import Script
from mobart_local.standin.dialects.goapi.answers import ODD_TICKETS, SUBMITS
from mobart_local.standin.picture_answers import OUTAGES
from mobart_local.standin.replies import Delivery
from tests.support.standin_client import CLOSED, KEY, PROMPT, Client, connected


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Give a client of a stand-in whose generations end at once."""
    async with connected() as client:
        yield client


REFUSALS = tuple(name for name in OUTAGES if OUTAGES[name].status // 100 == 4 and name != "404")
"""What a client did wrong, or has to wait for; the other outages are the server's trouble."""
LOST_TICKETS = tuple(name for name in SUBMITS if name.startswith("accepted-"))


def names(table: Iterable[str], *, without: Iterable[str] = ()) -> list[str]:
    """List the names of a table's rows, sorted."""
    return sorted(set(table) - set(without))


def delivery(*manners: Delivery) -> Callable[[str], bool]:
    """Make a judge of rows of `SUBMITS` by their delivery."""
    return lambda name: SUBMITS[name].delivery in manners


async def test_accepted_submit_answers_as_documented(client: Client) -> None:
    """200 with a task id, a status and an empty message, and nothing else."""
    heard = await client.imagine()
    told = heard.json()
    assert (heard.status, told) == (
        200,
        {"task_id": told["task_id"], "status": "success", "message": ""},
    )
    assert [payment.task_id for payment in client.standin.ledger.payments] == [told["task_id"]]


async def test_submit_without_a_key_is_refused_and_costs_nothing(client: Client) -> None:
    """401, and the ledger heard it."""
    heard = await client.ask("POST", f"{client.standin.url}/imagine", json={"prompt": PROMPT})
    assert (heard.status, heard.json()["message"]) == (401, "invalid api key")
    assert (client.standin.ledger.paid(), len(client.standin.ledger.submits)) == (0, 1)


async def test_wrong_key_is_refused_everywhere() -> None:
    """A stand-in with a key of its own refuses another, for polls too."""
    async with connected(api_key="right") as client:
        standin = client.standin
        told = await client.imagine()
        polled = await client.ask(
            "POST", f"{standin.url}/fetch", json={"task_id": "x"}, headers=KEY
        )
        assert (told.status, polled.status) == (401, 401)
        right = await client.ask(
            "POST", f"{standin.url}/imagine", json={"prompt": "x"}, headers={"x-api-key": "right"}
        )
        assert right.status == 200


@pytest.mark.parametrize(
    "body", [b'{"prompt": ""}', b'{"prompt": "  "}', b'{"prompt": 7}', b"{", b"[]"]
)
async def test_bad_prompts_are_refused_and_counted(client: Client, body: bytes) -> None:
    """400 for a prompt that is empty, no text, or not there."""
    heard = await client.ask("POST", f"{client.standin.url}/imagine", data=body, headers=KEY)
    assert heard.status == 400
    assert [submit.answer for submit in client.standin.ledger.submits] == ["400"]


@pytest.mark.parametrize("name", names(REFUSALS))
async def test_refusals_answer_their_status_and_cost_nothing(client: Client, name: str) -> None:
    """A 4xx comes with a message, and the ledger stays empty."""
    client.standin.play(Script(submit=name))
    heard = await client.imagine()
    assert (heard.status, bool(heard.json()["message"])) == (int(name[:3]), True)
    assert client.standin.ledger.paid() == 0


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("429", "7", "7"),
        ("429", "", None),
        ("429-absurd", "", "31536000"),
        ("429-silent", "7", None),
    ],
)
async def test_retry_after_is_what_the_script_says(
    client: Client, name: str, text: str, expected: str | None
) -> None:
    """As a number, absurd, or absent."""
    client.standin.play(Script(submit=name, retry_after=text))
    heard = await client.imagine()
    assert heard.headers.get("Retry-After") == expected


async def test_retry_after_may_be_an_http_date(client: Client) -> None:
    """A date, a little ahead."""
    client.standin.play(Script(submit="429-date"))
    heard = await client.imagine()
    assert parsedate_to_datetime(heard.headers["Retry-After"]).timestamp() > time.time()


async def test_faults_strike_as_often_as_told(client: Client) -> None:
    """Two submits are refused, the third is accepted."""
    client.standin.play(Script(submit="429"), times=2)
    assert [(await client.imagine()).status for _ in range(3)] == [429, 429, 200]
    assert client.standin.ledger.paid() == 1


async def test_faults_strike_only_prompts_with_the_marker(client: Client) -> None:
    """Another prompt goes through in the meantime."""
    client.standin.play(Script(submit="402"), marker="unlucky")
    prompts = ("lucky cat", "unlucky cat", "happy cat")
    assert [(await client.imagine(prompt)).status for prompt in prompts] == [200, 402, 200]


@pytest.mark.parametrize("name", names(filter(delivery(Delivery.DROPPED, Delivery.RESET), SUBMITS)))
async def test_dropped_submits_close_the_connection(client: Client, name: str) -> None:
    """No answer comes; whether the task was paid for is the row's matter."""
    client.standin.play(Script(submit=name))
    with pytest.raises(CLOSED):
        await client.imagine()
    assert client.standin.ledger.paid() == int(SUBMITS[name].accepts)


@pytest.mark.parametrize("name", names(filter(delivery(Delivery.HELD), SUBMITS)))
async def test_hanging_submits_end_without_an_answer(client: Client, name: str) -> None:
    """The connection closes after the hold time."""
    client.standin.play(Script(submit=name, hold_seconds=0.01))
    with pytest.raises(CLOSED):
        await client.imagine()
    assert client.standin.ledger.paid() == int(SUBMITS[name].accepts)


@pytest.mark.parametrize("name", names(filter(delivery(Delivery.CUT), SUBMITS)))
async def test_cut_submits_lack_announced_bytes(client: Client, name: str) -> None:
    """`Content-Length` promises more than comes."""
    client.standin.play(Script(submit=name))
    with pytest.raises(CLOSED):
        await client.imagine()
    assert client.standin.ledger.paid() == int(SUBMITS[name].accepts)


@pytest.mark.parametrize(
    ("name", "status", "start"),
    [
        ("500", 500, b"{"),
        ("502", 502, b"<html>"),
        ("503", 503, b"{"),
        ("504", 504, b""),
        ("html", 200, b"<!DOCTYPE"),
        ("empty", 200, b""),
        ("bad-json", 200, b'{"task_id'),
        ("list", 200, b"[]"),
        ("null", 200, b"null"),
        ("accepted-500", 500, b"{"),
        ("accepted-502", 502, b"<html>"),
        ("accepted-503", 503, b"{"),
        ("accepted-504", 504, b""),
        ("accepted-html", 200, b"<!DOCTYPE"),
        ("accepted-truncated", 200, b'{"task_id'),
    ],
)
async def test_troubled_submits_answer_as_named(
    client: Client, name: str, status: int, start: bytes
) -> None:
    """Status and first bytes are the row's, and the ledger says whether it was paid."""
    client.standin.play(Script(submit=name))
    heard = await client.imagine()
    assert (heard.status, heard.body.startswith(start)) == (status, True)
    assert client.standin.ledger.paid() == int(SUBMITS[name].accepts)


@pytest.mark.parametrize(
    ("name", "task_id"),
    [
        ("task-id-empty", ""),
        ("task-id-int", 4711),
        ("task-id-null", None),
        ("task-id-huge", "x" * 10_000),
        ("task-id-traversal", "../x"),
    ],
)
async def test_odd_task_ids_arrive_as_named(client: Client, name: str, task_id: object) -> None:
    """The money is gone, the ticket is useless."""
    client.standin.play(Script(submit=name))
    assert (await client.imagine()).json()["task_id"] == task_id
    assert client.standin.ledger.paid() == 1


async def test_task_id_may_be_missing(client: Client) -> None:
    """200 and success, but no ticket."""
    client.standin.play(Script(submit="task-id-missing"))
    assert (await client.imagine()).json().keys() == {"status", "message"}


async def test_task_id_may_be_that_of_another_task(client: Client) -> None:
    """Two submits, one ticket."""
    first = await client.submit()
    client.standin.play(Script(submit="task-id-duplicate"))
    assert await client.submit() == first
    assert client.standin.ledger.paid() == 2


async def test_status_of_a_submit_may_be_failed_with_200(client: Client) -> None:
    """Nothing was accepted, and only the body says so."""
    client.standin.play(Script(submit="failed-status"))
    heard = await client.imagine()
    assert (heard.status, heard.json()["status"]) == (200, "failed")
    assert client.standin.ledger.paid() == 0


@pytest.mark.parametrize("name", names([*LOST_TICKETS, *ODD_TICKETS], without=["failed-status"]))
def test_lost_and_odd_tickets_cost_money(name: str) -> None:
    """Each row of these tables accepts the task."""
    assert SUBMITS[name].accepts


@pytest.mark.parametrize("name", names(OUTAGES))
def test_refusals_and_troubles_cost_nothing(name: str) -> None:
    """No row of these tables accepts the task."""
    assert not SUBMITS[name].accepts


async def test_slow_submit_is_paid_before_it_is_answered(client: Client) -> None:
    """Who hangs up early has paid all the same."""
    client.standin.play(Script(submit_delay=30))
    timeout = aiohttp.ClientTimeout(total=0.2)
    with pytest.raises(TimeoutError):
        await client.ask(
            "POST",
            f"{client.standin.url}/imagine",
            json={"prompt": PROMPT},
            headers=KEY,
            timeout=timeout,
        )
    assert client.standin.ledger.paid() == 1


async def test_upscale_makes_a_paid_task_of_one_tile(client: Client) -> None:
    """A new task whose picture is that quarter of the grid."""
    client.standin.play(Script(seconds=0, side=64))
    grid_id = await client.submit()
    body = {"origin_task_id": grid_id, "index": "4"}
    url = f"{client.standin.url}/upscale"
    task_id = (await client.ask("POST", url, json=body, headers=KEY)).json()["task_id"]
    pictures = [
        Image.open(
            io.BytesIO((await client.ask("GET", f"{client.standin.origin}/mj/{it}.png")).body)
        )
        for it in (grid_id, task_id)
    ]
    assert pictures[1].tobytes() == pictures[0].crop((32, 32, 64, 64)).tobytes()
    assert [payment.kind for payment in client.standin.ledger.payments] == ["imagine", "upscale"]


@pytest.mark.parametrize(
    "body", [{"origin_task_id": "nobody", "index": "1"}, {"index": "1"}, {"origin_task_id": 7}]
)
async def test_upscale_of_nothing_is_refused(client: Client, body: dict[str, Any]) -> None:
    """400, and nothing is paid."""
    url = f"{client.standin.url}/upscale"
    assert (await client.ask("POST", url, json=body, headers=KEY)).status == 400
    assert client.standin.ledger.payments == []


async def test_dripping_submit_is_paid(client: Client) -> None:
    """Long before its ticket has arrived."""
    client.standin.play(Script(submit="accepted-drip"))
    await client.exchange("POST /mj/v2/imagine", '{"prompt": "x"}', 1)
    assert client.standin.ledger.paid() == 1
