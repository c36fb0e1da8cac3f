"""What the client of Ideogram makes of everything it may hear."""

import json
from dataclasses import replace
from functools import partial

import pytest

from mobart.core.domain import Lookup, Picture, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.providers.callback import CallbackAddress
from mobart_local.standin import Script, StandIn
from tests.support.provider_setup import CAT, KEY, PUBLIC_URL, client_at, selling
from tests.support.raw_http import raw_server, says
from tests.support.webhook_receiver import called_back

NAME = "ideogram"
CALLBACK = CallbackAddress(PUBLIC_URL, NAME, KEY)
setup = partial(selling, NAME)
at = partial(client_at, NAME)
TICKET = Ticket(NAME, "g-1")


class TestSubmit:
    """The paid POST."""

    async def test_over_the_limit_of_pictures_in_flight_says_when(self) -> None:
        """It was not run, so it is sent again later."""
        async with setup(Script(submit="429", retry_after="7")) as provider:
            with pytest.raises(Unavailable) as busy:
                await provider.provider.submit(CAT)
            assert busy.value.retry_after == 7

    async def test_asks_for_one_picture_to_be_polled(self) -> None:
        """In the nearest size of the price that is set, with the words as they are."""
        order = replace(CAT, aspect_ratio="3:2", negative="dogs", parameters={"seed": 7})
        async with (
            raw_server(says(200, {"generation_id": "g-1"})) as server,
            at(server.origin, mobart_public_url=PUBLIC_URL, ideogram_quality="low") as client,
        ):
            assert await client.submit(order) == TICKET
        heard = server.heard[0]
        assert heard.target == "/v2/image/generate/ideogram-4-5"
        assert heard.headers["api-key"] == KEY
        assert json.loads(heard.body) == {
            "prompt": "a pixel cat\n\nAvoid: dogs",
            "size": "1248x832",
            "quality": "low",
            "magic_prompt": "off",
            "seed": 7,
            "async": True,
            "webhook_url": CALLBACK.proving_url("r-1"),
        }

    async def test_neither_key_nor_prompt_nor_proof_is_repeated(self) -> None:
        """Providers like to quote; errors, which end in logs, do not."""
        quote = f"who is {KEY}? what is {CAT.prompt}? where is {CALLBACK.proving_url('r-1')}?"
        async with (
            raw_server(says(400, {"error": quote})) as server,
            at(server.origin, mobart_public_url=PUBLIC_URL) as client,
        ):
            with pytest.raises(Rejected) as refusal:
                await client.submit(CAT)
        told = f"{refusal.value!r} {refusal.value}"
        assert "who is" in told
        assert not any(word in told for word in (KEY, CAT.prompt, CALLBACK.secret("r-1")))


class TestPoll:
    """Asking for the state."""

    @pytest.mark.parametrize(
        ("ending", "code"),
        [
            ("failed", Code.GENERATION_FAILED),
            ("failed-silently", Code.GENERATION_FAILED),
            ("banned", Code.MODERATION_BLOCKED),
            ("moderated", Code.MODERATION_BLOCKED),
            ("filtered", Code.MODERATION_BLOCKED),
            ("internal-error", Code.GENERATION_FAILED),
            ("job-timeout", Code.GENERATION_FAILED),
        ],
    )
    async def test_a_final_failure_has_the_right_code(self, ending: str, code: Code) -> None:
        """A picture that is held back is one, and is billed; what failed is not."""
        async with setup(Script(ending=ending)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            with pytest.raises(Rejected) as failure:
                await provider.provider.poll(ticket)
            assert failure.value.code is code
            assert failure.value.refunded is (code is Code.GENERATION_FAILED)
            assert CAT.prompt not in str(failure.value)

    @pytest.mark.parametrize("url", [None, "", "https://ideogram.ai/black.png"])
    async def test_an_unsafe_picture_is_held_back_whatever_its_address(
        self, url: str | None
    ) -> None:
        """It is billed, and the log says so."""
        data = [{"url": url, "is_image_safe": False}]
        told = says(200, {"generation_id": "g-1", "status": "completed", "data": data})
        async with raw_server(told) as server, at(server.origin) as client:
            with pytest.raises(Rejected, match="billed") as blocked:
                await client.poll(TICKET)
        assert blocked.value.code is Code.MODERATION_BLOCKED

    async def test_a_poll_that_comes_too_often_is_told_when_to_come_again(self) -> None:
        """A thousand in ten seconds are allowed."""
        async with setup(Script(poll="429", retry_after="5")) as provider:
            ticket = await provider.provider.submit(CAT)
            with pytest.raises(Unavailable) as busy:
                await provider.provider.poll(ticket)
            assert busy.value.retry_after == 5


class TestWebhooks:
    """Being called."""

    async def test_a_signed_call_brings_the_very_ticket_of_a_lost_submit(self) -> None:
        """There is no list: without the call it would stay lost."""
        script = Script(submit="accepted-drop", seconds=0, webhook_early=True)
        async with (
            StandIn(default=script, api_key=KEY) as standin,
            called_back(NAME, standin, KEY) as (built, receiver),
        ):
            assert built.provider.capabilities.lookup is Lookup.PARTIAL
            with pytest.raises(InDoubt):
                await built.provider.submit(CAT)
            request_id, ticket = receiver.brought.get_nowait()
            assert request_id == "r-1"
            assert isinstance(await built.provider.poll(ticket), Picture)
            assert standin.ledger.visits["ideogram keys"] == 1


class TestTheCheck:
    """The start-up check asks for a price."""

    async def test_costs_nothing(self) -> None:
        """It is validated and priced, but not run."""
        async with (
            raw_server(says(200, {"object": "price_quote", "usd_micros": 60000})) as server,
            at(server.origin) as client,
        ):
            await client.check()
        assert server.heard[0].target == "/v2/image/generate/ideogram-4-5?dry_run=true"
        async with setup(Script()) as provider:
            await provider.provider.check()
            assert provider.payments() == provider.submits() == 0

    async def test_names_a_model_that_is_not_sold(self) -> None:
        """With the setting that chooses it."""
        async with setup(Script(), ideogram_model="ideogram-0") as provider:
            with pytest.raises(Rejected, match="IDEOGRAM_MODEL"):
                await provider.provider.check()

    @pytest.mark.parametrize("reason", ["insufficient_funds", "daily_limit"])
    async def test_names_an_account_without_credit(self, reason: str) -> None:
        """Before a player is kept waiting."""
        refusal = says(402, {"error": "no", "reject_reason": reason})
        async with raw_server(refusal) as server, at(server.origin) as client:
            with pytest.raises(Rejected, match="IDEOGRAM_API_KEY") as told:
                await client.check()
        assert told.value.code is Code.PROVIDER_CREDIT

    async def test_stops_where_a_question_for_the_price_is_taken_for_an_order(self) -> None:
        """A server that does not know `dry_run` would sell a picture at every start."""
        sold = says(200, {"generation_id": "g-1", "seed": 7})
        async with raw_server(sold) as server, at(server.origin) as client:
            with pytest.raises(Rejected, match="IDEOGRAM_API_URL"):
                await client.check()
