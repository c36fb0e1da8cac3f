"""Ideogram from the settings."""

from mobart.core.callbacks import CallbackVerifier
from mobart.core.setting_types import secret_text
from mobart.providers.ideogram.client import Ideogram
from mobart.providers.ideogram.messages import read_callback
from mobart.providers.ideogram.settings import IdeogramSettings
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, and a callback verifier where the API can reach us."""
    settings = context.group(IdeogramSettings)
    callback = context.callback(Ideogram.name, secret_text(settings.ideogram_api_key))
    client = Ideogram(settings, clock=context.clock, callback=callback)
    verifier = None
    if callback is not None:
        verifies = client.signature().verifies
        verifier = CallbackVerifier(callback.proves, read_callback, verifies)
    return BuiltProvider(client, client.clients, [settings.ideogram_api_url], verifier)
