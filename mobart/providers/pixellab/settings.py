"""PixelLab's API."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from mobart.core.setting_types import (
    FirstPoll,
    GenerationTimeout,
    HttpUrl,
    LongestPause,
    Seconds,
    SettingsGroup,
    deadline,
    needed_by,
)

Outline = Literal[
    "single color black outline", "single color outline", "selective outline", "lineless"
]
Shading = Literal[
    "flat shading", "basic shading", "medium shading", "detailed shading", "highly detailed shading"
]
Direction = Literal[
    "north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"
]


class PixelLabSettings(SettingsGroup):
    """`POST /create-image-...` or `/generate-image-v2` of version 2, and what is asked for."""

    pixellab_api_key: Annotated[SecretStr | None, needed_by("pixellab")] = Field(
        None, validate_default=True, description="Key"
    )
    pixellab_api_url: HttpUrl = Field(
        "https://api.pixellab.ai/v2", description="Address of the API, up to and with /v2"
    )
    pixellab_model: Literal["pixflux", "pixen", "bitforge", "pro"] = Field(
        "pixflux", description="Model that is paid for; pro takes minutes, and is polled"
    )
    pixellab_size: str = Field(
        "64x64",
        pattern=r"^[1-9][0-9]{1,2}x[1-9][0-9]{1,2}$",
        description="Width and height in true pixels, where no request says otherwise",
    )
    pixellab_outline: Outline | None = Field(None, description="Line around things (not pro)")
    pixellab_shading: Shading | None = Field(None, description="Shades (pixflux and bitforge)")
    pixellab_detail: Literal["low detail", "medium detail", "highly detailed"] | None = Field(
        None, description="Detail (not pro)"
    )
    pixellab_view: Literal["side", "low top-down", "high top-down"] | None = Field(
        None, description="Where it is seen from (not pro)"
    )
    pixellab_direction: Direction | None = Field(None, description="Where it looks (not pro)")
    pixellab_timeout_seconds: GenerationTimeout = 180
    pixellab_poll_initial_seconds: FirstPoll = 10
    pixellab_poll_max_seconds: LongestPause = 15
    pixellab_job_timeout_seconds: Seconds = deadline(1800, "of pro")
