"""Types and fields that the settings of many parts share."""

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    WithJsonSchema,
)

from mobart.core.addresses import base_url, http_url

Group = TypeVar("Group", bound=BaseModel)


class SettingsGroup(BaseModel, defer_build=True):
    """The settings of one part: read as a part of all of them, so not made ready for reading alone."""


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _given(value: str) -> str:
    return "" if value == "none" else value


def _in_a_header(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if secret.isascii() and secret.isprintable():
        return value
    raise ValueError("holds what no HTTP header may hold: a line break, or an invisible character")


def _parsed(value: str) -> object:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _json_object(value: str) -> str:
    if isinstance(_parsed(value), dict):
        return value
    raise ValueError('must be a JSON object, such as {"output_format": "png"}')


def _prices(value: str) -> str:
    found = _parsed(value)
    if isinstance(found, dict) and all(map(_is_price, found.values())):
        return value
    raise ValueError('must be a JSON object of prices in USD, such as {"midjourney": 0.08}')


def _is_price(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= float(str(value)) <= DEAREST


DEAREST = 1_000_000
"""USD; anything above it is a slip."""
_AS_ADDRESS = WithJsonSchema({"type": "string", "format": "uri"})
HttpUrl = Annotated[str, AfterValidator(base_url), _AS_ADDRESS]
"""To which paths are added."""
WholeUrl = Annotated[str, AfterValidator(http_url), _AS_ADDRESS]
"""Which is called as it is; it may have a query."""
HeaderSecret = Annotated[SecretStr, AfterValidator(_in_a_header)]
"""Which goes out as a header, or a part of one."""
Seconds = Annotated[float, Field(gt=0, le=7 * 24 * 3600)]
FirstPoll = Annotated[Seconds, Field(description="First look after the submit")]
LongestPause = Annotated[Seconds, Field(description="Longest wait between two looks")]
_DOUBT = "a submit without an answer is in doubt"
SubmitTimeout = Annotated[Seconds, Field(description=f"After that {_DOUBT}")]
GenerationTimeout = Annotated[
    Seconds, Field(description=f"Longest generation: after that {_DOUBT}")
]
"""Of a provider that answers with the picture."""
Prices = Annotated[
    str, AfterValidator(_prices), WithJsonSchema({"type": "string", "format": "json"})
]
"""Prices by name, as a JSON object in a text."""
InputName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
"""What a model calls one of its inputs."""
OptionalInputName = Annotated[InputName, AfterValidator(_given)]
"""The same; `none`, which is read as "", says that it has no such input."""
PromptInput = Annotated[InputName, Field(description="What it calls the prompt")]
NegativeInput = Annotated[
    OptionalInputName,
    Field(
        validate_default=True,
        description="What it calls what must not be seen; none: that is said in the prompt",
    ),
]
AspectRatioInput = Annotated[
    OptionalInputName,
    Field(
        description="Its name for the aspect ratio; image_size gets width and height; none: it has none"
    ),
]
SeedInput = Annotated[
    OptionalInputName,
    Field(
        description="What it calls the seed, by which a submit whose answer was lost is found; none:"
        " it has none"
    ),
]
ReferenceInput = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}(\[\])?$"),
    AfterValidator(_given),
    Field(
        validate_default=True,
        description="What it calls the address of a picture to go by, with [] at the end if it takes a"
        " list, e.g. image_url or image_urls[]; none: it takes none",
    ),
]
MoreInputs = Annotated[
    str,
    AfterValidator(_json_object),
    WithJsonSchema({"type": "string", "format": "json"}),
    Field(description="More inputs of the model, as a JSON object"),
]
Namespace = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Tile = Annotated[Literal[1, 2, 3, 4, "best"], BeforeValidator(_number)]


def needed_by(provider: str) -> AfterValidator:
    """Make a setting necessary where *provider* is chosen; its field has `validate_default`.

    The fields that choose providers come before those of the providers.
    """

    def is_there(value: object, info: ValidationInfo) -> object:
        empty = value is None or (isinstance(value, SecretStr) and not value.get_secret_value())
        judged = {"mobart_provider", "mobart_providers"} <= info.data.keys()  # they were understood
        if empty and judged and provider in chosen(info.data):
            raise ValueError(f"is missing: the provider {provider} needs it")
        return value

    return AfterValidator(is_there)


def chosen(values: object) -> Sequence[str]:
    """Return the names of the providers in use, in the order in which they are tried."""
    known = values if isinstance(values, dict) else {}
    several = known.get("mobart_providers") or known.get("mobart_provider") or ""
    return [name.strip() for name in several.split(",") if name.strip()]


def deadline(seconds: float, remark: str = "") -> Any:
    """Return the field of a provider's deadline for one generation, in seconds."""
    text = "Deadline of one generation, from the submit"
    return Field(seconds, description=f"{text}; {remark}" if remark else text)


def service_link(value: object) -> tuple[str, int] | None:
    """Return host and port of what Kubernetes sets for a Service, such as tcp://10.0.0.1:6379.

    Its variable `<SERVICE>_PORT` may have the name of a setting.  None if *value* is something else.
    """
    if not isinstance(value, str):
        return None
    link = re.fullmatch(r"(?:tcp|udp|sctp)://\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5})", value.strip())
    return (link[1], int(link[2])) if link else None


def secret_value(secret: SecretStr | None) -> str | None:
    """Return the value of a secret that may not be given."""
    return None if secret is None else secret.get_secret_value()


def secret_text(secret: SecretStr | None) -> str:
    """Return the value of a secret without white space around it; "" if it is not given."""
    return (secret_value(secret) or "").strip()


def group_of(settings: BaseModel, kind: type[Group]) -> Group:
    """Return *settings* as one of the groups that they consist of.  Raises TypeError."""
    if not isinstance(settings, kind):
        raise TypeError(f"the settings have no {kind.__name__}")
    return settings
