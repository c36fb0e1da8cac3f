"""The settings as data: one field each, in groups, under the names of their variables."""

from pydantic import BaseModel

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
from mobart.settings.kinds import Namespace
from mobart.settings.pictures import PictureSettings
from mobart.settings.sources import FromEnvironment
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
    FromEnvironment,
):
    """All settings.  Fields are read from the last base to the first: choices before who is chosen."""


class RedisAlone(RedisSettings, FromEnvironment):
    """What `pause` and `resume` need; nothing else is read, so nothing else can be wrong."""

    mobart_namespace: Namespace = "mobart"
