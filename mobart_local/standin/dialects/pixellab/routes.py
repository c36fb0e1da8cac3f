"""PixelLab's API: the paid requests, the job of a picture, and the balance."""

import asyncio
import base64
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aiohttp import web
from PIL import Image

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.hosted import (
    digest,
    refusal,
    refuse,
    task_asked_for,
    text,
    wrong_key,
)
from mobart_local.standin.dialects.pixellab.answers import COST, JOBS, POLLS, SUBMITS, encoded
from mobart_local.standin.pictures import picture
from mobart_local.standin.state import STATE, answer, read_object
from mobart_local.standin.submit import SubmitRequest, accept
from mobart_local.standin.tasks import Task, moment

PATH = "/pixellab"
PROVIDER = "pixellab"
SCHEME = "Bearer"
SIDES = range(16, 513)
MODELS = ("pixflux", "pixen", "bitforge")
STATUSES: Mapping[str, str] = {
    "staged": "processing",
    "pending": "processing",
    "processing": "processing",
    "finished": "completed",
    "failed": "failed",
}


def settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at it."""
    return {"PIXELLAB_API_URL": f"{origin}{PATH}/v2", "PIXELLAB_API_KEY": key}


def add_api(app: web.Application) -> None:
    """Add the routes of the API; those of version 1 are what the vendor's Python client asks."""
    for model in MODELS:
        app.router.add_post(f"{PATH}/v2/create-image-{model}", generate)
        app.router.add_post(f"{PATH}/v1/generate-image-{model}", generate)
    app.router.add_post(f"{PATH}/v2/generate-image-v2", start)
    app.router.add_get(f"{PATH}/v2/background-jobs/{{task_id}}", show)
    app.router.add_get(f"{PATH}/v2/balance", balance)
    app.router.add_get(f"{PATH}/v1/balance", credit)


async def generate(request: web.Request) -> web.StreamResponse:
    """Sell a picture, and hand it over."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    wanted, wrong = await _wanted(request)
    return await accept(request, SUBMITS, wanted, wrong=wrong, single=True)


async def start(request: web.Request) -> web.StreamResponse:
    """Sell a picture that is made in the background."""
    request.app[STATE].ledger.visits[PROVIDER] += 1
    wanted, wrong = await _wanted(request)
    return await accept(request, JOBS, wanted, wrong=wrong, single=True, write=job)


async def show(request: web.Request) -> web.StreamResponse:
    """Tell how a job is."""
    state = request.app[STATE]
    state.ledger.visits[PROVIDER] += 1
    task, wrong = task_asked_for(request, PROVIDER), wrong_key(request, SCHEME)
    if wrong is not None or task is None:
        return await refuse(request, POLLS, wrong or state.unknown_task, PROVIDER)
    reply = state.row(POLLS, state.poll_row(task), PROVIDER)
    if reply is not POLLS["answer"]:
        return await answer(request, reply, task.script, task_id=task.task_id)
    message = await asyncio.to_thread(partial(read, task, state.clock()))
    return await answer(request, reply, task.script, body=json.dumps(message).encode())


def job(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write the answer to a submit."""
    del now, origin
    return {"background_job_id": task.task_id, "status": "processing"}


def read(task: Task, now: float) -> dict[str, Any]:
    """Write a job as it is *now*, with its picture when it is completed."""
    status = moment(task, now).status
    message = {
        "id": task.task_id,
        "status": STATUSES[status],
        "created_at": datetime.fromtimestamp(task.created_at, UTC).isoformat(),
        "usage": {"type": "usd", "usd": COST},
        "last_response": None,
    }
    if status == "finished":
        message["last_response"] = {"images": [encoded(picture(task))]}
    if status == "failed":
        said = "; ".join(task.script.error_messages or task.ending.error_messages)
        message["last_response"] = {"detail": said}
    return message


async def balance(request: web.Request) -> web.StreamResponse:
    """Tell what is left, of money and of a subscription."""
    return await _account(
        request,
        {
            "credits": {"type": "usd", "usd": 12.5},
            "subscription": {"type": "generations", "generations": 0, "total": 0},
        },
    )


async def credit(request: web.Request) -> web.StreamResponse:
    """Tell what is left, as version 1 does."""
    return await _account(request, {"type": "usd", "usd": 12.5})


async def _account(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    no = await refusal(request, SUBMITS, PROVIDER, wrong_key(request, SCHEME))
    return no or web.json_response(body)


async def _wanted(request: web.Request) -> tuple[SubmitRequest, str | None]:
    """Return what is asked for, and the row that refuses it, if one does."""
    asked = await read_object(request) or {}
    wrong = wrong_key(request, SCHEME)
    extra: dict[str, Any] = {}
    try:
        extra = {"native": _native(asked), "reference": _reference(asked)}
    except (KeyError, TypeError, ValueError, OSError):
        wrong = wrong or "422"
    description = text(asked, "description")
    wrong = wrong or (None if description.strip() else "422")
    return SubmitRequest(prompt=description, provider=PROVIDER, extra=extra), wrong


def _native(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be painted.  Raises for anything that the real API would not take."""
    size = asked["image_size"]
    if not {size["width"], size["height"]} <= set(SIDES):
        raise ValueError("image_size")
    palette = asked.get("color_image")
    colours = b"" if palette is None else _image(_file(palette)).convert("RGB").tobytes()
    return {
        "width": size["width"],
        "height": size["height"],
        "transparent": asked.get("no_background") is True,
        "palette": colours.hex(),
    }


def _reference(asked: Mapping[str, Any]) -> str:
    """Return the digest of a picture to go by; "" without.  Raises for one that does not fit."""
    several = asked.get("reference_images") or []
    image = several[0]["image"] if several else asked.get("init_image", asked.get("style_image"))
    if image is None:
        return ""
    raw = _file(image)
    size = several[0]["size"] if several else asked["image_size"]
    if _image(raw).size != (size["width"], size["height"]):
        raise ValueError("the picture has another size")
    return digest(raw)


def _file(image: Mapping[str, Any]) -> bytes:
    return base64.b64decode(image["base64"], validate=True)


def _image(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw))


DIALECT = Dialect(add=add_api, settings=settings, prefix="PIXELLAB", submits=SUBMITS)
