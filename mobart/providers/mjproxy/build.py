"""midjourney-proxy from the settings."""

from mobart.core.callbacks import CallbackVerifier
from mobart.core.setting_types import secret_text
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.mjproxy.client import MidjourneyProxy
from mobart.providers.mjproxy.messages import read_callback
from mobart.providers.mjproxy.settings import MidjourneyProxySettings
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, and a callback verifier if there is a key to prove calls by."""
    settings, midjourney = context.group(MidjourneyProxySettings), context.group(MidjourneySettings)
    key = secret_text(settings.mj_proxy_api_key)
    callback = context.callback(MidjourneyProxy.name, key)
    client = MidjourneyProxy(
        settings,
        clock=context.clock,
        tile=midjourney.single_tile,
        reference=midjourney.midjourney_reference,
        aspect_ratio=midjourney.midjourney_aspect_ratio,
        callback=callback,
    )
    verifier = CallbackVerifier(callback.proves, read_callback) if callback else None
    return BuiltProvider(client, client.clients, [settings.mj_proxy_api_url], verifier)
