"""AUTOMATIC1111's web UI: one picture after the other, the list of models, and the progress."""

import base64

from aiohttp import web

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.automatic1111.answers import SUBMITS
from mobart_local.standin.dialects.hosted import refusal, text
from mobart_local.standin.state import STATE, read_object
from mobart_local.standin.submit import SubmitRequest, accept

PATH = "/automatic1111"
API = f"{PATH}/sdapi/v1"
PROVIDER = "automatic1111"
USER = "mobart"
MODELS = [
    {
        "title": "pixel-xl.safetensors [0123456789]",
        "model_name": "pixel-xl",
        "hash": "0123456789",
        "sha256": "0123456789" + "0" * 54,
        "filename": "/models/pixel-xl.safetensors",
        "config": None,
    }
]


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"AUTOMATIC1111_URL": origin + PATH, "AUTOMATIC1111_AUTH": f"{USER}:{key}"}


def add_api(app: web.Application) -> None:
    """Add the routes of the API."""
    app.router.add_post(f"{API}/txt2img", paint)
    app.router.add_get(f"{API}/sd-models", models)
    app.router.add_get(f"{API}/progress", progress)


async def paint(request: web.Request) -> web.StreamResponse:
    """Make a picture once its turn has come, and return it."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    body = await read_object(request) or {}
    wanted = SubmitRequest(prompt=text(body, "prompt"), provider=PROVIDER, extra={"body": body})
    wrong = _wrong_password(request)
    if wrong is None and not isinstance(body.get("steps", 20), int):
        wrong = "invalid"
    turn = request.app[STATE].turns[PROVIDER]
    return await accept(request, SUBMITS, wanted, wrong=wrong, single=True, turn=turn)


async def models(request: web.Request) -> web.StreamResponse:
    """List the checkpoints."""
    return await refusal(request, SUBMITS, PROVIDER, _wrong_password(request)) or web.json_response(
        MODELS
    )


async def progress(request: web.Request) -> web.StreamResponse:
    """Describe the picture that is being made, or was made last."""
    last = [one for one in request.app[STATE].ledger.submits if one.provider == PROVIDER][-1:]
    state = {
        "skipped": False,
        "interrupted": [one.answer for one in last] == ["interrupted"],
        "job": "",
        "job_count": 0,
        "job_no": 0,
        "sampling_step": 0,
        "sampling_steps": 0,
    }
    message = {"progress": 0.0, "eta_relative": 0.0, "state": state, "current_image": None}
    return await refusal(request, SUBMITS, PROVIDER, _wrong_password(request)) or web.json_response(
        message
    )


def _wrong_password(request: web.Request) -> str | None:
    known = request.app[STATE].api_key
    code = base64.b64encode(f"{USER}:{known}".encode()).decode()
    wrong = known is not None and request.headers.get("Authorization", "") != f"Basic {code}"
    return "401" if wrong else None


DIALECT = Dialect(add=add_api, settings=settings, prefix="AUTOMATIC1111", submits=SUBMITS)
