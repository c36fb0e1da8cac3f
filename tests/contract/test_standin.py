"""What the stand-in for Midjourney does on the wire, row by row of its tables."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from mobart.local.standin import Script, StandIn
from mobart.local.standin.courses import ENDINGS, WORDINGS
from mobart.local.standin.faults import (
    LOST_TICKETS,
    ODD_TICKETS,
    OUTAGES,
    PICTURES,
    POLLS,
    REFUSALS,
    SUBMITS,
    TROUBLES,
)
from mobart.local.standin.replies import Manner
from mobart.local.standin.tasks import Task, describe, moment
from mobart.local.standin.webhooks import milestones
from tests.servers import midjourney

KEY = {"X-API-KEY": "a-key"}
PROMPT = "a small red dragon"
INSTANT = Script(seconds=0, side=64)

CLOSED = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError)
"""What a client sees of a connection that ends too early."""


@dataclass
class Heard:
    """An answer as a client hears it."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)


class Client:
    """A plain client of one stand-in, without retries and without redirects."""

    def __init__(self, standin: StandIn, session: aiohttp.ClientSession) -> None:
        """Speak to *standin* over *session*."""
        self.standin = standin
        self._session = session

    async def ask(self, method: str, url: str, **options: Any) -> Heard:
        """Send one request and read all of the answer."""
        options = {"allow_redirects": False, **options}
        async with self._session.request(method, url, **options) as response:
            return Heard(response.status, dict(response.headers), await response.read())

    async def imagine(self, prompt: str = PROMPT, **fields: Any) -> Heard:
        """Submit a prompt."""
        body = {"prompt": prompt, **fields}
        return await self.ask("POST", f"{self.standin.url}/imagine", json=body, headers=KEY)

    async def submit(self, prompt: str = PROMPT, **fields: Any) -> str:
        """Submit a prompt that is accepted, and give the task's id."""
        heard = await self.imagine(prompt, **fields)
        return str(heard.json()["task_id"])

    async def fetch(self, task_id: str) -> Heard:
        """Ask how a task is."""
        return await self.ask("POST", f"{self.standin.url}/fetch", json={"task_id": task_id})

    async def picture(self, script: Script) -> Heard:
        """Generate under *script* and download the picture."""
        self.standin.play(script, times=1)
        told = (await self.fetch(await self.submit())).json()
        return await self.ask("GET", told["task_result"]["image_url"])

    async def control(self, method: str, path: str, **options: Any) -> Heard:
        """Use one of the stand-in's own addresses."""
        return await self.ask(method, f"{self.standin.origin}/_standin/{path}", **options)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Give a client of a stand-in whose generations end at once."""
    timeout = aiohttp.ClientTimeout(total=20)
    async with midjourney(INSTANT) as standin, aiohttp.ClientSession(timeout=timeout) as session:
        yield Client(standin, session)


def names(table: Iterable[str], *, without: Iterable[str] = ()) -> list[str]:
    """List the names of a table's rows, sorted."""
    return sorted(set(table) - set(without))


def manner(*manners: Manner) -> Callable[[str], bool]:
    """Make a judge of rows of `SUBMITS` by their manner."""
    return lambda name: SUBMITS[name].manner in manners


async def test_accepted_submit_answers_as_documented(client: Client) -> None:
    """200 with a task id, a status and an empty message, and nothing else."""
    heard = await client.imagine()
    told = heard.json()
    assert (heard.status, told) == (
        200,
        {"task_id": told["task_id"], "status": "success", "message": ""},
    )
    assert [payment.task_id for payment in client.standin.ledger.payments] == [told["task_id"]]


