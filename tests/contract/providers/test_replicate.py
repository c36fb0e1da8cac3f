"""What the client of Replicate makes of everything it may hear."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from mobart.core.callbacks import CallbackVerifier
from mobart.core.domain import Pending, Picture, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.providers.callback import CallbackAddress
from mobart.providers.replicate.messages import read_callback
from mobart.providers.signatures import StandardSignature
from mobart_local.standin import Script, StandIn
from mobart_local.standin.dialects.replicate.routes import NO_MODEL, PAGE, PATH, SIGNING_SECRET
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, KEY, PUBLIC_URL, client_at, selling
from tests.support.raw_http import raw_server, says
from tests.support.webhook_receiver import callback_receiver

NAME = "replicate"
MODEL = "owner/model"
CALLBACK = CallbackAddress(PUBLIC_URL, NAME, KEY)
setup = partial(selling, NAME, replicate_model=MODEL)
at = partial(client_at, NAME, replicate_model=MODEL)


class TestSubmit:
    """The paid POST."""

    async def test_tells_the_model_its_input_and_a_deadline(self) -> None:
        """What nobody waits for, Replicate ends itself."""
        order = replace(CAT, aspect_ratio="3:2", negative="dogs", parameters={"megapixels": "1"})
        async with setup(Script()) as provider:
            ticket = await provider.provider.submit(order)
            task = provider.standin.ledger.tasks[ticket.reference]
            given = dict(task.extra["input"])
            assert 0 <= given.pop("seed") < 2**31
            assert given == {
                "output_format": "png",
                "aspect_ratio": "3:2",
                "megapixels": "1",
                "prompt": "a pixel cat\n\nAvoid: dogs",
            }
            assert (task.extra["model"], task.extra["cancel_after"]) == (MODEL, "900s")
            assert task.webhook_endpoint == ""

    async def test_asks_for_the_very_version_that_is_set(self) -> None:
        """Models that Replicate does not keep running are bought by version."""
        async with setup(Script(), replicate_model=f"{MODEL}:{'a' * 64}") as provider:
            ticket = await provider.provider.submit(CAT)
            task = provider.standin.ledger.tasks[ticket.reference]
            assert (task.extra["model"], task.extra["version"]) == ("", "a" * 64)

    async def test_a_preset_may_choose_another_model(self) -> None:
        """A word of the preset, which is no input."""
        async with setup(Script()) as provider:
            ticket = await provider.provider.submit(replace(CAT, parameters={"model": "other/one"}))
            task = provider.standin.ledger.tasks[ticket.reference]
            assert task.extra["model"] == "other/one"
            assert "model" not in task.extra["input"]

    @pytest.mark.parametrize("model", ["one", "../x", "a/b/c", "a/b:latest", "a/..", 7])
    async def test_a_preset_that_names_no_model_buys_nothing(self, model: object) -> None:
        """What would lead to another address is not asked."""
        async with setup(Script()) as provider:
            with pytest.raises(Rejected):
                await provider.provider.submit(replace(CAT, parameters={"model": model}))
            assert [one.answer for one in provider.standin.ledger.submits] == []

    async def test_neither_key_nor_prompt_nor_proof_is_repeated(self) -> None:
        """Providers like to quote; errors, which end in logs, do not."""
        quote = f"who is {KEY}? what is {CAT.prompt}? where is {CALLBACK.proving_url('r-1')}?"
        answer = says(422, {"title": "Input validation failed", "detail": quote, "status": 422})
        async with (
            raw_server(answer) as server,
            at(server.origin, mobart_public_url=PUBLIC_URL) as client,
        ):
            with pytest.raises(Rejected) as refusal:
                await client.submit(CAT)
            told = f"{refusal.value!r} {refusal.value}"
            assert "who is" in told
            assert not any(word in told for word in (KEY, CAT.prompt, CALLBACK.secret("r-1")))


class TestFind:
    """Looking up what was bought though nobody was told."""

    async def test_a_lost_submit_is_found_by_its_seed(self) -> None:
        """The same prompt of somebody else is not taken for it."""
        async with setup(Script(submit="accepted-drop")) as provider:
            for request_id in ("r-0", "r-1", "r-2"):
                with pytest.raises(InDoubt):
                    await provider.provider.submit(replace(CAT, request_id=request_id))
            found = await provider.provider.find(CAT)
            wanted = list(provider.standin.ledger.tasks)[1]
            assert found == Ticket("replicate", wanted)
            provider.finish()
            assert isinstance(await provider.provider.poll(found), Picture)

    @pytest.mark.parametrize("parameters", [{"seed": 7}, {}])
    async def test_nothing_is_found_without_a_mark(self, parameters: dict[str, object]) -> None:
        """A seed that somebody chose is no mark, and a model may have none."""
        order = replace(CAT, parameters=parameters)
        field = "seed" if parameters else "none"
        script = Script(submit="accepted-drop")
        async with setup(script, replicate_seed_field=field) as provider:
            await outcome(provider.provider.submit(order))
            assert await provider.provider.find(order) is None

    async def test_the_list_is_read_page_by_page_at_home(self) -> None:
        """The next page's address leads to another host, which is not asked."""
        async with StandIn() as other:
            script = Script(location=other.origin)
            async with setup(script) as provider:
                first = await provider.provider.submit(CAT)
                for number in range(PAGE):
                    await provider.provider.submit(replace(CAT, request_id=f"more-{number}"))
                assert await provider.provider.find(CAT) == first
                assert provider.standin.ledger.visits["replicate list"] == 2
            assert sum(other.ledger.visits.values()) == 0

    async def test_the_list_is_not_read_back_for_ever(self) -> None:
        """What is older than the memory of inputs cannot be recognised."""
        async with setup(Script()) as provider:
            provider.time.seconds -= 3 * 3600
            for number in range(PAGE + 1):
                await provider.provider.submit(replace(CAT, request_id=f"more-{number}"))
            assert await provider.provider.find(CAT) is None
            assert provider.standin.ledger.visits["replicate list"] == 1

    @pytest.mark.parametrize("outage", ["500", "401", "html", "list", "drop"])
    async def test_a_list_that_cannot_be_read_is_asked_again(self, outage: str) -> None:
        """It proves nothing."""
        async with setup(Script()) as provider:
            provider.standin.fail(outage)
            with pytest.raises(Unavailable):
                await provider.provider.find(CAT)


