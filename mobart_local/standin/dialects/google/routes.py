"""The Gemini API: the paid request, and the model's description."""

import base64
from typing import Any

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.google.answers import SUBMITS
from mobart_local.standin.dialects.hosted import digest, refusal, text
from mobart_local.standin.state import STATE, read_object
from mobart_local.standin.submit import SubmitRequest, accept

PATH = "/google"
MODELS = f"{PATH}/{{version:v1|v1beta}}/models"
"""Mobart asks the beta, which has all models; Google's own client of today asks the other."""
PROVIDER = "google"
RETIRED = frozenset({"gemini-3.1-flash-image", "imagen-4.0-generate-001"})


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"GOOGLE_API_URL": origin + PATH, "GOOGLE_API_KEY": key}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{MODELS}/{{model}}:generateContent", generate)
    app.router.add_get(f"{MODELS}/{{model}}", model)


async def generate(request: web.Request) -> web.StreamResponse:
    """Sell a picture, and hand it over."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    body = await read_object(request) or {}
    prompt = _prompt(body)
    wrong = _wrong(request)
    if wrong is None and not prompt.strip():
        wrong = "400"
    extra = {"reference": _reference(body)}
    wanted = SubmitRequest(prompt=prompt, provider=PROVIDER, extra=extra)
    return await accept(request, SUBMITS, wanted, wrong=wrong, single=True)


async def model(request: web.Request) -> web.StreamResponse:
    """Describe a model, as far as there is one."""
    if no := await refusal(request, SUBMITS, PROVIDER, _wrong(request)):
        return no
    message = {
        "name": f"models/{request.match_info['model']}",
        "version": "2.1",
        "displayName": "Nano Banana",
        "inputTokenLimit": 65536,
        "outputTokenLimit": 32768,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }
    return web.json_response(message)


def _prompt(body: dict[str, object]) -> str:
    """Join the words in `contents`."""
    return " ".join(filter(None, (text(part, "text") for part in _parts(body))))


def _reference(body: dict[str, object]) -> str:
    """Return the digest of the picture in `contents`; "" if there is none."""
    blobs = [part["inlineData"]["data"] for part in _parts(body) if "inlineData" in part]
    return digest(base64.b64decode(blobs[0])) if blobs else ""


def _parts(body: dict[str, object]) -> list[dict[str, Any]]:
    contents = body.get("contents")
    return [
        part
        for content in (contents if isinstance(contents, list) else [])
        for part in (content.get("parts", []) if isinstance(content, dict) else [])
    ]


def _wrong(request: web.Request) -> str | None:
    """Name the row that refuses the key or the model."""
    key, known = request.headers.get("x-goog-api-key", ""), request.app[STATE].api_key
    if not key:
        return "403"
    if known is not None and key != known:
        return "bad-key"
    return "no-model" if request.match_info["model"] in RETIRED else None


DIALECT = Dialect(add=add_api, settings=settings, prefix="GOOGLE", submits=SUBMITS)
