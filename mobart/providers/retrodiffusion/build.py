"""Retro Diffusion from the settings."""

from collections.abc import Sequence

from pydantic import BaseModel

from mobart.core.orders import Order
from mobart.core.setting_types import group_of
from mobart.providers.native_size import read_size
from mobart.providers.retrodiffusion.client import USUAL_SIZE, RetroDiffusion
from mobart.providers.retrodiffusion.messages import asked_for
from mobart.providers.retrodiffusion.settings import RetroDiffusionSettings
from mobart.providers.retrodiffusion.styles import style_of
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client."""
    client = RetroDiffusion(context.group(RetroDiffusionSettings), clock=context.clock)
    return BuiltProvider(client, client.clients)


def problems(settings: BaseModel) -> Sequence[str]:
    """Return whether the style paints pictures of the usual size."""
    group = group_of(settings, RetroDiffusionSettings)
    style, size = style_of(group.retrodiffusion_style), read_size(group.retrodiffusion_size)
    if size is None or style.fits(*size):
        return []
    sides = f"{style.smallest} to {style.largest} pixels"
    return [f"RETRODIFFUSION_SIZE: {group.retrodiffusion_style} paints sides of {sides}"]


def price(settings: BaseModel, order: Order) -> float | None:
    """Return what a picture costs in USD: by its style and, for most, its pixels."""
    group = group_of(settings, RetroDiffusionSettings)
    style, size = asked_for(
        order,
        style=group.retrodiffusion_style,
        size=read_size(group.retrodiffusion_size) or USUAL_SIZE,
    )
    return style_of(style).price.of(*size)
