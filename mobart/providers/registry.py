"""Every provider, by the name that it has in settings; a new one is a folder and a row here."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from mobart.core.orders import Order
from mobart.providers.automatic1111.settings import Automatic1111Settings
from mobart.providers.comfyui.settings import ComfyUISettings
from mobart.providers.fal.settings import FalSettings
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.google.settings import GoogleSettings
from mobart.providers.ideogram.settings import IdeogramSettings
from mobart.providers.legnext.settings import LegNextSettings
from mobart.providers.mjproxy.settings import MidjourneyProxySettings
from mobart.providers.openai.settings import OpenAISettings
from mobart.providers.piapi.settings import PiApiSettings
from mobart.providers.pixellab.settings import PixelLabSettings
from mobart.providers.prices import find_price
from mobart.providers.replicate.settings import ReplicateSettings
from mobart.providers.retrodiffusion.settings import RetroDiffusionSettings
from mobart.providers.stability.settings import StabilitySettings

if TYPE_CHECKING:
    from mobart.providers.spec import BuildContext, BuiltProvider

Function = TypeVar("Function", bound=Callable[..., Any])


def no_problems(_: BaseModel) -> Sequence[str]:
    """Find nothing wrong with the settings."""
    return ()


def no_price(settings: BaseModel, order: Order) -> float | None:
    """Know none."""
    del settings, order
    return None


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """A row of the registry.

    The provider's folder is where its settings group is; `client.py` beside it has `build(context)`,
    and where needed `problems(settings)`, for what the types of the settings do not say,
    `warnings(settings)`, and `price(settings, order)`, in USD, where it follows from more than the model.
    """

    title: str
    """Its name for people."""
    settings: type[BaseModel]
    """Its group of settings."""
    variables: str
    """The settings to look at when it does not work."""
    immediate: bool = False
    """It answers with the picture itself, which is stored under `raw/`."""
    model: str = ""
    """Its setting that says which model is paid for."""
    model_parameter: str = "model"
    """What a preset calls that."""

    def build(self, context: "BuildContext") -> "BuiltProvider":
        """Build it; only providers that are used are imported."""
        built: BuiltProvider = self._module().build(context)
        return built

    def problems(self, settings: BaseModel) -> Sequence[str]:
        """Return what in the settings it could not be built from, one readable line each."""
        return self._function("problems", no_problems)(settings)

    def warnings(self, settings: BaseModel) -> Sequence[str]:
        """Return what the operator should know, one readable line each."""
        return self._function("warnings", no_problems)(settings)

    def model_of(self, settings: BaseModel, order: Order) -> str:
        """Return the model that is paid for; "" where there is only one."""
        usual = getattr(settings, self.model, "") if self.model else ""
        return str(order.parameters.get(self.model_parameter, usual))

    def price(self, settings: BaseModel, order: Order) -> float | None:
        """Return the price that follows from more than the model, in USD; None without one."""
        return self._function("price", no_price)(settings, order)

    def _function(self, name: str, without: Function) -> Function:
        """Return a function of `client.py`, or what stands in where that does without it."""
        found: Function = getattr(self._module(), name, without)
        return found

    def _module(self) -> ModuleType:
        folder = self.settings.__module__.rpartition(".")[0]
        return import_module(f"{folder}.client")


PROVIDERS: Mapping[str, ProviderSpec] = {
    "midjourney": ProviderSpec(
        "Midjourney", MidjourneySettings, "MIDJOURNEY_API_URL, MIDJOURNEY_API_KEY"
    ),
    "piapi": ProviderSpec("PiAPI", PiApiSettings, "PIAPI_API_URL, PIAPI_API_KEY"),
    "legnext": ProviderSpec("LegNext", LegNextSettings, "LEGNEXT_API_URL, LEGNEXT_API_KEY"),
    "midjourney-proxy": ProviderSpec(
        "midjourney-proxy",
        MidjourneyProxySettings,
        "MJ_PROXY_API_URL, MJ_PROXY_API_KEY, MJ_PROXY_AUTH",
    ),
    "openai": ProviderSpec(
        "OpenAI",
        OpenAISettings,
        "OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_IMAGE_MODEL",
        immediate=True,
        model="openai_image_model",
    ),
    "stability": ProviderSpec(
        "Stability AI",
        StabilitySettings,
        "STABILITY_API_URL, STABILITY_API_KEY, STABILITY_MODEL",
        immediate=True,
        model="stability_model",
    ),
    "google": ProviderSpec(
        "Google",
        GoogleSettings,
        "GOOGLE_API_URL, GOOGLE_API_KEY, GOOGLE_IMAGE_MODEL",
        immediate=True,
        model="google_image_model",
    ),
    "ideogram": ProviderSpec(
        "Ideogram",
        IdeogramSettings,
        "IDEOGRAM_API_URL, IDEOGRAM_API_KEY, IDEOGRAM_MODEL",
        model="ideogram_model",
    ),
    "automatic1111": ProviderSpec(
        "AUTOMATIC1111",
        Automatic1111Settings,
        "AUTOMATIC1111_URL, AUTOMATIC1111_AUTH",
        immediate=True,
    ),
    "comfyui": ProviderSpec(
        "ComfyUI", ComfyUISettings, "COMFYUI_URL, COMFYUI_WORKFLOW, COMFYUI_CHECKPOINT"
    ),
    "replicate": ProviderSpec(
        "Replicate",
        ReplicateSettings,
        "REPLICATE_API_URL, REPLICATE_API_TOKEN, REPLICATE_MODEL",
        model="replicate_model",
    ),
    "fal": ProviderSpec("fal", FalSettings, "FAL_API_URL, FAL_KEY, FAL_MODEL", model="fal_model"),
    "retrodiffusion": ProviderSpec(
        "Retro Diffusion",
        RetroDiffusionSettings,
        "RETRODIFFUSION_API_URL, RETRODIFFUSION_API_KEY, RETRODIFFUSION_STYLE",
        model="retrodiffusion_style",
        model_parameter="prompt_style",
    ),
    "pixellab": ProviderSpec(
        "PixelLab",
        PixelLabSettings,
        "PIXELLAB_API_URL, PIXELLAB_API_KEY, PIXELLAB_MODEL",
        immediate=True,
        model="pixellab_model",
    ),
}


def price_of(name: str, settings: BaseModel, order: Order) -> float | None:
    """Return what the picture of *order* costs at a provider in USD; None where nobody knows that.

    The operator's own prices (`MOBART_PRICES`) go before those that are documented.
    """
    spec = PROVIDERS[name]
    own = json.loads(getattr(settings, "mobart_prices", "{}"))
    listed = find_price(own, name, spec.model_of(settings, order))
    return spec.price(settings, order) if listed is None else listed
