"""What the client of OpenAI's Images API makes of everything it may hear."""

import json
from functools import partial
from typing import Any

import pytest

from mobart.core.errors import Code, Rejected, Unavailable
from mobart.providers.http import Answer
from mobart.providers.openai.client import check_of
from mobart_local.standin import Script, StandIn
from tests.support.clocks import LoopClock
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, KEY, selling_source, source_at
from tests.support.raw_http import raw_server, says

PNG = b"\x89PNG\r\n\x1a\n"


NAME = "openai"
setup = partial(selling_source, NAME)
at = partial(source_at, NAME)


class TestEveryAnswer:
    """The whole table of what may come back from a paid POST."""

    async def test_that_is_good_is_the_file(self) -> None:
        """Decoded."""
        async with setup(Script()) as (client, _):
            raw = await client.generate(CAT)
            assert isinstance(raw, bytes)
            assert raw.startswith(PNG)

    @pytest.mark.parametrize(
        ("row", "text", "least", "most"),
        [
            ("429", "7", 7, 7),
            ("429", "7.5", 7.5, 7.5),
            ("429", "soon", None, None),
            ("429-ms", "1500", 1.5, 1.5),
            ("429-date", "", 0, 3),
            ("429-absurd", "", 120, 120),
            ("429-silent", "", None, None),
        ],
    )
    async def test_that_says_later_says_when(
        self, row: str, text: str, least: float | None, most: float | None
    ) -> None:
        """`Retry-After` in all its forms, milliseconds among them; an absurd one is not believed."""
        script = Script(submit=row, retry_after=text, seconds=0.0)
        clock = LoopClock().now().timestamp
        async with (
            StandIn(default=script, api_key=KEY, clock=clock) as standin,
            at(f"{standin.origin}/openai/v1") as client,
        ):
            with pytest.raises(Unavailable) as busy:
                await client.generate(CAT)
        if least is None or most is None:
            assert busy.value.retry_after is None
        else:
            assert busy.value.retry_after is not None
            assert least <= busy.value.retry_after <= most

    @pytest.mark.parametrize("code", [None, "insufficient_quota"])
    async def test_of_an_empty_account_is_not_waited_for(self, code: str | None) -> None:
        """The status is that of a busy hour; code or type tell them apart."""
        error = {"message": "no", "type": "insufficient_quota", "param": None, "code": code}
        async with raw_server(says(429, {"error": error})) as server, at(server.origin) as client:
            with pytest.raises(Rejected) as refusal:
                await client.generate(CAT)
        assert refusal.value.code is Code.PROVIDER_CREDIT

    async def test_of_moderation_is_fit_for_a_player(self) -> None:
        """And holds neither its categories nor the prompt."""
        async with setup(Script(submit="moderated")) as (client, _):
            with pytest.raises(Rejected) as refusal:
                await client.generate(CAT)
        assert refusal.value.sentence == "The image provider's moderation blocked the prompt."
        assert "violence" not in str(refusal.value)


class TestTheOrder:
    """What is sent."""

    async def test_is_one_png_in_one_post(self) -> None:
        """With the settings of the worker."""
        async with (
            raw_server(says(200, {})) as server,
            at(
                server.origin, openai_image_background="transparent", openai_image_quality="high"
            ) as client,
        ):
            await outcome(client.generate(CAT))
        heard = server.heard[0]
        assert (heard.method, heard.target) == ("POST", "/images/generations")
        assert heard.headers["authorization"] == f"Bearer {KEY}"
        assert json.loads(heard.body) == {
            "prompt": CAT.prompt,
            "n": 1,
            "output_format": "png",
            "model": "gpt-image-2.5-flare",
            "size": "1024x1024",
            "quality": "high",
            "background": "transparent",
        }


class TestTheCheck:
    """The start-up check asks for the model's description."""

    def test_tells_that_a_model_was_retired(self) -> None:
        """Before a player finds out, naming the setting to change."""
        unknown = Answer(404, {}, b'{"error": {"code": "model_not_found"}}')
        with pytest.raises(Rejected, match="OPENAI_IMAGE_MODEL"):
            check_of("https://api.openai.com/v1", "dall-e-3").judge(unknown)

    async def test_lets_a_server_start_that_describes_no_models(self) -> None:
        """Many that speak this API generate pictures all the same: it is worth a warning."""
        unknown = says(404, {"error": {"message": "Not Found"}})
        async with raw_server(unknown) as server, at(f"{server.origin}/v1") as client:
            with pytest.raises(Unavailable, match="OPENAI_BASE_URL"):
                await client.check()

    @pytest.mark.parametrize(
        "answer",
        [
            says(200, "<html>for sale</html>"),
            says(404, "404 page not found"),
            says(404, {"detail": "Not Found"}),
            says(500, {"error": {"message": "oops"}}),
        ],
        ids=["parked", "no page", "another API", "trouble"],
    )
    async def test_names_the_address(self, answer: Any) -> None:
        """Where something else answers, the model is not to blame."""
        async with raw_server(answer) as server, at(server.origin) as client:
            with pytest.raises(Unavailable, match="OPENAI_BASE_URL"):
                await client.check()
