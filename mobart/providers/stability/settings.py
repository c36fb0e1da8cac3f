"""Stability AI's stable image API."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from mobart.core.setting_types import GenerationTimeout, HttpUrl, SettingsGroup, needed_by


class StabilitySettings(SettingsGroup):
    """`POST /v2beta/stable-image/generate/...`."""

    stability_api_key: Annotated[SecretStr | None, needed_by("stability")] = Field(
        None, validate_default=True, description="Key"
    )
    stability_api_url: HttpUrl = Field("https://api.stability.ai", description="Address of the API")
    stability_model: Literal[
        "core", "ultra", "sd3", "sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium"
    ] = Field("core", description="Model that is paid for")
    stability_aspect_ratio: str = Field(
        "1:1", pattern=r"^[0-9]{1,3}:[0-9]{1,3}$", description="Shape; the nearest that the API has"
    )
    stability_style_preset: str | None = Field(
        None, pattern=r"^[a-z0-9-]{1,40}$", description="Style, e.g. pixel-art (core only)"
    )
    stability_timeout_seconds: GenerationTimeout = 120
