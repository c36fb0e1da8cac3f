"""What is particular about PiAPI's unified API and LegNext's: envelopes, statuses, the history."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from mobart.core.callbacks import CallbackVerifier
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.providers.piapi.client import PAGE, PAGES
from mobart.providers.piapi.messages import Imagine
from mobart.web.hooks import ROUTE, Hooks
from mobart_local.standin import Script
from mobart_local.standin.dialects.table import DIALECTS
from tests.support.outcomes import outcome
from tests.support.provider_builders import built_provider
from tests.support.provider_setup import CAT, KEY, PUBLIC_URL, client_at, selling
from tests.support.raw_http import raw_server, says
from tests.support.submit_answers import Expected

FAMILY = ("piapi", "legnext")
SOLD: Expected = (Ticket, None)
setup = selling
piapi = partial(client_at, "piapi")
legnext = partial(client_at, "legnext")


class TestEverySubmitAnswer:
    """The whole table of what may come back from a paid POST."""

    @pytest.mark.parametrize("row", ["400-with-task", "500-with-task", "code-500-with-task"])
    async def test_a_task_in_the_envelope_of_an_error_is_asked_about(self, row: str) -> None:
        """It exists, so it was paid for, whatever the code says."""
        async with setup("piapi", Script(submit=row, side=64)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            assert isinstance(await provider.provider.poll(ticket), Picture)

    @pytest.mark.parametrize("name", FAMILY)
    async def test_what_the_prompt_says_is_no_proof(self, name: str) -> None:
        """An internal error that quotes it may have sold something."""
        poor = replace(CAT, prompt="a knight who is out of credits")
        quote = {"code": 500, "message": "failed: a knight who is out of credi... out of credits"}
        async with raw_server(says(500, quote)) as server, client_at(name, server.origin) as client:
            with pytest.raises(InDoubt):
                await client.submit(poor)


class TestEveryPollAnswer:
    """No answer to a poll fails a paid job, but the provider's own final word."""

    async def test_piapi_tells_progress(self) -> None:
        """As far as it shows it."""
        async with setup("piapi", Script(seconds=100)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.time.seconds += 60
            assert await provider.provider.poll(ticket) == Pending(46)

    @pytest.mark.parametrize("name", FAMILY)
    @pytest.mark.parametrize("status", [200, 400, 500])
    async def test_a_failure_is_final_whatever_the_http_status(
        self, name: str, status: int
    ) -> None:
        """Errors come as 400 or 500 too, with the task in the envelope."""
        body = {
            "task_id": "t",
            "job_id": "t",
            "status": "Failed",
            "error": {"message": "Banned prompt"},
        }
        answer = says(status, {"code": status, "message": "", "data": body})
        async with raw_server(answer) as server, client_at(name, server.origin) as client:
            with pytest.raises(Rejected) as failure:
                await client.poll(Ticket(name, "t"))
            assert failure.value.code is Code.MODERATION_BLOCKED

    @pytest.mark.parametrize(
        ("name", "addresses", "expected"),
        [
            ("piapi", "grid", ["/mj/{}.png"]),
            ("piapi", "tiles", ["/mj/{}.png"]),
            ("piapi", "tiles-only", ["/mj/{}_2.png"]),
            ("piapi", "signed-only", ["/attachments/1/2/{}.png?ex=658a4c45&is=6577d745&hm=ab12&"]),
            ("legnext", "grid", ["/mj/{}.png"]),
            ("legnext", "tiles-only", ["/mj/{}_2.png"]),
        ],
    )
    async def test_gives_the_grid_or_else_the_tile_that_is_wanted(
        self, name: str, addresses: str, expected: list[str]
    ) -> None:
        """`MIDJOURNEY_TILE` is for all who sell Midjourney's pictures."""
        script = Script(addresses=addresses, side=64)
        async with setup(name, script, midjourney_tile=3) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            picture = await provider.provider.poll(ticket)
            assert isinstance(picture, Picture)
            origin, task = provider.standin.origin, ticket.reference
            assert list(picture.urls) == [origin + path.format(task) for path in expected]

    @pytest.mark.parametrize("name", FAMILY)
    async def test_gives_the_first_of_single_tiles_where_the_best_is_wanted(
        self, name: str
    ) -> None:
        """Comparing them would mean to fetch all four."""
        script = Script(addresses="tiles-only", side=64)
        async with setup(name, script, midjourney_tile="best") as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            picture = await provider.provider.poll(ticket)
            assert isinstance(picture, Picture)
            assert [url.rpartition("_")[2] for url in picture.urls] == ["0.png"]

    @pytest.mark.parametrize("name", FAMILY)
    async def test_an_address_that_expired_is_new_at_the_next_poll(self, name: str) -> None:
        """Nothing of an earlier answer is kept."""

        def told(url: str) -> Any:
            task = {"task_id": "t", "job_id": "t", "status": "completed"}
            return says(200, {"code": 200, "data": {**task, "output": {"image_url": url}}})

        old, new = "https://cdn.example/x.png?Expires=1", "https://cdn.example/x.png?Expires=2"
        server = raw_server(told(old), told(new))
        async with server as peer, client_at(name, peer.origin) as client:
            assert await client.poll(Ticket(name, "t")) == Picture((old,), grid=True)
            assert await client.poll(Ticket(name, "t")) == Picture((new,), grid=True)


class TestThePiApiHistory:
    """A submit whose answer was lost is looked up."""

    async def test_has_what_was_bought(self) -> None:
        """The very task, which is then polled as any other."""
        async with setup("piapi", Script(submit="accepted-drop", side=64)) as provider:
            assert provider.can.lookup is Lookup.PARTIAL
            await outcome(provider.provider.submit(CAT))
            ticket = await provider.provider.find(CAT)
            assert ticket is not None
            provider.finish()
            assert isinstance(await provider.provider.poll(ticket), Picture)

    async def test_tells_two_players_with_one_wish_apart(self) -> None:
        """Each finds its own task and nobody another's."""
        async with setup("piapi", Script(submit="accepted-drop")) as provider:
            orders = [replace(CAT, request_id=f"r-{number}") for number in range(3)]
            for order in orders:
                await outcome(provider.provider.submit(order))
            tasks = list(provider.standin.ledger.tasks)
            found = [await provider.provider.find(order) for order in orders]
            assert found == [Ticket("piapi", task) for task in tasks]
            assert await provider.provider.find(replace(CAT, request_id="r-9")) is None

    async def test_cannot_tell_whose_a_prompt_with_a_seed_is(self) -> None:
        """It may be another player's, so nothing is found."""
        seeded = replace(CAT, prompt="a pixel cat --seed 7")
        async with setup("piapi", Script(submit="accepted-drop")) as provider:
            await outcome(provider.provider.submit(seeded))
            assert await provider.provider.find(seeded) is None

    async def test_can_tell_it_by_the_address_that_is_called_back(self) -> None:
        """That is of one request only."""
        seeded = replace(CAT, prompt="a pixel cat --seed 7")
        public = "https://game.example"
        script = Script(submit="accepted-drop")
        async with setup("piapi", script, mobart_public_url=public) as provider:
            await outcome(provider.provider.submit(seeded))
            ticket = await provider.provider.find(seeded)
            assert ticket == Ticket("piapi", next(iter(provider.standin.ledger.tasks)))
            assert await provider.provider.find(replace(seeded, request_id="r-2")) is None

    @pytest.mark.parametrize(("hours", "found"), [(0, True), (5, True), (30, False)])
    async def test_goes_back_a_day(self, hours: int, found: bool) -> None:
        """A worker may have been away for long."""
        async with setup("piapi", Script(submit="accepted-drop")) as provider:
            provider.time.seconds -= hours * 3600
            await outcome(provider.provider.submit(CAT))
            assert (await provider.provider.find(CAT) is not None) is found

    async def test_is_read_page_by_page_with_an_end(self) -> None:
        """Full pages are followed by the next one, but not without end."""
        unknown_variables = [{"task_id": f"t-{number}"} for number in range(PAGE)]
        full = says(200, {"code": 200, "data": unknown_variables})
        async with raw_server(full) as server, piapi(server.origin) as client:
            assert await client.find(CAT) is None
            pages = [heard.target.partition("page=")[2][:1] for heard in server.heard]
            assert pages == [str(page) for page in range(1, PAGES + 1)] * 2

    @pytest.mark.parametrize("shape", ["data", "tasks", "list of wrapped", "bare", "flat"])
    async def test_is_understood_in_any_shape(self, shape: str) -> None:
        """Its schema is not documented."""
        prompt = Imagine(key=KEY).prompt(CAT)
        task: dict[str, Any] = {"task_id": "t-1", "input": {"prompt": prompt}}
        bodies: dict[str, object] = {
            "data": {"code": 200, "data": [task]},
            "tasks": {"code": 200, "data": {"tasks": [task], "total": 1}},
            "list of wrapped": {"data": {"list": [{"task": task}]}},
            "bare": {"histories": [task]},
            "flat": {"data": [{"task_id": "t-1", "prompt": f" {prompt.upper()}\n"}]},
        }
        told = says(200, bodies[shape])
        async with raw_server(told) as server, piapi(server.origin) as client:
            assert await client.find(CAT) == Ticket("piapi", "t-1")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"data": None},
            {"data": {"tasks": None}},
            {"data": ["task_id", 7, None, [{"task_id": 7}]]},
            {"data": [{"task_id": "../x", "prompt": "a pixel cat"}]},
            {"code": 404, "message": "not found"},
        ],
    )
    async def test_that_has_nothing_is_no_trouble(self, body: object) -> None:
        """Nothing found, nothing proven."""
        async with raw_server(says(200, body)) as server, piapi(server.origin) as client:
            assert await client.find(CAT) is None

    @pytest.mark.parametrize("status", [400, 404, 405])
    async def test_that_is_not_there_is_not_waited_for(self, status: int) -> None:
        """Some who speak the rest of the API have none."""
        async with raw_server(says(status)) as server, piapi(server.origin) as client:
            assert await client.find(CAT) is None

    @pytest.mark.parametrize(
        "behaviour",
        [says(401), says(429), says(500), says(200, "<html>"), says(200, {"code": 500})],
        ids=["key", "busy", "error", "page", "envelope"],
    )
    async def test_that_is_away_is_asked_again(self, behaviour: Any) -> None:
        """It may know better later."""
        async with raw_server(behaviour) as server, piapi(server.origin) as client:
            with pytest.raises(Unavailable):
                await client.find(CAT)

    async def test_must_answer_well_at_the_start(self) -> None:
        """So that nobody pays into an outage."""
        odd = says(500, {"code": 500, "message": "odd"})
        async with raw_server(odd) as server, piapi(server.origin) as client:
            with pytest.raises(Unavailable, match="PIAPI_API_URL"):
                await client.check()


