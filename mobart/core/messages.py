"""The shape of every message, as models: JSON Schemas and the AsyncAPI document are made of them.

`wire.py` reads and `completions.py` writes them; a test holds what is written against the models.
A field with a default is left out of a message where it has that value.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mobart.core.errors import Code, Who
from mobart.core.wire import Id, RequestMessage

_Utc = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        description="RFC 3339, UTC, to the millisecond",
        json_schema_extra={"format": "date-time"},
    ),
]
_Address = Annotated[str, Field(json_schema_extra={"format": "uri"})]
_Pixels = Annotated[int, Field(ge=1, description="Pixels")]


class _Exact(BaseModel):
    """What Mobart writes, to the letter; readers ignore fields that they do not know."""

    model_config = ConfigDict(strict=True, extra="forbid")


class StoredPicture(_Exact):
    """One PNG in S3."""

    s3_key: str
    s3_url: _Address
    width: _Pixels
    height: _Pixels
    bytes: int = Field(ge=1, description="Size of the file")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Digest of the file")
    sidecar_key: str = Field("", description="Where the JSON beside the picture is")


class _Ending(_Exact):
    """What every end of a request has."""

    request_id: str
    user_id: str
    timestamp: _Utc
    duplicate: bool = Field(
        False, description="Announced before, and again because the request was sent again"
    )
    correction: bool = Field(
        False, description="The failure announced before, with paid unknown, turned out otherwise"
    )
    made_from: str = Field(
        "",
        description="The request that an operator ran again, or whose picture is processed again",
    )
    traceparent: str = Field(
        "",
        description="W3C Trace Context: as the request had it, or the one made for it where tracing is on",
    )


class CompletedMessage(StoredPicture, _Ending):
    """A request that ended with a picture."""

    status: Literal["completed"]
    generation_time_seconds: float = Field(ge=0, description="Since a worker took it up")
    preset: str
    provider: str
    raw_key: str = Field("", description="Where the picture is as its provider made it")
    cost: float | None = Field(
        None, ge=0, description="What it cost in USD, as far as is known; may be an estimate"
    )
    variants: list[StoredPicture] = Field([], description="The other pictures that came with it")
    art: dict[str, Any] = Field({}, description="What was found in the picture and done to it")


class FailedMessage(_Ending):
    """A request that ended without a picture, or that was refused."""

    status: Literal["failed"]
    error: str = Field(min_length=1, description="A sentence that a player may read")
    error_code: Code = Field(description="From a closed list, which only grows")
    retryable: bool = Field(description="The same prompt under a new request_id has a chance")
    retry_after: int | None = Field(
        ge=0, description="Seconds until that chance; null where there is none"
    )
    who: Who = Field(description="Who has to act before it can succeed")
    paid: Literal[True, False, "unknown"] = Field(description="Whether it cost money")
    cost: float | None = Field(
        None, ge=0, description="What was spent on it in USD, as far as is known"
    )
    detail: str = Field("", description="For developers, not for players")


class ProgressMessage(_Exact):
    """How far a request is, where MOBART_PROGRESS is switched on."""

    request_id: str
    user_id: str
    status: Literal["processing"]
    stage: str = Field(description="generating, processing or storing")
    progress: int = Field(ge=0, le=100, description="Percent")


class CancellationMessage(BaseModel):
    """Asks to drop a request that is not paid for yet."""

    model_config = ConfigDict(strict=True)

    request_id: Id


MESSAGES: dict[str, type[BaseModel]] = {
    "request": RequestMessage,
    "cancellation": CancellationMessage,
    "completed": CompletedMessage,
    "failed": FailedMessage,
    "progress": ProgressMessage,
}
"""Every message by the name of its schema."""
