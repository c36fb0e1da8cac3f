"""The messages of AUTOMATIC1111's `/sdapi/v1`; nothing else knows their shape.

Source: the web UI's own `modules/api`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import from_json

from mobart.core.data_uri import file_in
from mobart.core.domain import Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.providers.aspect import size_of
from mobart.providers.automatic1111.settings import Automatic1111Settings
from mobart.providers.fields import list_of, object_of, picture_in
from mobart.providers.redaction import redact
from mobart.providers.repeatable import id_of, seed_of
from mobart.providers.sentences import FAILED, NOT_THERE, UNFIT

PARAMETERS = ("steps", "cfg_scale", "sampler_name", "scheduler", "width", "height", "seed")
"""Parameters that a preset may set beside `checkpoint`, over the settings of the same name."""
NO_ROUTE = "Not Found"
"""What FastAPI says where there is no such address; errors about samplers and scripts say more."""
MISSING = re.compile(
    r"(Sampler|Scheduler|Script|Checkpoint|Upscaler|Model)\b.* not found", re.IGNORECASE
)
"""Errors, as 404, 422 or 500, about something that was asked for by name."""
SETTINGS_OF = {
    "sampler": "AUTOMATIC1111_SAMPLER",
    "checkpoint": "AUTOMATIC1111_CHECKPOINT",
    "model": "AUTOMATIC1111_CHECKPOINT",
}
STEP = 64
"""Widths and heights are multiples of it, in pixels, as diffusion models like them."""
MEMORY = "OutOfMemoryError"
CHECKPOINT_NAMES = ("title", "model_name", "hash", "sha256")


def generation(order: Order, usual: Automatic1111Settings) -> dict[str, object]:
    """Write the body of `POST /txt2img`, for one picture; what nobody says the web UI decides."""
    width, height = usual.automatic1111_width, usual.automatic1111_height
    if order.aspect_ratio:
        width, height = size_of(order.aspect_ratio, area=width * height, step=STEP)
    wishes = {
        "steps": usual.automatic1111_steps,
        "cfg_scale": usual.automatic1111_cfg_scale,
        "sampler_name": usual.automatic1111_sampler,
        "width": width,
        "height": height,
    }
    message: dict[str, object] = {
        "prompt": order.prompt,
        "negative_prompt": order.negative or usual.automatic1111_negative_prompt or "",
        "seed": seed_of(order),
        "batch_size": 1,
        "n_iter": 1,
        "force_task_id": id_of(order),
        **{name: value for name, value in wishes.items() if value is not None},
        **{name: order.parameters[name] for name in PARAMETERS if name in order.parameters},
    }
    checkpoint = order.parameters.get("checkpoint", usual.automatic1111_checkpoint)
    if checkpoint:
        message["override_settings"] = {"sd_model_checkpoint": checkpoint}
    return message


def read_picture(body: Mapping[str, Any]) -> bytes | Picture:
    """Return the file in an answer, or its address.  Raises InDoubt: there is no picture."""
    pictures = list_of(body, "images")
    place = _first_place(body.get("info"))
    text = pictures[place] if place < len(pictures) else next(iter(pictures), None)
    raw = picture_in(text) or file_in(text)
    if not raw:
        raise InDoubt("an answer without a picture", code=Code.PROVIDER_BAD_RESPONSE)
    return raw


def judge(body: Mapping[str, Any]) -> Rejected | Unavailable | None:
    """Read the error of a refusal: a `Judgement`.

    AUTOMATIC1111 adds `error` to FastAPI's `detail`, Forge does not: the detail alone decides.
    """
    text = body.get("detail")
    if text == NO_ROUTE:
        detail = "there is no such address: the web UI runs without --api"
        return Rejected(Code.PROVIDER_UNAVAILABLE, NOT_THERE, detail=detail)
    if isinstance(text, str) and (missing := MISSING.match(text)):
        setting = SETTINGS_OF.get(missing[1].casefold(), "a setting or the preset")
        detail = redact(f"{text}: see {setting}")
        return Rejected(Code.PROVIDER_UNAVAILABLE, UNFIT, detail=detail)
    if isinstance(text, list) and (fields := [*_fields(text)]):
        detail = redact(f"wrong values for {', '.join(fields)}: see the preset")
        return Rejected(Code.PROVIDER_UNAVAILABLE, UNFIT, detail=detail)
    return None


def judge_failure(body: Mapping[str, Any]) -> Rejected | InDoubt | None:
    """Read an error of 500: an exception by name says that the generation has ended in it.

    A full memory may be free again at the next try.
    """
    name = body.get("error")
    if not (isinstance(name, str) and name.isidentifier() and "errors" in body):
        return None
    if name == MEMORY:
        return InDoubt(name, code=Code.GENERATION_FAILED)
    return Rejected(Code.GENERATION_FAILED, FAILED, detail=name)


def _fields(errors: list[Any]) -> Iterator[str]:
    """List the fields that FastAPI complains of, without their values."""
    for error in errors:
        place = list_of(error, "loc")
        if place and isinstance(place[-1], str):
            yield place[-1]


def was_interrupted(progress: Mapping[str, Any]) -> bool:
    """Read `/progress`, which describes the picture that ran last."""
    return object_of(progress, "state").get("interrupted") is True


def has_checkpoint(models: object, wanted: str) -> bool:
    """Return whether the answer of `/sd-models` names *wanted*, in any of the ways to name one."""
    rows = [row for row in models if isinstance(row, Mapping)] if isinstance(models, list) else []
    names = {
        row.get(key) for row in rows for key in CHECKPOINT_NAMES if isinstance(row.get(key), str)
    }
    return wanted in names | {str(name).partition(" [")[0] for name in names}


def _first_place(info: object) -> int:
    """Read, out of the JSON text *info*, where behind a grid the first picture is."""
    try:
        values = from_json(info) if isinstance(info, str) else {}
    except ValueError:
        return 0
    place = values.get("index_of_first_image") if isinstance(values, dict) else 0
    return place if type(place) is int and place > 0 else 0