async def test_finished_task_has_every_documented_field(client: Client) -> None:
    """The task object of a finished imagine has the fields that clients were seen to read."""
    told = (await client.fetch(await client.submit(aspect_ratio="1:1", process_mode="fast"))).json()
    assert told.keys() == {
        *("task_id", "status", "process_time", "retry_count", "meta", "task_result"),
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


async def test_submit_without_a_key_is_refused_and_costs_nothing(client: Client) -> None:
    """401, and the ledger heard it."""
    heard = await client.ask("POST", f"{client.standin.url}/imagine", json={"prompt": PROMPT})
    assert (heard.status, heard.json()["message"]) == (401, "invalid api key")
    assert (client.standin.ledger.paid(), len(client.standin.ledger.submits)) == (0, 1)


async def test_wrong_key_is_refused_everywhere() -> None:
    """A stand-in with a key of its own refuses another, for polls too."""
    async with midjourney(api_key="right") as standin, aiohttp.ClientSession() as session:
        client = Client(standin, session)
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


@pytest.mark.parametrize("name", names(filter(manner(Manner.DROPPED, Manner.RESET), SUBMITS)))
async def test_dropped_submits_close_the_connection(client: Client, name: str) -> None:
    """No answer comes; whether the task was paid for is the row's matter."""
    client.standin.play(Script(submit=name))
    with pytest.raises(CLOSED):
        await client.imagine()
    assert client.standin.ledger.paid() == int(SUBMITS[name].accepts)


@pytest.mark.parametrize("name", names(filter(manner(Manner.HELD), SUBMITS)))
async def test_hanging_submits_end_without_an_answer(client: Client, name: str) -> None:
    """The connection closes after the hold time."""
    client.standin.play(Script(submit=name, hold_seconds=0.01))
    with pytest.raises(CLOSED):
        await client.imagine()
    assert client.standin.ledger.paid() == int(SUBMITS[name].accepts)


@pytest.mark.parametrize("name", names(filter(manner(Manner.CUT), SUBMITS)))
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


@pytest.mark.parametrize("name", names([*REFUSALS, *TROUBLES]))
def test_refusals_and_troubles_cost_nothing(name: str) -> None:
    """No row of these tables accepts the task."""
    assert not SUBMITS[name].accepts


async def test_redirects_point_where_the_script_says(client: Client) -> None:
    """307 for submits and polls, 302 for pictures."""
    there = "http://127.0.0.1:9/elsewhere"
    client.standin.play(Script(submit="redirect", location=there), times=1)
    submitted = await client.imagine()
    client.standin.play(Script(seconds=0, poll="redirect", location=there), times=1)
    polled = await client.fetch(await client.submit())
    drawn = await client.picture(Script(seconds=0, picture="redirect", location=there))
    heard = [(answer.status, answer.headers["Location"]) for answer in (submitted, polled, drawn)]
    assert heard == [(307, there), (307, there), (302, there)]


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
    async with midjourney(unknown_task=row) as standin, aiohttp.ClientSession() as session:
        assert (await Client(standin, session).fetch("nobody")).status == status


async def test_multi_fetch_tells_of_all_and_of_nobody(client: Client) -> None:
    """Known tasks by id, unknown ones null."""
    task_id = await client.submit()
    body = {"task_ids": [task_id, "nobody"]}
    told = (await client.ask("POST", f"{client.standin.url}/multi_fetch", json=body)).json()
    assert told.keys() == {"data"}
    assert (told["data"][task_id]["status"], told["data"]["nobody"]) == ("finished", None)


async def test_multi_fetch_suffers_from_the_fault_of_any_task(client: Client) -> None:
    """One task in trouble spoils the whole answer, as a real gateway does."""
    well = await client.submit()
    client.standin.play(Script(seconds=0, poll="502", poll_times=1), times=1)
    body = {"task_ids": [well, await client.submit()]}
    url = f"{client.standin.url}/multi_fetch"
    heard = [(await client.ask("POST", url, json=body)).status for _ in range(2)]
    assert heard == [502, 200]


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


@pytest.mark.parametrize("encoding", ["png", "jpeg", "webp"])
async def test_pictures_come_in_the_encoding_asked_for(client: Client, encoding: str) -> None:
    """Under an address that ends in .png all the same."""
    heard = await client.picture(Script(seconds=0, side=64, encoding=encoding))
    image = Image.open(io.BytesIO(heard.body))
    assert (image.format, image.size) == (encoding.upper(), (64, 64))


async def test_single_is_one_picture_instead_of_four(client: Client) -> None:
    """It fills the whole side."""
    heard = await client.picture(Script(seconds=0, side=64, shape="single"))
    assert Image.open(io.BytesIO(heard.body)).size == (64, 64)


async def test_picture_is_not_there_before_the_task_is_finished(client: Client) -> None:
    """404 in plain text."""
    client.standin.play(Script(seconds=1000))
    task_id = await client.submit()
    heard = await client.ask("GET", f"{client.standin.origin}/mj/{task_id}.png")
    assert (heard.status, heard.body) == (404, b"This content is no longer available.")


@pytest.mark.parametrize(
    ("name", "status", "start"),
    [
        ("html", 200, b"<!DOCTYPE"),
        ("html-as-png", 200, b"<!DOCTYPE"),
        ("403", 403, b"<!DOCTYPE"),
        ("404", 404, b"This content"),
        ("500", 500, b"oops"),
        ("503", 503, b"slow down"),
        ("svg", 200, b"<svg"),
        ("gif", 200, b"GIF89a"),
        ("zero", 200, b""),
        ("truncated", 200, b"\x89PNG"),
        ("bomb", 200, b"\x89PNG"),
        ("huge-header", 200, b"\x89PNG"),
    ],
)
async def test_bad_pictures_answer_as_named(
    client: Client, name: str, status: int, start: bytes
) -> None:
    """Status and first bytes are the row's."""
    heard = await client.picture(Script(seconds=0, side=64, picture=name))
    assert (heard.status, heard.body[: len(start)]) == (status, start)


async def test_truncated_picture_heals_after_so_many_downloads(client: Client) -> None:
    """Once truncated, then whole."""
    client.standin.play(Script(seconds=0, side=64, picture="truncated", picture_times=1))
    url = f"{client.standin.origin}/mj/{await client.submit()}.png"
    half, whole = [(await client.ask("GET", url)).body for _ in range(2)]
    assert half == whole[: len(whole) // 2]


@pytest.mark.parametrize("name", ["cut", "drop", "reset"])
async def test_picture_may_lose_its_connection(client: Client, name: str) -> None:
    """Before all bytes that were announced are there."""
    with pytest.raises(CLOSED):
        await client.picture(Script(seconds=0, side=64, picture=name))


async def test_hanging_picture_ends_without_an_answer(client: Client) -> None:
    """The connection closes after the hold time."""
    with pytest.raises(CLOSED):
        await client.picture(Script(seconds=0, picture="hang", hold_seconds=0.01))


@pytest.mark.parametrize(
    ("name", "pixels"), [("bomb", 13_370 * 13_370), ("huge-header", 65_535 * 65_535)]
)
async def test_bombs_are_small_files_of_many_pixels(client: Client, name: str, pixels: int) -> None:
    """The header says it all."""
    heard = await client.picture(Script(seconds=0, picture=name))
    width, height = (int.from_bytes(heard.body[at : at + 4]) for at in (16, 20))
    assert (width * height, len(heard.body) < 30_000) == (pixels, True)


async def _raw(client: Client, script: Script, most: int) -> bytes:
    """Download at most so many bytes of a picture by hand, below any HTTP client."""
    client.standin.play(script, times=1)
    return await _exchange(client, f"GET /mj/{await client.submit()}.png", "", most)


async def _exchange(client: Client, line: str, body: str, most: int) -> bytes:
    """Send one request by hand and read at most so many bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.standin.port)
    headers = f"Host: x\r\nConnection: close\r\nX-API-KEY: k\r\nContent-Length: {len(body)}"
    writer.write(f"{line} HTTP/1.1\r\n{headers}\r\n\r\n{body}".encode())
    heard = b""
    while len(heard) < most and (block := await reader.read(65_536)):
        heard += block
    writer.close()
    return heard


async def test_overlong_picture_sends_twice_what_it_announced(client: Client) -> None:
    """`Content-Length` is a lie."""
    raw = await _raw(client, Script(seconds=0, side=64, picture="overlong"), 1_000_000)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body) // 2}".encode() in head.split(b"\r\n")


async def test_gzip_bomb_is_small_on_the_wire(client: Client) -> None:
    """Some 200 kB that say they are gzip."""
    raw = await _raw(client, Script(seconds=0, picture="gzip-bomb"), 1_000_000)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head.split(b"\r\n")
    assert (body[:2], len(body) < 300_000) == (b"\x1f\x8b", True)


async def test_endless_picture_has_no_end(client: Client) -> None:
    """A hundred times the picture, and still more."""
    raw = await _raw(client, Script(seconds=0, side=64, picture="endless"), 1_000_000)
    assert len(raw) >= 1_000_000


async def test_flood_has_a_hundred_thousand_headers(client: Client) -> None:
    """More than any client should read."""
    raw = await _raw(client, Script(seconds=0, side=64, picture="flood"), 10_000_000)
    assert raw.count(b"\r\nX-Flood-") == 100_000


async def test_dripping_picture_comes_byte_by_byte(client: Client) -> None:
    """The head comes at once, then very little."""
    raw = await _raw(client, Script(seconds=0, side=64, picture="drip"), 90)
    assert raw.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_dripping_submit_is_paid(client: Client) -> None:
    """Long before its ticket has arrived."""
    client.standin.play(Script(submit="accepted-drip"))
    await _exchange(client, "POST /mj/v2/imagine", '{"prompt": "x"}', 1)
    assert client.standin.ledger.paid() == 1


@pytest.mark.parametrize(
    ("row", "field"), [("tiles", "temporary_image_urls"), ("tiles-only", "image_urls")]
)
async def test_tiles_have_addresses_of_their_own(client: Client, row: str, field: str) -> None:
    """Four pictures, each a quarter of the grid."""
    client.standin.play(Script(seconds=0, side=64, addresses=row))
    result = (await client.fetch(await client.submit())).json()["task_result"]
    tiles = [(await client.ask("GET", url)).body for url in result[field]]
    assert [Image.open(io.BytesIO(tile)).size for tile in tiles] == [(32, 32)] * 4
    assert len(set(tiles)) == 4


async def test_signed_address_needs_its_query_byte_for_byte(client: Client) -> None:
    """Down to the last ampersand."""
    client.standin.play(Script(seconds=0, side=64, addresses="signed-only"))
    result = (await client.fetch(await client.submit())).json()["task_result"]
    url = result["discord_image_url"]
    heard = [(await client.ask("GET", it)).status for it in (url, url[:-1], url.split("?")[0])]
    assert (result["image_url"], heard) == ("", [200, 404, 404])


@dataclass
class Ear:
    """A listener for webhooks that answers with the given statuses, then 200."""

    url: str
    refusals: list[int]
    heard: "asyncio.Queue[tuple[dict[str, Any], str | None]]"

    async def listen(self, request: web.Request) -> web.Response:
        """Take one webhook."""
        await self.heard.put((await request.json(), request.headers.get("x-webhook-secret")))
        return web.Response(status=self.refusals.pop(0) if self.refusals else 200)


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    """Listen on a free port."""
    app = web.Application()
    ear = Ear("", [], asyncio.Queue())
    app.router.add_post("/hook/{name}", ear.listen)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ear.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook/r1"
    yield ear
    await runner.cleanup()


async def test_webhook_tells_the_task_object_and_echoes_the_secret(
    client: Client, ear: Ear
) -> None:
    """Once, when the task is final."""
    task_id = await client.submit(webhook_endpoint=ear.url, webhook_secret="hush")
    told, secret = await ear.heard.get()
    assert (told["task_id"], told["status"], secret) == (task_id, "finished", "hush")
    assert told == (await client.fetch(task_id)).json()


async def test_webhook_is_repeated_until_it_is_taken(client: Client, ear: Ear) -> None:
    """Anything but 200 is no."""
    ear.refusals.append(500)
    await client.submit(webhook_endpoint=ear.url)
    first, second = [await ear.heard.get() for _ in range(2)]
    assert first == second


async def test_webhook_may_come_twice(client: Client, ear: Ear) -> None:
    """A duplicate of what was taken."""
    client.standin.play(Script(seconds=0, webhook="twice"))
    await client.submit(webhook_endpoint=ear.url)
    first, second = [await ear.heard.get() for _ in range(2)]
    assert first == second


async def test_webhook_may_come_before_the_submit_is_answered(client: Client, ear: Ear) -> None:
    """Even if that answer never comes."""
    client.standin.play(Script(seconds=1000, submit="accepted-drop", webhook_early=True))
    with pytest.raises(CLOSED):
        await client.imagine(webhook_endpoint=ear.url)
    told, _ = ear.heard.get_nowait()
    assert told["status"] == "pending"


async def test_webhooks_of_progress_come_in_order(client: Client, ear: Ear) -> None:
    """When asked for, from the first step to the last."""
    client.standin.play(Script(seconds=0.4))
    await client.submit(webhook_endpoint=ear.url, notify_progress=True)
    statuses, status = [], ""
    while status != "finished":
        told, _ = await ear.heard.get()
        status = told["status"]
        statuses.append(status)
    assert statuses == sorted(statuses, key=["pending", "processing", "finished"].index)
    assert len(statuses) == len(milestones(client.standin.ledger.tasks[told["task_id"]]))


async def test_outage_answers_everything_and_ends(client: Client) -> None:
    """Submits, polls and pictures, until it is over."""
    task_id = await client.submit()
    url = f"{client.standin.origin}/mj/{task_id}.png"
    client.standin.fail("503")
    down = [await client.imagine(), await client.fetch(task_id), await client.ask("GET", url)]
    client.standin.fail(None)
    up = [await client.imagine(), await client.fetch(task_id), await client.ask("GET", url)]
    assert [[it.status for it in heard] for heard in (down, up)] == [[503] * 3, [200] * 3]
    assert client.standin.ledger.paid() == 2


async def test_script_can_be_changed_over_http(client: Client) -> None:
    """Default, rules and outage, each on its own."""
    changes: list[dict[str, Any]] = [
        {"default": {"seconds": 0, "ending": "banned"}},
        {"rules": [{"script": {"submit": "402"}, "marker": "unlucky", "times": 1}]},
    ]
    for change in changes:
        assert (await client.control("PUT", "script", json=change)).status == 200
    told = (await client.fetch(await client.submit())).json()
    assert told["task_result"]["error_messages"] == ["Banned prompt detected"]
    assert [(await client.imagine("unlucky")).status for _ in range(2)] == [402, 200]


async def test_script_that_was_shown_can_be_put_back(client: Client) -> None:
    """What GET tells is what PUT takes."""
    client.standin.play(Script(submit="429", error_messages=("a", "b")), marker="m", times=3)
    shown = (await client.control("GET", "script")).json()
    assert (await client.control("PUT", "script", json=shown)).json() == shown


@pytest.mark.parametrize(
    "change",
    [
        {"default": {"submit": "nonsense"}},
        {"default": {"nonsense": 1}},
        {"default": {"seconds": "2"}},
        {"default": {"side": True}},
        {"default": {"error_messages": [1]}},
        {"rules": [{"times": "2"}]},
        {"rules": [{"nonsense": 1}]},
        {"rules": 7},
        {"rules": [7]},
        {"rules": [{"script": 7}]},
        {"default": 7},
        {"outage": "nonsense"},
        {"outage": []},
        {"nonsense": 1},
        [],
    ],
)
async def test_malformed_scripts_are_refused_and_change_nothing(
    client: Client, change: object
) -> None:
    """400 with a sentence."""
    before = (await client.control("GET", "script")).json()
    heard = await client.control("PUT", "script", json=change)
    assert (heard.status, bool(heard.json()["message"])) == (400, True)
    assert (await client.control("GET", "script")).json() == before


async def test_ledger_over_http_is_the_ledger(client: Client) -> None:
    """The oracle for money, for tests in other processes."""
    await client.submit()
    await client.submit()
    told = (await client.ask("GET", client.standin.ledger_url)).json()
    assert (told["accepted"], told["paid_twice"]) == (2, [PROMPT])
    assert [payment["task_id"] for payment in told["payments"]] == list(client.standin.ledger.tasks)


async def test_reset_forgets_everything(client: Client) -> None:
    """Tasks, ledger, rules and outage."""
    task_id = await client.submit()
    client.standin.play(Script(submit="429"))
    client.standin.fail("503")
    await client.control("POST", "reset")
    assert client.standin.ledger.paid() == 0
    assert [(await client.fetch(task_id)).status, (await client.imagine()).status] == [404, 200]


async def test_fault_list_names_every_row(client: Client) -> None:
    """So that nobody has to read the source."""
    told = (await client.control("GET", "faults")).json()
    tables = (SUBMITS, POLLS, PICTURES, OUTAGES, WORDINGS, ENDINGS)
    kinds = ("submit", "poll", "picture", "outage", "wording", "ending")
    assert {kind: set(told[kind]) for kind in kinds} == {
        kind: set(table) for kind, table in zip(kinds, tables, strict=True)
    }


async def test_restarted_stand_in_knows_its_tasks(tmp_path: Path) -> None:
    """Same ledger, same task, same picture."""
    script = Script(seconds=0, side=64, encoding="jpeg")
    heard = []
    task_id = ""
    for _ in range(2):
        async with (
            midjourney(script, folder=tmp_path) as standin,
            aiohttp.ClientSession() as session,
        ):
            client = Client(standin, session)
            task_id = task_id or await client.submit()
            told = (await client.fetch(task_id)).json()
            picture = await client.ask("GET", told["task_result"].pop("image_url"))
            heard.append((told, picture.body, standin.ledger.paid(), standin.ledger.submits))
    assert heard[0] == heard[1]


async def test_two_stand_ins_that_want_one_port_get_two() -> None:
    """The second gives way."""
    async with midjourney() as first, StandIn(port=first.port) as second:
        assert second.port not in {0, first.port}


def _task(**fields: Any) -> Task:
    """Make a task that was created at 1000."""
    script = Script(**fields)
    return Task(task_id="t", kind="imagine", prompt=PROMPT, created_at=1000.0, script=script)


def _status(task: Task, age: float) -> str:
    """Tell the status that the task object shows at an age."""
    return str(describe(task, now=1000.0 + age, origin="http://x")["status"])


def test_timeline_goes_from_staged_to_finished() -> None:
    """Staged for its time, then a tenth pending, then processing."""
    task = _task(seconds=10, staged_seconds=5)
    statuses = [_status(task, age) for age in (0, 4.9, 5, 5.9, 6.1, 14.9, 15, 1e6)]
    assert statuses == [
        *("staged", "staged", "pending", "pending", "processing", "processing"),
        *("finished", "finished"),
    ]


def test_progress_rises_step_by_step() -> None:
    """The percentages that the real one was seen to show."""
    task = _task(seconds=10)
    shown = [
        describe(task, now=1000 + age / 10, origin="")["task_result"]["task_progress"]
        for age in range(10, 100)
    ]
    assert list(dict.fromkeys(shown)) == [0, 15, 31, 46, 62, 78, 93]


@pytest.mark.parametrize("name", names(ENDINGS))
def test_endings_last_for_ever(name: str) -> None:
    """Each task stays in its ending, and tells why if it failed."""
    task = _task(seconds=10, ending=name)
    told = describe(task, now=1e9, origin="http://x")
    expected = (ENDINGS[name].status, list(ENDINGS[name].error_messages))
    assert (told["status"], told["task_result"]["error_messages"]) == expected


def test_reasons_of_a_failure_can_be_given() -> None:
    """Any text, for what the table does not have."""
    task = _task(ending="failed", error_messages=("one", "two"))
    assert describe(task, now=1e9, origin="")["task_result"]["error_messages"] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "running", "final"),
    [
        ("capitalised", "Processing", "Finished"),
        ("completed", "processing", "completed"),
        ("success", "processing", "SUCCESS"),
        ("unknown-status", "retry", "finished"),
        ("empty-status", "", "finished"),
    ],
)
def test_wordings_rename_statuses(name: str, running: str, final: str) -> None:
    """While it runs, and at the end."""
    task = _task(seconds=10, wording=name)
    assert (_status(task, 5), _status(task, 50)) == (running, final)


@pytest.mark.parametrize(
    ("name", "progress"),
    [
        ("progress-250", 250),
        ("progress-negative", "-1"),
        ("progress-null", None),
        ("progress-text", "46%"),
    ],
)
def test_wordings_show_odd_progress(name: str, progress: object) -> None:
    """Not only numbers from 0 to 100."""
    result = describe(_task(seconds=10, wording=name), now=1005, origin="")["task_result"]
    assert result["task_progress"] == progress


def test_progress_may_fall() -> None:
    """From 93 down to 0."""
    task = _task(seconds=10, wording="progress-backwards")
    shown = [
        describe(task, now=1000 + age, origin="")["task_result"]["task_progress"]
        for age in range(2, 10)
    ]
    assert shown == sorted(shown, reverse=True)


@pytest.mark.parametrize(
    ("name", "age", "expected"),
    [
        ("null-result", 5, None),
        ("no-result", 50, None),
        ("no-url", 50, ""),
        ("null-url", 50, None),
        ("number-url", 50, 7),
        ("early-url", 5, "http://127.0.0.1:9/preview.webp"),
    ],
)
def test_wordings_change_the_result(name: str, age: float, expected: object) -> None:
    """The whole of it, or the address."""
    result = describe(_task(seconds=10, wording=name), now=1000 + age, origin="")["task_result"]
    assert (result if result is None else result["image_url"]) == expected


def test_errors_may_come_before_the_status() -> None:
    """Processing, but it has failed already."""
    told = describe(_task(seconds=10, wording="early-errors"), now=1005, origin="")
    assert (told["status"], len(told["task_result"]["error_messages"])) == ("processing", 1)


def test_milestones_are_the_changes() -> None:
    """One each time the task object would read differently."""
    task = replace(_task(seconds=10, staged_seconds=5), notify_progress=True)
    moments = [moment(task, at) for at in milestones(task)]
    assert [(it.status, it.step) for it in moments] == [
        ("pending", 0),
        *(("processing", step) for step in range(7)),
        ("finished", 6),
    ]
