"""PixelLab from the settings."""

from collections.abc import Sequence

from pydantic import BaseModel

from mobart.core.setting_types import group_of
from mobart.providers.native_size import read_size
from mobart.providers.pixellab.client import PixelLab, PixelLabJobs
from mobart.providers.pixellab.messages import MODELS
from mobart.providers.pixellab.settings import PixelLabSettings
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, with the raw store behind it where it answers with pictures."""
    settings = context.group(PixelLabSettings)
    if MODELS[settings.pixellab_model].job:
        jobs = PixelLabJobs(settings, clock=context.clock)
        return BuiltProvider(jobs, jobs.clients)
    client = PixelLab(settings, clock=context.clock)
    return BuiltProvider(context.stored(client), client.clients)


def problems(settings: BaseModel) -> Sequence[str]:
    """Return whether the model paints pictures of the usual size."""
    group = group_of(settings, PixelLabSettings)
    model, size = MODELS[group.pixellab_model], read_size(group.pixellab_size)
    if size is None or model.fits(*size):
        return []
    return [f"PIXELLAB_SIZE: {group.pixellab_model} does not paint {group.pixellab_size} pixels"]
