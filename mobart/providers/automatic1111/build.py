"""AUTOMATIC1111's web UI from the settings."""

from mobart.providers.automatic1111.client import Automatic1111
from mobart.providers.automatic1111.messages import GenerationDefaults
from mobart.providers.spec import BuildContext, BuiltProvider, ProviderSpec
from mobart.settings import secret_value


def build(context: BuildContext) -> BuiltProvider:
    """Build it, with the vault behind it."""
    settings = context.settings
    client = Automatic1111(
        base_url=settings.automatic1111_url,
        clock=context.clock,
        auth=secret_value(settings.automatic1111_auth),
        defaults=GenerationDefaults(
            checkpoint=settings.automatic1111_checkpoint,
            steps=settings.automatic1111_steps,
            cfg_scale=settings.automatic1111_cfg_scale,
            sampler_name=settings.automatic1111_sampler,
            width=settings.automatic1111_width,
            height=settings.automatic1111_height,
            negative=settings.automatic1111_negative_prompt or "",
        ),
        timeout=settings.automatic1111_timeout_seconds,
    )
    return BuiltProvider(context.kept(client), client.clients)


SPEC = ProviderSpec("AUTOMATIC1111", "AUTOMATIC1111_URL, AUTOMATIC1111_AUTH", build, immediate=True)
