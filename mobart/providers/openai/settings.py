"""OpenAI's Images API, or another server with it."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from mobart.core.setting_types import GenerationTimeout, HttpUrl, SettingsGroup, needed_by


class OpenAISettings(SettingsGroup):
    """`POST /images/generations`."""

    openai_api_key: Annotated[SecretStr | None, needed_by("openai")] = Field(
        None, validate_default=True, description="Key"
    )
    openai_base_url: HttpUrl = Field("https://api.openai.com/v1", description="Address of the API")
    openai_image_model: str = Field(
        "gpt-image-2.5-flare",
        min_length=1,
        description="Model; retired ones are reported at start-up",
    )
    openai_image_size: str = Field(
        "1024x1024", pattern=r"^(auto|[0-9]{3,4}x[0-9]{3,4})$", description="Size, or auto"
    )
    openai_image_quality: Literal["auto", "low", "medium", "high", "xhigh", "max"] = Field(
        "auto", description="Quality that is paid for"
    )
    openai_image_background: Literal["auto", "transparent", "opaque"] = Field(
        "auto", description="Ground of the picture; transparent: the cut-out comes from the model"
    )
    openai_timeout_seconds: GenerationTimeout = 300
