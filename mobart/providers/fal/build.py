"""fal from the settings."""

from mobart.core.callbacks import CallbackVerifier
from mobart.core.setting_types import secret_text
from mobart.providers.fal.client import Fal
from mobart.providers.fal.messages import reading
from mobart.providers.fal.settings import FalSettings
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, and a callback verifier where the API can reach us."""
    settings = context.group(FalSettings)
    callback = context.callback(Fal.name, secret_text(settings.fal_key))
    client = Fal(settings, clock=context.clock, callback=callback)
    verifier = None
    if callback is not None:
        signature = client.signature(settings.fal_jwks_url)
        reads = reading(settings.fal_model)
        verifier = CallbackVerifier(callback.proves, reads, signature.verifies)
    return BuiltProvider(client, client.clients, [settings.fal_api_url], verifier)
