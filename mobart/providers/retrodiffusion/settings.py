"""Retro Diffusion's API."""

from typing import Annotated

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


class RetroDiffusionSettings(SettingsGroup):
    """`POST /inferences` of version 2, and what is asked for."""

    retrodiffusion_api_key: Annotated[SecretStr | None, needed_by("retrodiffusion")] = Field(
        None, validate_default=True, description="Key (rdpk-...)"
    )
    retrodiffusion_api_url: HttpUrl = Field(
        "https://api.retrodiffusion.ai/v2", description="Address of the API, up to and with /v2"
    )
    retrodiffusion_style: str = Field(
        "rd_fast__default",
        pattern=r"^[A-Za-z0-9_:.-]{1,128}$",
        description="Style, which decides on model and price: rd_plus__default, rd_pro__fantasy, ...",
    )
    retrodiffusion_size: str = Field(
        "128x128",
        pattern=r"^[1-9][0-9]{1,2}x[1-9][0-9]{1,2}$",
        description="Width and height in true pixels, where no request says otherwise",
    )
    retrodiffusion_poll_initial_seconds: FirstPoll = 2
    retrodiffusion_poll_max_seconds: LongestPause = 5
    retrodiffusion_timeout_seconds: Seconds = deadline(600)
    retrodiffusion_submit_timeout_seconds: SubmitTimeout = 30