class TestPoll:
    """Asking how far it is."""

    async def test_progress_is_the_last_of_the_bars(self) -> None:
        """The log grows, and only its end is the present."""
        async with setup(Script(seconds=100)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.time.seconds += 60
            assert await provider.provider.poll(ticket) == Pending(46)

    async def test_several_outputs_are_several_pictures(self) -> None:
        """The first is taken, and the others are no second addresses of it."""
        async with setup(Script(addresses="tiles-only")) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            picture = await provider.provider.poll(ticket)
            url = f"{provider.standin.origin}/mj/{ticket.reference}_0.png"
            assert picture == Picture((url,))

    async def test_a_picture_that_was_removed_is_not_waited_for(self) -> None:
        """Outputs are kept for an hour."""
        async with setup(Script()) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.time.seconds += 3700
            with pytest.raises(Rejected) as gone:
                await provider.provider.poll(ticket)
            assert gone.value.code is Code.DOWNLOAD_FAILED

    async def test_the_token_goes_to_no_address_that_an_answer_brings(self) -> None:
        """`urls` may lead anywhere."""
        async with StandIn() as other, setup(Script(location=other.origin)) as provider:
            ticket = await provider.provider.submit(CAT)
            await provider.provider.poll(ticket)
            await provider.provider.cancel(ticket)
            assert sum(other.ledger.visits.values()) == 0


class TestCancel:
    """Calling off."""

    async def test_a_running_prediction_is_called_off(self) -> None:
        """And says so from then on."""
        async with setup(Script(seconds=100)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.time.seconds += 50
            await provider.provider.cancel(ticket)
            with pytest.raises(Rejected) as failure:
                await provider.provider.poll(ticket)
            assert failure.value.code is Code.GENERATION_FAILED

    async def test_a_finished_prediction_stays_finished(self) -> None:
        """It is paid, and there."""
        async with setup(Script()) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            await provider.provider.cancel(ticket)
            assert isinstance(await provider.provider.poll(ticket), Picture)


class TestCheck:
    """The start-up check."""

    async def test_a_model_that_does_not_exist_is_told(self) -> None:
        """By the setting that names it."""
        async with setup(Script(), replicate_model=f"{NO_MODEL}/x") as provider:
            with pytest.raises(Rejected, match="REPLICATE_MODEL") as refusal:
                await provider.provider.check()
            assert refusal.value.code is Code.PROVIDER_UNAVAILABLE

    @pytest.mark.parametrize("key", ["two\nlines", "schlüssel"])
    async def test_a_token_that_cannot_be_sent_is_told(self, key: str) -> None:
        """Before anything is sent."""
        async with at("http://127.0.0.1:9", key=key) as client:
            with pytest.raises(Rejected, match="REPLICATE_API_TOKEN"):
                await client.check()


class TestWebhooks:
    """Being called."""

    async def test_is_asked_for_at_an_address_of_the_request(self) -> None:
        """With the start, which brings the id early, and the end."""
        async with (
            raw_server(says(201, {"id": "p-1", "status": "starting"})) as server,
            at(server.origin, mobart_public_url=PUBLIC_URL) as client,
        ):
            assert client.capabilities.calls_back
            await client.submit(CAT)
        told = json.loads(server.heard[0].body)
        assert told["webhook"] == CALLBACK.proving_url("r-1")
        assert told["webhook_events_filter"] == ["start", "completed"]

    async def test_a_signed_call_brings_the_ticket_of_a_lost_submit(self) -> None:
        """Signed by the stand-in as by Replicate, and verified."""
        script = Script(submit="accepted-drop", seconds=0, webhook_early=True)
        async with (
            callback_receiver("replicate", KEY, signed_door(SIGNING_SECRET)) as step,
            StandIn(default=script, api_key=KEY) as standin,
            at(standin.origin + PATH, mobart_public_url=step.callback.public_url) as client,
        ):
            with pytest.raises(InDoubt):
                await client.submit(CAT)
            ticket = Ticket("replicate", next(iter(standin.ledger.tasks)))
            assert step.brought.get_nowait() == ("r-1", ticket)


def signed_door(secret: str) -> Callable[[CallbackAddress], CallbackVerifier]:
    """Make the verifier that checks signatures."""
    verifies = StandardSignature(secret).verifies
    return lambda callback: CallbackVerifier(
        callback.proves, read_callback, callback.names_another, verifies
    )
