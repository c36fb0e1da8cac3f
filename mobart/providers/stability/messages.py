"""The messages of Stability AI's stable image API; nothing else knows their shape.

Source: the types that were generated from its OpenAPI description, and its reference pages.
"""

from collections.abc import Mapping
from typing import Any

from mobart.core.data_uri import file_in
from mobart.core.domain import Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.core.picture_kinds import kind_of
from mobart.providers.aspect import nearest
from mobart.providers.fields import picture_in, text_of
from mobart.providers.redaction import redact
from mobart.providers.sentences import FILTERED, MODERATED, NO_ACCESS, NO_CREDIT

PARAMETERS = ("model", "style_preset", "negative_prompt", "aspect_ratio", "seed", "cfg_scale")
"""Parameters that a preset may set, over the settings; those that the model has are sent."""
MODELS: Mapping[str, str] = {
    "core": "core",
    "ultra": "ultra",
    "sd3": "sd3",
    "sd3.5-large": "sd3",
    "sd3.5-large-turbo": "sd3",
    "sd3.5-medium": "sd3",
}
"""The last part of the address of each model."""
COMMON = frozenset({"negative_prompt", "aspect_ratio", "seed"})
FIELDS: Mapping[str, frozenset[str]] = {
    "core": COMMON | {"style_preset"},
    "ultra": COMMON,
    "sd3": COMMON | {"model", "cfg_scale"},
}
"""The form's fields of each address, beside the prompt and the format."""
RATIOS = ("1:1", "16:9", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")

ENGLISH = "The image provider understands English only."
NAMES: Mapping[str, tuple[Code, str]] = {
    "content_moderation": (Code.MODERATION_BLOCKED, MODERATED),
    "invalid_language": (Code.PROMPT_REJECTED, ENGLISH),
    "payment_required": (Code.PROVIDER_CREDIT, NO_CREDIT),
    "unauthorized": (Code.PROVIDER_AUTH, NO_ACCESS),
}
"""Names of errors; 403 is what both a refused prompt and a refused key get."""
SUCCESS, CONTENT_FILTERED = "SUCCESS", "CONTENT_FILTERED"


def generation(order: Order, defaults: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the last part of the address, and the form's fields, for one generation."""
    values: dict[str, object] = {**defaults}
    values |= {"negative_prompt": order.negative} if order.negative else {}
    values |= {"aspect_ratio": order.aspect_ratio} if order.aspect_ratio else {}
    values |= {name: order.parameters[name] for name in PARAMETERS if name in order.parameters}
    model = str(values["model"])
    address = MODELS.get(model, "core")
    values["aspect_ratio"] = nearest(str(values.get("aspect_ratio", "")), RATIOS)
    if model == address:
        del values["model"]
    fields = {
        name: str(values[name])
        for name in values
        if name in FIELDS[address] and _is_given(values[name])
    }
    return address, {"prompt": order.prompt, "output_format": "png", **fields}


def read_picture(content: bytes, *, finish_reason: str | None) -> bytes:
    """Return *content*, the file that is an answer that says yes.

    Raises:
        Rejected: the picture was made and blurred, because moderation blocked it.
        InDoubt: paid perhaps, but there is no picture.
    """
    _judge_end(finish_reason)
    if kind_of(content) is None:
        raise InDoubt("an answer without a picture", code=Code.PROVIDER_BAD_RESPONSE)
    return content


def read_body(body: Mapping[str, Any]) -> bytes | Picture:
    """Return the file in the JSON of an answer, or its address.  Raises as `read_picture`."""
    reason, raw = text_of(body, "finish_reason") or None, file_in(body.get("image"))
    _judge_end(reason)
    found = None if kind_of(raw) else picture_in(body)
    return found or read_picture(raw, finish_reason=reason)


def _judge_end(finish_reason: str | None) -> None:
    if finish_reason == CONTENT_FILTERED:
        raise Rejected(Code.MODERATION_BLOCKED, FILTERED, detail=f"HTTP 200, {finish_reason}")
    if finish_reason not in {None, SUCCESS}:
        what = redact(f"finished for another reason: {finish_reason}")
        raise InDoubt(what, code=Code.PROVIDER_BAD_RESPONSE)


def judge(body: Mapping[str, Any]) -> Rejected | Unavailable | None:
    """Read the name of an error: a `Judgement`."""
    name = body.get("name")
    if not isinstance(name, str) or name not in NAMES:
        return None
    return Rejected(*NAMES[name], detail=name)


def read_balance(body: Mapping[str, Any]) -> float | None:
    """Return the credits that are left; None if that is not in the answer."""
    left = body.get("credits")
    return left if isinstance(left, int | float) and not isinstance(left, bool) else None


def _is_given(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
