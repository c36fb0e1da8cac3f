"""What the client of fal's queue makes of everything it may hear."""

import base64
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from mobart.core.data_uri import file_in
from mobart.core.domain import Lookup, Picture, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.providers.callback import CallbackAddress
from mobart_local.standin import Script, StandIn
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, KEY, PUBLIC_URL, client_at, selling
from tests.support.raw_http import Behaviour, raw_server, says
from tests.support.webhook_receiver import called_back

NAME = "fal"
MODEL = "fal-ai/flux/schnell"
CALLBACK = CallbackAddress(PUBLIC_URL, NAME, KEY)
setup = partial(selling, NAME)
at = partial(client_at, NAME)
APP = "fal-ai/flux"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)
ENCODED = base64.b64encode(PNG).decode()
URI = f"data:image/png;base64,{ENCODED}"
OVER = says(200, {"status": "COMPLETED"})
TICKET = Ticket("fal", f"{APP}/requests/q-1")


class TestSubmit:
    """The paid POST."""

    async def test_tells_the_model_its_input_and_a_deadline(self) -> None:
        """What nobody waits for is not begun."""
        order = replace(CAT, aspect_ratio="3:2", negative="dogs", parameters={"seed": 7})
        async with setup(Script()) as provider:
            await provider.provider.submit(order)
            task = next(iter(provider.standin.ledger.tasks.values()))
            assert task.extra["input"] == {
                "output_format": "png",
                "image_size": {"width": 1248, "height": 832},
                "seed": 7,
                "prompt": "a pixel cat\n\nAvoid: dogs",
            }
            assert task.extra["start_within"] == "900"

    async def test_the_ticket_holds_the_app_but_not_the_path(self) -> None:
        """So it is good after a change of FAL_MODEL."""
        async with setup(Script()) as provider:
            ticket = await provider.provider.submit(CAT)
            task_id = next(iter(provider.standin.ledger.tasks))
            assert ticket == Ticket("fal", f"{APP}/requests/{task_id}")

    async def test_neither_key_nor_prompt_nor_proof_is_repeated(self) -> None:
        """Providers like to quote; errors, which end in logs, do not."""
        quote = f"who is {KEY}? what is {CAT.prompt}? where is {CALLBACK.proving_url('r-1')}?"
        async with (
            raw_server(says(422, {"detail": quote})) as server,
            at(server.origin, mobart_public_url=PUBLIC_URL) as client,
        ):
            with pytest.raises(Rejected) as refusal:
                await client.submit(CAT)
        told = f"{refusal.value!r} {refusal.value}"
        assert "who is" in told
        assert not any(word in told for word in (KEY, CAT.prompt, CALLBACK.secret("r-1")))


