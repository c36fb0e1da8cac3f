"""Midjourney through LegNext."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from mobart.settings.kinds import HttpUrl, Seconds, needed_by


class LegNextSettings(BaseModel):
    """`POST /diffusion`; tile and aspect ratio are those of Midjourney."""

    legnext_api_key: Annotated[SecretStr | None, needed_by("legnext")] = Field(
        None, validate_default=True, description="Key"
    )
    legnext_api_url: HttpUrl = Field(
        "https://api.legnext.ai/api/v1", description="Address of the API"
    )
    legnext_poll_initial_seconds: Seconds = Field(8, description="First look after the submit")
    legnext_poll_max_seconds: Seconds = Field(15, description="Longest wait between two looks")
    legnext_timeout_seconds: Seconds = Field(
        900, description="Deadline of one generation, from the submit"
    )
    legnext_submit_timeout_seconds: Seconds = Field(
        15, description="After that a submit without an answer is in doubt"
    )
