"""The settings as data: one field each, in groups, under the names of their variables."""

from pydantic import BaseModel
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from mobart.providers.automatic1111.settings import Automatic1111Settings
from mobart.providers.comfyui.settings import ComfyUISettings
from mobart.providers.fal.settings import FalSettings
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.legnext.settings import LegNextSettings
from mobart.providers.mjproxy.settings import MidjourneyProxySettings
from mobart.providers.openai.settings import OpenAISettings
from mobart.providers.piapi.settings import PiApiSettings
from mobart.providers.replicate.settings import ReplicateSettings
from mobart.providers.stability.settings import StabilitySettings
from mobart.settings.choice import ChoiceSettings
from mobart.settings.infrastructure import RedisSettings, S3Settings
from mobart.settings.pictures import PictureSettings
from mobart.settings.sources import Files, SwitchedOff
from mobart.settings.work import BackendSettings, LimitSettings, WatchingSettings, WorkSettings

GROUPS: dict[str, type[BaseModel]] = {
    "Redis": RedisSettings,
    "S3": S3Settings,
    "Providers": ChoiceSettings,
    "Midjourney": MidjourneySettings,
    "PiAPI": PiApiSettings,
    "LegNext": LegNextSettings,
    "midjourney-proxy": MidjourneyProxySettings,
    "OpenAI": OpenAISettings,
    "Stability AI": StabilitySettings,
    "AUTOMATIC1111": Automatic1111Settings,
    "ComfyUI": ComfyUISettings,
    "Replicate": ReplicateSettings,
    "fal": FalSettings,
    "The backend": BackendSettings,
    "Work": WorkSettings,
    "Limits": LimitSettings,
    "Pictures": PictureSettings,
    "Watching": WatchingSettings,
}
"""By title, in the order of `.env.example`."""


class Settings(
    WatchingSettings,
    PictureSettings,
    LimitSettings,
    WorkSettings,
    BackendSettings,
    FalSettings,
    ReplicateSettings,
    ComfyUISettings,
    Automatic1111Settings,
    StabilitySettings,
    OpenAISettings,
    MidjourneyProxySettings,
    LegNextSettings,
    PiApiSettings,
    MidjourneySettings,
    ChoiceSettings,
    S3Settings,
    RedisSettings,
    BaseSettings,
):
    """All settings.  Fields are read from the last base to the first: choices before who is chosen."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        frozen=True,
    )

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
