"""Ideogram's API v2: generations are bought, or priced, and asked about."""

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.hosted import read_form, refusal, show_task, text
from mobart_local.standin.dialects.ideogram.answers import POLLS, SUBMITS
from mobart_local.standin.dialects.ideogram.objects import generation, ticket, webhook
from mobart_local.standin.dialects.signing import jwks
from mobart_local.standin.state import STATE, read_object
from mobart_local.standin.submit import SubmitRequest, accept

PATH = "/ideogram"
PROVIDER = "ideogram"
NO_MODEL = "ideogram-0"
USD_MICROS = 60_000


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"IDEOGRAM_API_URL": origin + PATH, "IDEOGRAM_API_KEY": key}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{PATH}/v2/image/generate/{{model}}", generate)
    app.router.add_get(f"{PATH}/v2/generations/{{task_id}}", show)
    app.router.add_get(f"{PATH}/v1/.well-known/jwks.json", keys)


async def generate(request: web.Request) -> web.StreamResponse:
    """Sell a generation, or tell its price."""
    if request.query.get("dry_run") == "true":
        return await quote(request)
    request.app[STATE].ledger.visits[PROVIDER] += 1
    body, reference = await _read(request)
    wanted = SubmitRequest(
        prompt=text(body, "prompt"),
        provider=PROVIDER,
        webhook_endpoint=text(body, "webhook_url"),
        extra={"model": request.match_info["model"], "input": body, "reference": reference},
    )
    wrong = _wrong(request) or (None if wanted.prompt.strip() else "400")
    return await accept(request, SUBMITS, wanted, wrong=wrong, single=True, write=ticket)


async def _read(request: web.Request) -> tuple[dict[str, object], str]:
    """Read the fields, and the digest of the picture to go by, which only a form can hold."""
    if request.content_type == "multipart/form-data":
        return await read_form(request)
    return await read_object(request) or {}, ""


async def quote(request: web.Request) -> web.StreamResponse:
    """Tell the price of a request that is not run."""
    refused = await refusal(request, SUBMITS, PROVIDER, _wrong(request))
    if refused is not None:
        return refused
    named = {"object": "price_quote", "billing_identifier": request.match_info["model"]}
    return web.json_response(
        {**named, "quantity": 1, "usd_micros": USD_MICROS, "qualifier": "exact"}
    )


async def show(request: web.Request) -> web.StreamResponse:
    """Tell how a generation is."""
    return await show_task(request, POLLS, PROVIDER, generation, wrong=_wrong(request))


async def keys(request: web.Request) -> web.Response:
    """Publish the keys with which webhooks are signed; nobody needs a key of theirs to see them."""
    request.app[STATE].ledger.visits[f"{PROVIDER} keys"] += 1
    return web.json_response(jwks())


def _wrong(request: web.Request) -> str | None:
    """Name the row that refuses the key or the model."""
    key, known = request.headers.get("Api-Key", ""), request.app[STATE].api_key
    if not key or (known is not None and key != known):
        return "401"
    return "404" if request.match_info.get("model") == NO_MODEL else None


DIALECT = Dialect(
    add=add_api, settings=settings, prefix="IDEOGRAM", submits=SUBMITS, polls=POLLS, webhook=webhook
)
