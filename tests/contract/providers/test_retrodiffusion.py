"""What the client of Retro Diffusion makes of everything it may hear, and what it asks for."""

import base64
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mobart.core.data_uri import file_in
from mobart.core.domain import Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order, Reference, Wishes
from mobart_local.standin import Script
from mobart_local.standin.dialects.retrodiffusion.objects import COST
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, KEY, client_at, selling
from tests.support.raw_http import raw_server, says

NAME = "retrodiffusion"
WISHES = Wishes(
    native=(64, 96), palette=bytes((1, 2, 3, 250, 240, 230)), seamless=True, cutout=True
)


def pixels_of(picture: object) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """Decode a picture that is in its own address, to RGBA."""
    assert isinstance(picture, Picture)
    return np.asarray(Image.open(io.BytesIO(file_in(picture.urls[0]))).convert("RGBA"))


class TestEveryAnswer:
    """The whole table of what may come back from a paid POST."""

    async def test_with_the_task_of_another_request_is_a_doubt(self) -> None:
        """It would show another player's picture; the same request has the same task again."""
        async with selling(NAME, Script()) as setup:
            await setup.provider.submit(CAT)
            setup.standin.play(Script(submit="task-id-duplicate"))
            told = await outcome(setup.provider.submit(replace(CAT, request_id="r-2")))
            assert isinstance(told, InDoubt)

    async def test_that_a_key_was_used_for_something_else_is_a_doubt(self) -> None:
        """Something was bought with it, and the list may tell what."""
        async with selling(NAME, Script()) as setup:
            first = await setup.provider.submit(CAT)
            other = replace(CAT, wishes=Wishes(native=(64, 64)))
            assert isinstance(await outcome(setup.provider.submit(other)), InDoubt)
            assert await setup.provider.find(other) == first
            assert setup.payments() == 1


class TestTheOrder:
    """What is asked for."""

    async def sent(self, order: Order, **settings: Any) -> dict[str, Any]:
        """Return the body of the submit, with its headers under `headers`."""
        async with raw_server(says(400, {})) as server:
            async with client_at(NAME, server.origin, **settings) as client:
                await outcome(client.submit(order))
            (heard,) = server.heard
            headers = {name: value for name, value in heard.headers.items() if name != "host"}
            return {**json.loads(heard.body), "headers": headers}

    async def test_has_the_usual_size_and_style(self) -> None:
        """Where nobody wishes anything else."""
        body = await self.sent(CAT, retrodiffusion_style="rd_plus__retro")
        assert (body["width"], body["height"], body["num_images"]) == (128, 128, 1)
        assert (body["prompt"], body["prompt_style"]) == (CAT.prompt, "rd_plus__retro")
        assert not any(body[name] for name in ("remove_bg", "tile_x", "tile_y"))
        assert "input_palette" not in body
        assert body["headers"]["x-rd-token"] == KEY

    async def test_has_what_the_request_wishes(self) -> None:
        """Size, palette, edges that meet, a transparent ground."""
        body = await self.sent(replace(CAT, wishes=WISHES))
        assert (body["width"], body["height"]) == (64, 96)
        assert all(body[name] is True for name in ("remove_bg", "tile_x", "tile_y"))
        palette = Image.open(io.BytesIO(base64.b64decode(body["input_palette"])))
        assert palette.tobytes() == WISHES.palette

    async def test_is_the_same_to_the_byte_when_it_is_sent_again(self) -> None:
        """By any worker: key and seed follow from the request."""
        order = replace(CAT, wishes=WISHES)
        first, again = await self.sent(order), await self.sent(order)
        other = await self.sent(replace(order, request_id="r-2"))
        assert first == again
        key = "idempotency-key"
        assert other["headers"][key] != first["headers"][key]
        assert other["seed"] != first["seed"]

    @pytest.mark.parametrize(
        ("wishes", "style"),
        [
            (Wishes(longest=16), "rd_fast__default"),
            (Wishes(native=(512, 512)), "rd_plus__default"),
            (Wishes(native=(64, 64)), "rd_pro__ui_panel"),
            (Wishes(native=(8, 8)), "user__my_style_1a2b"),
        ],
    )
    async def test_beyond_what_a_style_paints_is_refused_before_it_is_sent(
        self, wishes: Wishes, style: str
    ) -> None:
        """With a line for the backend's developers."""
        async with selling(NAME, Script(), retrodiffusion_size="256x256") as setup:
            order = replace(CAT, wishes=wishes, parameters={"prompt_style": style})
            with pytest.raises(Rejected) as no:
                await setup.provider.submit(order)
            assert "pixels" in no.value.hint
            assert setup.submits() == 0

    async def test_has_the_picture_to_go_by(self) -> None:
        """As a file, where the style takes one."""
        order = replace(CAT, reference=Reference("https://x.example/a.png", png=b"png"))
        body = await self.sent(order, retrodiffusion_style="rd_pro__default")
        assert [base64.b64decode(one) for one in body["reference_images"]] == [b"png"]

    @pytest.mark.parametrize(
        ("style", "takes"),
        [("rd_pro__default", True), ("user__mine_1a", False), ("rd_plus__default", False)],
    )
    async def test_has_no_picture_to_go_by_where_the_style_takes_none(
        self, style: str, takes: bool
    ) -> None:
        """It is refused early, and at the latest before anything is sent."""
        async with selling(NAME, Script(), retrodiffusion_style=style) as setup:
            assert setup.can.references is takes
            reference = Reference("https://x.example/a.png", png=b"png")
            order = replace(
                CAT, reference=reference, parameters={"prompt_style": "rd_fast__default"}
            )
            with pytest.raises(Rejected) as no:
                await setup.provider.submit(order)
            assert "options.reference" in no.value.hint
            assert setup.submits() == 0

    async def test_of_a_free_price_names_no_key(self) -> None:
        """It buys nothing that a key could be spent on."""
        answer = says(200, {"balance_cost": 0.1, "remaining_balance": 9})
        async with raw_server(answer) as server, client_at(NAME, server.origin) as client:
            await client.check()
        (heard,) = server.heard
        assert json.loads(heard.body)["check_cost"] is True
        assert "idempotency-key" not in heard.headers


