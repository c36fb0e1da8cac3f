"""Stability AI from the settings."""

from mobart.providers.spec import BuildContext, BuiltProvider
from mobart.providers.stability.client import Stability
from mobart.providers.stability.settings import StabilitySettings


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, with the raw store behind it."""
    client = Stability(context.group(StabilitySettings), clock=context.clock)
    return BuiltProvider(context.stored(client), client.clients)
