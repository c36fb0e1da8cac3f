"""Stability AI's stable image API: the paid form, and the balance."""

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.hosted import refusal, text, wrong_key
from mobart_local.standin.dialects.stability.answers import SUBMITS
from mobart_local.standin.state import STATE
from mobart_local.standin.submit import SubmitRequest, accept

PATH = "/stability"
PROVIDER = "stability"
SOLD = frozenset({"core", "ultra", "sd3"})
CREDITS = 995.5


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"STABILITY_API_URL": origin + PATH, "STABILITY_API_KEY": key}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{PATH}/v2beta/stable-image/generate/{{model}}", generate)
    app.router.add_get(f"{PATH}/v1/user/balance", balance)


async def generate(request: web.Request) -> web.StreamResponse:
    """Sell a picture, and hand it over; nothing but a multipart form is understood."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    form = dict(await request.post()) if request.content_type == "multipart/form-data" else {}
    prompt = text(form, "prompt")
    wrong = wrong_key(request, "Bearer")
    if wrong is None and request.match_info["model"] not in SOLD:
        wrong = "not-found"
    if wrong is None and not prompt.strip():
        wrong = "400"
    wanted = SubmitRequest(prompt=prompt, provider=PROVIDER)
    in_json = "application/json" in request.headers.get("Accept", "")
    table = {**SUBMITS, "accept": SUBMITS["in-json"]} if in_json else SUBMITS
    return await accept(request, table, wanted, wrong=wrong, single=True)


async def balance(request: web.Request) -> web.StreamResponse:
    """Tell how many credits are left."""
    if no := await refusal(request, SUBMITS, PROVIDER, wrong_key(request, "Bearer")):
        return no
    return web.json_response({"credits": CREDITS})


DIALECT = Dialect(add=add_api, settings=settings, prefix="STABILITY", submits=SUBMITS)
