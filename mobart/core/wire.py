"""The JSON messages that come in; nothing else knows their shape.

A request is one object with the strings `request_id`, `user_id`, `prompt`, optionally `preset`,
`options`, `traceparent`, `priority`.  Unknown fields are ignored.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import from_json

from mobart.core.domain import GenerationRequest, Priority
from mobart.core.errors import Code, Reason, Rejected
from mobart.core.json_text import dump, quoted, text_of

ID_PATTERN = r"\A[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}\Z"
ADDRESSABLE_CHARS = 1024
"""Longest id, however malformed, that a refusal is still addressed to."""

Id = Annotated[
    str,
    StringConstraints(pattern=re.compile(ID_PATTERN)),
    Field(json_schema_extra={"pattern": f"^{ID_PATTERN[2:-2]}$"}),  # as other languages write it
]
_Text = Annotated[str | None, AfterValidator(lambda value: value or None)]
"""Many a program writes an empty string for what it does not have."""


def _writable(options: dict[str, Any]) -> dict[str, Any]:
    """Refuse what could be read but not written again: 1e400 is read as infinity."""
    dump(options)
    return options


_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
"""W3C Trace Context, Level 1, section 3.2: version, trace id, parent id, flags."""


def traced(value: object) -> str | None:
    """Drop what is no trace context: it is repeated in completions, and costs no request."""
    return value if isinstance(value, str) and _TRACEPARENT.fullmatch(value) else None


def _given(options: object) -> object:
    """Take null for nothing, as in Go a map that was never made and a pointer to no value are written."""
    if isinstance(options, dict):
        return {name: value for name, value in options.items() if value is not None}
    return {} if options is None else options


_Options = Annotated[dict[str, Any], BeforeValidator(_given), AfterValidator(_writable)]


class RequestMessage(BaseModel):
    """Asks for one picture; strict, so that 1 and "1" are not the same id."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    request_id: Id = Field(description="The idempotency key: one picture, paid at most once")
    user_id: Id = Field(description="Whose picture it is")
    prompt: str = Field(description="What is to be seen", json_schema_extra={"minLength": 1})
    preset: _Text = Field(None, description="How it is made and treated; empty: the default")
    options: _Options = Field(
        default_factory=dict,
        description="Values of the preset, for this request alone; reference: a picture to go by",
        json_schema_extra={"default": {}},
    )
    traceparent: Annotated[str | None, BeforeValidator(traced)] = Field(
        None, description="W3C Trace Context, continued and handed on; dropped if it is none"
    )
    priority: Literal["high", "normal", "low", ""] | None = Field(
        None, description="How soon it has its turn; empty: normal"
    )


UNREADABLE = "The request could not be read."
TOO_LARGE = "The request is too large."
NO_OBJECT = "The message is not a JSON object; in the stream it is one, in the field `request`."


class InvalidRequest(Rejected):
    """The message is no request; `request_id` is None if there is nobody to answer."""

    def __init__(
        self,
        sender: Mapping[str, Any],
        hint: str,
        *,
        reason: Reason,
        code: Code = Code.INVALID_MESSAGE,
        sentence: str = UNREADABLE,
    ) -> None:
        """Take the ids out of *sender*, as they came, if an answer can be addressed to them."""
        super().__init__(code, sentence, hint=hint, reason=reason)
        self.request_id = _address(sender.get("request_id")) or None
        self.user_id = _address(sender.get("user_id"))


def parse_request(payload: bytes, *, max_bytes: int, max_prompt_chars: int) -> GenerationRequest:
    """Read a request message; *max_bytes* and *max_prompt_chars* are its largest sizes.

    The size is checked before anything is parsed: parsing 100 MB would stop the event loop for
    seconds.  It is checked again as the request will be stored, since every worker that takes the
    job up reads it once more: 1e15 becomes 1000000000000000.0.

    Raises:
        InvalidRequest: the message is too large, or is no request.
    """
    if len(payload) > max_bytes:
        raise _too_large(_glimpse(payload), max_bytes)
    try:
        raw = from_json(payload, allow_inf_nan=False)
    except ValueError:
        sender = _glimpse(payload)  # half an emoji, cut by whoever counts in UTF-16, is no JSON
        raise InvalidRequest(sender, "The message is not JSON.", reason="json") from None
    if not isinstance(raw, dict):
        sender = _glimpse(raw.encode(errors="replace") if isinstance(raw, str) else payload)
        raise InvalidRequest(sender, NO_OBJECT, reason="shape")
    request = _read_fields(raw, max_prompt_chars=max_prompt_chars)
    # only numbers in options can be longer when they are written than as they were read
    if request.options and len(encode_request(request)) > max_bytes:
        raise _too_large(raw, max_bytes)
    return request


