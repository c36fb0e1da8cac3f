"""Google's image models."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from mobart.core.setting_types import GenerationTimeout, HttpUrl, SettingsGroup, needed_by


class GoogleSettings(SettingsGroup):
    """`POST /v1beta/models/{model}:generateContent`."""

    google_api_key: Annotated[SecretStr | None, needed_by("google")] = Field(
        None, validate_default=True, description="Key of the Gemini API"
    )
    google_api_url: HttpUrl = Field(
        "https://generativelanguage.googleapis.com", description="Address of the API"
    )
    google_image_model: str = Field(
        "gemini-nano-banana-2.1",
        pattern=r"^[A-Za-z0-9_.-]{1,128}$",
        description="Model; retired ones are reported at start-up",
    )
    google_aspect_ratio: Literal[
        "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"
    ] = Field("1:1", description="Shape; where an order has one, the nearest of these is taken")
    google_image_size: Literal["auto", "1K", "2K", "4K"] = Field(
        "auto", description="Pixels along a side; auto: the model's own, 1K; more costs more"
    )
    google_timeout_seconds: GenerationTimeout = 180
