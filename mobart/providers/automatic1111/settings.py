"""AUTOMATIC1111's web UI and Forge, on a machine of one's own."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from mobart.core.setting_types import HttpUrl, Seconds, SettingsGroup


def _user_and_password(value: SecretStr | None) -> SecretStr | None:
    if value is not None and ":" not in value.get_secret_value():
        raise ValueError("must be user:password")
    return value


class Automatic1111Settings(SettingsGroup):
    """`POST /sdapi/v1/txt2img`."""

    automatic1111_url: HttpUrl = Field(
        "http://127.0.0.1:7860", description="Address of the web UI, which runs with --api"
    )
    automatic1111_auth: Annotated[SecretStr | None, AfterValidator(_user_and_password)] = Field(
        None, description="user:password, where it runs with --api-auth"
    )
    automatic1111_checkpoint: str | None = Field(
        None, description="Checkpoint; without it whichever is loaded"
    )
    automatic1111_steps: int = Field(28, ge=1, le=150, description="Sampling steps")
    automatic1111_cfg_scale: float = Field(
        7.0, ge=1, le=30, description="How closely the prompt is followed"
    )
    automatic1111_sampler: str | None = Field(
        None, description="Sampler by name; without it the web UI's own default"
    )
    automatic1111_width: int = Field(1024, ge=64, le=2048, description="Width of the picture")
    automatic1111_height: int = Field(1024, ge=64, le=2048, description="Height of the picture")
    automatic1111_negative_prompt: str | None = Field(
        None, description="What must not be seen, where a preset does not say"
    )
    automatic1111_timeout_seconds: Seconds = Field(
        600,
        description="Longest generation with all that are made before it, one after the other:"
        " after that it is asked for anew",
    )