class TestPoll:
    """Asking for the status, and then for the result."""

    @pytest.mark.parametrize(
        "output",
        [
            {"images": [{"url": URI}]},
            {"image": URI},
            {"image": {"content": ENCODED, "content_type": "image/png"}},
            {"data": [{"b64_json": ENCODED}]},
            {"output": [URI]},
        ],
    )
    async def test_a_picture_in_the_result_is_taken_from_it(self, output: object) -> None:
        """As a data URI or in base64, wherever a model puts it."""
        async with raw_server(OVER, says(200, output)) as server, at(server.origin) as client:
            picture = await client.poll(TICKET)
        assert isinstance(picture, Picture)
        assert file_in(picture.urls[0]) == PNG

    async def test_several_images_are_several_pictures(self) -> None:
        """The first is taken, and the others are no second addresses of it."""
        async with setup(Script(addresses="tiles-only")) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            name = ticket.reference.rpartition("/")[2]
            picture = await provider.provider.poll(ticket)
            assert picture == Picture((f"{provider.standin.origin}/mj/{name}_0.png",))

    @pytest.mark.parametrize(
        ("ending", "unbilled"),
        [
            ("failed", True),
            ("queue-full", True),
            ("internal-error", True),
            ("job-timeout", True),
            ("moderated", False),
            ("invalid-parameter", False),
        ],
    )
    async def test_an_error_of_fals_own_is_not_billed(self, ending: str, unbilled: bool) -> None:
        """Its status is one of the 500s, as fal's list of types says."""
        async with setup(Script(ending=ending)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            with pytest.raises(Rejected) as failure:
                await provider.provider.poll(ticket)
            assert failure.value.refunded is unbilled

    @pytest.mark.parametrize(
        "result",
        [
            says(500, {"detail": "Internal Server Error"}),
            says(502, "<html>nginx</html>"),
            says(503, "<html>nginx</html>", {"X-Fal-Request-Id": "q-1"}),
            says(401, {"detail": "No user found for Key ID and Secret"}),
            says(404, {"detail": [{"type": "not_found", "msg": "no"}]}),
            says(429, {"detail": "slow down"}),
            says(400, {"detail": "Request is still in progress"}),
            says(200, "<html></html>"),
            says(200, []),
            says(302, "", {"Location": "https://elsewhere.invalid/"}),
        ],
    )
    async def test_a_result_that_cannot_be_had_now_is_asked_for_again(
        self, result: Behaviour
    ) -> None:
        """What a front end says is not what the model says."""
        async with raw_server(OVER, result) as server, at(server.origin) as client:
            with pytest.raises(Unavailable):
                await client.poll(TICKET)
            targets = [heard.target for heard in server.heard]
            assert targets == [f"/{TICKET.reference}/status", f"/{TICKET.reference}"]

    @pytest.mark.parametrize("status", [400, 422])
    async def test_a_model_that_refuses_its_inputs_is_final(self, status: int) -> None:
        """A type in the body is enough, where nobody else has such a status."""
        result = says(status, {"detail": [{"type": "value_error", "msg": "odd", "loc": ["body"]}]})
        async with raw_server(OVER, result) as server, at(server.origin) as client:
            with pytest.raises(Rejected):
                await client.poll(TICKET)

    async def test_a_picture_alone_is_a_picture(self) -> None:
        """Some models give no list."""
        url = "https://fal.media/files/x.png"
        async with (
            raw_server(OVER, says(200, {"image": {"url": url}})) as server,
            at(server.origin) as client,
        ):
            assert await client.poll(TICKET) == Picture((url,))

    async def test_the_key_goes_to_no_address_that_an_answer_brings(self) -> None:
        """`response_url` and its like may lead anywhere."""
        async with StandIn() as other, setup(Script(location=other.origin)) as provider:
            ticket = await provider.provider.submit(CAT)
            await provider.provider.poll(ticket)
            provider.finish()
            assert isinstance(await provider.provider.poll(ticket), Picture)
            await provider.provider.cancel(ticket)
            assert sum(other.ledger.visits.values()) == 0


class TestCancel:
    """Calling off."""

    async def test_a_request_in_the_queue_is_called_off(self) -> None:
        """And says so from then on."""
        async with setup(Script(staged_seconds=100)) as provider:
            ticket = await provider.provider.submit(CAT)
            await provider.provider.cancel(ticket)
            with pytest.raises(Rejected) as failure:
                await provider.provider.poll(ticket)
            assert failure.value.code is Code.GENERATION_FAILED

    @pytest.mark.parametrize("seconds", [1, 60])
    async def test_a_request_that_is_begun_goes_on(self, seconds: float) -> None:
        """A no is no trouble."""
        async with setup(Script()) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.time.seconds += seconds
            await provider.provider.cancel(ticket)
            provider.finish()
            assert isinstance(await provider.provider.poll(ticket), Picture)


class TestFind:
    """A submit whose answer was lost."""

    async def test_finds_what_has_ended_by_its_seed(self) -> None:
        """Another player's request for the same thing has another seed."""
        async with setup(Script(submit="accepted-drop")) as provider:
            assert provider.can.lookup is Lookup.PARTIAL
            await outcome(provider.provider.submit(replace(CAT, request_id="r-0")))
            assert isinstance(await outcome(provider.provider.submit(CAT)), InDoubt)
            assert await provider.provider.find(CAT) is None  # only what has ended is listed
            provider.finish()
            ticket = await provider.provider.find(CAT)
            assert ticket is not None
            assert isinstance(await provider.provider.poll(ticket), Picture)
            assert await provider.provider.find(replace(CAT, request_id="r-2")) is None

    async def test_reads_page_after_page(self) -> None:
        """As far as the memory of a day goes."""
        async with setup(Script(side=64)) as provider:
            ticket = await provider.provider.submit(CAT)
            for number in range(120):
                await provider.provider.submit(replace(CAT, request_id=f"dog-{number}"))
            provider.finish()
            assert await provider.provider.find(CAT) == ticket
            assert provider.standin.ledger.visits["fal list"] == 2

    async def test_a_model_without_a_seed_is_not_recognised(self) -> None:
        """Nothing else tells whose a request is."""
        async with setup(Script(submit="accepted-drop"), fal_seed_field="none") as provider:
            await outcome(provider.provider.submit(CAT))
            provider.finish()
            assert await provider.provider.find(CAT) is None

    @pytest.mark.parametrize("status", [404, 405])
    async def test_a_host_without_a_list_is_no_error(self, status: int) -> None:
        """A gateway may have the queue alone."""
        async with raw_server(says(status, {})) as server, at(server.origin) as client:
            assert await client.find(CAT) is None


class TestWebhooks:
    """Being called."""

    async def test_is_asked_for_at_an_address_of_the_request(self) -> None:
        """Encoded as one word of the query, proof and all."""
        async with (
            raw_server(says(200, {"request_id": "q-1"})) as server,
            at(server.origin, mobart_public_url=PUBLIC_URL) as client,
        ):
            assert client.capabilities.lookup is Lookup.PARTIAL
            await client.submit(CAT)
        asked = urlsplit(server.heard[0].target)
        assert asked.path == f"/{MODEL}"
        assert parse_qs(asked.query) == {"fal_webhook": [CALLBACK.proving_url("r-1")]}

    async def test_a_signed_call_brings_the_very_ticket_of_a_lost_submit(self) -> None:
        """Signed by the stand-in as by fal, and verified with the keys that it publishes."""
        script = Script(submit="accepted-drop", seconds=0, webhook_early=True)
        async with (
            StandIn(default=script, api_key=KEY) as standin,
            called_back(NAME, standin, KEY) as (built, receiver),
        ):
            with pytest.raises(InDoubt):
                await built.provider.submit(CAT)
            request_id, ticket = receiver.brought.get_nowait()
            assert request_id == "r-1"
            assert isinstance(await built.provider.poll(ticket), Picture)
            assert standin.ledger.visits["fal keys"] == 1


@pytest.mark.parametrize("key", ["two\nlines", "schlüssel"])
async def test_a_key_that_cannot_be_sent_is_told(key: str) -> None:
    """Before anything is sent."""
    async with at("http://127.0.0.1:9", key=key) as client:
        with pytest.raises(Rejected, match="FAL_KEY"):
            await client.check()


@pytest.mark.parametrize("status", [404, 422, 200])
async def test_any_word_about_an_unknown_request_is_fals(status: int) -> None:
    """How it says so is not documented."""
    async with (
        raw_server(says(status, {"detail": "Request not found"})) as server,
        at(server.origin) as client,
    ):
        await client.check()
