"""What the client of a midjourney-proxy makes of what only such proxies say."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.providers.callback import CallbackAddress
from mobart.providers.mjproxy.messages import read_callback
from mobart_local.standin import Script
from mobart_local.standin.dialects.mjproxy.answers import POLLS, SUBMITS
from tests.support.clocks import LoopClock
from tests.support.outcomes import outcome
from tests.support.provider_builders import built_provider
from tests.support.provider_setup import CAT, KEY, PUBLIC_URL, SHORT, SLOW_ROWS, client_at, selling
from tests.support.raw_http import raw_server, says
from tests.support.submit_answers import SUBMIT_OUTCOMES

NAME = "midjourney-proxy"
setup = partial(selling, NAME)
at = partial(client_at, NAME)
LOST = [row for row in SUBMITS if SUBMITS[row].accepts and SUBMIT_OUTCOMES[NAME][row][0] is InDoubt]


class TestEverySubmitAnswer:
    """The whole table of what may come back from a paid POST."""

    async def test_keeps_the_prompt_out_of_what_it_says(self) -> None:
        """A refusal quotes the banned word, the log does not."""
        async with setup(Script(submit="moderated")) as provider:
            with pytest.raises(Rejected) as refusal:
                await provider.provider.submit(replace(CAT, prompt="something else"))
            assert "cat" not in str(refusal.value)
            assert "24" in str(refusal.value)

    @pytest.mark.parametrize(
        ("row", "least", "most"), [("429", 7, 7), ("429-date", 0, 3), ("429-absurd", 120, 120)]
    )
    async def test_is_asked_again_when_it_wishes(self, row: str, least: float, most: float) -> None:
        """`Retry-After` is understood in all its forms."""
        async with setup(Script(submit=row, retry_after="7")) as provider:
            provider.time.seconds = LoopClock().now().timestamp()
            with pytest.raises(Unavailable) as busy:
                await provider.provider.submit(CAT)
            assert busy.value.retry_after is not None
            assert least <= busy.value.retry_after <= most


class TestALostAnswer:
    """A task keeps the request's id as its state."""

    @pytest.mark.parametrize("row", LOST)
    async def test_is_found_where_tasks_are_listed(self, row: str) -> None:
        """Whatever came back instead of the id, the one that was paid for is adopted."""
        patience = SLOW_ROWS.get(row)
        async with setup(Script(submit=row), patience=patience) as provider:
            await outcome(provider.provider.submit(CAT))
            found = await provider.provider.find(CAT)
            assert found == Ticket("midjourney-proxy", next(iter(provider.standin.ledger.tasks)))
            provider.finish()
            assert isinstance(await provider.provider.poll(found), Picture)

    async def test_may_be_too_old_to_be_listed(self) -> None:
        """One implementation lists a hundred tasks: not finding proves nothing."""
        async with setup(Script()) as provider:
            await provider.provider.submit(CAT)
            assert await provider.provider.find(CAT) is not None
            provider.time.seconds += 1
            for number in range(100):
                await provider.provider.submit(replace(CAT, request_id=f"later-{number}"))
            assert await provider.provider.find(CAT) is None
            assert provider.provider.capabilities.lookup is Lookup.PARTIAL

    @pytest.mark.parametrize(
        "answer",
        [
            says(200, "<html>a dashboard</html>", {"Content-Type": "text/html"}),
            says(404, "not found"),
            says(405),
            says(200, {"tasks": []}),
            says(200, ["x", None, {"state": "r-1"}, {"state": "r-1", "id": "../x"}]),
        ],
        ids=["page", "unknown", "not allowed", "object", "odd rows"],
    )
    async def test_is_not_found_where_none_are(self, answer: Any) -> None:
        """Resellers do not list tasks."""
        async with raw_server(answer) as server, at(server.origin) as client:
            assert await client.find(CAT) is None

    @pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
    async def test_is_looked_for_again_where_the_list_is_away(self, status: int) -> None:
        """An outage is no answer."""
        async with raw_server(says(status)) as server, at(server.origin) as client:
            with pytest.raises(Unavailable):
                await client.find(CAT)

    async def test_is_the_living_one_of_two(self) -> None:
        """Where the operator chose to pay again, the failed one is not adopted."""
        tasks = [
            {"id": "1", "state": "r-1", "status": "FAILURE"},
            {"id": "2", "state": "r-1", "status": "IN_PROGRESS"},
        ]
        async with raw_server(says(200, tasks)) as server, at(server.origin) as client:
            assert await client.find(CAT) == Ticket("midjourney-proxy", "2")


