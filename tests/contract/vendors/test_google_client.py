"""Google's own client against the stand-in, in an environment of its own: `make vendors-google`.

It needs an older tenacity than the worker, so the two cannot be installed together.  Without
`MOBART_GENAI_PYTHON`, an interpreter that has google-genai, these tests are skipped.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mobart_local.standin import Script, StandIn

PYTHON = os.environ.get("MOBART_GENAI_PYTHON", "")
MODEL = "gemini-nano-banana-2.1"
PNG = "89504e470d0a1a0a"
CALLS = """
import json, sys
from google import genai
from google.genai import errors, types

base_url, key, act = sys.argv[1:]
client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=base_url))

def generate():
    shape = types.ImageConfig(aspect_ratio="16:9", image_size="2K")
    config = types.GenerateContentConfig(response_modalities=["IMAGE"], image_config=shape)
    answer = client.models.generate_content(model=MODEL, contents="a cat", config=config)
    candidates = answer.candidates or []
    parts = [part for one in candidates for part in (one.content.parts or [] if one.content else [])]
    blobs = [part.inline_data for part in parts if part.inline_data]
    return {
        "files": [[blob.mime_type, blob.data[:8].hex()] for blob in blobs],
        "reasons": [one.finish_reason.value for one in candidates],
        "blocked": answer.prompt_feedback and answer.prompt_feedback.block_reason.value,
    }

def describe():
    model = client.models.get(model=MODEL)
    return {"name": model.name, "actions": model.supported_actions}

try:
    told = {"generate": generate, "describe": describe}[act]()
except errors.APIError as error:
    told = {"error": type(error).__name__, "code": error.code, "status": error.status}
print(json.dumps(told))
""".replace("MODEL", f'"{MODEL}"')

pytestmark = pytest.mark.skipif(not PYTHON, reason="MOBART_GENAI_PYTHON is not set")


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """Run a stand-in that answers at once."""
    async with StandIn(default=Script(seconds=0, side=64), api_key="a-key") as standin:
        yield standin


async def called(standin: StandIn, act: str, *, key: str = "a-key") -> dict[str, Any]:
    """Call the stand-in with Google's client, and return what that made of the answer."""
    process = await asyncio.create_subprocess_exec(
        *(PYTHON, "-c", CALLS, f"{standin.origin}/google", key, act), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    told: dict[str, Any] = json.loads(out)
    return told


async def test_generates_a_picture(standin: StandIn) -> None:
    """Typed, and paid once."""
    told = await called(standin, "generate")
    assert told == {"files": [["image/png", PNG]], "reasons": ["STOP"], "blocked": None}
    assert standin.ledger.paid(provider="google") == 1


async def test_describes_a_model(standin: StandIn) -> None:
    """With the method that pictures are asked for by."""
    told = await called(standin, "describe")
    assert told == {"name": f"models/{MODEL}", "actions": ["generateContent", "countTokens"]}


@pytest.mark.parametrize(
    ("row", "reasons", "blocked"),
    [
        ("image-safety", ["IMAGE_SAFETY"], None),
        ("image-prohibited", ["IMAGE_PROHIBITED_CONTENT"], None),
        ("no-image", ["NO_IMAGE"], None),
        ("recitation", ["IMAGE_RECITATION"], None),
        ("blocked", [], "PROHIBITED_CONTENT"),
    ],
)
async def test_knows_the_reasons_for_no_picture(
    standin: StandIn, row: str, reasons: list[str], blocked: str | None
) -> None:
    """Each is one of its own, and none costs a picture."""
    standin.play(Script(submit=row))
    assert await called(standin, "generate") == {
        "files": [],
        "reasons": reasons,
        "blocked": blocked,
    }
    assert standin.ledger.paid() == 0


@pytest.mark.parametrize(
    ("row", "error", "code", "status"),
    [
        ("400", "ClientError", 400, "INVALID_ARGUMENT"),
        ("403", "ClientError", 403, "PERMISSION_DENIED"),
        ("no-model", "ClientError", 404, "NOT_FOUND"),
        ("retry-info", "ClientError", 429, "RESOURCE_EXHAUSTED"),
        ("500", "ServerError", 500, "INTERNAL"),
        ("503", "ServerError", 503, "UNAVAILABLE"),
    ],
)
async def test_raises_its_own_errors(
    standin: StandIn, row: str, error: str, code: int, status: str
) -> None:
    """With the code that the API has for it."""
    standin.play(Script(submit=row))
    told = await called(standin, "generate")
    assert told == {"error": error, "code": code, "status": status}


async def test_refuses_a_wrong_key(standin: StandIn) -> None:
    """Which is a 400 at Google."""
    told = await called(standin, "describe", key="another")
    assert told == {"error": "ClientError", "code": 400, "status": "INVALID_ARGUMENT"}
