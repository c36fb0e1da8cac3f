"""What the clients of PixelLab make of everything they may hear, and what they ask for."""

import base64
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mobart.core.data_uri import file_in
from mobart.core.domain import Pending, Picture, Purchase, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order, Wishes
from mobart_local.standin import Script
from mobart_local.standin.dialects.pixellab.answers import COST, JOBS, POLLS, SUBMITS
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, KEY, SLOW_ROWS, client_at, selling, source_of
from tests.support.raw_http import raw_server, says

NAME = "pixellab"
PRO: dict[str, Any] = {"pixellab_model": "pro"}
PNG = b"\x89PNG\r\n\x1a\n"
DOUBT = (InDoubt, Code.SUBMIT_UNKNOWN)
ODD = (InDoubt, Code.PROVIDER_BAD_RESPONSE)
BUSY = (Unavailable, Code.PROVIDER_RATE_LIMITED)
PRO_OUTCOMES = {
    "accept": (Ticket, None),
    "moderated": (Rejected, Code.MODERATION_BLOCKED),
    "529": BUSY,
    "500": DOUBT,
    **dict.fromkeys(("generations", "in-list"), (Ticket, None)),
    **dict.fromkeys(("no-picture", "bad-base64"), ODD),
}
WISHES = Wishes(native=(48, 64), palette=bytes((1, 2, 3, 250, 240, 230)), cutout=True)


class TestEveryAnswer:
    """The whole table of what may come back from a paid POST."""

    def test_of_the_stand_in_is_known_for_jobs_too(self) -> None:
        """What is said of both ways of buying is judged for one of them."""
        assert SUBMITS.keys() == JOBS.keys()

    @pytest.mark.parametrize("row", PRO_OUTCOMES)
    async def test_is_judged_for_what_it_proves_of_a_job(self, row: str) -> None:
        """The right error with the right code, one POST, and no doubt about money ignored."""
        kind, code = PRO_OUTCOMES[row]
        async with selling(NAME, Script(submit=row), **PRO) as setup:
            told = await outcome(setup.provider.submit(CAT))
            assert type(told) is kind
            assert getattr(told, "code", None) is code
            assert setup.submits() == 1
            if kind in {Rejected, Unavailable}:
                assert setup.payments() == 0

    async def test_that_has_no_room_says_when(self) -> None:
        """529 is the vendor's own way of saying 429."""
        async with selling(NAME, Script(submit="529", retry_after="7")) as setup:
            with pytest.raises(Unavailable) as busy:
                await setup.provider.submit(CAT)
            assert busy.value.retry_after == 7.0

    @pytest.mark.parametrize("row", ["accept", "generations", "in-list"])
    async def test_that_is_good_is_the_file(self, row: str) -> None:
        """However the account pays."""
        async with selling(NAME, Script(submit=row)) as setup:
            bought = await setup.source.generate(CAT)
            assert isinstance(bought, Purchase)
            assert bought.raw.startswith(PNG)
            assert bought.cost == (COST if row == "accept" else None)

    @pytest.mark.parametrize("row", [row for row in POLLS if row != "answer"])
    async def test_to_a_poll_never_fails_a_paid_job(self, row: str) -> None:
        """Errors, pages, garbage and silence mean: ask again."""
        patience = SLOW_ROWS.get(row)
        async with selling(NAME, Script(poll=row), patience=patience, **PRO) as setup:
            ticket = await setup.provider.submit(CAT)
            assert isinstance(await outcome(setup.provider.poll(ticket)), Unavailable | Pending)

    async def test_of_a_failed_job_is_read(self) -> None:
        """Its words tell why; whether it is paid back is not documented."""
        async with selling(NAME, Script(ending="moderated"), **PRO) as setup:
            ticket = await setup.provider.submit(CAT)
            setup.finish()
            told = await outcome(setup.provider.poll(ticket))
            assert isinstance(told, Rejected)
            assert (told.code, told.refunded) == (Code.MODERATION_BLOCKED, False)


