"""Midjourney through GoAPI's `mj/v2` API, or another server with it."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from mobart.core.setting_types import (
    FirstPoll,
    HttpUrl,
    LongestPause,
    Seconds,
    SettingsGroup,
    SubmitTimeout,
    Tile,
    deadline,
    needed_by,
)


class MidjourneySettings(SettingsGroup):
    """The brief's own provider."""

    midjourney_api_key: Annotated[SecretStr | None, needed_by("midjourney")] = Field(
        None, validate_default=True, description="Key (required)"
    )
    midjourney_api_url: HttpUrl = Field(
        "https://api.midjourneyapi.xyz/mj/v2",
        description="Address of the API, GoAPI's mj/v2 dialect",
    )
    midjourney_tile: Tile = Field(
        1,
        description="Which picture of the 2x2 grid: 1 top left ... 4 bottom right, or best:"
        " a whole subject, then the most contrast; for every provider of Midjourney",
    )
    midjourney_process_mode: Literal["relax", "fast", "turbo"] | None = Field(
        None,
        description="Speed that is paid for; without it the account's default; also with PiAPI",
    )
    midjourney_aspect_ratio: str | None = Field(
        None,
        pattern=r"^[0-9]{1,3}:[0-9]{1,3}$",
        description="Aspect ratio, e.g. 1:1; also with PiAPI and LegNext",
    )
    midjourney_reference: Literal["image", "cref", "oref", "sref"] = Field(
        "image",
        description="How a picture to go by is asked for: image prompt, or this parameter, which not"
        " every version of Midjourney has; for every provider of Midjourney",
    )
    midjourney_poll_initial_seconds: FirstPoll = 8
    midjourney_poll_max_seconds: LongestPause = 15
    midjourney_timeout_seconds: Seconds = deadline(900)
    midjourney_submit_timeout_seconds: SubmitTimeout = 15

    @property
    def single_tile(self) -> int:
        """Which of four single pictures is fetched: comparing them would mean to fetch them all."""
        return 1 if self.midjourney_tile == "best" else self.midjourney_tile
