"""Stability AI from the settings."""

from mobart.providers.spec import BuildContext, BuiltProvider, ProviderSpec
from mobart.providers.stability.client import Stability
from mobart.settings import secret_value


def build(context: BuildContext) -> BuiltProvider:
    """Build it, with the vault behind it."""
    settings = context.settings
    client = Stability(
        base_url=settings.stability_api_url,
        api_key=secret_value(settings.stability_api_key) or "",
        clock=context.clock,
        model=settings.stability_model,
        aspect_ratio=settings.stability_aspect_ratio,
        style_preset=settings.stability_style_preset,
        timeout=settings.stability_timeout_seconds,
    )
    return BuiltProvider(context.kept(client), client.clients)


SPEC = ProviderSpec(
    "Stability AI", "STABILITY_API_URL, STABILITY_API_KEY, STABILITY_MODEL", build, immediate=True
)
