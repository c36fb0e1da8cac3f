"""How pictures are processed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from mobart.core.addresses import http_url
from mobart.core.setting_types import Seconds, SettingsGroup


def parts_of(text: str) -> tuple[str, ...]:
    """Return the parts of a list that is separated by commas."""
    return tuple(filter(None, (part.strip() for part in text.split(","))))


def _prefixes(text: str) -> str:
    if wrong := [part for part in parts_of(text) if part.startswith("/") or _leads_to_raw(part)]:
        raise ValueError(f"{wrong[0]} is no beginning of a key that may be referred to")
    return text


def _leads_to_raw(prefix: str) -> bool:
    """Whether keys of raw pictures begin with it: those are every player's."""
    return prefix.startswith("raw/") or "raw/".startswith(prefix)


def _origins(text: str) -> str:
    for part in parts_of(text):
        http_url(part)
    return text


class PictureSettings(SettingsGroup):
    """Presets, files, processes."""

    mobart_preset: str = Field(
        "auto", min_length=1, description="Preset of requests that name none"
    )
    mobart_presets_folder: str | None = Field(
        None, description="Folder with more presets (.toml) and palettes (.hex, .gpl)"
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
    mobart_reference_prefixes: Annotated[str, AfterValidator(_prefixes)] = Field(
        "",
        description="What S3 keys in options.reference may begin with, beside those of the user's own"
        " results, separated by commas, e.g. characters/",
    )
    mobart_reference_origins: Annotated[str, AfterValidator(_origins)] = Field(
        "",
        description="Addresses that pictures in options.reference may come from although they are not"
        " public https, separated by commas",
    )
    mobart_render_processes: int = Field(2, ge=1, le=64, description="Processes for picture work")
    mobart_render_timeout_seconds: Seconds = Field(
        30,
        description="Longest work on one picture; up to four times that on a machine that is too busy",
    )
    mobart_render_memory_mb: int = Field(
        1024, ge=256, description="Memory of one such process, in MiB"
    )
