"""Google's image models from the settings."""

from mobart.providers.google.client import Google
from mobart.providers.google.settings import GoogleSettings
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, with the raw store behind it."""
    client = Google(context.group(GoogleSettings), clock=context.clock)
    return BuiltProvider(context.stored(client), client.clients)
