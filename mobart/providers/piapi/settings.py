"""Midjourney through PiAPI's unified API."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from mobart.core.setting_types import (
    FirstPoll,
    HttpUrl,
    LongestPause,
    Seconds,
    SettingsGroup,
    SubmitTimeout,
    deadline,
    needed_by,
)


class PiApiSettings(SettingsGroup):
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
    piapi_poll_initial_seconds: FirstPoll = 8
    piapi_poll_max_seconds: LongestPause = 15
    piapi_timeout_seconds: Seconds = deadline(900)
    piapi_submit_timeout_seconds: SubmitTimeout = 15
