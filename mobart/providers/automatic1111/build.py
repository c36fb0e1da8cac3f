"""AUTOMATIC1111's web UI from the settings."""

from mobart.providers.automatic1111.client import Automatic1111
from mobart.providers.automatic1111.settings import Automatic1111Settings
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, with the raw store behind it."""
    client = Automatic1111(context.group(Automatic1111Settings), clock=context.clock)
    return BuiltProvider(context.stored(client), client.clients)
