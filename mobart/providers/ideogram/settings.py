"""Ideogram."""

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


class IdeogramSettings(SettingsGroup):
    """`POST /v2/image/generate/{model}`."""

    ideogram_api_key: Annotated[SecretStr | None, needed_by("ideogram")] = Field(
        None, validate_default=True, description="Key"
    )
    ideogram_api_url: HttpUrl = Field("https://api.ideogram.ai", description="Address of the API")
    ideogram_model: str = Field(
        "ideogram-4-5",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="Model, as the API's address names it",
    )
    ideogram_transparent_model: str = Field(
        "ideogram-4-transparent",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="Model for pictures whose ground is cut out, which it delivers transparent; none:"
        " the one above for all",
    )
    ideogram_size: str = Field(
        "1024x1024",
        pattern=r"^(auto|[0-9]{3,4}x[0-9]{3,4})$",
        description="Size, or auto; more than a megapixel is billed as 2K, and so is auto",
    )
    ideogram_quality: Literal["auto", "low", "medium", "high"] = Field(
        "auto", description="Quality that is paid for; auto: the API's own, high"
    )
    ideogram_magic_prompt: Literal["off", "auto", "on"] = Field(
        "off", description="Whether Ideogram rewrites prompts; off keeps their words"
    )
    ideogram_poll_initial_seconds: FirstPoll = 5
    ideogram_poll_max_seconds: LongestPause = 10
    ideogram_timeout_seconds: Seconds = deadline(600)
    ideogram_submit_timeout_seconds: SubmitTimeout = 30