class TestThePicture:
    """What comes back."""

    async def test_has_the_size_the_colours_and_the_ground_that_were_wished_for(self) -> None:
        """As the stand-in, like the vendor, paints it."""
        async with selling(NAME, Script()) as setup:
            ticket = await setup.provider.submit(replace(CAT, wishes=WISHES))
            setup.finish()
            picture = await setup.provider.poll(ticket)
            assert isinstance(picture, Picture)
            assert picture.cost == COST
            pixels = pixels_of(picture)
        assert pixels.shape == (96, 64, 4)
        assert not pixels[0, 0, 3]
        seen = {tuple(pixel[:3]) for pixel in pixels[pixels[..., 3] > 0]}
        assert seen <= {(1, 2, 3), (250, 240, 230)}

    async def test_may_be_at_an_address(self) -> None:
        """As large results are."""
        async with selling(NAME, Script(picture="503", picture_times=1)) as setup:
            ticket = await setup.provider.submit(CAT)
            setup.finish()
            picture = await setup.provider.poll(ticket)
            assert isinstance(picture, Picture)
            assert picture.urls[0].startswith(setup.standin.origin)

    async def test_that_failed_is_paid_back(self) -> None:
        """By the vendor itself, so that nothing was spent."""
        async with selling(NAME, Script(ending="failed")) as setup:
            ticket = await setup.provider.submit(CAT)
            setup.finish()
            told = await outcome(setup.provider.poll(ticket))
            assert isinstance(told, Rejected)
            assert (told.code, told.refunded) == (Code.GENERATION_FAILED, True)

    async def test_that_is_missing_ends_the_job(self) -> None:
        """It would be paid again, so it is not retryable."""
        async with selling(NAME, Script(wording="no-result")) as setup:
            ticket = await setup.provider.submit(CAT)
            setup.finish()
            told = await outcome(setup.provider.poll(ticket))
            assert isinstance(told, Rejected)
            assert (told.code, told.refunded) == (Code.PROVIDER_BAD_RESPONSE, False)


class TestTheList:
    """Requests whose answer was lost."""

    async def test_is_read_page_by_page(self) -> None:
        """The latest come first."""
        async with selling(NAME, Script()) as setup:
            first = await setup.provider.submit(CAT)
            for number in range(120):
                await setup.provider.submit(replace(CAT, request_id=f"other-{number}"))
            assert await setup.provider.find(CAT) == first
            assert setup.standin.ledger.visits["retrodiffusion list"] == 2

    async def test_that_cannot_be_read_proves_nothing(self) -> None:
        """It is asked again."""
        async with selling(NAME, Script()) as setup:
            setup.standin.fail("502")
            assert isinstance(await outcome(setup.provider.find(CAT)), Unavailable)


class TestTheCheck:
    """The price of a picture, which is free to ask."""

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"balance_cost": 0.18, "remaining_balance": 0.17}, Code.PROVIDER_CREDIT),
            ({"balance_cost": 0.18, "remaining_balance": 0.18}, None),
            ({"balance_cost": 0.18}, None),
        ],
    )
    async def test_tells_of_an_empty_account(
        self, body: dict[str, float], code: Code | None
    ) -> None:
        """As something that may pass."""
        async with raw_server(says(200, body)) as server:
            async with client_at(NAME, server.origin) as client:
                told = await outcome(client.check())
            assert getattr(told, "code", None) is code

    async def test_tells_of_a_style_that_does_not_exist(self) -> None:
        """By the name of the setting."""
        async with selling(NAME, Script(), retrodiffusion_style="nobody__style") as setup:
            told = await outcome(setup.provider.check())
            assert isinstance(told, Rejected)
            assert "RETRODIFFUSION_STYLE" in str(told)
