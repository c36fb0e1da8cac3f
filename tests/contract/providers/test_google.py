"""What the client of Google's image models makes of everything it may hear."""

import json
from dataclasses import replace
from functools import partial

import pytest

from mobart.core.errors import Code, Rejected, Unavailable
from mobart_local.standin import Script
from mobart_local.standin.dialects.google.answers import rpc_error
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, KEY, selling_source, source_at
from tests.support.raw_http import raw_server, says

PNG = b"\x89PNG\r\n\x1a\n"
NAME = "google"
MODEL = "gemini-nano-banana-2.1"
setup = partial(selling_source, NAME)
at = partial(source_at, NAME)


class TestEveryAnswer:
    """The whole table of what may come back from a paid POST."""

    @pytest.mark.parametrize("row", ["accept", "drafted"])
    async def test_that_is_good_is_the_last_picture(self, row: str) -> None:
        """Words and drafts before it are passed over."""
        async with setup(Script(submit=row)) as (client, _):
            raw = await client.generate(CAT)
            assert isinstance(raw, bytes)
            assert raw.startswith(PNG)
            assert b"only a draft" not in raw

    @pytest.mark.parametrize(("row", "text", "wait"), [("retry-info", "37", 37), ("429", "5", 5)])
    async def test_that_says_later_says_when(self, row: str, text: str, wait: float) -> None:
        """In the details of the error, or in a header."""
        async with setup(Script(submit=row, retry_after=text)) as (client, _):
            with pytest.raises(Unavailable) as busy:
                await client.generate(CAT)
            assert busy.value.retry_after == wait

    async def test_without_a_picture_names_its_reason(self) -> None:
        """For the operator; players get a sentence."""
        async with setup(Script(submit="image-safety")) as (client, _):
            with pytest.raises(Rejected, match="IMAGE_SAFETY") as refusal:
                await client.generate(CAT)
        assert refusal.value.sentence == "The image provider's moderation blocked the picture."

    async def test_that_refuses_a_prompt_does_not_repeat_it(self) -> None:
        """Nor the key."""
        body = rpc_error(400, "INVALID_ARGUMENT", f"{CAT.prompt} {KEY} is too odd")
        async with raw_server(says(400, body)) as server, at(server.origin) as client:
            with pytest.raises(Rejected) as refusal:
                await client.generate(CAT)
        assert CAT.prompt not in str(refusal.value)
        assert KEY not in str(refusal.value)
        assert "is too odd" in str(refusal.value)


class TestTheRequest:
    """What is sent."""

    async def test_asks_for_a_picture_alone(self) -> None:
        """With the nearest shape that is sold; the key is in a header, never in the address."""
        order = replace(CAT, negative="blur", aspect_ratio="7:4")
        async with (
            raw_server(says(200, "x")) as server,
            at(server.origin, google_image_size="2K") as client,
        ):
            await outcome(client.generate(order))
        heard = server.heard[0]
        assert heard.target == f"/v1beta/models/{MODEL}:generateContent"
        assert heard.headers["x-goog-api-key"] == KEY
        assert json.loads(heard.body) == {
            "contents": [{"role": "user", "parts": [{"text": "a pixel cat\n\nAvoid: blur"}]}],
            "generationConfig": {
                "responseModalities": ["IMAGE"],
                "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
            },
        }

    async def test_goes_to_the_model_of_a_preset(self) -> None:
        """A name, and nothing that leads to another address."""
        order = replace(CAT, parameters={"model": "gemini-3-pro-image"})
        async with raw_server(says(200, "x")) as server, at(server.origin) as client:
            await outcome(client.generate(order))
            odd = await outcome(client.generate(replace(CAT, parameters={"model": "../x?y"})))
        assert [one.target for one in server.heard] == [
            "/v1beta/models/gemini-3-pro-image:generateContent"
        ]
        assert isinstance(odd, Rejected)


class TestTheCheck:
    """The start-up check asks for the model's description."""

    async def test_names_a_model_that_was_retired(self) -> None:
        """With the setting that chooses it."""
        async with setup(Script(), google_image_model="gemini-3.1-flash-image") as (client, _):
            with pytest.raises(Rejected, match="GOOGLE_IMAGE_MODEL") as told:
                await client.check()
            assert told.value.code is Code.PROVIDER_UNAVAILABLE

    async def test_names_a_model_that_cannot_be_asked_this_way(self) -> None:
        """Some models have methods of their own."""
        described = says(200, {"name": "models/x", "supportedGenerationMethods": ["predict"]})
        async with raw_server(described) as server, at(server.origin) as client:
            with pytest.raises(Rejected, match="generateContent"):
                await client.check()
        assert server.heard[0].target == f"/v1beta/models/{MODEL}"
