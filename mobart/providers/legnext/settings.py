"""Midjourney through LegNext."""

from typing import Annotated

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


class LegNextSettings(SettingsGroup):
    """`POST /diffusion`; tile and aspect ratio are those of Midjourney."""

    legnext_api_key: Annotated[SecretStr | None, needed_by("legnext")] = Field(
        None, validate_default=True, description="Key"
    )
    legnext_api_url: HttpUrl = Field(
        "https://api.legnext.ai/api/v1", description="Address of the API"
    )
    legnext_poll_initial_seconds: FirstPoll = 8
    legnext_poll_max_seconds: LongestPause = 15
    legnext_timeout_seconds: Seconds = deadline(900)
    legnext_submit_timeout_seconds: SubmitTimeout = 15
