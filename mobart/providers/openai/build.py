"""OpenAI from the settings."""

from mobart.providers.openai.client import OpenAI
from mobart.providers.openai.settings import OpenAISettings
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, with the raw store behind it; some servers answer with their own address."""
    settings = context.group(OpenAISettings)
    client = OpenAI(settings, clock=context.clock)
    return BuiltProvider(context.stored(client), client.clients, [settings.openai_base_url])
