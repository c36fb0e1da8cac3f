"""Models that Replicate hosts."""

from typing import Annotated

from pydantic import Field, SecretStr

from mobart.core.setting_types import (
    FirstPoll,
    HttpUrl,
    InputName,
    JsonObject,
    LongestPause,
    OptionalInputName,
    ReferenceInput,
    Seconds,
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
    replicate_input: JsonObject = Field(
        '{"output_format": "png"}', description="More inputs of the model, as a JSON object"
    )
    replicate_prompt_field: InputName = Field("prompt", description="What it calls the prompt")
    replicate_negative_field: OptionalInputName = Field(
        "none",
        validate_default=True,
        description="What it calls what must not be seen; none: that is said in the prompt",
    )
    replicate_aspect_ratio_field: OptionalInputName = Field(
        "aspect_ratio",
        description="Its name for the aspect ratio; image_size gets width and height; none: it has none",
    )
    replicate_seed_field: OptionalInputName = Field(
        "seed",
        description="What it calls the seed, by which a submit whose answer was lost is found; none:"
        " it has none",
    )
    replicate_webhook_secret: SecretStr | None = Field(
        None, description="Signing secret of its webhooks (whsec_...), with MOBART_PUBLIC_URL"
    )
    replicate_reference_field: ReferenceInput = Field(
        "none",
        validate_default=True,
        description="What it calls the address of a picture to go by, with [] at the end if it takes a"
        " list, e.g. image_url or image_urls[]; none: it takes none",
    )
    replicate_poll_initial_seconds: FirstPoll = 2
    replicate_poll_max_seconds: LongestPause = 10
    replicate_timeout_seconds: Seconds = deadline(900, "Replicate ends it there too")
    replicate_submit_timeout_seconds: SubmitTimeout = 15
