"""The settings as data: one field each, in groups, under the names of their variables."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, create_model

from mobart.core.setting_types import Group, group_of
from mobart.providers.registry import PROVIDERS
from mobart.settings.choice import ChoiceSettings
from mobart.settings.infrastructure import RedisSettings, S3Settings
from mobart.settings.pictures import PictureSettings
from mobart.settings.sources import FromEnvironment
from mobart.settings.tracing import TracingSettings
from mobart.settings.work import (
    BackendSettings,
    ChannelSettings,
    LimitSettings,
    WatchingSettings,
    WorkSettings,
)

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
    "Traces": TracingSettings,
}
"""By title, in the order of `.env.example`."""


class CommonSettings(
    TracingSettings,
    WatchingSettings,
    PictureSettings,
    LimitSettings,
    WorkSettings,
    BackendSettings,
    ChoiceSettings,
    S3Settings,
    RedisSettings,
    FromEnvironment,
):
    """The settings that belong to no provider."""

    def group(self, kind: type[Group]) -> Group:
        """Return the settings as one provider's group."""
        return group_of(self, kind)


class RedisAlone(ChannelSettings, RedisSettings, FromEnvironment):
    """What most commands need; nothing else is read, so nothing else can be wrong."""


class S3Alone(S3Settings, FromEnvironment):
    """What fetching a picture needs."""


if TYPE_CHECKING:

    class Settings(CommonSettings):
        """All settings; those of a provider are read through `group`."""

else:
    _GROUPS = (spec.settings for spec in PROVIDERS.values())
    # The fields of the last base are read first: a provider's key is needed where it is chosen.
    Settings = create_model("Settings", __base__=(*_GROUPS, CommonSettings))
