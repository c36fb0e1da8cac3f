"""The messages of PixelLab's API, version 2; nothing else knows their shape.

Source: the vendor's Python client, 1.0.5, for the fields and answers of version 1, and copies of the vendor's
OpenAPI document and clients of version 2 (2026).
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mobart.core.data_uri import data_uri, file_in
from mobart.core.domain import Pending, Picture, Purchase
from mobart.core.errors import Code, InDoubt, Rejected
from mobart.core.orders import Order, Reference
from mobart.providers.fields import (
    error_text,
    list_of,
    number_of,
    object_of,
    picture_in,
    task_id_of,
)
from mobart.providers.native_size import native_size
from mobart.providers.outcomes import failure, nonsense, unreadable
from mobart.providers.png import fitted, write_palette, write_pixels
from mobart.providers.repeatable import SIGNED_MASK, seed_of
from mobart.providers.sentences import REFUSED
from mobart.providers.states import DONE, FAILED, pending, status_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model: its address, the inputs that it has, the sides that it paints, in pixels."""

    path: str
    inputs: frozenset[str] = frozenset()
    """Beside description, size, ground and seed, which all have."""
    largest: int
    step: int = 1
    """Sides are multiples of it."""
    reference: str = ""
    """The input for a picture to go by; "": it takes none."""
    job: bool = False
    """It is answered with a job to poll, not with the picture."""

    def fits(self, width: int, height: int) -> bool:
        """Whether it can paint a picture of that size."""
        sides = (width, height)
        return all(SMALLEST <= side <= self.largest and side % self.step == 0 for side in sides)


SMALLEST = 16
LOOKS = ("outline", "shading", "detail", "view", "direction")
"""How things are drawn: settings and parameters of a preset."""
MORE = ("negative_description", "color_image", "text_guidance_scale", "isometric")
GROUND, STRENGTH = "background_removal_task", "style_strength"
MODELS: Mapping[str, Model] = {
    "pixflux": Model(
        path="/create-image-pixflux",
        inputs=frozenset((*LOOKS, *MORE, "init_image_strength", GROUND)),
        largest=400,
        reference="init_image",
    ),
    "pixen": Model(
        path="/create-image-pixen",
        inputs=frozenset(LOOKS) - {"shading"} | {"enhance_prompt", GROUND},
        largest=512,
        step=4,
    ),
    "bitforge": Model(
        path="/create-image-bitforge",
        inputs=frozenset((*LOOKS, *MORE, "oblique_projection", "coverage_percentage", STRENGTH)),
        largest=200,
        reference="style_image",
    ),
    "pro": Model(path="/generate-image-v2", largest=512, reference="reference_images", job=True),
}
STYLE_STRENGTH = 20.0
"""How much a picture to go by counts, of 100, as in the vendor's example; the API's default is not at all."""
LIST = "images"
"""How the names of inputs end that are lists of pictures with their sizes."""
RGBA = "rgba_bytes"
"""The type of a picture that is bare pixels."""


def generation(
    order: Order, defaults: Mapping[str, object], *, size: tuple[int, int]
) -> tuple[Model, dict[str, object]]:
    """Return the model, and the body of its submit; *defaults* hold the model and the looks.

    Raises Rejected: there is no such model, it does not paint pictures of that size, or takes no picture
    to go by.
    """
    own, usual = order.parameters, MODELS[str(defaults["model"])]
    name = str(own.get("model", defaults["model"]))
    model = MODELS.get(name)
    if model is None or model.job is not usual.job:
        raise _misfit(f"The model {name} is not one that a preset may choose here.")
    width, height = native_size(order, usual=size)
    if not model.fits(width, height):
        sides = f"{SMALLEST} to {model.largest} pixels" + (
            f" in steps of {model.step}" if model.step > 1 else ""
        )
        raise _misfit(f"The model {name} paints sides of {sides}, not {width}x{height}.")
    wishes = order.wishes
    inputs: dict[str, object] = {name: defaults.get(name) for name in LOOKS}
    if order.negative:
        inputs["negative_description"] = order.negative
    if wishes.palette:
        inputs["color_image"] = _image(write_palette(wishes.palette))
    inputs |= own
    message: dict[str, object] = {
        "description": order.prompt,
        "image_size": {"width": width, "height": height},
        "no_background": own.get("no_background", wishes.cutout),
        "seed": own.get("seed", seed_of(order) & SIGNED_MASK),
    }
    known = {name: inputs[name] for name in inputs if name in model.inputs}
    message |= {name: value for name, value in known.items() if value is not None}
    if order.reference is not None:
        message = _reference(model, order.reference, name, (width, height)) | message
    return model, message


