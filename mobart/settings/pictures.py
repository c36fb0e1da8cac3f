"""How pictures are processed."""

from typing import Literal

from pydantic import BaseModel, Field

from mobart.core.setting_types import Seconds


class PictureSettings(BaseModel):
    """Presets, files, processes."""

    mobart_preset: str = Field(
        "auto",
        min_length=1,
        description="Preset of requests that name none",
    )
    mobart_presets_folder: str | None = Field(
        None,
        description="Folder with more presets (.toml) and palettes (.hex, .gpl)",
    )
    mobart_png: Literal["rgba", "smallest"] = Field(
        "rgba",
        description="rgba: always RGBA; smallest: also an exact palette, or no alpha if opaque",
    )
    mobart_keep_raw: int = Field(
        0,
        ge=0,
        le=3650,
        description="Days that pictures are wanted under raw/ as their provider made them, to be"
        " processed again; a lifecycle rule of the bucket deletes them; 0: they are not stored",
    )
    mobart_render_processes: int = Field(2, ge=1, le=64, description="Processes for picture work")
    mobart_render_timeout_seconds: Seconds = Field(30, description="Longest work on one picture")
    mobart_render_memory_mb: int = Field(
        1024, ge=256, description="Memory of one such process, in MiB"
    )
