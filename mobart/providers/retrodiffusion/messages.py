"""The messages of Retro Diffusion's API, version 2; nothing else knows their shape.

Source: the vendor's public OpenAPI document, list of error codes and list for agents (September 2026).
"""

import base64
from collections.abc import Mapping
from typing import Any

from mobart.core.data_uri import data_uri, file_in
from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, Rejected
from mobart.core.orders import Order
from mobart.providers.error_phrases import find_reason, named_reason, phrase_in
from mobart.providers.fields import addresses_of, list_of, number_of, object_of, task_id_of, text_of
from mobart.providers.native_size import native_size
from mobart.providers.outcomes import nonsense, unreadable
from mobart.providers.png import write_palette
from mobart.providers.repeatable import SIGNED_MASK, keyed_seed
from mobart.providers.retrodiffusion.styles import style_of
from mobart.providers.sentences import FAILED as UNFINISHED
from mobart.providers.sentences import NO_ACCESS, NO_CREDIT, NO_MODEL, REFUSED
from mobart.providers.states import DONE, FAILED, pending, status_of

PARAMETERS = ("bypass_prompt_expansion", "remove_bg", "tile_x", "tile_y")
"""Parameters that a preset may set, beside style, width, height and seed."""
CODES: Mapping[str, tuple[Code, str]] = {
    "invalid_token": (Code.PROVIDER_AUTH, NO_ACCESS),
    "invalid_authentication": (Code.PROVIDER_AUTH, NO_ACCESS),
    "forbidden": (Code.PROVIDER_AUTH, NO_ACCESS),
    "not_enough_balance": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "payment_debt_outstanding": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "style_not_found": (Code.PROVIDER_UNAVAILABLE, NO_MODEL),
}
"""Error codes that mean something of their own; of all others the HTTP status says enough."""
REFUNDED = "failed"
LONGEST_CURSOR = 1024
PRO = "rd_pro__"


def generation(order: Order, *, key: str, style: str, size: tuple[int, int]) -> dict[str, object]:
    """Write the body of `POST /inferences`, asynchronous, as an idempotency key demands.

    Raises Rejected: the style does not paint pictures of that size, or takes no picture to go by.
    """
    own = order.parameters
    style, (width, height) = asked_for(order, style=style, size=size)
    limits = style_of(style)
    if not limits.fits(width, height):
        hint = (
            f"The style {style} paints sides of {limits.smallest} to {limits.largest} pixels, not"
            f" {width}x{height}."
        )
        raise Rejected(Code.PROVIDER_REJECTED, REFUSED, hint=hint)
    wishes = order.wishes
    message: dict[str, object] = {
        "prompt": order.prompt,
        "prompt_style": style,
        "width": width,
        "height": height,
        "num_images": 1,
        "async": True,
        "seed": _whole(own.get("seed"), seed_of(order, key)),
        "remove_bg": wishes.cutout,
        "tile_x": wishes.seamless,
        "tile_y": wishes.seamless,
    }
    if order.reference is not None:
        if not takes_references(style):
            hint = f"options.reference: the style {style} takes no picture to go by."
            raise Rejected(Code.PROVIDER_REJECTED, REFUSED, hint=hint)
        message["reference_images"] = [base64.b64encode(order.reference.png).decode()]
    if wishes.palette:
        message["input_palette"] = base64.b64encode(write_palette(wishes.palette)).decode()
    return message | {name: own[name] for name in PARAMETERS if isinstance(own.get(name), bool)}


def asked_for(order: Order, *, style: str, size: tuple[int, int]) -> tuple[str, tuple[int, int]]:
    """Return the style and the size of an order; *style* and *size* are the usual ones."""
    own = order.parameters
    width, height = native_size(order, usual=size)
    sides = _whole(own.get("width"), width), _whole(own.get("height"), height)
    return str(own.get("prompt_style", style)), sides


def takes_references(style: str) -> bool:
    """Whether a style takes pictures to go by: those of RD Pro do."""
    return style.startswith(PRO)


def price_check(style: str, size: tuple[int, int]) -> dict[str, object]:
    """Write the body of a free question for the price."""
    width, height = size
    return {
        "prompt": "a cat",
        "prompt_style": style,
        "width": width,
        "height": height,
        "num_images": 1,
        "check_cost": True,
    }


def is_affordable(body: Mapping[str, Any]) -> bool:
    """Whether what is left in the account, as far as *body* tells it, pays for the price it tells."""
    price, left = number_of(body, "balance_cost"), number_of(body, "remaining_balance")
    return price is None or left is None or price <= left


def seed_of(order: Order, key: str) -> int:
    """Return the seed of *order*, by which it is recognised in the list of requests."""
    return keyed_seed(order, key) & SIGNED_MASK


def judge(body: Mapping[str, Any]) -> Rejected | None:
    """Read the code of an error: a `Judgement`."""
    code = text_of(body.get("error"), "code")
    return Rejected(*CODES[code], detail=code) if code in CODES else None


def read_task(body: object, *, reference: str) -> Pending | Picture:
    """Read from *body* the state of the task *reference*.

    Raises:
        Rejected: it failed, and its price was given back; or it holds no picture.
        Unavailable: this is not an answer about that task.
    """
    if not isinstance(body, Mapping) or task_id_of(body.get("task_id")) != reference:
        raise nonsense("not about the task")
    status = status_of(body)
    if status in FAILED:
        raise _failure(object_of(body, "error"), status)
    if status not in DONE:
        return pending(status, None, lambda: read_picture(body))
    return read_picture(body)


def read_picture(body: Mapping[str, Any]) -> Picture:
    """Return the first picture: in the answer itself, or at an address where it is large.

    Raises Rejected: there is none.
    """
    result = object_of(body, "result") or body
    held = [data_uri(raw) for raw in map(file_in, list_of(result, "base64_images")) if raw]
    found = (*held, *addresses_of(result.get("output_urls")))
    if not found:
        raise unreadable("succeeded, but no picture is in its result")
    return Picture(found[:1], cost=number_of(result, "balance_cost"))


def _failure(error: Mapping[str, Any], status: str) -> Rejected:
    """Make the error of a task that failed; the vendor gives its price back by itself."""
    code, said = text_of(error, "code"), text_of(error, "message") or f"task {status}"
    reason = find_reason(said) or named_reason(code)
    known = (reason.code, reason.sentence) if reason else (Code.GENERATION_FAILED, UNFINISHED)
    words = code or phrase_in(said) or "no code"
    return Rejected(*CODES.get(code, known), detail=f"failed: {words}", refunded=status == REFUNDED)


def read_requests(body: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the tasks on one page of the list of requests: id, and what was asked for.

    The id of an accepted task is that of its request.
    """
    return [
        (reference, object_of(item, "request"))
        for item in list_of(body, "items")
        if isinstance(item, Mapping) and (reference := task_id_of(item.get("request_id")))
    ]


def read_cursor(body: Mapping[str, Any]) -> str | None:
    """Return the mark of the next page; None on the last one."""
    cursor = text_of(body, "next_cursor")
    return cursor if 0 < len(cursor) <= LONGEST_CURSOR else None


def _whole(value: object, usual: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else usual
