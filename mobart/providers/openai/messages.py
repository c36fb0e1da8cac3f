"""The messages of OpenAI's Images API; nothing else knows their shape.

Source: the types and docstrings of OpenAI's own Python SDK, 3.54.0.
"""

from collections.abc import Mapping
from typing import Any

from mobart.core.domain import Order
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.providers.fields import file_in
from mobart.providers.outcomes import NO_ACCESS, NO_CREDIT, REFUSED
from mobart.providers.shapes import nearest

PARAMETERS = ("model", "size", "quality", "background")
"""What a preset may say, over the settings of the same name."""
MODERATED = "The image provider's moderation blocked the prompt."
NO_MODEL = "The image provider does not have the model that is asked for."
CODES: Mapping[str, tuple[Code, str]] = {
    "moderation_blocked": (Code.MODERATION_BLOCKED, MODERATED),
    "content_policy_violation": (Code.MODERATION_BLOCKED, MODERATED),
    "insufficient_quota": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "billing_hard_limit_reached": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "organization_spend_limit_exceeded": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "project_spend_limit_exceeded": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "invalid_api_key": (Code.PROVIDER_AUTH, NO_ACCESS),
    "model_not_found": (Code.PROVIDER_UNAVAILABLE, NO_MODEL),
    "invalid_value": (Code.PROVIDER_REJECTED, REFUSED),
}
"""Codes of errors that are final, whatever the HTTP status: 429 is also what an empty account gets."""
SIZES = ("1024x1024", "1536x1024", "1024x1536")
"""The sizes that every model has."""


def generation(order: Order, defaults: Mapping[str, str]) -> dict[str, object]:
    """Write the body of `POST /images/generations`."""
    message: dict[str, object] = {
        "prompt": f"{order.prompt}\n\nAvoid: {order.negative}" if order.negative else order.prompt,
        "n": 1,
        "output_format": "png",
        **defaults,
    }
    if size := nearest(order.aspect_ratio, SIZES):
        message["size"] = size
    message.update(
        {name: order.parameters[name] for name in PARAMETERS if name in order.parameters}
    )
    return message


def read_picture(body: Mapping[str, Any]) -> bytes:
    """Return the file in an answer.  Raises InDoubt: paid perhaps, but there is no picture."""
    data = body.get("data")
    first = data[0] if isinstance(data, list) and data else None
    raw = file_in(first.get("b64_json")) if isinstance(first, Mapping) else b""
    if not raw:
        raise InDoubt("an answer without a picture", code=Code.PROVIDER_BAD_RESPONSE)
    return raw


def judge(body: Mapping[str, Any]) -> Rejected | Unavailable | None:
    """Read the code of an error, or else its type, which is often the same word: a `Judgement`."""
    error = body.get("error")
    words = [error.get("code"), error.get("type")] if isinstance(error, Mapping) else []
    known = (word for word in words if isinstance(word, str) and word in CODES)
    code = next(known, None)
    return None if code is None else Rejected(*CODES[code], detail=code)
