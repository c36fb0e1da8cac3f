"""Models that fal hosts."""

from typing import Annotated

from pydantic import Field, SecretStr

from mobart.core.setting_types import (
    AspectRatioInput,
    FirstPoll,
    HttpUrl,
    LongestPause,
    MoreInputs,
    NegativeInput,
    PromptInput,
    ReferenceInput,
    Seconds,
    SeedInput,
    SettingsGroup,
    SubmitTimeout,
    WholeUrl,
    deadline,
    needed_by,
)


class FalSettings(SettingsGroup):
    """The queue, and what the chosen model calls its inputs."""

    fal_key: Annotated[SecretStr | None, needed_by("fal")] = Field(
        None, validate_default=True, description="Key"
    )
    fal_api_url: HttpUrl = Field("https://queue.fal.run", description="Address of the queue")
    fal_platform_url: HttpUrl = Field(
        "https://api.fal.ai/v1",
        description="Address of the platform API, which lists requests whose answer was lost",
    )
    fal_jwks_url: WholeUrl = Field(
        "https://rest.alpha.fal.ai/.well-known/jwks.json",
        description="Where fal publishes the keys that its callbacks are signed with",
    )
    fal_model: str = Field(
        "fal-ai/flux/schnell",
        pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$",
        description="Model: owner/app or owner/app/path",
    )
    fal_input: MoreInputs = '{"output_format": "png"}'
    fal_prompt_field: PromptInput = "prompt"
    fal_negative_field: NegativeInput = "none"
    fal_aspect_ratio_field: AspectRatioInput = "image_size"
    fal_seed_field: SeedInput = "seed"
    fal_reference_field: ReferenceInput = "none"
    fal_poll_initial_seconds: FirstPoll = 2
    fal_poll_max_seconds: LongestPause = 10
    fal_timeout_seconds: Seconds = deadline(900, "fal begins none later")
    fal_submit_timeout_seconds: SubmitTimeout = 15
