"""How Retro Diffusion writes tasks, requests and prices."""

import base64
import io
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from mobart_local.standin.dialects.hosted import pictures
from mobart_local.standin.dialects.retrodiffusion.answers import ENDINGS, REQUEST_ID
from mobart_local.standin.pictures import picture
from mobart_local.standin.task_states import WORDINGS
from mobart_local.standin.tasks import FINAL, Task, moment

STATUSES: Mapping[str, str] = {
    "staged": "pending",
    "pending": "pending",
    "processing": "running",
    "finished": "succeeded",
    "failed": "failed",
}
COST, BALANCE = 0.019, 100.75
KEPT = 24 * 3600.0


def accepted(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write the answer to a submit."""
    del now, origin
    return {
        "status": "accepted",
        "task_id": task.task_id,
        "request_id": task.task_id,
        "message": f"Inference accepted. Poll GET /v2/inferences/tasks/{task.task_id} for status.",
    }


def read(task: Task, now: float, origin: str) -> dict[str, Any]:
    """Write a task as it is *now*; fields that are null are left out."""
    current = moment(task, now)
    told = _common(task, now)
    told |= {"task_id": task.task_id, "status": _worded(task, current.status)}
    if current.status == "finished":
        told["result"] = _result(task, origin)
    if current.status == "failed":
        told["error"] = _error(task)
    return told


def listed(task: Task, now: float) -> dict[str, Any]:
    """Write a task as the list of requests has it: what was asked for, and no picture."""
    status = moment(task, now).status
    word = {"staged": "queued", "pending": "queued", "processing": "running"}
    ended = status in FINAL
    return {
        **_common(task, now),
        "request_id": task.task_id,
        "status": word.get(status, STATUSES[status]),
        "mode": "async",
        "operation": "inference",
        "token_prefix": "rdpk-loc",
        "request": dict(task.extra["asked"]),
        "output_status": "available" if status == "finished" else "pending",
        "balance_cost": COST,
        "charged": status != "failed",
        **({"completed_at": _instant(task.ended_at)} if ended else {}),
    }


def price(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Write the answer to a free question for the price."""
    del asked
    return {
        "created_at": _instant(0.0),
        "credit_cost": 0,
        "balance_cost": COST,
        "base64_images": [],
        "model": "check_cost",
        "remaining_balance": BALANCE,
    }


def native(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be painted."""
    return {
        "width": asked["width"],
        "height": asked["height"],
        "transparent": asked.get("remove_bg") is True,
        "palette": _colours(asked.get("input_palette")).hex(),
    }


def _colours(palette: object) -> bytes:
    """Read the colours of a palette, a picture in base64.  Raises ValueError or OSError."""
    if not isinstance(palette, str):
        return b""
    image = Image.open(io.BytesIO(base64.b64decode(palette, validate=True)))
    return image.convert("RGB").tobytes()


def _common(task: Task, now: float) -> dict[str, Any]:
    return {
        "created_at": _instant(task.created_at),
        "updated_at": _instant(min(now, task.ended_at)),
    }


def _worded(task: Task, status: str) -> str:
    usual = STATUSES[status]
    if task.script.wording == "capitalised":
        return usual.capitalize()
    if status in {"pending", "processing"}:
        return WORDINGS[task.script.wording].statuses.get(status, usual)
    return usual


def _result(task: Task, origin: str) -> dict[str, Any]:
    """Write the picture into the result, or its address where it is fetched as the script says."""
    told = price({}) | {"model": task.extra["asked"]["prompt_style"].partition("__")[0]}
    hosted = task.script.picture != "serve" or task.extra["asked"].get("upload_outputs") is True
    overlay = WORDINGS[task.script.wording].finished
    if overlay is None or "image_url" in overlay:
        return told | {"output_urls": pictures(task, origin)}
    if hosted:
        until = _instant(task.ended_at + KEPT)
        return told | {"output_urls": pictures(task, origin), "output_url_expires_at": until}
    return told | {"base64_images": [base64.b64encode(picture(task)).decode()]}


def _error(task: Task) -> dict[str, Any]:
    said = "; ".join(task.script.error_messages or task.ending.error_messages)
    usual = (400, "bad_request", said)
    status, code, message = ENDINGS.get(task.script.ending, usual)
    if task.script.error_messages:
        message = said
    return {"status_code": status, "code": code, "message": message, "request_id": REQUEST_ID}


def _instant(at: float) -> str:
    at = 0.0 if math.isinf(at) else at
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