class TestPolls:
    """What is a result, and what only looks like one."""

    @pytest.mark.parametrize("row", [row for row in POLLS if row != "answer"])
    async def test_trouble_is_not_the_end(self, row: str) -> None:
        """Errors, pages, garbage and silence mean: ask again."""
        async with setup(Script(poll=row), patience=SHORT) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            with pytest.raises(Unavailable):
                await provider.provider.poll(ticket)

    @pytest.mark.parametrize("row", ["empty", "null", "204"])
    async def test_a_task_that_the_proxy_lost_is_waited_for(self, row: str) -> None:
        """It keeps tasks in memory; if none comes back, the deadline says what happened."""
        async with setup(Script(poll=row)) as provider:
            with pytest.raises(Unavailable) as lost:
                await provider.provider.poll(await provider.provider.submit(CAT))
            assert lost.value.code is Code.GENERATION_FAILED
            assert "does not know the picture any more" in lost.value.sentence

    async def test_a_preview_is_no_result(self) -> None:
        """An address is there while it runs; only the status counts."""
        async with setup(Script(seconds=100)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.time.seconds += 50
            assert await provider.provider.poll(ticket) == Pending(46)

    @pytest.mark.parametrize(
        ("addresses", "path"),
        [
            ("grid", "/attachments/1/2/{}.png?ex=658a4c45&is=6577d745&hm=ab12&"),
            ("tiles", "/attachments/1/2/{}.png?ex=658a4c45&is=6577d745&hm=ab12&"),
            ("tiles-only", "/mj/{}_1.png"),
        ],
    )
    async def test_the_grid_comes_first_and_as_it_is_signed(
        self, addresses: str, path: str
    ) -> None:
        """A tile only where there is no grid: the one that is wanted."""
        async with setup(Script(addresses=addresses), midjourney_tile=2) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            expected = provider.standin.origin + path.format(ticket.reference)
            assert await provider.provider.poll(ticket) == Picture((expected,), grid=True)

    @pytest.mark.parametrize(
        ("reason", "code"),
        [
            ("[Banned prompt detected] Sorry! Our AI moderator thinks", Code.MODERATION_BLOCKED),
            ("可能包含敏感词", Code.MODERATION_BLOCKED),
            ("[Invalid parameter] Invalid value", Code.PROMPT_REJECTED),
            ("[Internal Server Error] ...", Code.GENERATION_FAILED),
            ("任务超时", Code.GENERATION_FAILED),
            ("谁知道", Code.GENERATION_FAILED),
            ("[Action needed to continue] captcha", Code.PROVIDER_UNAVAILABLE),
        ],
    )
    async def test_a_failure_is_sorted_by_its_words(self, reason: str, code: Code) -> None:
        """In both languages."""
        async with setup(Script(ending="failed", error_messages=(reason,))) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            with pytest.raises(Rejected) as failure:
                await provider.provider.poll(ticket)
            assert failure.value.code is code


class TestCallingOff:
    """One implementation can, the others do not know the address."""

    async def test_ends_a_generation(self) -> None:
        """The next look finds it failed."""
        async with setup(Script(ending="never")) as provider:
            ticket = await provider.provider.submit(CAT)
            assert await provider.provider.poll(ticket) == Pending(0)
            await provider.provider.cancel(ticket)
            with pytest.raises(Rejected) as failure:
                await provider.provider.poll(ticket)
            assert failure.value.code is Code.GENERATION_FAILED

    @pytest.mark.parametrize("status", [404, 400, 500])
    async def test_is_a_wish_only(self, status: int) -> None:
        """Nobody minds where it is not granted."""
        async with raw_server(says(status)) as server, at(server.origin) as client:
            await client.cancel(Ticket("midjourney-proxy", "1"))
        assert server.heard[0].target == "/task/1/cancel"


class TestWhatIsSent:
    """Keys in the header that is asked for, and the fields that every proxy knows."""

    @pytest.mark.parametrize(
        ("auth", "header", "value"),
        [("mj-api-secret", "mj-api-secret", KEY), ("bearer", "authorization", f"Bearer {KEY}")],
    )
    async def test_is_one_key_in_one_header(self, auth: str, header: str, value: str) -> None:
        """A reseller's key is not shown in the header of a proxy's secret, nor the other way."""
        ticket = says(200, {"code": 1, "result": "1"})
        async with raw_server(ticket) as server, at(server.origin, mj_proxy_auth=auth) as client:
            await client.submit(CAT)
        headers = server.heard[0].headers
        assert headers[header] == value
        assert len({"mj-api-secret", "authorization"} & headers.keys()) == 1

    @pytest.mark.parametrize("auth", ["mj-api-secret", "bearer"])
    async def test_opens_the_door_in_either_way(self, auth: str) -> None:
        """Against something that speaks the whole API."""
        async with setup(Script(), mj_proxy_auth=auth) as provider:
            await provider.provider.check()
            await provider.provider.submit(CAT)

    async def test_is_no_key_where_none_is_asked_for(self) -> None:
        """A proxy of one's own may have no secret."""
        async with raw_server(says(200, "")) as server, at(server.origin, key="") as client:
            await client.check()
        assert not {"mj-api-secret", "authorization"} & server.heard[0].headers.keys()

    @pytest.mark.parametrize("speed", ["mj-fast/", "mj-turbo/", "mj-relax/"])
    async def test_goes_to_the_speed_in_the_address(self, speed: str) -> None:
        """It belongs to the address, for the submit and for all else."""
        async with setup(Script(), path=f"/midjourney-proxy/{speed}mj") as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            assert isinstance(await provider.provider.poll(ticket), Picture)
            assert await provider.provider.find(CAT) == ticket
            assert provider.standin.ledger.tasks[ticket.reference].extra["speed"] == speed


class TestTheCheck:
    """The start-up check asks about a task that does not exist."""

    @pytest.mark.parametrize(
        "answer",
        [
            says(200, ""),
            says(204),
            says(200, "null"),
            says(400, {"description": "task_no_found", "code": 4}),
            says(404, {"code": 3, "description": "关联任务不存在"}),
        ],
        ids=["java", "dotnet", "null", "reseller", "404"],
    )
    async def test_is_content_with_any_api(self, answer: Any) -> None:
        """However a proxy says that it does not know a task."""
        async with raw_server(answer) as server, at(server.origin) as client:
            await client.check()
        assert server.heard[0].method == "GET"

    @pytest.mark.parametrize(
        "answer",
        [says(401, ""), says(403, "未登录"), says(401, {"error": {"message": "无效的令牌"}})],
    )
    async def test_names_the_key(self, answer: Any) -> None:
        """An empty 401 is what a proxy says to a wrong secret."""
        async with raw_server(answer) as server, at(server.origin) as client:
            with pytest.raises(Rejected) as refusal:
                await client.check()
            assert refusal.value.code is Code.PROVIDER_AUTH
            assert "MJ_PROXY_API_KEY" in str(refusal.value)

    @pytest.mark.parametrize(
        "answer",
        [
            says(200, "<html>This domain is for sale</html>"),
            says(403, "<html>_cf_chl_opt</html>"),
            says(301, "", {"Location": "https://elsewhere.invalid/"}),
            says(502, "<html>nginx</html>"),
        ],
        ids=["parked", "challenge", "moved", "gateway"],
    )
    async def test_names_the_address(self, answer: Any) -> None:
        """Where something else answers, it may come back."""
        async with raw_server(answer) as server, at(server.origin) as client:
            with pytest.raises(Unavailable, match="MJ_PROXY_API_URL"):
                await client.check()


class TestTheHook:
    """The proxy calls an address that proves itself, since it brings no header of ours."""

    async def test_is_told_with_the_proof_in_it(self) -> None:
        """And what comes in says which task works on the request."""
        callback = CallbackAddress(PUBLIC_URL, NAME, KEY)
        async with setup(Script(), mobart_public_url=PUBLIC_URL) as provider:
            ticket = await provider.provider.submit(CAT)
            task = provider.standin.ledger.tasks[ticket.reference]
            assert task.webhook_endpoint == callback.proving_url("r-1")
            assert provider.provider.capabilities.calls_back

    async def test_comes_before_the_answer_to_the_submit(self) -> None:
        """So that a submit whose answer is lost can still turn up; once, whatever 2xx it hears."""
        script = Script(submit="accepted-drop", webhook_early=True)
        async with raw_server(says(204)) as ours:
            callback = CallbackAddress(ours.origin, "midjourney-proxy", KEY)
            async with setup(script, mobart_public_url=ours.origin) as provider:
                await outcome(provider.provider.submit(CAT))
                task_id = next(iter(provider.standin.ledger.tasks))
        heard = ours.heard[0]
        assert heard.target == f"/hooks/midjourney-proxy/r-1/{callback.secret('r-1')}"
        assert "x-webhook-secret" not in heard.headers
        assert read_callback(json.loads(heard.body)) == task_id

    def test_is_a_door_that_knows_its_own(self) -> None:
        """Built from the settings: the right word, and the id in a whole task."""
        made = built_provider(NAME, {"MJ_PROXY_API_KEY": KEY}, mobart_public_url=PUBLIC_URL)
        assert made.verifier is not None
        word = CallbackAddress(PUBLIC_URL, NAME, KEY).secret("r-1")
        assert made.verifier.proves("r-1", word)
        assert not made.verifier.proves("r-2", word)
        assert made.verifier.reading({"id": "1730621718151844", "status": "SUBMITTED"}) is not None

    def test_is_not_there_without_a_key(self) -> None:
        """A word made of no secret proves nothing."""
        made = built_provider(NAME, {}, mobart_public_url=PUBLIC_URL)
        assert made.verifier is None
        assert not made.provider.capabilities.calls_back

    def test_does_not_make_looking_rarer(self) -> None:
        """Calls are not repeated, and resellers drop them."""
        schedule = built_provider(NAME, {"MJ_PROXY_API_KEY": KEY}, mobart_public_url=PUBLIC_URL)
        assert schedule.provider.capabilities.schedule.initial == 8.0
