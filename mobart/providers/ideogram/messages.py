"""The messages of Ideogram's API v2; nothing else knows their shape.

Pure: objects in, nouns of Mobart or `mobart.core.errors` out.  Source: Ideogram's reference pages, and
types that were generated from its OpenAPI document.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.providers.aspect import nearest
from mobart.providers.fields import addresses_in, list_of, number_of, task_id_of, text_of
from mobart.providers.http import Answer
from mobart.providers.inputs import with_negative
from mobart.providers.outcomes import failure, json_object, nonsense, unreadable
from mobart.providers.sentences import BUSY, FILTERED, MODERATED, NO_ACCESS, NO_CREDIT, REFUSED
from mobart.providers.states import DONE, FAILED, pending, status_of

MODEL = re.compile(r"[\w.-]{1,64}", re.ASCII)
SIZED = re.compile(r"ideogram-4-\d", re.ASCII)
"""Models that take a size in pixels and a quality; the others take an aspect ratio like `16x9`."""
SIZES = (
    *("1024x1024", "1248x832", "832x1248", "1120x896", "896x1120", "1152x864", "864x1152"),
    *("1280x720", "720x1280", "1280x800", "800x1280", "1440x720", "720x1440"),
)
"""Sizes that are billed as 1K; those of 2K are twice as wide and high."""
EDITED = tuple(size for size in SIZES if not any(int(side) % 32 for side in size.split("x")))
"""Those that may be asked for where there is a picture to go by: multiples of 32."""
EDITOR = "ideogram-4-5"
LARGEST_1K = 1024 * 1024
RATIOS = (
    *("1x1", "1x3", "3x1", "1x2", "2x1", "9x16", "16x9", "10x16", "16x10"),
    *("2x3", "3x2", "3x4", "4x3", "4x5", "5x4"),
)
OWN, NONE = "auto", "none"
NOT_OURS = ("model", "prompt", "async", "webhook_url")
"""Fields that a preset cannot write; all its others go into the message as they are."""
UNBILLED = "failed"

REASONS: Mapping[str, tuple[Code, str]] = {
    "insufficient_funds": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "subscription_required": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "priority_credit_required": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "daily_limit": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "feature_limit": (Code.PROVIDER_AUTH, NO_ACCESS),
}
"""What a refusal of 402 or 429 says in `reject_reason`; all of them: not run, and not billed."""
INFLIGHT = "inflight_limit"
MILLION = 1_000_000


def generation(order: Order, defaults: Mapping[str, str]) -> tuple[str, dict[str, object]]:
    """Return the model, and the body of a submit without its webhook.

    Raises Rejected for a preset's model that is no name.
    """
    model = order.parameters.get("model", _model(order, defaults))
    if not isinstance(model, str) or not MODEL.fullmatch(model):
        raise Rejected(Code.PROVIDER_REJECTED, REFUSED, detail="the preset's model is no name")
    message: dict[str, object] = {"magic_prompt": defaults["magic_prompt"]}
    if not SIZED.match(model):
        message |= {"aspect_ratio": nearest(order.aspect_ratio.replace(":", "x"), RATIOS) or "1x1"}
    else:
        sizes = SIZES if order.reference is None else EDITED
        message["size"] = _size(order.aspect_ratio, defaults["size"], sizes)
        if defaults["quality"] != OWN:
            message["quality"] = defaults["quality"]
    own = {name: value for name, value in order.parameters.items() if name not in NOT_OURS}
    return model, {**message, **own, "prompt": with_negative(order), "async": True}


def _model(order: Order, defaults: Mapping[str, str]) -> str:
    """Return the model of the settings; transparent pictures have one of their own.

    Pictures to go by are taken by those of 4.5 and later only.
    """
    if order.reference is not None:
        return defaults["model"] if SIZED.match(defaults["model"]) else EDITOR
    transparent = defaults["transparent_model"]
    return transparent if order.wishes.cutout and transparent != NONE else defaults["model"]


def _size(aspect_ratio: str, default: str, sizes: tuple[str, ...]) -> str:
    """Return the nearest size of the default's price, or the default where no shape is asked for."""
    wide, _, high = default.partition("x")
    double = default == OWN or int(wide) * int(high) > LARGEST_1K
    found = nearest(aspect_ratio, sizes)
    if found is None:
        return default
    sides = [int(side) * (2 if double else 1) for side in found.split("x")]
    return f"{sides[0]}x{sides[1]}"


def read_callback(body: object) -> str | None:
    """Return the id of the generation that a body is about."""
    return task_id_of(body.get("generation_id")) if isinstance(body, Mapping) else None


def judge(body: Mapping[str, Any]) -> Rejected | Unavailable | None:
    """Read the reason of a refusal: a `Judgement`."""
    reason = text_of(body, "reject_reason")
    if reason == INFLIGHT:
        return Unavailable(Code.PROVIDER_RATE_LIMITED, BUSY, detail=reason)
    return Rejected(*REASONS[reason], detail=reason) if reason in REASONS else None


def unsafe_prompt(answer: Answer) -> Rejected | None:
    """Return the error for a prompt that failed the safety check, which has a status of its own."""
    if answer.status != HTTPStatus.UNPROCESSABLE_ENTITY or json_object(answer) is None:
        return None
    return Rejected(Code.MODERATION_BLOCKED, MODERATED, detail="HTTP 422: the safety check")


def read_generation(body: object, *, reference: str) -> Pending | Picture:
    """Read from *body* the state of the generation *reference*.

    Raises:
        Rejected: it failed, which is not billed, or its picture is held back, which is.
        Unavailable: this is not an answer about that generation.
    """
    status = status_of(body)
    if read_callback(body) != reference or not status:
        raise nonsense("not about the generation")
    if status in FAILED:
        failed = failure(text_of(body, "failure_reason"), status=status)
        failed.refunded = status == UNBILLED
        raise failed
    if status in DONE:
        return read_picture(body)
    return pending(status, None, lambda: read_picture(body))


def read_picture(body: object) -> Picture:
    """Return the picture of a generation.  Raises Rejected: it is held back, or there is none."""
    data = list_of(body, "data")
    first = data[0] if data else None
    if isinstance(first, Mapping) and first.get("is_image_safe") is False:
        raise Rejected(Code.MODERATION_BLOCKED, FILTERED, detail="is_image_safe: false, and billed")
    found = addresses_in(first)
    if not found:
        raise unreadable("a finished generation without a picture")
    micros = number_of(body, "usage_cost_usd_micros")
    return Picture(found[:1], cost=None if micros is None else micros / MILLION)