class TestTheOrder:
    """What is asked for."""

    async def sent(self, order: Order, **settings: Any) -> tuple[str, dict[str, Any]]:
        """Return where the submit goes, and its body."""
        async with raw_server(says(400, {})) as server:
            async with client_at(NAME, server.origin, **settings) as client:
                await outcome(client.submit(order))
            (heard,) = server.heard
            assert heard.headers["authorization"] == f"Bearer {KEY}"
            return heard.target, json.loads(heard.body)

    async def test_has_the_usual_size(self) -> None:
        """Where nobody wishes anything else."""
        path, body = await self.sent(CAT)
        assert path == "/create-image-pixflux"
        assert (body["description"], body["no_background"]) == (CAT.prompt, False)
        assert body["image_size"] == {"width": 64, "height": 64}
        assert body.keys() == {"description", "image_size", "no_background", "seed"}

    async def test_has_what_the_request_wishes_and_how_it_is_to_look(self) -> None:
        """The preset before the settings."""
        order = replace(
            CAT,
            wishes=WISHES,
            negative="text",
            parameters={"view": "side", "isometric": True, "style_strength": 9, "odd": 1},
        )
        looks = {"pixellab_view": "low top-down", "pixellab_outline": "lineless"}
        _, body = await self.sent(order, **looks)
        assert body["image_size"] == {"width": 48, "height": 64}
        assert (body["no_background"], body["view"], body["outline"]) == (True, "side", "lineless")
        assert (body["negative_description"], body["isometric"]) == ("text", True)
        assert not {"style_strength", "odd"} & body.keys()
        palette = Image.open(io.BytesIO(base64.b64decode(body["color_image"]["base64"])))
        assert palette.tobytes() == WISHES.palette

    @pytest.mark.parametrize(
        ("model", "path"), [("pixen", "/create-image-pixen"), ("pro", "/generate-image-v2")]
    )
    async def test_has_only_what_its_model_knows(self, model: str, path: str) -> None:
        """Neither shades nor words for what must not be seen."""
        order = replace(CAT, negative="text", wishes=WISHES)
        settings = {"pixellab_model": model, "pixellab_shading": "flat shading"}
        target, body = await self.sent(order, **settings)
        assert target == path
        assert body.keys() == {"description", "image_size", "no_background", "seed"}

    @pytest.mark.parametrize(
        ("wishes", "parameters"),
        [
            (Wishes(longest=401), {}),
            (Wishes(native=(12, 12)), {}),
            (Wishes(longest=256), {"model": "bitforge"}),
            (Wishes(native=(30, 32)), {"model": "pixen"}),
            (Wishes(), {"model": "pro"}),
            (Wishes(), {"model": "odd"}),
        ],
    )
    async def test_beyond_what_a_model_paints_is_refused_before_it_is_sent(
        self, wishes: Wishes, parameters: dict[str, object]
    ) -> None:
        """With a line for the backend's developers."""
        async with selling(NAME, Script()) as setup:
            with pytest.raises(Rejected) as no:
                await setup.provider.submit(replace(CAT, wishes=wishes, parameters=parameters))
            assert no.value.hint
            assert setup.submits() == 0


class TestThePicture:
    """What comes back."""

    @pytest.mark.parametrize("model", ["pixflux", "pro"])
    async def test_has_the_size_and_the_ground_that_were_wished_for(self, model: str) -> None:
        """As the stand-in, like the vendor, paints it."""
        async with selling(NAME, Script(), pixellab_model=model) as setup:
            order = replace(CAT, wishes=WISHES)
            if model == "pro":
                ticket = await setup.provider.submit(order)
                setup.finish()
                picture = await setup.provider.poll(ticket)
                assert isinstance(picture, Picture)
                raw = file_in(picture.urls[0])
            else:
                made = await source_of(setup.provider).generate(order)
                assert isinstance(made, Purchase)
                raw = made.raw
        pixels = np.asarray(Image.open(io.BytesIO(raw)).convert("RGBA"))
        assert pixels.shape == (64, 48, 4)
        assert not pixels[0, 0, 3]

    async def test_of_bare_pixels_becomes_a_file(self) -> None:
        """As some jobs deliver it."""
        pixels = bytes(range(64))
        image = {"type": "rgba_bytes", "width": 4, "base64": base64.b64encode(pixels).decode()}
        job = {"id": "j", "status": "completed", "last_response": {"images": [image]}}
        async with (
            raw_server(says(200, job)) as server,
            client_at(NAME, server.origin, **PRO) as client,
        ):
            picture = await client.poll(Ticket(NAME, "j"))
        assert isinstance(picture, Picture)
        made = Image.open(io.BytesIO(file_in(picture.urls[0])))
        assert (made.size, made.tobytes()) == ((4, 4), pixels)

    async def test_of_a_job_may_be_in_an_envelope(self) -> None:
        """As the vendor's document describes all answers, and one client reads them."""
        data = base64.b64encode(PNG).decode()
        job = {"success": True, "status": "completed", "data": {"images": [{"base64": data}]}}
        ticket = {"success": True, "data": {"background_job_id": "j-1"}}
        async with (
            raw_server(says(202, ticket), says(200, job)) as server,
            client_at(NAME, server.origin, **PRO) as client,
        ):
            picture = await client.poll(await client.submit(CAT))
        assert isinstance(picture, Picture)
        assert file_in(picture.urls[0]) == PNG


class TestTheCheck:
    """The balance, which is free to ask."""

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"type": "usd", "usd": 0}, Code.PROVIDER_CREDIT),
            ({"type": "usd", "usd": 0.01}, None),
            ({"credits": 0, "generations": 0}, Code.PROVIDER_CREDIT),
            ({"credits": 0, "generations": 42}, None),
            ({"credits": {"usd": 0}, "subscription": {"generations": 1}}, None),
            ({"credits": {"usd": 0}, "subscription": {"generations": 0}}, Code.PROVIDER_CREDIT),
            ({"something": "else"}, None),
        ],
    )
    async def test_tells_of_an_empty_account(
        self, body: dict[str, object], code: Code | None
    ) -> None:
        """In money and in a subscription's generations; what cannot be read is no reason to stop."""
        async with raw_server(says(200, body)) as server:
            async with client_at(NAME, server.origin) as client:
                told = await outcome(client.check())
            assert getattr(told, "code", None) is code
