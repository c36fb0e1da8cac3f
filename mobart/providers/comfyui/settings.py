"""ComfyUI, on a machine of one's own."""

from pydantic import Field

from mobart.core.setting_types import (
    FirstPoll,
    HttpUrl,
    LongestPause,
    Seconds,
    SettingsGroup,
    SubmitTimeout,
)


class ComfyUISettings(SettingsGroup):
    """`POST /prompt`."""

    comfyui_url: HttpUrl = Field("http://127.0.0.1:8188", description="Address of ComfyUI")
    comfyui_workflow: str | None = Field(
        None,
        description="File with a workflow in API format, in which texts hold {{prompt}}, and as"
        " wanted {{negative}}, {{seed}}, {{width}}, {{height}}, {{checkpoint}}; without it a plain"
        " one is used",
    )
    comfyui_checkpoint: str = Field(
        "sd_xl_base_1.0.safetensors",
        min_length=1,
        description="Checkpoint, where the workflow asks for {{checkpoint}}",
    )
    comfyui_width: int = Field(1024, ge=64, le=2048, description="Width of the picture")
    comfyui_height: int = Field(1024, ge=64, le=2048, description="Height of the picture")
    comfyui_negative_prompt: str | None = Field(
        None, description="What must not be seen, where a preset does not say"
    )
    comfyui_poll_initial_seconds: FirstPoll = 4
    comfyui_poll_max_seconds: LongestPause = 8
    comfyui_timeout_seconds: Seconds = Field(
        900, description="Deadline of one generation with all that are queued before it"
    )
    comfyui_submit_timeout_seconds: SubmitTimeout = 15