def _reference(
    model: Model, reference: Reference, name: str, size: tuple[int, int]
) -> dict[str, object]:
    """Write a picture to go by, fitted into *size*: where it is smaller, the API leaves a margin."""
    if not model.reference:
        raise _misfit(f"options.reference: the model {name} takes no picture to go by.")
    image = _image(fitted(reference.png, size))
    if model.reference.endswith(LIST):
        width, height = size
        return {model.reference: [{"image": image, "size": {"width": width, "height": height}}]}
    strength = {STRENGTH: STYLE_STRENGTH} if STRENGTH in model.inputs else {}
    return {model.reference: image, **strength}


def read_picture(body: Mapping[str, Any]) -> Purchase | Picture:
    """Return the file in an answer, or its address.

    Raises InDoubt: it was perhaps paid for, but is not there.
    """
    found = _picture(body, object_of(body, "data"), object_of(body, "last_response"))
    if found is None:
        raise InDoubt("an answer without a picture", code=Code.PROVIDER_BAD_RESPONSE)
    cost = read_cost(body)
    return replace(found, cost=cost) if isinstance(found, Picture) else Purchase(found, cost)


def read_ticket(body: Mapping[str, Any]) -> str | None:
    """Return the id of the job in the answer to a submit, if it holds a usable one."""
    places = (body, object_of(body, "data"))
    found = (place.get(name) for place in places for name in ("background_job_id", "id", "job_id"))
    return task_id_of(next((one for one in found if one is not None), None))


def read_job(body: object, *, reference: str) -> Pending | Picture:
    """Read from *body* the state of the job *reference*.

    Raises:
        Rejected: it failed, or holds no picture.
        Unavailable: this is not an answer about that job.
    """
    data = object_of(body, "data")
    job = data if "status" in data or "last_response" in data else body
    if not isinstance(job, Mapping) or job.get("id", reference) != reference:
        raise nonsense("not about the job")
    result = object_of(job, "last_response")
    status = status_of(job) or status_of(result)
    if status in FAILED:
        raise failure(error_text(result) or error_text(job), status=status)
    if status not in DONE:
        return pending(status, None, lambda: _made(result, data, job))
    return _made(result, data, job)


def _made(result: Mapping[str, Any], data: Mapping[str, Any], job: Mapping[str, Any]) -> Picture:
    found = _picture(result, data, job)
    if found is None:
        raise unreadable("completed, but no picture is in its answer")
    told = (read_cost(layer) for layer in (result, job, data))
    cost = next((each for each in told if each is not None), None)
    address = found.urls if isinstance(found, Picture) else (data_uri(found),)
    return Picture(address, cost=cost)


def read_cost(body: Mapping[str, Any]) -> float | None:
    """Return what an answer says that it cost in USD; None where that was a subscription's."""
    return number_of(object_of(body, "usage"), "usd")


def is_empty(body: Mapping[str, Any]) -> bool:
    """Whether an account has nothing left, neither money nor generations, as far as it tells."""
    inner = [object_of(body, name) for name in ("credits", "subscription")]
    places = [(one, name) for one in (body, *inner) for name in ("usd", "credits", "generations")]
    left = [number for one, name in places if (number := number_of(one, name)) is not None]
    return bool(left) and not any(left)


def _picture(*layers: Mapping[str, Any]) -> bytes | Picture | None:
    """Return the first picture of an answer: of one in `image`, or of several in `images`."""
    images = [one for layer in layers for one in (layer.get("image"), *list_of(layer, "images"))]
    return next((found for one in images if (found := _pixels(one) or picture_in(one))), None)


def _pixels(image: object) -> bytes:
    """Return a picture that is bare pixels as a file."""
    if not isinstance(image, Mapping) or image.get("type") != RGBA:
        return b""
    return write_pixels(file_in(image.get("base64")), number_of(image, "width") or 0.0)


def _image(raw: bytes) -> dict[str, str]:
    return {"type": "base64", "base64": base64.b64encode(raw).decode(), "format": "png"}


def _misfit(hint: str) -> Rejected:
    return Rejected(Code.PROVIDER_REJECTED, REFUSED, hint=hint)