class TestCancelling:
    """PiAPI calls a task off as long as it is pending; LegNext is not known to."""

    @pytest.mark.parametrize("script", [Script(seconds=100), Script(staged_seconds=100)])
    async def test_calls_off_what_waits(self, script: Script) -> None:
        """It ends there, and its ticket says so."""
        async with setup("piapi", script) as provider:
            assert provider.can.cancels
            ticket = await provider.provider.submit(CAT)
            await provider.provider.cancel(ticket)
            with pytest.raises(Rejected):
                await provider.provider.poll(ticket)

    async def test_leaves_what_is_under_way(self) -> None:
        """The no is no trouble, and the picture comes."""
        async with setup("piapi", Script(seconds=100, side=64)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.time.seconds += 50
            await provider.provider.cancel(ticket)
            provider.finish()
            assert isinstance(await provider.provider.poll(ticket), Picture)

    async def test_says_when_nobody_heard(self) -> None:
        """An outage is not a no."""
        async with setup("piapi", Script(seconds=100)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.standin.fail("503")
            with pytest.raises(Unavailable):
                await provider.provider.cancel(ticket)

    async def test_is_not_offered_by_legnext(self) -> None:
        """Nobody is asked."""
        async with setup("legnext", Script(seconds=100)) as provider:
            assert not provider.can.cancels
            ticket = await provider.provider.submit(CAT)
            visits = provider.standin.ledger.visits["legnext"]
            await provider.provider.cancel(ticket)
            assert provider.standin.ledger.visits["legnext"] == visits


def door_of(name: str, url: str) -> CallbackVerifier:
    """Return how calls to *url* are judged and read, as the worker builds it."""
    environment = DIALECTS[name].settings("http://127.0.0.1:9", KEY)
    verifier = built_provider(name, environment, mobart_public_url=url).verifier
    assert verifier is not None
    return verifier


@asynccontextmanager
async def doorstep(name: str) -> AsyncIterator[tuple[str, list[tuple[str, Ticket]]]]:
    """Take the calls of a provider; give the public address, and the tickets that come in."""
    tickets = list[tuple[str, Ticket]]()

    async def adopt(request_id: str, ticket: Ticket) -> None:
        tickets.append((request_id, ticket))

    async def wake(_: str) -> None:
        pass

    app = web.Application()
    runner = web.AppRunner(app)
    verifiers = dict[str, CallbackVerifier]()
    app.router.add_post(ROUTE, Hooks(verifiers, adopt=adopt, wake=wake).take)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        verifiers[name] = door_of(name, url)
        yield url, tickets
    finally:
        await runner.cleanup()


class TestCalls:
    """Both call back, PiAPI with the secret in a header and LegNext with none."""

    @pytest.mark.parametrize("name", FAMILY)
    async def test_a_call_tells_the_task_of_a_lost_answer(self, name: str) -> None:
        """Proven and read by the verifier that the worker builds, before the answer is lost."""
        script = Script(submit="accepted-drop", webhook_early=True)
        async with (
            doorstep(name) as (url, tickets),
            setup(name, script, mobart_public_url=url) as provider,
        ):
            assert provider.can.calls_back
            assert provider.can.lookup is Lookup.PARTIAL
            with pytest.raises(InDoubt):
                await provider.provider.submit(CAT)
            task = next(iter(provider.standin.ledger.tasks))
            assert tickets == [("r-1", Ticket(name, task))]

    @pytest.mark.parametrize("public", [None, PUBLIC_URL])
    async def test_legnext_lists_what_is_under_way(self, public: str | None) -> None:
        """By the seed in the prompt, or the address that it calls back; not what has ended."""
        script = Script(submit="accepted-drop", seconds=100)
        async with setup("legnext", script, mobart_public_url=public) as provider:
            assert provider.can.lookup is Lookup.PARTIAL
            await outcome(provider.provider.submit(replace(CAT, request_id="r-0")))
            assert isinstance(await outcome(provider.provider.submit(CAT)), InDoubt)
            ticket = await provider.provider.find(CAT)
            assert ticket is not None
            assert isinstance(await provider.provider.poll(ticket), Pending)
            assert await provider.provider.find(replace(CAT, request_id="r-2")) is None
            provider.finish()
            assert await provider.provider.find(CAT) is None

    async def test_legnext_without_a_list_finds_nothing(self) -> None:
        """Where another server speaks its API, that is no error."""
        async with raw_server(says(404, {"message": "no"})) as server:
            async with client_at("legnext", server.origin) as client:
                assert await client.find(CAT) is None
            assert server.heard[0].target == "/account/active_tasks"
