"""What is particular about AUTOMATIC1111's web UI: contact sheets, one queue, a forgotten --api."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from mobart.core.domain import Picture, Ticket
from mobart.core.errors import Code, MobartError, Rejected, Unavailable
from mobart.core.picture_kinds import kind_of
from mobart.providers.repeats import PAUSES, TRIES
from mobart.providers.stored_result import StoredResultProvider
from mobart_local.standin import Script
from mobart_local.standin.dialects.automatic1111.answers import SUBMITS, blank
from mobart_local.standin.pictures import picture
from tests.support.clocks import HastyClock
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, KEY, SHORT, SLOW_ROWS, Setup, client_at, selling
from tests.support.raw_http import raw_server, says

NAME = "automatic1111"
EXHAUSTED = (Rejected, Code.GENERATION_FAILED)
"""It costs nothing, so a doubt is a reason to try again; three times, then no more."""
BUSY = (Unavailable, Code.PROVIDER_RATE_LIMITED)
SOLD = (Ticket, None)
OUTCOMES: dict[str, tuple[type[MobartError] | type[Ticket], Code | None]] = {
    **dict.fromkeys(("accept", "sheet", "plain"), SOLD),
    "400": (Rejected, Code.PROVIDER_REJECTED),
    "401": (Rejected, Code.PROVIDER_AUTH),
    "402": (Rejected, Code.PROVIDER_CREDIT),
    "403": (Rejected, Code.PROVIDER_AUTH),
    "404": (Rejected, Code.PROVIDER_UNAVAILABLE),
    **dict.fromkeys(("429", "429-date", "429-absurd", "429-silent"), BUSY),
    "redirect": (Rejected, Code.PROVIDER_BAD_RESPONSE),
    **dict.fromkeys(("500", "502", "503", "504", "html", "empty", "bad-json", "list"), EXHAUSTED),
    **dict.fromkeys(("null", "drop", "reset", "hang", "cut"), EXHAUSTED),
    **dict.fromkeys((f"accepted-{status}" for status in (500, 502, 503, 504)), EXHAUSTED),
    **dict.fromkeys(
        ("accepted-drop", "accepted-reset", "accepted-hang", "accepted-cut"), EXHAUSTED
    ),
    **dict.fromkeys(("accepted-truncated", "accepted-html", "accepted-drip"), EXHAUSTED),
    **dict.fromkeys(("no-picture", "bad-base64"), EXHAUSTED),
    **dict.fromkeys(("interrupted", "out-of-memory", "500-bare"), EXHAUSTED),
    "no-api": (Rejected, Code.PROVIDER_UNAVAILABLE),
    "no-sampler": (Rejected, Code.PROVIDER_UNAVAILABLE),
    "no-sampler-forge": (Rejected, Code.PROVIDER_UNAVAILABLE),
    "invalid": (Rejected, Code.PROVIDER_UNAVAILABLE),
    "failed": (Rejected, Code.GENERATION_FAILED),
}


setup = partial(selling, NAME)


def asked(provider: Setup) -> dict[str, Any]:
    """Return what the web UI was asked for last."""
    body: dict[str, Any] = list(provider.standin.ledger.tasks.values())[-1].extra["body"]
    return body


async def kept(provider: Setup, ticket: Ticket) -> bytes:
    """Return the file in the raw store."""
    assert isinstance(provider.provider, StoredResultProvider)
    return await provider.provider.kept.raw_store.get_raw(ticket.reference)


class TestEverySubmitAnswer:
    """The whole table of what may come back."""

    def test_every_answer_of_the_stand_in_is_in_the_table(self) -> None:
        """Nothing that the stand-in can say is left unjudged."""
        assert OUTCOMES.keys() == SUBMITS.keys()

    @pytest.mark.parametrize("row", OUTCOMES)
    async def test_is_judged_for_what_it_proves(self, row: str) -> None:
        """The right error with the right code; only what is in doubt is tried again."""
        kind, code = OUTCOMES[row]
        patience = SLOW_ROWS.get(row)
        async with setup(Script(submit=row, side=64), patience=patience) as provider:
            told = await outcome(provider.provider.submit(CAT))
            assert type(told) is kind
            assert getattr(told, "code", None) is code
            doubted = (kind, code) == EXHAUSTED and row != "failed"
            assert provider.submits() == (TRIES if doubted else 1)

    @pytest.mark.parametrize("row", ["no-sampler", "invalid", "out-of-memory", "failed", "no-api"])
    async def test_no_detail_holds_prompt_or_password(self, row: str) -> None:
        """They are in the log of an operator who may read neither."""
        async with setup(Script(submit=row)) as provider:
            told = await outcome(provider.provider.submit(CAT))
            assert not [word for word in (CAT.prompt, KEY) if word in repr(told)]


class TestPicture:
    """The file that comes out of an answer."""

    @pytest.mark.parametrize("row", ["accept", "sheet", "plain"])
    async def test_is_the_one_that_was_asked_for(self, row: str) -> None:
        """Not the contact sheet in front of it, and whatever stands around it."""
        async with setup(Script(submit=row, side=64)) as provider:
            ticket = await provider.provider.submit(CAT)
            (task,) = provider.standin.ledger.tasks.values()
            raw = await kept(provider, ticket)
            assert raw == picture(task)
            assert raw != blank()

    @pytest.mark.parametrize("encoding", ["png", "jpeg", "webp"])
    async def test_may_be_of_any_kind(self, encoding: str) -> None:
        """Which one it is, the web UI's own settings say."""
        async with setup(Script(encoding=encoding, side=64)) as provider:
            ticket = await provider.provider.submit(CAT)
            assert kind_of(await kept(provider, ticket)) == encoding

    async def test_that_somebody_interrupted_is_not_kept(self) -> None:
        """Half a picture is a whole file; it is painted again, which costs nothing."""
        async with setup(Script(side=64)) as provider:
            provider.standin.play(Script(submit="interrupted", side=64, seconds=0), times=1)
            ticket = await provider.provider.submit(CAT)
            assert provider.submits() == 2
            assert await provider.provider.find(CAT) == ticket
            assert isinstance(await provider.provider.poll(ticket), Picture)

    async def test_waits_its_turn(self) -> None:
        """The web UI paints one after the other, so that the timeout is for those before it, too."""
        async with setup(Script(side=64), automatic1111_timeout_seconds=SHORT) as provider:
            turn = provider.standin.state.turns[NAME]
            async with turn:
                told = await outcome(provider.provider.submit(CAT))
                assert isinstance(told, Rejected)
                assert told.code is Code.GENERATION_FAILED
            assert isinstance(await provider.provider.submit(CAT), Ticket)

    async def test_that_cannot_be_made_is_not_tried_for_ever(self) -> None:
        """A prompt that makes the web UI fail occupies the GPU three times, with growing pauses."""
        clock = HastyClock()
        async with setup(Script(submit="500"), clock=clock) as provider:
            told = await outcome(provider.provider.submit(CAT))
            assert isinstance(told, Rejected)
            assert told.code is Code.GENERATION_FAILED
            assert provider.submits() == TRIES
            assert clock.slept == [0.0, *PAUSES]


