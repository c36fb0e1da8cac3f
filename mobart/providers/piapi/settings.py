"""Midjourney through PiAPI's unified API."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from mobart.settings.kinds import HttpUrl, Seconds, needed_by


class PiApiSettings(BaseModel):
    """`POST /api/v1/task`; tile, speed and aspect ratio are those of Midjourney."""

    piapi_api_key: Annotated[SecretStr | None, needed_by("piapi")] = Field(
        None, validate_default=True, description="Key"
    )
    piapi_api_url: HttpUrl = Field(
        "https://api.piapi.ai", description="Address of the host, without a path"
    )
    piapi_service_mode: Literal["public", "private"] | None = Field(
        None,
        description="public: pay as you go; private: your own Midjourney account, hosted;"
        " without it the workspace's default",
    )
    piapi_poll_initial_seconds: Seconds = Field(8, description="First look after the submit")
    piapi_poll_max_seconds: Seconds = Field(15, description="Longest wait between two looks")
    piapi_timeout_seconds: Seconds = Field(
        900, description="Deadline of one generation, from the submit"
    )
    piapi_submit_timeout_seconds: Seconds = Field(
        15, description="After that a submit without an answer is in doubt"
    )
