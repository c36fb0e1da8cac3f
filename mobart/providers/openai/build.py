"""OpenAI from the settings."""

from mobart.providers.openai.client import OpenAI
from mobart.providers.spec import BuildContext, BuiltProvider, ProviderSpec
from mobart.settings import secret_value


def build(context: BuildContext) -> BuiltProvider:
    """Build it, with the vault behind it."""
    settings = context.settings
    client = OpenAI(
        base_url=settings.openai_base_url,
        api_key=secret_value(settings.openai_api_key) or "",
        clock=context.clock,
        model=settings.openai_image_model,
        size=settings.openai_image_size,
        quality=settings.openai_image_quality,
        background=settings.openai_image_background,
        timeout=settings.openai_timeout_seconds,
    )
    return BuiltProvider(context.kept(client), client.clients)


SPEC = ProviderSpec(
    "OpenAI", "OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_IMAGE_MODEL", build, immediate=True
)
