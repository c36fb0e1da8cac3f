"""How the stand-in is told what to do, and what it remembers."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mobart_local.standin import Script, StandIn
from mobart_local.standin.dialects.table import DIALECTS
from mobart_local.standin.picture_answers import OUTAGES, PICTURES
from mobart_local.standin.task_states import ENDINGS, WORDINGS
from tests.support.standin_client import PROMPT, Client, connected


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Give a client of a stand-in whose generations end at once."""
    async with connected() as client:
        yield client


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
    submits = {row for dialect in DIALECTS.values() for row in dialect.submits}
    polls = {row for dialect in DIALECTS.values() for row in dialect.polls}
    tables = (submits, polls, PICTURES, OUTAGES, WORDINGS, ENDINGS)
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
        async with connected(script, folder=tmp_path) as client:
            ledger = client.standin.ledger
            task_id = task_id or await client.submit()
            told = (await client.fetch(task_id)).json()
            picture = await client.ask("GET", told["task_result"].pop("image_url"))
            heard.append((told, picture.body, ledger.paid(), ledger.submits))
    assert heard[0] == heard[1]


async def test_two_stand_ins_that_want_one_port_get_two() -> None:
    """The second gives way."""
    async with StandIn() as first, StandIn(port=first.port) as second:
        assert second.port not in {0, first.port}
