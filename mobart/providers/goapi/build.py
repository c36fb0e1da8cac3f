"""Midjourney from the settings."""

from mobart.core.callbacks import CallbackVerifier
from mobart.core.setting_types import secret_text
from mobart.providers.goapi.client import Midjourney
from mobart.providers.goapi.messages import read_callback
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, and a callback verifier where the API can reach us."""
    settings = context.group(MidjourneySettings)
    key = secret_text(settings.midjourney_api_key)
    callback = context.callback(Midjourney.name, key)
    client = Midjourney(settings, clock=context.clock, callback=callback)
    verifier = CallbackVerifier(callback.proves, read_callback) if callback else None
    return BuiltProvider(client, client.clients, [settings.midjourney_api_url], verifier)
