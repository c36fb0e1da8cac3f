"""The messages of `generateContent` for pictures; nothing else knows their shape.

Source: the types and docstrings of Google's own Python SDK (google-genai 3.6.1), and the Gemini API's
pages about image generation and errors.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from mobart.core.data_uri import file_in
from mobart.core.domain import Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.core.picture_kinds import kind_of
from mobart.core.policy import LONGEST_RETRY_AFTER
from mobart.providers.aspect import nearest
from mobart.providers.error_phrases import is_moderation
from mobart.providers.fields import list_of, object_of, picture_in, text_of
from mobart.providers.http import Answer
from mobart.providers.inputs import with_negative
from mobart.providers.outcomes import empty_account, json_object
from mobart.providers.sentences import (
    BUSY,
    FAILED,
    FILTERED,
    MODERATED,
    NO_ACCESS,
    NO_CREDIT,
    NO_MODEL,
    REFUSED,
)

MODEL = re.compile(r"[\w.-]{1,128}", re.ASCII)
RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
EXTREME = ("1:4", "4:1", "1:8", "8:1")
"""Shapes that newer models have as well."""
NEWER = re.compile(r"gemini-(nano-banana-2|3\.1-flash)")
PARAMETERS = ("model", "aspect_ratio", "image_size")
"""Parameters that a preset may set, over the settings of the same name."""
OWN_SIZE = "auto"

TOO_SIMILAR = "The image provider found the picture too similar to an existing one."
LANGUAGE = "The image provider does not understand the prompt's language."
ACCOUNT = (Code.PROVIDER_AUTH, NO_ACCESS)
BLOCKED = (Code.MODERATION_BLOCKED, FILTERED)
UNMADE = (Code.GENERATION_FAILED, FAILED)
FINISH_REASONS: Mapping[str, tuple[Code, str]] = {
    **dict.fromkeys(("SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "ESCALATION"), BLOCKED),
    **dict.fromkeys(("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "MODEL_ARMOR"), BLOCKED),
    **dict.fromkeys(("RECITATION", "IMAGE_RECITATION"), (Code.PROMPT_REJECTED, TOO_SIMILAR)),
    "LANGUAGE": (Code.PROMPT_REJECTED, LANGUAGE),
    "PUP_LIMITED_DISABLED": ACCOUNT,
    **dict.fromkeys(("NO_IMAGE", "IMAGE_OTHER", "OTHER", "STOP", "MAX_TOKENS"), UNMADE),
    **dict.fromkeys(("MALFORMED_RESPONSE", "FINISH_REASON_UNSPECIFIED"), UNMADE),
}
"""Why a candidate has no picture.  `STOP` without one is an answer in words."""

STATUSES: Mapping[str, tuple[Code, str]] = {
    "UNAUTHENTICATED": ACCOUNT,
    "PERMISSION_DENIED": ACCOUNT,
    "FAILED_PRECONDITION": ACCOUNT,
    "NOT_FOUND": (Code.PROVIDER_UNAVAILABLE, NO_MODEL),
}
"""`google.rpc.Code`s that mean one thing; FAILED_PRECONDITION is a region, or billing that is off."""
WRONG_KEY = "API_KEY_INVALID"
EXHAUSTED, OVERLOADED = "RESOURCE_EXHAUSTED", "UNAVAILABLE"
_DELAY = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s", re.ASCII)
"""A `google.protobuf.Duration` as JSON has it."""
_REASON = re.compile(r"[A-Z_]{1,64}")


def generation(order: Order, defaults: Mapping[str, str]) -> tuple[str, dict[str, object]]:
    """Return the model, and the body of `generateContent`.  Raises Rejected for an odd model."""
    values: dict[str, object] = {**defaults}
    values |= {"aspect_ratio": order.aspect_ratio} if order.aspect_ratio else {}
    values |= {name: order.parameters[name] for name in PARAMETERS if name in order.parameters}
    model = values["model"]
    if not isinstance(model, str) or not MODEL.fullmatch(model):
        raise Rejected(Code.PROVIDER_REJECTED, REFUSED, detail="the preset's model is no name")
    shape: dict[str, object] = {}
    ratios = (*RATIOS, *EXTREME) if NEWER.match(model) else RATIOS
    if ratio := nearest(str(values["aspect_ratio"]), ratios):
        shape["aspectRatio"] = ratio
    if values["image_size"] != OWN_SIZE:
        shape["imageSize"] = values["image_size"]
    return model, {
        "contents": [
            {"role": "user", "parts": [*_reference(order), {"text": with_negative(order)}]}
        ],
        "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": shape},
    }


def _reference(order: Order) -> list[dict[str, object]]:
    """Write the picture to go by as a part."""
    if order.reference is None:
        return []
    data = base64.b64encode(order.reference.png).decode()
    return [{"inlineData": {"mimeType": "image/png", "data": data}}]


def read_picture(body: Mapping[str, Any]) -> bytes | Picture:
    """Return the file in an answer, or its address: of the last picture, as those before it are drafts.

    Raises:
        Rejected: there is none, and the answer names why.
        InDoubt: there is none, or what is there is no picture.
    """
    candidates = list_of(body, "candidates")
    found = [one for candidate in candidates for one in _pictures(candidate)]
    if found and (isinstance(found[-1], Picture) or kind_of(found[-1])):
        return found[-1]
    if not found:
        _raise_reason(body, candidates)
    raise InDoubt("an answer without a picture", code=Code.PROVIDER_BAD_RESPONSE)


def _pictures(candidate: object) -> Iterator[bytes | Picture]:
    """List the files among the parts of a candidate, and the addresses; a `thought` is a draft."""
    for part in list_of(object_of(candidate, "content"), "parts"):
        if not isinstance(part, Mapping) or part.get("thought"):
            continue
        if blob := object_of(part, "inlineData") or object_of(part, "inline_data"):
            data = blob.get("data")
            yield picture_in(data) or file_in(data)
        if place := object_of(part, "fileData") or object_of(part, "file_data"):
            found = picture_in(place.get("fileUri", place.get("file_uri")))
            yield from [found] if found else []


def _raise_reason(body: Mapping[str, Any], candidates: list[Any]) -> None:
    """Raise Rejected for the reason that an answer without a picture names, if it is known."""
    block = text_of(object_of(body, "promptFeedback"), "blockReason")
    if block:
        detail = f"HTTP 200, the prompt was blocked: {_named(block)}"
        raise Rejected(Code.MODERATION_BLOCKED, MODERATED, detail=detail)
    reasons = [text_of(candidate, "finishReason") for candidate in candidates]
    known = next((reason for reason in reasons if reason in FINISH_REASONS), None)
    if known is not None:
        raise Rejected(*FINISH_REASONS[known], detail=f"HTTP 200 without a picture: {known}")
    if any(reasons):
        detail = f"HTTP 200 without a picture: {_named(''.join(reasons))}"
        raise InDoubt(detail, code=Code.PROVIDER_BAD_RESPONSE)


def _named(reason: str) -> str:
    return reason if _REASON.fullmatch(reason) else "a reason that is no name"


def judge(body: Mapping[str, Any]) -> Rejected | Unavailable | None:
    """Read a `google.rpc.Status`: a `Judgement`."""
    error = object_of(body, "error")
    status, details = text_of(error, "status"), list_of(error, "details")
    reasons = {text_of(detail, "reason") for detail in details}
    if (refused := _refused(status, reasons)) is not None:
        return refused
    if status != EXHAUSTED or error.get("code") != 429:  # noqa: PLR2004 - 402: prepaid money is gone
        return None
    if _has_no_quota(details):
        detail = "the quota of this model is 0: the account has to be a paid one"
        return Rejected(Code.PROVIDER_CREDIT, NO_CREDIT, detail=detail)
    said = (*sorted(reasons), text_of(error, "message"))
    if (empty := next(filter(None, map(empty_account, said)), None)) is not None:
        return empty
    wait = _retry_delay(details)
    if wait is None:
        return None
    return Unavailable(Code.PROVIDER_RATE_LIMITED, BUSY, retry_after=wait, detail=status)


def _refused(status: str, reasons: AbstractSet[str]) -> Rejected | None:
    """Return the error for a status, or for reasons beside it, that mean one thing."""
    if is_moderation(*reasons):
        return Rejected(Code.MODERATION_BLOCKED, MODERATED, detail="moderation, by its reason")
    if WRONG_KEY in reasons:
        return Rejected(*ACCOUNT, detail=f"{status}, {WRONG_KEY}")
    if status not in STATUSES:
        return None
    named = ", ".join(sorted(_named(reason) for reason in reasons - {""}))
    return Rejected(*STATUSES[status], detail=f"{status} {named}".strip())


def overload(answer: Answer) -> Unavailable | None:
    """Return the error for Google's own "overloaded", for which it charges nothing, or None.

    A 503 in another shape comes from something in between, and proves nothing.
    """
    error = object_of(json_object(answer) if answer.whole else None, "error")
    if (answer.status, error.get("code"), error.get("status")) != (503, 503, OVERLOADED):
        return None
    wait = _retry_delay(list_of(error, "details"))
    return Unavailable(Code.PROVIDER_RATE_LIMITED, BUSY, retry_after=wait, detail="overloaded")


def _has_no_quota(details: list[Any]) -> bool:
    violations = [one for detail in details for one in list_of(detail, "violations")]
    return any(str(object_of({"_": one}, "_").get("quotaValue", "")) == "0" for one in violations)


def _retry_delay(details: list[Any]) -> float | None:
    """Read the `RetryInfo` among the details, in seconds, never above the longest."""
    found = (_DELAY.fullmatch(text_of(detail, "retryDelay")) for detail in details)
    wait = next((float(match[1]) for match in found if match), None)
    return None if wait is None else min(wait, LONGEST_RETRY_AFTER)
