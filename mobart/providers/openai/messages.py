"""The messages of OpenAI's Images API; nothing else knows their shape.

Source: the types and docstrings of OpenAI's own Python SDK, 3.57.0.
"""

from collections.abc import Mapping
from typing import Any

from mobart.core.data_uri import file_in
from mobart.core.domain import Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.providers.aspect import nearest
from mobart.providers.error_phrases import find_reason, is_moderation
from mobart.providers.fields import error_text, list_of, object_of, picture_in
from mobart.providers.inputs import with_negative
from mobart.providers.sentences import FILTERED, MODERATED, NO_ACCESS, NO_CREDIT, NO_MODEL, REFUSED

PARAMETERS = ("model", "size", "quality", "background", "moderation", "complexity")
"""Parameters that a preset may set, over the settings of the same name."""
CODES: Mapping[str, tuple[Code, str]] = {
    "moderation_blocked": (Code.MODERATION_BLOCKED, MODERATED),
    "content_policy_violation": (Code.MODERATION_BLOCKED, MODERATED),
    "insufficient_quota": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "billing_hard_limit_reached": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "billing_not_active": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "organization_spend_limit_exceeded": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "project_spend_limit_exceeded": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "invalid_api_key": (Code.PROVIDER_AUTH, NO_ACCESS),
    "model_not_found": (Code.PROVIDER_UNAVAILABLE, NO_MODEL),
    "invalid_value": (Code.PROVIDER_REJECTED, REFUSED),
}
"""Codes of errors that are final, whatever the HTTP status: 429 is also what an empty account gets."""
MISCONFIGURED = (
    "the server does not take the model, or a size, quality or ground: see OPENAI_IMAGE_MODEL"
)
AUTO = "auto"
"""Leaves a choice to the model, as leaving it out does, which other servers of this API understand too."""
SETTINGS = ("Invalid model name passed", "UnsupportedParamsError")
"""Words by which LiteLLM's proxy refuses what the operator chose, and no prompt."""
MODERATION = "respect_moderation"
"""Where it is false, xAI's own client takes no picture either."""
SIZES = ("1024x1024", "1536x1024", "1024x1536")
"""The sizes that every model has."""


def generation(order: Order, defaults: Mapping[str, str]) -> dict[str, object]:
    """Write the body of `POST /images/generations`."""
    message: dict[str, object] = {
        "prompt": with_negative(order),
        "n": 1,
        "output_format": "png",
        **defaults,
    }
    if size := nearest(order.aspect_ratio, SIZES):
        message["size"] = size
    message.update(
        {name: order.parameters[name] for name in PARAMETERS if name in order.parameters}
    )
    return {name: value for name, value in message.items() if value != AUTO or name == "prompt"}


def read_picture(body: Mapping[str, Any]) -> bytes | Picture:
    """Return the file in an answer, or the address that stands for it at other servers.

    Raises:
        Rejected: moderation holds it back, as xAI says it of a picture that it made.
        InDoubt: it was perhaps paid for, but there is no picture.
    """
    data = list_of(body, "data")
    if any(object_of({"_": one}, "_").get(MODERATION) is False for one in (body, *data)):
        raise Rejected(Code.MODERATION_BLOCKED, FILTERED, detail=f"HTTP 200, {MODERATION}: false")
    if raw := file_in(data[0].get("b64_json") if data and isinstance(data[0], Mapping) else ""):
        return raw
    if found := picture_in(data) or picture_in(body):
        return found
    raise InDoubt("an answer without a picture", code=Code.PROVIDER_BAD_RESPONSE)


def judge(body: Mapping[str, Any]) -> Rejected | Unavailable | None:
    """Read the code of an error, or else its type, which is often the same word: a `Judgement`.

    Gateways put an HTTP status there, so of them the words tell an empty account from haste.
    """
    error = object_of(body, "error")
    words = (error.get("code"), error.get("type"))
    code = next((word for word in words if isinstance(word, str) and word in CODES), None)
    if code is not None:
        return Rejected(*CODES[code], detail=code)
    if is_moderation(*words):
        return Rejected(Code.MODERATION_BLOCKED, MODERATED, detail="moderation, by its code")
    said = error_text(body)
    if any(words in said for words in SETTINGS):
        return Rejected(Code.PROVIDER_UNAVAILABLE, NO_MODEL, detail=MISCONFIGURED)
    reason = find_reason(said)
    if reason is not None and reason.code is Code.PROVIDER_CREDIT:
        return Rejected(reason.code, reason.sentence, detail="an empty account, by its words")
    return None
