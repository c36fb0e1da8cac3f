"""Models that Replicate hosts."""

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
    deadline,
    needed_by,
)


class ReplicateSettings(SettingsGroup):
    """`POST /v1/predictions`, and what the chosen model calls its inputs."""

    replicate_api_token: Annotated[SecretStr | None, needed_by("replicate")] = Field(
        None, validate_default=True, description="Token"
    )
    replicate_api_url: HttpUrl = Field(
        "https://api.replicate.com/v1", description="Address of the API"
    )
    replicate_model: str = Field(
        "black-forest-labs/flux-schnell",
        pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+(:[0-9a-f]{64})?$",
        description="Model: owner/name for those that Replicate keeps running, owner/name:version"
        " for any other",
    )
    replicate_input: MoreInputs = '{"output_format": "png"}'
    replicate_prompt_field: PromptInput = "prompt"
    replicate_negative_field: NegativeInput = "none"
    replicate_aspect_ratio_field: AspectRatioInput = "aspect_ratio"
    replicate_seed_field: SeedInput = "seed"
    replicate_webhook_secret: SecretStr | None = Field(
        None, description="Signing secret of its webhooks (whsec_...), with MOBART_PUBLIC_URL"
    )
    replicate_reference_field: ReferenceInput = "none"
    replicate_poll_initial_seconds: FirstPoll = 2
    replicate_poll_max_seconds: LongestPause = 10
    replicate_timeout_seconds: Seconds = deadline(900, "Replicate ends it there too")
    replicate_submit_timeout_seconds: SubmitTimeout = 15