class TestRequest:
    """What the web UI is asked for."""

    async def test_says_what_the_settings_say(self) -> None:
        """And leaves the rest to the web UI."""
        async with setup(
            Script(side=64),
            automatic1111_checkpoint="pixel-xl",
            automatic1111_width=768,
            automatic1111_height=512,
            automatic1111_negative_prompt="blurry",
        ) as provider:
            await provider.provider.submit(CAT)
            body = asked(provider)
            assert body["override_settings"] == {"sd_model_checkpoint": "pixel-xl"}
            assert (body["width"], body["height"]) == (768, 512)
            assert (body["negative_prompt"], body["batch_size"]) == ("blurry", 1)
            assert "sampler_name" not in body

    async def test_says_rather_what_the_preset_says(self) -> None:
        """Of what it understands."""
        words = {"steps": 8, "checkpoint": "toon", "width": 640, "size": "huge", "seed": 7}
        async with setup(Script(side=64), automatic1111_checkpoint="pixel-xl") as provider:
            await provider.provider.submit(replace(CAT, parameters=words, negative="text"))
            body = asked(provider)
            assert (body["steps"], body["width"], body["seed"]) == (8, 640, 7)
            assert body["override_settings"] == {"sd_model_checkpoint": "toon"}
            assert body["negative_prompt"] == "text"
            assert "size" not in body

    async def test_is_the_same_again(self) -> None:
        """One order has one seed and one task id; another has others."""
        async with setup(Script(side=64)) as provider:
            bodies = []
            for order in (CAT, CAT, replace(CAT, request_id="r-2")):
                await provider.provider.submit(order)
                bodies.append(asked(provider))
            first, again, other = [(body["seed"], body["force_task_id"]) for body in bodies]
            assert first == again
            assert first[0] != other[0]
            assert first[1] != other[1]


at = partial(client_at, NAME, automatic1111_auth=None)


class TestCheck:
    """What is told at the start."""

    async def test_a_forgotten_option_is_named(self) -> None:
        """Without --api there is a web UI and no API, which looks like a wrong address."""
        async with (
            raw_server(says(404, {"detail": "Not Found"})) as server,
            at(server.origin) as client,
        ):
            told = await outcome(client.check())
        assert isinstance(told, Rejected)
        assert "--api" in str(told)

    @pytest.mark.parametrize(
        "wanted", ["pixel-xl", "pixel-xl.safetensors", "pixel-xl.safetensors [0123456789]"]
    )
    async def test_a_checkpoint_may_be_named_in_several_ways(self, wanted: str) -> None:
        """As the web UI itself takes it."""
        async with setup(Script(), automatic1111_checkpoint=wanted) as provider:
            await provider.provider.check()

    async def test_a_checkpoint_that_is_not_there_is_told(self) -> None:
        """The web UI would paint with another one, and say nothing."""
        async with setup(Script(), automatic1111_checkpoint="canary-model") as provider:
            told = await outcome(provider.provider.check())
            assert isinstance(told, Rejected)
            assert "AUTOMATIC1111_CHECKPOINT" in str(told)
            assert "canary-model" not in str(told)

    async def test_no_password_is_sent_where_there_is_none(self) -> None:
        """Most run without --api-auth."""
        async with raw_server(says(200, json.dumps([]))) as server, at(server.origin) as client:
            await client.check()
        (heard,) = server.heard
        assert "authorization" not in {name.lower() for name in heard.headers}
