"""The settings as data: one field each, in groups, under the names of their variables."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, create_model
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from mobart.core.setting_types import Group, group_of
from mobart.providers.registry import PROVIDERS
from mobart.settings.choice import ChoiceSettings
from mobart.settings.infrastructure import RedisSettings, S3Settings
from mobart.settings.pictures import PictureSettings
from mobart.settings.sources import Files, SwitchedOff
from mobart.settings.work import BackendSettings, LimitSettings, WatchingSettings, WorkSettings

GROUPS: dict[str, type[BaseModel]] = {
    "Redis": RedisSettings,
    "S3": S3Settings,
    "Providers": ChoiceSettings,
    **{spec.title: spec.settings for spec in PROVIDERS.values()},
    "The backend": BackendSettings,
    "Work": WorkSettings,
    "Limits": LimitSettings,
    "Pictures": PictureSettings,
    "Watching": WatchingSettings,
}
"""By title, in the order of `.env.example`."""


class CommonSettings(
    WatchingSettings,
    PictureSettings,
    LimitSettings,
    WorkSettings,
    BackendSettings,
    ChoiceSettings,
    S3Settings,
    RedisSettings,
    BaseSettings,
):
    """The settings that belong to no provider."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        frozen=True,
    )

    def group(self, kind: type[Group]) -> Group:
        """Return the settings as one provider's group."""
        return group_of(self, kind)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the switched-off log file before, and `NAME_FILE` behind the environment."""
        del file_secret_settings
        first, last = SwitchedOff(settings_cls), Files(settings_cls)
        return init_settings, first, env_settings, last, dotenv_settings


if TYPE_CHECKING:

    class Settings(CommonSettings):
        """All settings; those of a provider are read through `group`."""

else:
    _GROUPS = (spec.settings for spec in PROVIDERS.values())
    # The fields of the last base are read first: a provider's key is needed where it is chosen.
    Settings = create_model("Settings", __base__=(*_GROUPS, CommonSettings))
