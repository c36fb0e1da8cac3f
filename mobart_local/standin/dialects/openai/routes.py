"""OpenAI's Images API: the paid request, and the model's description."""

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.hosted import read_form, refusal, text, wrong_key
from mobart_local.standin.dialects.openai.answers import SUBMITS
from mobart_local.standin.state import STATE, read_object
from mobart_local.standin.submit import SubmitRequest, accept

PATH = "/openai/v1"
PROVIDER = "openai"
RETIRED = frozenset({"dall-e-2", "dall-e-3", "gpt-image-1"})


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"OPENAI_BASE_URL": origin + PATH, "OPENAI_API_KEY": key}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{PATH}/images/generations", generate)
    app.router.add_post(f"{PATH}/images/edits", edit)
    app.router.add_get(f"{PATH}/models/{{model}}", model)


async def generate(request: web.Request) -> web.StreamResponse:
    """Sell a picture, and hand it over."""
    return await _sell(request, await read_object(request) or {})


async def edit(request: web.Request) -> web.StreamResponse:
    """Sell a picture that goes by another; one has to be there."""
    fields, reference = await read_form(request)
    return await _sell(request, fields if reference else {}, reference=reference)


async def _sell(
    request: web.Request, body: dict[str, object], *, reference: str = ""
) -> web.StreamResponse:
    request.app[STATE].ledger.visits[PROVIDER] += 1
    prompt = text(body, "prompt")
    wrong = wrong_key(request, "Bearer")
    if wrong is None and body.get("model") in RETIRED:
        wrong = "no-model"
    if wrong is None and not prompt.strip():
        wrong = "400"
    wanted = SubmitRequest(prompt=prompt, provider=PROVIDER, extra={"reference": reference})
    return await accept(request, SUBMITS, wanted, wrong=wrong, single=True)


async def model(request: web.Request) -> web.StreamResponse:
    """Describe a model, as far as there is one."""
    name = request.match_info["model"]
    gone = "no-model" if name in RETIRED else None
    if no := await refusal(request, SUBMITS, PROVIDER, wrong_key(request, "Bearer"), gone):
        return no
    return web.json_response(
        {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "system"}
    )


DIALECT = Dialect(add=add_api, settings=settings, prefix="OPENAI", submits=SUBMITS)
