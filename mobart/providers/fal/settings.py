"""Models that fal hosts."""

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
    fal_jwks_url: HttpUrl = Field(
        "https://rest.alpha.fal.ai/.well-known/jwks.json",
        description="Where fal publishes the keys that its callbacks are signed with",
    )
    fal_model: str = Field(
        "fal-ai/flux/schnell",
        pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$",
        description="Model: owner/app or owner/app/path",
    )
    fal_input: JsonObject = Field(
        '{"output_format": "png"}', description="More inputs of the model, as a JSON object"
    )
    fal_prompt_field: InputName = Field("prompt", description="What it calls the prompt")
    fal_negative_field: OptionalInputName = Field(
        "none",
        validate_default=True,
        description="What it calls what must not be seen; none: that is said in the prompt",
    )
    fal_aspect_ratio_field: OptionalInputName = Field(
        "image_size",
        description="Its name for the aspect ratio; image_size gets width and height; none: it has none",
    )
    fal_seed_field: OptionalInputName = Field(
        "seed",
        description="What it calls the seed, by which a submit whose answer was lost is found; none:"
        " it has none",
    )
    fal_reference_field: ReferenceInput = Field(
        "none",
        validate_default=True,
        description="What it calls the address of a picture to go by, with [] at the end if it takes a"
        " list, e.g. image_url or image_urls[]; none: it takes none",
    )
    fal_poll_initial_seconds: FirstPoll = 2
    fal_poll_max_seconds: LongestPause = 10
    fal_timeout_seconds: Seconds = deadline(900, "fal begins none later")
    fal_submit_timeout_seconds: SubmitTimeout = 15