def _too_large(sender: Mapping[str, Any], max_bytes: int) -> InvalidRequest:
    hint = f"The message is larger than {max_bytes} bytes."
    code = Code.PAYLOAD_TOO_LARGE
    return InvalidRequest(sender, hint, reason="size", code=code, sentence=TOO_LARGE)


def _read_fields(raw: dict[str, Any], *, max_prompt_chars: int) -> GenerationRequest:
    try:
        message = RequestMessage.model_validate(raw)
    except ValidationError as error:
        raise InvalidRequest(raw, _complaint(error), reason="fields") from None
    if not message.prompt.strip():
        raise InvalidRequest(raw, "", reason="fields", sentence="The prompt is empty.")
    if len(message.prompt) > max_prompt_chars:
        sentence = f"The prompt is longer than {max_prompt_chars} characters."
        raise InvalidRequest(raw, "", reason="prompt", code=Code.PROMPT_REJECTED, sentence=sentence)
    return _request(message)


def _request(message: RequestMessage) -> GenerationRequest:
    return GenerationRequest(
        message.request_id,
        message.user_id,
        message.prompt,
        message.preset,
        message.options,
        message.traceparent,
        Priority(message.priority or Priority.NORMAL),
    )


def is_id(value: str) -> bool:
    """Whether *value* can be the id of a request or a user."""
    return re.match(ID_PATTERN, value) is not None


def parse_cancellation(payload: bytes, *, max_bytes: int) -> str | None:
    """Return the `request_id` to cancel, or None if the message names none."""
    if len(payload) > max_bytes:
        return None
    try:
        raw = from_json(payload, allow_inf_nan=False)
    except ValueError:
        return None
    request_id = raw.get("request_id") if isinstance(raw, dict) else None
    return request_id if isinstance(request_id, str) and is_id(request_id) else None


def fingerprint(request: GenerationRequest) -> str:
    """Digest of what was asked for: a repeat has the same one, a clash of ids another.

    The priority is no part of it: it says when, and a repeat may say otherwise.
    """
    if request.preset is None and not request.options:  # written out: much cheaper
        asked = f"[{quoted(request.user_id)},{quoted(request.prompt)},null,{{}}]".encode()
    else:
        everything = [request.user_id, request.prompt, request.preset, request.options]
        asked = dump(everything, sort_keys=True)
    return hashlib.sha256(asked).hexdigest()


def encode_request(request: GenerationRequest) -> bytes:
    """Write *request* as `parse_request` reads it."""
    optional = {
        "preset": request.preset,
        "options": request.options,
        "traceparent": request.traceparent,
        "priority": None if request.priority is Priority.NORMAL else str(request.priority),
    }
    more = ""
    if any(optional.values()):
        given = {name: value for name, value in optional.items() if value}
        more = f",{text_of(given)[1:-1]}"
    return (
        f'{{"request_id":{quoted(request.request_id)},"user_id":{quoted(request.user_id)},'
        f'"prompt":{quoted(request.prompt)}{more}}}'
    ).encode()


def decode_request(payload: bytes) -> GenerationRequest:
    """Read what `encode_request` wrote."""
    return _request(RequestMessage.model_validate_json(payload))


def _address(value: object) -> str:
    """Return an id as it came, if anybody can be addressed by it."""
    return value if isinstance(value, str) and len(value) <= ADDRESSABLE_CHARS else ""


_GLIMPSE = re.compile(rb'"(request_id|user_id)"\s*:\s*"([A-Za-z0-9][A-Za-z0-9._:@-]{0,127})"')
_GLIMPSE_BYTES = 4096


def _glimpse(payload: bytes) -> dict[str, str]:
    """Find the ids in the first and last few kilobytes of a message that cannot be parsed."""
    ends = payload[:_GLIMPSE_BYTES] + b"\n" + payload[-_GLIMPSE_BYTES:]
    found: dict[str, str] = {}
    for name, value in _GLIMPSE.findall(ends):
        found.setdefault(name.decode(), value.decode())
    return found


def _complaint(error: ValidationError) -> str:
    """Name the wrong fields without repeating what was in them."""
    names = sorted({str(problem["loc"][0]) for problem in error.errors(include_input=False)})
    return f"Missing or malformed: {', '.join(names)}."
