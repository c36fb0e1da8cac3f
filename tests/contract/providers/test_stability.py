"""What the client of Stability AI makes of everything it may hear."""

import json
from base64 import b64encode
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from mobart.core.errors import Code, Rejected, Unavailable
from mobart_local.standin import Script
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, KEY, selling_source, source_at
from tests.support.raw_http import head, raw_server, says, sends

PNG = b"\x89PNG\r\n\x1a\n"


NAME = "stability"
setup = partial(selling_source, NAME)
at = partial(source_at, NAME)


class TestEveryAnswer:
    """The whole table of what may come back from a paid POST."""

    @pytest.mark.parametrize("row", ["accept", "in-json"])
    async def test_that_is_good_is_the_file(self, row: str) -> None:
        """As bytes, or as text in JSON."""
        async with setup(Script(submit=row)) as (client, _):
            raw = await client.generate(CAT)
            assert isinstance(raw, bytes)
            assert raw.startswith(PNG)

    async def test_in_json_that_breaks_off_is_what_came(self) -> None:
        """It is paid for."""
        file = PNG + bytes(range(256)) * 8
        text = json.dumps({"image": b64encode(file).decode(), "finish_reason": "SUCCESS"})
        cut = sends(head(200, {"Content-Length": str(len(text))}) + text[:2000].encode())
        async with raw_server(cut) as server, at(server.origin) as client:
            raw = await client.generate(CAT)
        assert isinstance(raw, bytes)
        assert file.startswith(raw)
        assert len(raw) > 1400

    async def test_that_says_later_says_when(self) -> None:
        """More than 150 requests in ten seconds are too many."""
        async with setup(Script(submit="429", retry_after="60")) as (client, _):
            with pytest.raises(Unavailable) as busy:
                await client.generate(CAT)
            assert busy.value.retry_after == 60.0

    async def test_that_refuses_a_prompt_does_not_repeat_it(self) -> None:
        """Nor the key."""
        body = {"id": "1", "name": "odd", "errors": [f"prompt: {CAT.prompt} {KEY} is too odd"]}
        async with raw_server(says(400, body)) as server, at(server.origin) as client:
            with pytest.raises(Rejected) as refusal:
                await client.generate(CAT)
        assert CAT.prompt not in str(refusal.value)
        assert KEY not in str(refusal.value)
        assert "is too odd" in str(refusal.value)


class TestTheForm:
    """What is sent."""

    async def test_is_multipart_without_a_file(self) -> None:
        """Nothing else is understood; the picture itself is asked for."""
        order = replace(CAT, negative="blur", aspect_ratio="3:2")
        async with (
            raw_server(says(200, "x")) as server,
            at(server.origin, stability_style_preset="pixel-art") as client,
        ):
            await outcome(client.generate(order))
        heard = server.heard[0]
        assert heard.target == "/v2beta/stable-image/generate/core"
        assert heard.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert heard.headers["accept"] == "image/*"
        assert heard.headers["authorization"] == f"Bearer {KEY}"
        for name, value in {
            "prompt": CAT.prompt,
            "negative_prompt": "blur",
            "aspect_ratio": "3:2",
            "style_preset": "pixel-art",
            "output_format": "png",
        }.items():
            assert f'name="{name}"\r\n\r\n{value}\r\n--' in heard.body.decode()

    @pytest.mark.parametrize("model", ["core", "ultra", "sd3", "sd3.5-medium"])
    async def test_is_sold_at_every_models_address(self, model: str) -> None:
        """Against something that knows three of them."""
        async with setup(Script(), stability_model=model) as (client, standin):
            await client.generate(CAT)
            assert standin.ledger.paid() == 1


class TestTheCheck:
    """The start-up check asks for the balance."""

    @pytest.mark.parametrize("credits_left", [0, 0.0, -1])
    async def test_warns_where_no_credit_is_left(self, credits_left: float) -> None:
        """It may be bought meanwhile."""
        balance = says(200, {"credits": credits_left})
        async with raw_server(balance) as server, at(server.origin) as client:
            with pytest.raises(Unavailable, match="no credit") as empty:
                await client.check()
        assert empty.value.code is Code.PROVIDER_CREDIT
        assert server.heard[0].target == "/v1/user/balance"

    @pytest.mark.parametrize(
        "answer",
        [
            says(200, "<html>for sale</html>"),
            says(200, {"credits": "many"}),
            says(403, "<html>_cf_chl_opt</html>"),
            says(404, "no such page"),
            says(500, {"name": "internal_error"}),
        ],
        ids=["parked", "no number", "challenge", "elsewhere", "trouble"],
    )
    async def test_names_the_address(self, answer: Any) -> None:
        """Where something else answers."""
        async with raw_server(answer) as server, at(server.origin) as client:
            with pytest.raises(Unavailable, match="STABILITY_API_URL"):
                await client.check()
